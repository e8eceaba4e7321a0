//! `vigie hotspots`.

use std::process::ExitCode;

use super::args::HotspotsArgs;
use super::say::Say;
use crate::app::{self, AppError, FeatureRow, HotspotQuery, LayerQuery, LayerSource as _, PropertyValue, Weights};
use crate::style::decimal;

pub(super) fn run(args: &HotspotsArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, None, args.as_of.get())?;
    let period = service.parse_period(&args.period)?;
    let layer = LayerQuery {
        period: Some(period),
        sets: args.set.clone(),
        source: args.source.clone(),
        basis: args.basis.clone(),
        lang: say.lang,
        // The store is the officer's own file: nothing is hidden from who holds it.
        unsafe_local: true,
        ..LayerQuery::default()
    };
    let weights = Weights::parse(&args.weights)?;
    let level = args.level.into();
    let answer =
        service.hotspots(&HotspotQuery { measure: args.measure.clone(), level, weights, alpha: args.alpha, layer })?;
    let fields: Vec<&str> = answer.selection.fields.iter().map(|f| f.name.as_str()).collect();
    let units: Vec<serde_json::Value> = answer
        .selection
        .rows
        .iter()
        .map(|row| fields.iter().zip(&row.values).map(|(f, v)| ((*f).to_owned(), value(v))).collect())
        .collect();
    let mut lines = vec![answer.sentence.clone()];
    let at = |row: &'_ FeatureRow, name: &str| {
        fields.iter().position(|f| *f == name).and_then(|k| row.values.get(k).cloned()).unwrap_or(PropertyValue::Null)
    };
    let mut found: Vec<&FeatureRow> = answer
        .selection
        .rows
        .iter()
        .filter(|r| matches!(at(r, "cluster"), PropertyValue::Text(t) if *t == *"hot" || *t == *"cold"))
        .collect();
    found.sort_by(|a, b| q_of(&at(a, "q")).total_cmp(&q_of(&at(b, "q"))).then(a.id.cmp(&b.id)));
    for row in found {
        let text = |name| match at(row, name) {
            PropertyValue::Text(t) => t.to_string(),
            PropertyValue::Int(n) => n.to_string(),
            PropertyValue::Real(x) => decimal(x, 4, say.lang),
            _ => "–".to_owned(),
        };
        lines.push(format!(
            "{:<5} {:<24} {:<20} {:>6}   z {:>8}   p {}   q {}",
            text("cluster"),
            text("name"),
            text("parent_name"),
            text("value"),
            text("z"),
            text("p"),
            text("q")
        ));
    }
    if let Some(limits) = answer.about.get("limits").and_then(serde_json::Value::as_str) {
        lines.push(limits.to_owned());
    }
    if service.synthetic() {
        lines.push(
            say.lang.pick("Données de démonstration, synthétiques.", "Demonstration data, synthetic.").to_owned(),
        );
    }
    let mut about = answer.about;
    about.insert("synthetic".into(), service.synthetic().into());
    about.insert("schematic".into(), answer.selection.schematic.into());
    about.insert("data_version".into(), answer.selection.version.into());
    about.insert("results".into(), units.into());
    say.result(&serde_json::Value::Object(about), &lines);
    Ok(ExitCode::SUCCESS)
}

fn q_of(value: &PropertyValue) -> f64 {
    if let PropertyValue::Real(x) = value { *x } else { f64::INFINITY }
}

fn value(value: &PropertyValue) -> serde_json::Value {
    match value {
        PropertyValue::Null => serde_json::Value::Null,
        PropertyValue::Text(t) => serde_json::json!(t),
        PropertyValue::Int(n) => serde_json::json!(n),
        PropertyValue::Real(x) => serde_json::json!(x),
        PropertyValue::Flag(b) => serde_json::json!(b),
    }
}
