use super::decide::like;
use super::limits::FILTER_DEPTH;
use super::*;
use crate::app::PropertyValue;
use crate::spatial::Bbox;

fn fields() -> Vec<FieldInfo> {
    let kinds = [("name", FieldKind::String), ("value", FieldKind::Integer), ("rate", FieldKind::Number)];
    let more = [("outside_coverage", FieldKind::Boolean), ("date", FieldKind::String)];
    let field = |(name, kind): (&str, FieldKind)| FieldInfo {
        name: name.into(),
        kind,
        title_fr: String::new(),
        title_en: String::new(),
    };
    kinds.into_iter().chain(more).map(field).collect()
}

/// A triangle from (0, 0) to (2, 2) below its diagonal.
fn row(value: Option<i64>) -> FeatureRow {
    FeatureRow {
        id: "a.b".into(),
        geometry: Some(r#"{"type":"MultiPolygon","coordinates":[[[[0,0],[2,0],[2,2],[0,0]]]]}"#.into()),
        bbox: Bbox { west: 0.0, south: 0.0, east: 2.0, north: 2.0 },
        values: vec![
            PropertyValue::Text("Ménaka".into()),
            value.map_or(PropertyValue::Null, PropertyValue::Int),
            PropertyValue::Real(2.5),
            PropertyValue::Flag(true),
            PropertyValue::Text("2021-06-17".into()),
        ],
    }
}

fn chosen(filter: &str) -> bool {
    let lang = if filter.starts_with('{') { FilterLang::Json } else { FilterLang::Text };
    Filter::parse(filter, lang, &fields()).expect(filter).chooses(&row(Some(7)))
}

fn refused(filter: &str) -> String {
    let lang = if filter.starts_with('{') { FilterLang::Json } else { FilterLang::Text };
    Filter::parse(filter, lang, &fields()).expect_err(filter).en
}

#[test]
fn comparisons_connectives_and_functions_choose_as_the_standard_says() {
    for yes in [
        "value = 7",
        "value<>8 AND name = 'Ménaka'",
        "(value > 6) AND (rate <= 2.5)",
        "value BETWEEN 7 AND 9",
        "value NOT BETWEEN 8 AND 9",
        "value IN (1, 7)",
        "name NOT IN ('Gao', 'Mopti')",
        "name LIKE 'M%ka'",
        "name LIKE 'M_naka'",
        "NOT name LIKE 'menaka'",
        "CASEI(name) = CASEI('MÉNAKA')",
        "ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('MENA%'))",
        "value IS NOT NULL",
        "outside_coverage = TRUE",
        "outside_coverage",
        "\"value\" >= -3",
        "date >= DATE('2021-06-01') AND date < DATE('2021-07-01')",
        "date = TIMESTAMP('2021-06-17T00:00:00.000Z')",
        "value > rate",
        "S_INTERSECTS(geometry, BBOX(1, 0, 3, 1))",
        "S_INTERSECTS(geom,BBOX(1.5,0.1,1.6,0.2))",
        "S_INTERSECTS(geometry, POINT(1.5 0.5))",
        r#"{"op":"=","args":[{"property":"value"},7]}"#,
        r#"{"op":"and","args":[{"op":">","args":[{"property":"value"},6]},{"op":"like","args":[{"property":"name"},"Mé%"]}]}"#,
        r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1.5,0.5]}]}"#,
    ] {
        assert!(chosen(yes), "{yes}");
    }
    for no in [
        "value = 8",
        "name = 'Menaka'",
        "value < 7 OR rate > 3",
        // Inside the box of the triangle, outside the triangle.
        "S_INTERSECTS(geometry, POINT(0.5 1.5))",
        "S_INTERSECTS(geometry, BBOX(10, 10, 11, 11))",
        "value IS NULL",
        "NOT outside_coverage",
    ] {
        assert!(!chosen(no), "{no}");
    }
}

#[test]
fn an_absence_is_neither_less_nor_more_nor_other_than_a_number() {
    let chosen =
        |filter: &str| Filter::parse(filter, FilterLang::Text, &fields()).expect("a filter").chooses(&row(None));
    for no in ["value < 5", "value >= 0", "value <> 3", "NOT value < 5", "value IN (0)", "NOT value IN (0)"] {
        assert!(!chosen(no), "{no}");
    }
    assert!(chosen("value IS NULL"));
    assert!(chosen("value < 5 OR name = 'Ménaka'"));
    assert!(!chosen("value < 5 AND name = 'Ménaka'"));
}

#[test]
fn what_cannot_be_asked_is_refused_with_the_cure() {
    for (filter, says) in [
        ("nom = 'x'", "no field"),
        ("value = 'x'", "cannot be compared"),
        ("name > 3", "cannot be compared"),
        ("value", "cannot be evaluated"),
        ("value >", "Unreadable"),
        ("", "Unreadable"),
        ("T_BEFORE(date, DATE('2021-01-01'))", "not offered"),
        ("S_WITHIN(geometry, BBOX(0,0,1,1))", "not offered"),
        ("S_INTERSECTS(name, BBOX(0,0,1,1))", "S_INTERSECTS compares"),
        ("S_INTERSECTS(geometry, BBOX(1,0,0,1))", "Unreadable geometry"),
        ("name LIKE value", "LIKE wants"),
        ("{\"op\":\"=\"}", "Unreadable"),
        ("{", "Unreadable"),
    ] {
        let error = refused(filter);
        assert!(error.contains(says), "{filter}: {error}");
    }
}

#[test]
fn long_deep_and_wide_filters_are_refused_at_once() {
    let start = std::time::Instant::now();
    let deep = |n: usize| format!("{}value = 7{}", "(".repeat(n), ")".repeat(n));
    assert!(chosen(&deep(FILTER_DEPTH)));
    let nested = |n: usize| (0..n).fold("value = 7".to_owned(), |inner, _| format!("NOT ({inner})"));
    assert!(chosen(&nested(FILTER_DEPTH)));
    let json = (0..1000).fold(r#"{"op":"=","args":[{"property":"value"},7]}"#.to_owned(), |inner, _| {
        format!(r#"{{"op":"not","args":[{inner}]}}"#)
    });
    let wide = (0..700).map(|_| "value=7").collect::<Vec<_>>().join(" OR ");
    let few = (0..20).fold(r#"{"op":"=","args":[{"property":"value"},7]}"#.to_owned(), |inner, _| {
        format!(r#"{{"op":"not","args":[{inner}]}}"#)
    });
    assert!(chosen(&few));
    for bad in [
        deep(FILTER_DEPTH + 1),
        deep(1000),
        nested(1000),
        json,
        wide,
        "x".repeat(100_000),
        format!("{}outside_coverage", "NOT ".repeat(1000)),
        format!("value = {}1", "-".repeat(4000)),
    ] {
        let error = refused(&bad);
        assert!(error.contains("at most") || error.contains("operations"), "{error}");
    }
    assert!(start.elapsed().as_secs() < 20, "the parser's time explodes: {:?}", start.elapsed());
}

#[test]
fn a_pattern_takes_time_by_its_length_not_by_its_stars() {
    assert!(like("Gourma-Rharous", "%ma%R%s"));
    assert!(!like("Gao", "Gao_"));
    assert!(like("100 %", r"100 \%"));
    assert!(!like(&"a".repeat(2000), &format!("{}b", "%a".repeat(500))));
}
