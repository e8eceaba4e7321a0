//! Names on the shipped sets and their aliases.

use std::fs;
use std::path::Path;

use super::*;
use crate::boundaries::{ReadOptions, SetInfo, read_units};
use crate::domain::{GeometryKind, Lang, SetId};

fn shipped(id: &str) -> BoundarySet {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata").join(id);
    let files: Vec<_> = ["adm1", "adm2", "adm3"].iter().map(|f| folder.join(f).with_extension("geojson")).collect();
    let report = read_units(&files, &ReadOptions::default(), Lang::Fr).expect("shipped set");
    let info = SetInfo {
        id: SetId::new(id).expect("id"),
        title_fr: String::new(),
        title_en: String::new(),
        country: "MLI".to_owned(),
        geometry: GeometryKind::Schematic,
        valid_from: None,
        origin: String::new(),
        licence: String::new(),
    };
    BoundarySet::new(info, report.units)
}

fn aliases() -> Vec<Alias> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("geodata/aliases.csv");
    parse_aliases(&fs::read_to_string(path).expect("shipped")).expect("aliases")
}

fn gazetteer(id: &str) -> (BoundarySet, Gazetteer) {
    let set = shipped(id);
    let gazetteer = Gazetteer::build(&set, &aliases());
    (set, gazetteer)
}

fn codes(r: &Resolution) -> [&str; 3] {
    [0, 1, 2].map(|k| r.units[k].as_deref().unwrap_or("-"))
}

#[test]
fn every_commune_is_found_by_its_own_names_and_by_their_plain_capitals() {
    let (set, gazetteer) = gazetteer("mli-2021");
    for unit in set.units(Level::Commune) {
        let chain = set.chain(unit);
        let name = |l: Level| set.unit(l, chain[l.index()].as_deref().expect("nested")).expect("unit").name.to_string();
        let names = Level::ALL.map(name);
        let [r, c, m] = [&names[0], &names[1], &names[2]];
        let got = gazetteer.resolve(Some(r), Some(c), Some(m));
        assert_eq!((&got.units, got.matched, got.findings.len()), (&chain, Match::Name, 0), "{names:?}");
        let plain = |s: &str| fold(s).to_uppercase();
        let got = gazetteer.resolve(None, Some(&plain(c)), Some(&plain(m)));
        assert_eq!(got.units, chain, "{names:?}");
    }
}

#[test]
fn homonyms_are_told_apart_by_their_level() {
    let (_, g) = gazetteer("mli-2021");
    let (region, cercle, commune) =
        (g.resolve(Some("Gao"), None, None), g.resolve(None, Some("gao"), None), g.resolve(None, None, Some("GAO")));
    let located = |r: &Resolution| r.units.iter().flatten().count();
    assert_eq!([&region, &cercle, &commune].map(located), [1, 2, 3]);
    assert_eq!(codes(&commune)[..2], codes(&cercle)[..2]);
    let marked = g.resolve(Some("GAO_CER"), None, None);
    assert_eq!(marked.units, cercle.units);
}

#[test]
fn aliases_lead_to_their_unit_within_their_parent() {
    let (set, g) = gazetteer("mli-2021");
    let name = |r: &Resolution, l: Level| {
        r.units[l.index()].as_deref().and_then(|p| set.unit(l, p)).map(|u| u.name.to_string())
    };
    let r = g.resolve(Some("Tombouctou"), Some("Rharous"), None);
    assert_eq!((name(&r, Level::Cercle).as_deref(), r.matched), (Some("Gourma-Rharous"), Match::Alias));
    let r = g.resolve(Some("Mopti"), Some("Douentza"), Some("Koubéwel"));
    assert_eq!((name(&r, Level::Commune).as_deref(), r.matched), (Some("Koubéwel Koundia"), Match::Alias));
    let r = g.resolve(None, Some("Menaka"), None);
    assert_eq!((name(&r, Level::Cercle).as_deref(), r.matched), (Some("Ménaka"), Match::Name), "folded, not an alias");
    let r = g.resolve(None, None, Some("N’Koumandougou"));
    assert_eq!((name(&r, Level::Commune).is_some(), r.matched), (true, Match::Name));
}

#[test]
fn parts_of_names_never_match() {
    let (_, g) = gazetteer("mli-2021");
    let r = g.resolve(None, Some("Sa"), None);
    assert_eq!((codes(&r), r.matched), (["-", "-", "-"], Match::None));
    assert!(matches!(&r.findings[..], [NameFinding::UnknownName { .. }]));
}

#[test]
fn a_commune_name_that_several_have_needs_its_cercle() {
    let (set, g) = gazetteer("mli-2021");
    let r = g.resolve(None, None, Some("Benkadi"));
    let [NameFinding::AmbiguousName { candidates, .. }] = &r.findings[..] else { unreachable!("{:?}", r.findings) };
    assert_eq!((candidates.len(), r.matched), (4, Match::None), "Benkadi and Ben-Kadi alike");
    for pcode in candidates {
        let unit = set.find(pcode).expect("unit");
        let cercle = set.unit(Level::Cercle, unit.parent.as_deref().expect("nested")).expect("cercle");
        let r = g.resolve(None, Some(&cercle.name), Some("Benkadi"));
        assert_eq!(r.units[2].as_ref(), Some(pcode));
    }
}

#[test]
fn an_unknown_commune_leaves_the_place_at_its_cercle_with_suggestions() {
    let (_, g) = gazetteer("mli-2021");
    let r = g.resolve(Some("Mopti"), Some("Douentza"), Some("Hayré"));
    assert_eq!((r.units[1].is_some(), r.units[2].is_none(), r.matched), (true, true, Match::Name));
    let [NameFinding::UnknownName { level: Level::Commune, suggestions, .. }] = &r.findings[..] else {
        unreachable!("{:?}", r.findings)
    };
    assert!(suggestions.len() <= 3 && suggestions.iter().any(|s| s == "Hairé"), "{suggestions:?}");
    assert!(r.findings[0].message(Lang::Fr).contains("Hairé"));
}

#[test]
fn a_commune_of_another_cercle_leaves_the_place_at_the_stated_cercle() {
    let (_, g) = gazetteer("mli-2021");
    let r = g.resolve(Some("Mopti"), Some("Douentza"), Some("Niono"));
    assert_eq!((r.units[1].is_some(), r.units[2].is_none()), (true, true));
    assert!(matches!(&r.findings[..], [NameFinding::ParentContradiction { level: Level::Commune, .. }]), "{r:?}");
}

#[test]
fn a_cercle_against_its_region_is_settled_by_the_commune_or_not_at_all() {
    let (_, g) = gazetteer("mli-2021");
    // Ménaka was a cercle of Gao until it became a region.
    let nowhere = g.resolve(Some("Gao"), Some("Ménaka"), None);
    assert_eq!((codes(&nowhere), nowhere.matched), (["-", "-", "-"], Match::None));
    assert!(matches!(&nowhere.findings[..], [NameFinding::ParentContradiction { level: Level::Cercle, .. }]));
    let commune = g.resolve(Some("Gao"), Some("Douentza"), Some("Hombori"));
    assert_eq!(commune.units, g.resolve(None, Some("Douentza"), Some("Hombori")).units);
    assert_eq!((commune.units[2].is_some(), commune.findings.len()), (true, 1));
    let region = g.resolve(Some("Mopti"), Some("Niono"), Some("Hombori"));
    assert_eq!(region.units, g.resolve(Some("Mopti"), None, None).units);
}

#[test]
fn an_unknown_region_leaves_unique_names_below_it_standing() {
    let (_, g) = gazetteer("mli-2021");
    let r = g.resolve(Some("Région inventée"), Some("Douentza"), None);
    assert_eq!((r.units[1].is_some(), r.findings.len()), (true, 1));
    let r = g.resolve(Some("Mopti"), Some("Cercle inventé"), Some("Hombori"));
    assert_eq!((r.units[2].is_some(), r.findings.len()), (true, 1));
    let r = g.resolve(Some("Mopti"), Some("Cercle inventé"), Some("Benkadi"));
    assert_eq!((r.units[0].is_some(), r.units[1].is_none()), (true, true), "{r:?}");
}

#[test]
fn nothing_stated_is_nowhere_without_a_finding() {
    let (_, g) = gazetteer("mli-2021");
    let r = g.resolve(Some(" "), None, Some("-"));
    assert_eq!((r.matched, r.findings.len()), (Match::None, 0));
}

#[test]
fn a_code_means_what_its_set_says() {
    let (old, new) = (shipped("mli-2019"), shipped("mli-2021"));
    assert!(resolve_pcode(&old, "ML1001").is_none());
    assert_eq!(resolve_pcode(&new, " ml1001 ").map(|u| &*u.name), Some("Ménaka"));
    assert!(resolve_pcode(&new, "ML9999").is_none());
}
