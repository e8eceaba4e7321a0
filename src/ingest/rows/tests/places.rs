//! Where rows go.

use super::*;
use crate::domain::When;

#[test]
fn what_is_known_to_a_cercle_stays_there_and_what_fits_nowhere_is_kept() {
    for (columns, values, codes, located) in [
        ("region;cercle", "Gao;Ansongo", vec![], Some(Level::Cercle)),
        ("region", "Gao", vec![], Some(Level::Region)),
        ("region;cercle;commune", "Gao;Ansongo;Inhinta", vec!["UNKNOWN_PLACE"], Some(Level::Cercle)),
        ("commune", "Atlantide", vec!["UNKNOWN_PLACE"], None),
        ("locality", "Tin", vec!["NOT_LOCATED"], None),
        ("lon;lat", "-2,5;10,5", vec!["POINT_OUTSIDE"], None),
    ] {
        let text = format!("incident_id;date;violation_type;{columns}\nA1;17/06/2021;Viol;{values}\n");
        let done = import("incidents", &text);
        let found: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
        assert_eq!(found, codes, "{values}");
        assert_eq!(done.facts.len(), 1, "{values}");
        assert_eq!(done.facts[0].place.located(), located, "{values}");
        assert_eq!(done.facts[0].place.matched == Match::None, located.is_none(), "{values}");
    }
}

#[test]
fn codes_names_and_coordinates_prevail_in_this_order_and_contradictions_are_said() {
    for (columns, values, codes, unit, matched) in [
        ("pcode;commune", "ML070201;Tessit", vec![], "ML070201", Match::Pcode),
        ("pcode;commune", "ml070201;Bara", vec!["PCODE_NAME_MISMATCH"], "ML070201", Match::Pcode),
        ("pcode;commune", "ML070201;Atlantide", vec!["PCODE_NAME_MISMATCH"], "ML070201", Match::Pcode),
        ("pcode;commune", "ML0702;Tessit", vec![], "ML070201", Match::Name),
        ("commune;lon;lat", "Tessit;0,2;10,5", vec![], "ML070201", Match::Name),
        ("commune;lon;lat", "Tessit;0,7;10,5", vec!["POINT_ELSEWHERE"], "ML070201", Match::Name),
        ("lon;lat", "0,2;10,5", vec![], "ML070201", Match::Point),
        ("cercle;lon;lat", "Ansongo;0,2;10,5", vec![], "ML070201", Match::Point),
        ("cercle;lon;lat;geo_precision", "Ansongo;0,2;10,5;3", vec![], "ML0702", Match::Name),
        ("lon;lat;geo_precision", "0,2;10,5;3", vec![], "ML07", Match::Point),
    ] {
        let text = format!("incident_id;date;violation_type;{columns}\nA1;17/06/2021;Viol;{values}\n");
        let done = import("incidents", &text);
        let found: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
        assert_eq!(found, codes, "{values}");
        let place = &done.facts[0].place;
        let finest = place.located().and_then(|l| place.unit(l)).map(AsRef::as_ref);
        assert_eq!((finest, place.matched), (Some(unit), matched), "{values}");
    }
}

#[test]
fn coordinates_are_never_located_on_a_schematic_set() {
    let reading = Reading::default();
    let read = |text: &str| {
        import_with("incidents", text.as_bytes(), "f.csv", GeometryKind::Schematic, &reading).expect("a table")
    };
    let done = read("incident_id;date;violation_type;lon;lat\nA1;17/06/2021;Viol;0,2;10,5\n");
    assert_eq!((done.findings[0].code.as_ref(), done.rejected_rows), ("SCHEMATIC_SET", 1));
    assert!(done.findings[0].message.contains("vigie import boundaries"));
    // With a name they are kept beside it, and say nothing about the place.
    let done = read("incident_id;date;violation_type;lon;lat;cercle\nA1;17/06/2021;Viol;0,2;10,5;Ansongo\n");
    assert_eq!(done.facts[0].place.located(), Some(Level::Cercle));
    assert!(done.facts[0].place.point.is_some());
}

#[test]
fn a_unit_and_month_has_one_score_however_its_place_is_written() {
    let text = "period,commune,pcode,score\n2021-01,Bara,,5\n2021-01,,ML070202,6\n2021-02,Bara,,5\n";
    let (codes, taken, _) = outcome("risk", text);
    assert_eq!((codes, taken), (vec!["DUPLICATE_ID".to_owned()], 2));
    let one = import("risk", "period,commune,pcode,score\n2021-01,Bara,,5\n").facts;
    let other = import("risk", "pcode,period,score\nML070202,2021-01,9\n").facts;
    assert_eq!(one[0].id, other[0].id);
    assert_eq!(one[0].id.len(), 16);
}

#[test]
fn population_is_placed_by_code_or_by_name_and_level() {
    let text = "Année;découpage;niveau;pcode;nom;population\n2021;tst-1;2;ML0702;Ansongo;155 000\n\
                2021;;cercle;;Gao;276000\n2021;;;;Gao;1\n2021;mli-1900;2;ML0702;;1\n2021;;3;ML0702;;1\n2021;;9;ML0702;;1\n";
    let done = import("population", text);
    let codes: Vec<&str> = done.findings.iter().map(|f| f.code.as_ref()).collect();
    assert_eq!(codes, ["BAD_LEVEL", "UNKNOWN_SET", "LEVEL_MISMATCH", "BAD_LEVEL"]);
    let units: Vec<_> = done.facts.iter().filter_map(|f| f.place.unit(Level::Cercle)).map(AsRef::as_ref).collect();
    assert_eq!(units, ["ML0702", "ML0701"]);
    assert_eq!(done.facts[0].attr("population").and_then(Attr::int), Some(155_000));
    assert_eq!(done.facts[1].when, When::Year(2021));
}
