//! How long the annexes take on the 701 real communes of 2019: `cargo bench --bench annexes`.
//!
//! Warm figures are the whole way from the store's snapshot to the file's bytes, two months by turns so that no page is the
//! one just made, the median of several runs. The cold figure is the whole program: store opened, every map in every format
//! and the bound PDF written. Beside them QGIS 3.22's layout exporter, measured on the same data by the project: 480, 165 and
//! 126 ms after 1 s of start-up.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use vigie::app::{Annex, AnnexRequest, LayerSource as _, Service, Sheet, annex_page, open_service, page_bytes};
use vigie::domain::Lang;

const VIGIE: &str = env!("CARGO_BIN_EXE_vigie");
const RUNS: usize = 15;

fn main() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mli_cod_2019");
    if !data.is_dir() {
        println!("skipped: the real communes are not at hand");
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let store = store(dir.path(), &data);
    let service = open_service(&store, None, vigie::store::AsOf::Now).expect("a service");
    println!("annex 3, 701 real communes, A4, warm (median of {RUNS}; QGIS 3.22 in brackets; aim in angle brackets)");
    for (format, qgis, aim) in [("png", 480, 120), ("pdf", 165, 60), ("svg", 126, 25)] {
        let ms = median(RUNS, |k| drop(make(&service, Annex::Risk, k, format)));
        println!("  {format}  {ms:>7.1} ms  [{qgis} ms]  <{aim} ms>");
    }
    let ms = median(RUNS, |k| drop(annex_page(&service, Annex::Risk, &request(&service, k)).expect("a page")));
    println!("  laid out, before any format  {ms:>7.1} ms");
    println!("every map, warm");
    for annex in Annex::ALL {
        let [png, pdf, svg] = ["png", "pdf", "svg"].map(|f| median(5, |k| drop(make(&service, annex, k, f))));
        println!("  annex {}  png {png:>7.1}  pdf {pdf:>7.1}  svg {svg:>7.1} ms", annex.number());
    }
    let out = dir.path().join("out");
    let ms = median(5, |_| {
        run(&["annexes", "2021-06", "--merged", "--out"], &[&out], &store);
    });
    println!("all maps of a month, PDF, PNG at 300 dpi, SVG and the bound PDF, cold  {ms:>7.1} ms  <2000 ms>");
}

fn request(service: &Service, run: usize) -> AnnexRequest {
    let month = ["2021-05", "2021-06"][run % 2];
    AnnexRequest {
        period: service.parse_period(month).expect("a month"),
        set: None,
        source: None,
        lang: Lang::Fr,
        sheet: Sheet::default(),
        date: None,
        rates: false,
        page: (1, 1),
        hxl: false,
    }
}

fn make(service: &Service, annex: Annex, run: usize, format: &str) -> Vec<u8> {
    let page = annex_page(service, annex, &request(service, run)).expect("a page");
    page_bytes(&page, format, 300).expect("bytes")
}

fn median(runs: usize, mut job: impl FnMut(usize)) -> f64 {
    job(0);
    job(1);
    let mut times: Vec<Duration> = (0..runs)
        .map(|k| {
            let start = Instant::now();
            job(k);
            start.elapsed()
        })
        .collect();
    times.sort();
    times[runs / 2].as_secs_f64() * 1000.0
}

fn run(words: &[&str], paths: &[&PathBuf], store: &Path) {
    let done = Command::new(VIGIE).args(words).args(paths).arg("--store").arg(store).output().expect("vigie runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A store with the real communes and made-up scores of six months for every commune of five regions.
fn store(dir: &Path, data: &Path) -> PathBuf {
    let store = dir.join("bench.gpkg");
    let files: Vec<PathBuf> = (1..=3).map(|n| data.join(format!("mli_adm{n}.geojson"))).collect();
    run(&["import", "boundaries", "--set", "mli-cod-2019", "--default"], &files.iter().collect::<Vec<_>>(), &store);
    let text = std::fs::read_to_string(&files[2]).expect("communes");
    let communes: serde_json::Value = serde_json::from_str(&text).expect("GeoJSON");
    let (mut risk, mut coverage) =
        ("period,pcode,score\n".to_owned(), "period,pcode,stream,covered,report_received\n".to_owned());
    for month in 1..=6 {
        for (k, feature) in communes["features"].as_array().expect("features").iter().enumerate() {
            let code = feature["properties"]["admin3Pcode"].as_str().expect("a code");
            let covered = ["ML04", "ML05", "ML06", "ML07", "ML08"].iter().any(|r| code.starts_with(r));
            if covered {
                let _ = writeln!(risk, "2021-{month:02},{code},{}", (k * 7 + month * 5) % 27);
            }
            for stream in ["incidents", "index"] {
                let seen = u8::from(covered);
                let _ = writeln!(coverage, "2021-{month:02},{code},{stream},{seen},{seen}");
            }
        }
    }
    for (theme, text) in [("risk", risk), ("coverage", coverage)] {
        let file = dir.join(format!("{theme}.csv"));
        std::fs::write(&file, text).expect("written");
        run(&["import", theme], &[&file], &store);
    }
    store
}
