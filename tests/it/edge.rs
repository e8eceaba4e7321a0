//! The edge against those who mean ill: too much, too slowly, too often. The service refuses, and goes on.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::support::{Server, demo_server, demo_store};

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.url.trim_start_matches("http://")).expect("connected");
    stream.set_read_timeout(Some(Duration::from_secs(40))).expect("set");
    stream.set_write_timeout(Some(Duration::from_secs(40))).expect("set");
    stream
}

/// What comes back until the other end closes, or says no more.
fn answer(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.take(1 << 20).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends bytes and gives what comes back; a connection that is closed while they are sent is an answer too.
fn told(server: &Server, chunks: impl Iterator<Item = Vec<u8>>) -> String {
    let mut stream = connect(server);
    for chunk in chunks {
        if stream.write_all(&chunk).is_err() {
            break;
        }
    }
    answer(&mut stream)
}

fn asked(server: &Server, head: &str) -> String {
    told(server, std::iter::once(format!("{head}\r\nHost: localhost\r\nConnection: close\r\n\r\n").into_bytes()))
}

fn status(answer: &str) -> &str {
    answer.get(9..12).unwrap_or("closed")
}

fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let line = |l: &'a str| l.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v);
    head.lines().find_map(line)
}

fn up(server: &Server) {
    assert_eq!(status(&asked(server, "GET /health/live HTTP/1.1")), "200");
}

/// Resident memory of a process, MiB.
fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find(|l| l.starts_with("VmRSS")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).expect("a number") / 1024
}

#[test]
fn a_million_headers_an_endless_one_and_one_too_many_are_refused() {
    let server = Server::start(demo_store(), &[]);
    let before = resident_mib(server.pid());
    let start = std::iter::once(b"GET / HTTP/1.1\r\nHost: localhost\r\n".to_vec());
    let million = (0..1000).map(|k| (0..1000).map(|n| format!("X-{k}-{n}: 1\r\n")).collect::<String>().into_bytes());
    let said = told(&server, start.clone().chain(million));
    assert!(["431", "closed"].contains(&status(&said)), "{said}");
    let endless = std::iter::once(b"X-Long: ".to_vec()).chain((0..1000).map(|_| vec![b'a'; 1 << 20]));
    let said = told(&server, start.clone().chain(endless));
    assert!(["431", "closed"].contains(&status(&said)), "{said}");
    let lines: String = (0..101).map(|n| format!("X-{n}: 1\r\n")).collect();
    assert_eq!(status(&told(&server, start.chain([lines.into_bytes(), b"\r\n".to_vec()]))), "431");
    let path = format!("/{}", "a".repeat(61 * 1024));
    assert_eq!(status(&asked(&server, &format!("GET {path} HTTP/1.1"))), "414");
    up(&server);
    let after = resident_mib(server.pid());
    assert!(after < before + 64, "memory went from {before} to {after} MiB");
}

#[test]
fn a_body_of_10_gb_is_refused_before_it_comes_and_a_packed_one_is_not_unpacked() {
    let server = demo_server();
    for (method, path) in [("POST", "/imports?theme=incidents"), ("POST", "/collections"), ("GET", "/collections")] {
        let start = Instant::now();
        let said = asked(server, &format!("{method} {path} HTTP/1.1\r\nContent-Length: 10737418240"));
        assert_eq!(status(&said), "413", "{method} {path}: {said}");
        assert!(said.contains("urn:vigie:problem:too-large"));
        assert!(start.elapsed() < Duration::from_secs(5), "it waited for the body");
    }
    // A megabyte of nothing, in a thousand bytes, and in a thousand more of those.
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 100 << 20]).expect("written");
    let bomb = bomb.finish().expect("packed");
    for coding in ["gzip", "br", "deflate", "GZIP", "identity, gzip"] {
        let head = format!(
            "POST /imports?theme=incidents HTTP/1.1\r\nHost: localhost\r\nX-Vigie-Desk: 1\r\nConnection: close\r\n\
             Content-Encoding: {coding}\r\nContent-Length: {}\r\n\r\n",
            bomb.len()
        );
        let said = told(server, [head.into_bytes(), bomb.clone()].into_iter());
        assert_eq!(status(&said), "415", "{coding}: {said}");
        assert!(said.contains("urn:vigie:problem:packed"));
    }
    up(server);
}

#[test]
fn who_never_ends_a_request_is_given_up_and_keeps_nobody_out() {
    let server = Server::start(demo_store(), &[]);
    let mut slow: Vec<TcpStream> = (0..200).map(|_| connect(&server)).collect();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").expect("sent");
    }
    let start = Instant::now();
    // A byte every two seconds, as such tools do; whoever is given up cannot be written to in the end.
    let mut given_up = 0;
    while given_up < slow.len() && start.elapsed() < Duration::from_secs(40) {
        std::thread::sleep(Duration::from_secs(2));
        up(&server);
        given_up = slow.iter_mut().filter_map(|s| s.write_all(b"a").err()).count();
    }
    let took = start.elapsed();
    assert_eq!(given_up, 200, "after {took:?}");
    println!("200 endless requests were given up within {took:.1?}");
    up(&server);
}

#[test]
fn one_machine_takes_so_many_connections_and_no_more() {
    let server = Server::start(demo_store(), &[]);
    let mut all: Vec<TcpStream> = (0..300).map(|_| connect(&server)).collect();
    let mut open = 0;
    for stream in &mut all {
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("set");
        let sent = stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").is_ok();
        let mut first = [0; 12];
        open += usize::from(sent && stream.read_exact(&mut first).is_ok() && first.ends_with(b"200"));
    }
    assert_eq!(open, 256);
    drop(all);
    let start = Instant::now();
    while status(&asked(&server, "GET /health/live HTTP/1.1")) != "200" {
        assert!(start.elapsed() < Duration::from_secs(5), "places come back");
    }
}

#[test]
fn a_client_that_asks_too_often_is_told_when_to_come_back_and_others_are_not_held_up() {
    let count = |server: &Server, n: usize, line: &str| {
        let all: Vec<String> = (0..n).map(|_| asked(server, &format!("GET /health/live HTTP/1.1{line}"))).collect();
        let refused: Vec<&String> = all.iter().filter(|a| status(a) == "429").collect();
        for one in &refused {
            let after: u64 = header(one, "retry-after").and_then(|v| v.parse().ok()).expect("seconds");
            assert!((1..=2).contains(&after) && one.contains("urn:vigie:problem:too-many"), "{one}");
        }
        refused.len()
    };
    // Nobody's word is taken for who asks.
    let server = Server::start(demo_store(), &["--requests-per-second", "1"]);
    let refused: usize = (0..30).map(|k| count(&server, 1, &format!("\r\nX-Forwarded-For: 203.0.113.{k}"))).sum();
    assert!((15..=20).contains(&refused), "10 at once, then one a second: {refused} of 30 refused");

    // But that of a proxy that is trusted.
    let server = Server::start(demo_store(), &["--requests-per-second", "1", "--trusted-proxy", "127.0.0.0/8"]);
    let spread: usize = (0..30).map(|k| count(&server, 1, &format!("\r\nX-Forwarded-For: 203.0.113.{k}"))).sum();
    assert_eq!(spread, 0);
    let refused = count(&server, 30, "\r\nX-Forwarded-For: 192.0.2.1, 198.51.100.1");
    assert!((15..=20).contains(&refused), "{refused} of 30 refused");
    assert_eq!(count(&server, 1, "\r\nX-Forwarded-For: 198.51.100.2"), 0);

    // Without being asked to, the service does not hold up its own machine.
    assert_eq!(count(demo_server(), 1200, ""), 0);
}

#[test]
fn every_answer_carries_its_guards_and_a_page_runs_nothing_of_others() {
    let server = demo_server();
    for path in [
        "/",
        "/collections",
        "/collections/regions",
        "/collections/regions/items",
        "/api.html",
        "/app",
        "/app/report",
        "/embed?layer=regions",
        "/trends",
        "/nothing",
    ] {
        let said = asked(server, &format!("GET {path} HTTP/1.1\r\nAccept: text/html"));
        assert_eq!(header(&said, "x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(header(&said, "referrer-policy"), Some("same-origin"), "{path}");
        assert!(header(&said, "x-request-id").is_some(), "{path}");
        assert_eq!(header(&said, "access-control-allow-origin"), Some("*"), "{path}");
        if header(&said, "content-type").is_some_and(|t| t.starts_with("text/html")) {
            let policy = header(&said, "content-security-policy").unwrap_or_default();
            assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"), "{path}: {policy}");
        }
    }
    // Whatever it is, what a token opens or fails to open is closed to pages of other sites.
    for path in ["/", "/collections", "/nothing"] {
        let said = asked(server, &format!("GET {path} HTTP/1.1\r\nAuthorization: Bearer x"));
        assert_eq!(header(&said, "access-control-allow-origin"), None, "{path}");
        assert_eq!(header(&said, "cross-origin-resource-policy"), Some("same-origin"), "{path}");
    }
}

#[test]
fn the_log_names_every_request_by_its_id_and_holds_no_query_no_token_and_no_body() {
    let dir = tempfile::tempdir().expect("a folder");
    let log = dir.path().join("log");
    let server = Server::with_log(demo_store(), &log);
    let mut ids = Vec::new();
    for head in [
        "GET /collections/violations-cercles/items?period=KANARI HTTP/1.1",
        "GET /collections/violations-cercles/items?period=2021-06&filter=name%3D%27KANARI%27 HTTP/1.1",
        "GET /collections/incidents/items?bbox=KANARI HTTP/1.1",
        "GET /collections?KANARI=KANARI HTTP/1.1",
        "GET /nothing?KANARI HTTP/1.1",
        "GET /collections HTTP/1.1\r\nAuthorization: Bearer KANARI",
        "GET /collections HTTP/1.1\r\nAuthorization: Basic KANARI",
        "GET /collections HTTP/1.1\r\nCookie: KANARI\r\nReferer: http://localhost/?KANARI\r\nUser-Agent: KANARI",
        "POST /imports?theme=KANARI HTTP/1.1\r\nX-Vigie-Desk: 1\r\nContent-Length: 0",
        "PUT /collections?KANARI HTTP/1.1\r\nContent-Length: 0",
    ] {
        let said = asked(&server, head);
        ids.push((status(&said).to_owned(), header(&said, "x-request-id").expect("an id").to_owned(), head));
    }
    drop(server);
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(!log.to_uppercase().contains("KANARI"), "{log}");
    for (status, id, head) in ids {
        let line = log.lines().find(|l| l.contains(&format!("\"{id}\""))).unwrap_or_else(|| panic!("{head}: {id}"));
        assert!(line.contains(&status), "{head}: {line}");
    }
}

/// What clients got: milliseconds that accepted answers took, how many were refused, how many were neither.
#[derive(Default)]
struct Load {
    accepted: Vec<f64>,
    refused: usize,
    other: Vec<String>,
}

impl Load {
    fn all(&self) -> usize {
        self.accepted.len() + self.refused + self.other.len()
    }

    /// What 99 in 100 accepted answers took at most, milliseconds.
    fn p99(&self) -> f64 {
        let mut sorted = self.accepted.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(f64::NAN)
    }
}

/// Asks on a connection that is kept, and gives head and status; the body is read to its end.
fn on_line(stream: &mut std::io::BufReader<TcpStream>, path: &str) -> std::io::Result<(String, u16)> {
    use std::io::BufRead as _;
    // In one piece: in several, each would wait for the other end to have taken the one before.
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/geo+json\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes())?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let whole = format!("{head}\r\n\r\n");
    let length =
        header(&whole, "content-length").and_then(|v| v.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    std::io::copy(&mut stream.take(length), &mut std::io::sink())?;
    Ok((head.clone(), status(&head).parse().unwrap_or(0)))
}

/// A request that nobody asked before, so that no finished answer is at hand: of all communes, or of one.
fn unheard_of(dear: bool) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let n = NUMBER.fetch_add(1, Ordering::Relaxed);
    let limit = if dear { "" } else { "&limit=1" };
    format!("/collections/violations-communes/items?bbox=-12.{n:09},10,5,25{limit}")
}

/// Connections that ask for some seconds: so many requests a second together, or each its next one after the last answer.
fn load(server: &Server, dear: bool, connections: u32, per_second: Option<f64>, seconds: f64) -> Load {
    let (start, tickets) = (Instant::now(), AtomicU64::new(0));
    let end = start + Duration::from_secs_f64(seconds);
    let client = || {
        let mut line = std::io::BufReader::new(connect(server));
        let mut got = Load::default();
        loop {
            if let Some(rate) = per_second {
                #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
                let due = start + Duration::from_secs_f64(tickets.fetch_add(1, Ordering::Relaxed) as f64 / rate);
                std::thread::sleep(due.min(end).saturating_duration_since(Instant::now()));
            }
            if Instant::now() >= end {
                return got;
            }
            let asked = Instant::now();
            match on_line(&mut line, &unheard_of(dear)) {
                Ok((_, 200)) => got.accepted.push(asked.elapsed().as_secs_f64() * 1000.0),
                Ok((head, 503)) if header(&head, "retry-after").is_some() => got.refused += 1,
                Ok((head, _)) => got.other.push(head),
                Err(e) => {
                    got.other.push(e.to_string());
                    line = std::io::BufReader::new(connect(server));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..connections).map(|_| scope.spawn(client)).collect();
        running.into_iter().fold(Load::default(), |mut all, one| {
            let one = one.join().expect("a client");
            all.accepted.extend(one.accepted);
            all.refused += one.refused;
            all.other.extend(one.other);
            all
        })
    })
}

#[test]
fn more_than_can_be_answered_is_refused_with_503_and_the_service_is_up() {
    let server = Server::start(demo_store(), &[]);
    let got = load(&server, true, 120, None, 2.0);
    assert!(got.other.is_empty(), "{:?}", got.other.first());
    assert!(!got.accepted.is_empty() && got.refused > 0, "{} answered, {} refused", got.accepted.len(), got.refused);
    std::thread::sleep(Duration::from_millis(1100));
    let after = load(&server, true, 2, None, 0.5);
    assert_eq!((after.refused, after.other.len()), (0, 0), "calm again, nobody is refused");
}

#[test]
#[ignore = "four minutes: cargo test --locked --test it -- --ignored --nocapture overload"]
fn overload_is_refused_with_503_and_what_is_accepted_is_answered() {
    let server = Server::start(demo_store(), &[]);
    let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    println!("{cores} cores, the clients on them too; load of the machine before: {}", busy());
    let clients = u32::try_from(cores.max(2)).expect("few");
    #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
    let rate = |n: usize, seconds: f64| n as f64 / seconds;
    let mut refused = 0;
    for (dear, name, asked) in [
        (true, "all communes, twice the capacity", None),
        (false, "one commune, twice the capacity", None),
        (false, "one commune, 10 000/s", Some(10_000.0)),
    ] {
        load(&server, dear, clients, None, 3.0);
        let normal = load(&server, dear, clients, None, 15.0);
        assert_eq!((normal.refused, normal.other.len()), (0, 0));
        let capacity = rate(normal.accepted.len(), 15.0);
        let asked = asked.unwrap_or(2.0 * capacity);
        let before = resident_mib(server.pid());
        let mut most = before;
        let seconds = 60.0;
        let got = std::thread::scope(|scope| {
            let running = scope.spawn(|| load(&server, dear, 200, Some(asked), seconds));
            while !running.is_finished() {
                most = most.max(resident_mib(server.pid()));
                std::thread::sleep(Duration::from_millis(200));
            }
            running.join().expect("the load")
        });
        println!(
            "{name}: normal {capacity:.0}/s, p99 {:.1} ms; {:.0}/s asked of {asked:.0}/s meant, {:.0}/s answered, p99 {:.1} ms \
             ({:.2} times normal), {:.0} % refused with 503; memory {before} MiB before, {most} MiB at most",
            normal.p99(),
            rate(got.all(), seconds),
            rate(got.accepted.len(), seconds),
            got.p99(),
            got.p99() / normal.p99(),
            100.0 * rate(got.refused, seconds) / rate(got.all(), seconds),
        );
        assert!(got.other.is_empty(), "{} answers were neither: {:?}", got.other.len(), got.other.first());
        assert!(most < before + 256, "memory went from {before} to {most} MiB");
        refused += got.refused;
        up(&server);
        std::thread::sleep(Duration::from_secs(2));
    }
    assert!(refused > 0, "more was asked than can be answered");
}

/// The machine's own count of what runs on it.
fn busy() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().split(' ').next().unwrap_or_default().to_owned()
}
