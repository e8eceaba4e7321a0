//! A file of incidents as large as one asks, and how fast it is read: `cargo bench --bench import -- ROWS [FOLDER]`.
//!
//! With `--write FILE` (.csv or .xlsx) it only writes the file, for `vigie import incidents FILE` to be measured as a whole:
//! `/usr/bin/time -v vigie import incidents FILE --store STORE`. Rows are made up from their number alone, so that the
//! same number of rows is always the same file. Boundaries are those of `../shared` where they are there.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use vigie::boundaries::{BoundarySet, ReadOptions, SetInfo, read_units};
use vigie::domain::{Fact, GeometryKind, Lang, SetId};
use vigie::ingest::{ImportContext, Limits, Reading, Ready, SetPlaces, shipped_theme, stream};
use vigie::store::Prepared;

const HEADER: &str = "incident_id,date,time_slot,region,cercle,commune,locality,pcode,lon,lat,geo_precision,category,\
violation_type,victims,women,men,girls,boys,victim_status,socio_economic_status,perpetrator_class,place,basis,source,sensitivity\n";

/// A stream of numbers from a row's own number (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

fn pick<'a>(numbers: &mut Numbers, of: &[&'a str]) -> &'a str {
    of[usize::try_from(numbers.next(of.len() as u64)).expect("small")]
}

/// One row: about 180 bytes, located by its coordinates (three boxes that lie in Mali all but whole).
fn row(out: &mut String, k: u64) {
    let n = &mut Numbers(k.wrapping_mul(0x0001_0001) + 7);
    let (category, kind) = [
        ("A", "A1"),
        ("B", "B1"),
        ("B", "B2"),
        ("C", "C1"),
        ("C", "C3"),
        ("D", "D1"),
        ("E", "E1"),
        ("E", "E2"),
        ("F", "F1"),
    ][usize::try_from(n.next(9)).expect("small")];
    let (west, south, wide, high) = [
        (-8_000_000, 12_200_000, 3_000_000, 2_700_000),
        (-4_800_000, 15_300_000, 3_600_000, 3_700_000),
        (-1_000_000, 15_800_000, 2_100_000, 2_200_000),
    ][usize::try_from(n.next(3)).expect("small")];
    let mut within = |from: i64, size: u64| from + i64::try_from(n.next(size)).expect("small");
    let (lon, lat) = (within(west, wide), within(south, high));
    let degrees = |micro: i64| {
        format!("{}{}.{:06}", if micro < 0 { "-" } else { "" }, micro.abs() / 1_000_000, micro.abs() % 1_000_000)
    };
    let (women, men, girls) = (n.next(3), n.next(4), n.next(2));
    let victims = (women + men + girls).max(1);
    let men = victims - women - girls;
    let slot = pick(n, &["05h-07h", "07h-17h", "17h-22h", "22h-05h", ""]);
    let status = pick(n, &["Résident", "PDI", "PDI retournée", "Autres"]);
    let perpetrator =
        pick(n, &["Personne armée non identifiée", "Civil", "Groupes radicaux", "Milices d'auto-défense"]);
    let place = pick(n, &["Village", "Domicile de la victime", "Axes routiers"]);
    let _ = writeln!(
        out,
        "MON-{:04}-{k:07},{}-{:02}-{:02},{slot},,,,Quartier {},,{},{},1,{category},{kind},{victims},{women},{men},{girls},0,{status},,{perpetrator},{place},documenté,monitoring,restricted",
        n.next(10_000),
        2015 + n.next(7),
        1 + n.next(12),
        1 + n.next(28),
        n.next(400),
        degrees(lon),
        degrees(lat),
    );
}

/// The same rows as a workbook: numbers as numbers, the rest as text.
fn write_workbook(path: &Path, rows: u64) {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let mut text = HEADER.to_owned();
    (0..rows).for_each(|k| row(&mut text, k));
    for (k, line) in text.lines().enumerate() {
        let at = u32::try_from(k).expect("a sheet's row");
        for (column, cell) in line.split(',').enumerate() {
            let column = u16::try_from(column).expect("few");
            let written = match cell.parse::<f64>() {
                Ok(number) => sheet.write_number(at, column, number).map(drop),
                Err(_) => sheet.write_string(at, column, cell).map(drop),
            };
            written.expect("written");
        }
    }
    book.save(path).expect("saved");
}

fn write(path: &Path, rows: u64) {
    if path.extension().is_some_and(|e| e == "xlsx") {
        return write_workbook(path, rows);
    }
    let mut out = BufWriter::new(std::fs::File::create(path).expect("a file"));
    let mut text = HEADER.to_owned();
    for k in 0..rows {
        row(&mut text, k);
        if text.len() > 1 << 16 {
            out.write_all(text.as_bytes()).expect("written");
            text.clear();
        }
    }
    out.write_all(text.as_bytes()).expect("written");
    out.flush().expect("written");
}

fn boundaries() -> Option<Arc<BoundarySet>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mli_cod_2019");
    let files: Vec<PathBuf> = (1..=3).map(|n| folder.join(format!("mli_adm{n}.geojson"))).collect();
    if !files.iter().all(|f| f.exists()) {
        println!("skipped: {} is not here", folder.display());
        return None;
    }
    let read = read_units(&files, &ReadOptions::default(), Lang::En).expect("boundaries");
    let info = SetInfo {
        id: SetId::new("mli-cod-2019").expect("a name"),
        title_fr: String::new(),
        title_en: String::new(),
        country: "MLI".into(),
        geometry: GeometryKind::Surveyed,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    Some(Arc::new(BoundarySet::new(info, read.units)))
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let rows = args.iter().find_map(|a| a.parse().ok()).unwrap_or(100_000);
    if let Some(k) = args.iter().position(|a| a == "--write") {
        return write(Path::new(&args[k + 1]), rows);
    }
    let Some(set) = boundaries() else { return };
    let mut text = HEADER.to_owned();
    (0..rows).for_each(|k| row(&mut text, k));
    let theme = shipped_theme("incidents").expect("shipped");
    let sets = [set];
    let places = SetPlaces::build(&sets, &[], false);
    let context = ImportContext {
        theme: &theme,
        sets: &sets,
        places: &places,
        lang: Lang::Fr,
        today: jiff::civil::Date::constant(2022, 1, 1),
        synthetic: false,
        default_source: "monitoring",
        reading: &Reading::default(),
        limits: Limits { bytes: u64::MAX, ..Limits::default() },
    };
    // The join alone: named by its id, nothing written.
    let located = |fact: Fact, _| {
        let mut key = [0; 16];
        let hash =
            fact.id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        key[..8].copy_from_slice(&hash.to_le_bytes());
        Ready { key, digest: 0, value: fact }
    };
    measure("from text to located facts", &text, &context, &located);
    let prepared = |fact: Fact, _| {
        let prepared = Prepared::new(fact);
        Ready { key: prepared.key, digest: prepared.digest, value: prepared }
    };
    measure("the same, ready to be written", &text, &context, &prepared);
}

fn measure<T: Send>(
    what: &str,
    text: &str,
    context: &ImportContext<'_>,
    prepare: &(dyn Fn(Fact, bool) -> Ready<T> + Sync),
) {
    for _ in 0..3 {
        let start = Instant::now();
        let done =
            stream(text.as_bytes(), "bench.csv", context, prepare, &mut |_, _| Ok::<_, std::convert::Infallible>(()));
        let done = done.expect("read");
        let (seconds, rows) = (start.elapsed().as_secs_f64(), done.rows_in);
        let rate = rows as f64 / seconds;
        println!("{what}: {rows} rows, {} rejected, {seconds:.2} s, {rate:.0} rows a second", done.rejects.rows.len());
    }
}
