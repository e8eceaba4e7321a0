//! One million random points over the 701 communes of Mali (2019), located on one core.
//!
//! `cargo bench --bench locate` prints how long the index takes to build, how long the points take, and how many of a
//! sample GEOS puts elsewhere. `cargo bench --bench locate -- --dump FILE` also writes every candidate point with its
//! commune, for `benches/judge_geos.py`, which has GEOS judge all of them. Targets: built in ≤ 0.35 s, located in
//! ≤ 0.15 s, no disagreement for a point inside a commune.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gdal::vector::{Geometry, ToGdal};
use vigie::boundaries::{BoundarySet, How, Located, Locator, ReadOptions, SetInfo, Unit, read_units};
use vigie::domain::{GeometryKind, Lang, Level, SetId};
use vigie::spatial::LonLat;

const POINTS: usize = 1_000_000;
const SAMPLE: usize = 20_000;
const RUNS: usize = 7;

/// SplitMix64 (Steele, Lea, Flood 2014): the same points on every machine.
struct SplitMix(u64);

impl SplitMix {
    /// Uniform in 0..1.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mli_cod_2019/mli_adm3.geojson");
    if !file.is_file() {
        println!("skipped: ../shared/data is absent");
        return Ok(());
    }
    let report = read_units(&[file], &ReadOptions::default(), Lang::En)?;
    let info = SetInfo {
        id: SetId::new("mli-2019")?,
        title_fr: String::new(),
        title_en: String::new(),
        country: "MLI".to_owned(),
        geometry: GeometryKind::Surveyed,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    let set = Arc::new(BoundarySet::new(info, report.units));
    let sets = [set.clone()];

    let mut build = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        black_box(Locator::build(&sets, false)?);
        build = build.min(start.elapsed());
    }
    let locator = Locator::build(&sets, false)?;
    println!(
        "index over {} communes built in {:.3} s (best of {RUNS})",
        set.units(Level::Commune).len(),
        build.as_secs_f64()
    );

    // Uniform in the box, until a million lie inside a commune.
    let bbox = set.bbox();
    let mut random = SplitMix(20_210_630);
    let (mut all, mut inside) = (Vec::new(), Vec::with_capacity(POINTS));
    while inside.len() < POINTS {
        let lon = bbox.west + random.unit() * (bbox.east - bbox.west);
        let lat = bbox.south + random.unit() * (bbox.north - bbox.south);
        let place = LonLat::new(lon, lat)?;
        all.push(place);
        if is_inside(locator.locate(place, None)) {
            inside.push(place);
        }
    }
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        for place in &inside {
            black_box(locator.locate(*place, None));
        }
        best = best.min(start.elapsed());
    }
    println!(
        "{POINTS} points inside located in {:.3} s on one core (best of {RUNS}; {:.0} ns a point)",
        best.as_secs_f64(),
        best.as_secs_f64() * 1e9 / POINTS as f64
    );
    let start = Instant::now();
    for place in &all {
        black_box(locator.locate(*place, None));
    }
    println!("{} points of the whole box located in {:.3} s", all.len(), start.elapsed().as_secs_f64());

    println!("{} of {SAMPLE} differ from GEOS", disagreements(&locator, set.units(Level::Commune), &all)?);

    let mut arguments = std::env::args().skip_while(|a| a != "--dump").skip(1);
    if let Some(path) = arguments.next() {
        let mut out = std::io::BufWriter::new(std::fs::File::create(&path)?);
        for place in &all {
            // Longitude, latitude, number of the commune by p-code (-1: in none).
            out.write_all(&place.lon().to_le_bytes())?;
            out.write_all(&place.lat().to_le_bytes())?;
            let unit = match locator.locate(*place, None) {
                Located::Unit(found) if found.how == How::Inside => i64::try_from(found.unit)?,
                _ => -1,
            };
            out.write_all(&unit.to_le_bytes())?;
        }
        out.flush()?;
        println!("{} points written to {path}", all.len());
    }
    Ok(())
}

fn is_inside(located: Located) -> bool {
    matches!(located, Located::Unit(found) if found.how == How::Inside)
}

/// How many of the first points GEOS puts into another commune, or into one where we find none.
fn disagreements(locator: &Locator, units: &[Unit], points: &[LonLat]) -> Result<usize, Box<dyn Error>> {
    let shapes: Vec<Geometry> = units.iter().map(|u| u.shape.to_gdal()).collect::<Result<_, _>>()?;
    let mut count = 0;
    for place in points.iter().take(SAMPLE) {
        let point = geo::Point::new(place.lon(), place.lat()).to_gdal()?;
        let by_geos = units.iter().zip(&shapes).position(|(u, s)| u.bbox.contains(*place) && s.contains(&point));
        let ours = match locator.locate(*place, None) {
            Located::Unit(found) if found.how == How::Inside => Some(found.unit),
            _ => None,
        };
        count += usize::from(by_geos != ours);
    }
    Ok(count)
}
