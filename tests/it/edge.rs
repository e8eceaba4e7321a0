//! The edge against those who mean ill: too much, too slowly, too often. The service refuses, and goes on.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// What clients that ask one after the other got: seconds that accepted answers took, how many were refused, how many were neither.
#[derive(Default)]
struct Load {
    accepted: Vec<f64>,
    busy: usize,
    other: usize,
}

impl Load {
    fn p99_ms(&mut self) -> f64 {
        self.accepted.sort_by(f64::total_cmp);
        self.accepted.get(self.accepted.len() * 99 / 100).copied().unwrap_or(f64::NAN) * 1000.0
    }
}

/// Clients that each ask, wait for the answer and ask again; each request is one that nobody asked before.
fn load(server: &Server, clients: usize, seconds: u64) -> Load {
    let stop = Arc::new(AtomicBool::new(false));
    let number = std::sync::atomic::AtomicU64::new(u64::from(std::process::id()) * 1_000_003 % 97 * 1_000_000);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..clients)
            .map(|_| {
                let (stop, number) = (stop.clone(), &number);
                scope.spawn(move || {
                    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
                    let mut got = Load::default();
                    while !stop.load(Ordering::Relaxed) {
                        let n = number.fetch_add(1, Ordering::Relaxed);
                        #[expect(clippy::cast_precision_loss, reason = "below 2^52")]
                        let west = -12.0 + (n % 1_000_000) as f64 * 1e-6;
                        let url =
                            format!("{}/collections/violations-communes/items?bbox={west:.6},10,5,25", server.url);
                        let start = Instant::now();
                        let Ok(mut answer) = agent.get(&url).call() else {
                            got.other += 1;
                            continue;
                        };
                        let whole = answer.body_mut().with_config().limit(100 << 20).read_to_vec().is_ok();
                        match answer.status().as_u16() {
                            200 if whole => got.accepted.push(start.elapsed().as_secs_f64()),
                            503 if answer.headers().contains_key("retry-after") => {
                                got.busy += 1;
                                // A client that comes back at once all the same.
                                std::thread::sleep(Duration::from_millis(20));
                            }
                            _ => got.other += 1,
                        }
                    }
                    got
                })
            })
            .collect();
        std::thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        running.into_iter().fold(Load::default(), |mut all, one| {
            let one = one.join().expect("a client");
            all.accepted.extend(one.accepted);
            all.busy += one.busy;
            all.other += one.other;
            all
        })
    })
}

#[test]
#[ignore = "a minute and a half: cargo test --locked --test it -- --ignored --nocapture overload"]
fn overload_is_refused_with_503_and_what_is_accepted_is_answered() {
    let server = Server::start(demo_store(), &[]);
    load(&server, 2, 5);
    let seconds = 20;
    let mut normal = load(&server, 2, seconds);
    let before = resident_mib(server.pid());
    let mut most = before;
    let mut heavy = std::thread::scope(|scope| {
        let running = scope.spawn(|| load(&server, 200, 3 * seconds));
        while !running.is_finished() {
            most = most.max(resident_mib(server.pid()));
            std::thread::sleep(Duration::from_millis(200));
        }
        running.join().expect("the load")
    });
    let rate = |n: usize, s: u64| n as u64 / s;
    println!(
        "normal, 2 clients: {}/s, p99 {:.0} ms\n200 clients: {}/s asked, {}/s answered, p99 {:.0} ms, {}/s refused with 503, {} neither\n\
         memory: {before} MiB before, {most} MiB at most",
        rate(normal.accepted.len(), seconds),
        normal.p99_ms(),
        rate(heavy.accepted.len() + heavy.busy, 3 * seconds),
        rate(heavy.accepted.len(), 3 * seconds),
        heavy.p99_ms(),
        rate(heavy.busy, 3 * seconds),
        heavy.other,
    );
    assert_eq!((normal.busy, normal.other, heavy.other), (0, 0, 0));
    assert!(heavy.busy > heavy.accepted.len(), "twice as much was asked as can be answered");
    assert!(most < before + 256, "memory went from {before} to {most} MiB");
    up(&server);
}
