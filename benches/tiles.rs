//! How fast tiles are on the 701 real communes of 2019: `cargo bench --bench tiles`.
//!
//! The real server is asked over HTTP by 16 connections of this process, which shares the machine's cores with it: random tiles of
//! zoom 5 to 10 over the country. Cold: each distinct tile once on a fresh server. Warm: the same ones again and again. Beside
//! it, in this process: a tile of a period never asked for, with its outlines already cut, and a picture.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use vigie::app::{LayerQuery, LayerSource as _, TileForm, open_service};
use vigie::spatial::TileId;

const VIGIE: &str = env!("CARGO_BIN_EXE_vigie");
const CONNECTIONS: usize = 16;
const WARM: Duration = Duration::from_secs(8);

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mli_cod_2019");
    if !data.is_dir() {
        println!("skipped: the real communes are not at hand");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let store = store(dir.path(), &data);
    let tiles = tiles(4000);
    in_process(&store, &tiles);
    for ending in ["mvt", "png"] {
        let (mut server, address) = serve(&store);
        let paths: Vec<String> = tiles
            .iter()
            .map(|t| format!("/tiles/risk-communes/{}/{}/{}.{ending}?period=2021-06", t.z(), t.x(), t.y()))
            .collect();
        let start = Instant::now();
        let cold = load(&address, &paths, None);
        report(&format!("{ending} cold, {} distinct tiles", paths.len()), &cold, start.elapsed());
        let start = Instant::now();
        let warm = load(&address, &paths, Some(WARM));
        report(&format!("{ending} warm"), &warm, start.elapsed());
        println!("  memory of the server: {} MB", resident_mb(server.id()));
        server.kill().expect("the server is stopped");
        server.wait().expect("the server ends");
    }
}

/// Distinct random tiles of zoom 5 to 10 over the country's box, always the same ones.
fn tiles(count: usize) -> Vec<TileId> {
    let mut state = 20_210_630_u64;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut known = std::collections::BTreeSet::new();
    let mut out = Vec::new();
    for _ in 0..count * 4 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 5")]
        let z = 5 + (random() * 6.0) as u8;
        let tile = TileId::holding(z, random() * 16.5 - 12.2, random() * 14.8 + 10.1);
        if out.len() < count && known.insert(tile) {
            out.push(tile);
        }
    }
    out
}

fn in_process(store: &Path, tiles: &[TileId]) {
    let service = open_service(store, None, vigie::store::AsOf::Now).expect("a service");
    let query = |month: &str| LayerQuery {
        period: Some(service.parse_period(month).expect("a month")),
        ..LayerQuery::default()
    };
    let time = |month: &str, form: TileForm| {
        let query = query(month);
        let mut times: Vec<Duration> = tiles
            .iter()
            .map(|tile| {
                let start = Instant::now();
                service.tile("risk-communes", &query, *tile, form).expect("a tile");
                start.elapsed()
            })
            .collect();
        let first = times[0];
        times.sort();
        let ms = |t: Duration| t.as_secs_f64() * 1000.0;
        let sum: Duration = times.iter().sum();
        println!(
            "  {form:?} {month}: mean {:.3} ms, p99 {:.3} ms, worst {:.1} ms, first {:.1} ms",
            ms(sum) / times.len() as f64,
            ms(times[times.len() * 99 / 100]),
            ms(times[times.len() - 1]),
            ms(first)
        );
    };
    println!("in process, one thread, {} tiles", tiles.len());
    time("2021-05", TileForm::Mvt);
    println!("a new period, outlines cut before <1 ms>");
    time("2021-06", TileForm::Mvt);
    println!("pictures, never asked before <5 ms>");
    time("2021-04", TileForm::Png);
}

fn serve(store: &Path) -> (Child, String) {
    let mut child = Command::new(VIGIE)
        .args(["serve", "--listen", "127.0.0.1:0", "--store"])
        .arg(store)
        .env("LC_ALL", "en_GB.UTF-8")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the server starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let url = line.split_whitespace().find(|w| w.starts_with("http://")).expect("an address");
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    (child, address)
}

/// Times of the requests over all connections: each path once, or round and round for a while.
fn load(address: &str, paths: &[String], lasting: Option<Duration>) -> Vec<Duration> {
    let threads: Vec<_> = (0..CONNECTIONS)
        .map(|n| {
            let address = address.to_owned();
            let own: Vec<String> = paths.iter().skip(n).step_by(CONNECTIONS).cloned().collect();
            std::thread::spawn(move || connection(&address, &own, lasting))
        })
        .collect();
    threads.into_iter().flat_map(|t| t.join().expect("a connection ends well")).collect()
}

fn connection(address: &str, paths: &[String], lasting: Option<Duration>) -> Vec<Duration> {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("an option");
    let mut writer = stream.try_clone().expect("a handle");
    let mut reader = BufReader::with_capacity(1 << 16, stream);
    let begun = Instant::now();
    let mut times = Vec::new();
    let (mut line, mut body) = (String::new(), Vec::new());
    loop {
        for path in paths {
            let start = Instant::now();
            let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\naccept-encoding: gzip\r\n\r\n");
            writer.write_all(request.as_bytes()).expect("sent");
            let mut length = 0;
            line.clear();
            reader.read_line(&mut line).expect("a status line");
            assert!(line.contains(" 200 ") || line.contains(" 204 "), "{path}: {line}");
            loop {
                line.clear();
                reader.read_line(&mut line).expect("a header");
                if line == "\r\n" {
                    break;
                }
                if let Some(n) = line.strip_prefix("content-length: ") {
                    length = n.trim().parse().expect("a length");
                }
            }
            body.resize(length, 0);
            reader.read_exact(&mut body).expect("a body");
            times.push(start.elapsed());
            if lasting.is_some_and(|l| begun.elapsed() > l) {
                return times;
            }
        }
        if lasting.is_none() {
            return times;
        }
    }
}

fn report(what: &str, times: &[Duration], took: Duration) {
    let mut times = times.to_vec();
    times.sort();
    let ms = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    let rate = times.len() as f64 / took.as_secs_f64();
    println!("{what}: {rate:.0} requests/s, p50 {:.2} ms, p99 {:.2} ms", ms(50), ms(99));
}

fn resident_mb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kb = status.lines().find_map(|l| l.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
    kb.unwrap_or(0) / 1024
}

fn run(words: &[&str], paths: &[&PathBuf], store: &Path) {
    let done = Command::new(VIGIE).args(words).args(paths).arg("--store").arg(store).output().expect("vigie runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn store(dir: &Path, data: &Path) -> PathBuf {
    let store = dir.join("bench.gpkg");
    let files: Vec<PathBuf> = (1..=3).map(|n| data.join(format!("mli_adm{n}.geojson"))).collect();
    run(&["import", "boundaries", "--set", "mli-cod-2019", "--default"], &files.iter().collect::<Vec<_>>(), &store);
    let text = std::fs::read_to_string(&files[2]).expect("communes");
    let communes: serde_json::Value = serde_json::from_str(&text).expect("GeoJSON");
    let mut risk = "period,pcode,score\n".to_owned();
    for month in 1..=6 {
        for (k, feature) in communes["features"].as_array().expect("features").iter().enumerate() {
            let code = feature["properties"]["admin3Pcode"].as_str().expect("a code");
            let _ = writeln!(risk, "2021-{month:02},{code},{}", (k * 7 + month * 5) % 27);
        }
    }
    let file = dir.join("risk.csv");
    std::fs::write(&file, risk).expect("written");
    run(&["import", "risk"], &[&file], &store);
    store
}
