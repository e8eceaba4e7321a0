//! The demonstration files, read as any user's would be, on the shipped sets.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use super::*;
use crate::boundaries::{BoundarySet, ReadOptions, SetInfo, parse_aliases, read_units};
use crate::domain::{Attr, GeometryKind, Lang, Level, Match, SetId, Severity};

fn geodata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata").join(path)
}

fn shipped(id: &str, country: &str, levels: u8) -> Arc<BoundarySet> {
    let files: Vec<_> = (1..=levels).map(|l| geodata(&format!("{id}/adm{l}.geojson"))).collect();
    let report = read_units(&files, &ReadOptions::default(), Lang::Fr).expect("shipped set");
    let info = SetInfo {
        id: SetId::new(id).expect("an id"),
        title_fr: String::new(),
        title_en: String::new(),
        country: country.into(),
        geometry: GeometryKind::Schematic,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    Arc::new(BoundarySet::new(info, report.units))
}

static MALI: LazyLock<Arc<BoundarySet>> = LazyLock::new(|| shipped("mli-2021", "MLI", 3));

fn import(theme: &str, file: &str, sets: &[Arc<BoundarySet>]) -> (Ingested, Duration) {
    let aliases = fs::read_to_string(geodata("aliases.csv")).expect("shipped");
    let aliases = parse_aliases(&aliases).expect("aliases");
    let theme = shipped_theme(theme).expect("shipped");
    let places = SetPlaces::build(sets, &aliases, true);
    let reading = Reading::default();
    let ctx = ImportContext {
        theme: &theme,
        sets,
        places: &places,
        lang: Lang::Fr,
        today: jiff::civil::Date::constant(2021, 7, 15),
        synthetic: true,
        default_source: "monitoring",
        reading: &reading,
        limits: Limits::default(),
    };
    let bytes = fs::read(geodata(file)).expect("shipped");
    let start = Instant::now();
    let done = read(&bytes, file, &ctx).expect("a table");
    (done, start.elapsed())
}

fn demo(theme: &str) -> (Ingested, Duration) {
    import(theme, &format!("demo/{theme}.csv"), std::slice::from_ref(&*MALI))
}

fn codes(done: &Ingested) -> BTreeMap<&str, usize> {
    let mut codes = BTreeMap::new();
    for finding in &done.findings {
        *codes.entry(finding.code.as_ref()).or_default() += 1;
    }
    codes
}

#[test]
fn every_incident_of_the_demonstration_goes_in_and_the_sums_are_the_published_ones() {
    let (done, _) = demo("incidents");
    assert_eq!((done.rows_in, done.facts.len(), done.rejected_rows), (2345, 2345, 0), "{:?}", codes(&done));
    assert!(done.findings.is_empty(), "{:?} {:?}", codes(&done), done.findings.first());
    let victims = |month: &str| -> i64 {
        let of = |f: &&crate::domain::Fact| f.when.iso().starts_with(month);
        done.facts.iter().filter(of).filter_map(|f| f.attr("victims")?.int()).sum()
    };
    assert_eq!(victims(""), 6_620);
    assert_eq!(victims("2021-06"), 1_237);
    // Eight rows in a hundred are known only to the cercle or the region, and stay there.
    let known = |level| done.facts.iter().filter(|f| f.place.located() == level).count();
    let by_level = [Some(Level::Commune), Some(Level::Cercle), Some(Level::Region), None].map(known);
    assert_eq!(by_level, [2149, 134, 62, 0]);
    assert!(done.facts.iter().all(|f| f.synthetic && f.place.matched != Match::None));
}

#[test]
fn two_alerts_name_no_commune_that_exists_and_stay_at_their_cercle() {
    let (done, _) = demo("alerts");
    assert_eq!((done.facts.len(), done.rejected_rows), (304, 0), "{:?}", codes(&done));
    let findings = &done.findings;
    let values: Vec<_> = findings.iter().filter_map(|f| f.value.as_deref()).collect();
    assert_eq!(values, ["Inhinta", "Lerneb"], "{:?}", codes(&done));
    for finding in findings {
        assert_eq!((finding.code.as_ref(), finding.severity), ("UNKNOWN_PLACE", Severity::Warning));
        assert_eq!(finding.column.as_deref(), Some("commune"));
    }
    for name in values {
        let fact = done.facts.iter().find(|f| f.place.stated[2].as_deref() == Some(name)).expect(name);
        assert_eq!(fact.place.located(), Some(Level::Cercle), "{name}");
    }
}

#[test]
fn risk_scores_stand_for_communes() {
    let (done, _) = demo("risk");
    assert_eq!((done.facts.len(), done.findings.len()), (2114, 0), "{:?}", codes(&done));
    assert!(done.facts.iter().all(|f| f.place.located() == Some(Level::Commune)));
    let june = done.facts.iter().filter(|f| f.when.iso() == "2021-06" && f.attr("score").and_then(Attr::int).is_some());
    assert_eq!(june.count(), 180);
}

#[test]
fn coverage_of_21_030_rows_goes_in_at_once() {
    let (done, took) = demo("coverage");
    assert_eq!((done.facts.len(), done.findings.len()), (21_030, 0), "{:?}", codes(&done));
    let covered = done.facts.iter().filter(|f| f.attr("covered").and_then(Attr::flag) == Some(true)).count();
    assert_eq!(covered, 4_988);
    eprintln!("21,030 rows of coverage read in {took:?}");
    // Far below a second where nothing else runs; the tests run beside others on two cores.
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn the_population_table_finds_its_sets_by_their_column() {
    let sets =
        [MALI.clone(), shipped("mli-2019", "MLI", 3), shipped("bfa-2018", "BFA", 2), shipped("ner-2023", "NER", 2)];
    let (done, _) = import("population", "population/population_2021.csv", &sets);
    assert_eq!((done.facts.len(), done.rejected_rows), (145, 0), "{:?} {:?}", codes(&done), done.findings.first());
    // Ménaka's cercles are not in the table: its region stands for them.
    let regions = done.facts.iter().filter(|f| f.place.located() == Some(Level::Region)).count();
    let cercles = done.facts.iter().filter(|f| f.place.located() == Some(Level::Cercle)).count();
    assert_eq!((regions, cercles), (1, 144));
    let of = |set: &str| done.facts.iter().filter(|f| f.place.set.as_str() == set).count();
    assert_eq!(of("mli-2021") + of("mli-2019") + of("bfa-2018") + of("ner-2023"), 145);
}
