//! `vigie hotspots`.

use std::process::ExitCode;

use serde_json::{Map, Value};

use super::args::HotspotsArgs;
use super::say::Say;
use crate::app::{
    self, AppError, FeatureRow, HotspotQuery, LayerQuery, LayerSource as _, Method, MethodAnswer, MethodQuery,
    PropertyValue, Weights,
};
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
        ..LayerQuery::default()
    };
    let weights = Weights::parse(&args.weights)?;
    let level = args.level.into();
    if let Some(method) = Method::of(&args.method) {
        let query = MethodQuery {
            measure: args.measure.clone(),
            level,
            weights,
            alpha: args.alpha,
            permutations: args.permutations,
            seed: args.seed,
            months: args.months,
            radius_km: args.radius_km,
            days: args.days,
            min_events: args.min_events,
            against: args.against,
            layer,
            ..MethodQuery::new(method)
        };
        return other(&service.statistic(&query)?, args, say);
    }
    let answer =
        service.hotspots(&HotspotQuery { measure: args.measure.clone(), level, weights, alpha: args.alpha, layer })?;
    let fields: Vec<&str> = answer.selection.fields.iter().map(|f| f.name.as_str()).collect();
    let cells = |row: &FeatureRow| fields.iter().zip(&row.values).map(|(f, v)| ((*f).to_owned(), value(v))).collect();
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
    lines.extend(say.synthetic(service.synthetic()));
    let rows: Vec<Map<String, Value>> = answer.selection.rows.iter().map(cells).collect();
    let shapes = answer.selection.rows.iter().map(|row| row.geometry.clone()).collect();
    let mut about = answer.about;
    about.insert("synthetic".into(), service.synthetic().into());
    about.insert("schematic".into(), answer.selection.schematic.into());
    about.insert("data_version".into(), answer.selection.version.into());
    end(&MethodAnswer { about, rows, shapes, sentence: answer.sentence, raster: None }, lines, args, say)
}

/// Most rows that are shown; `--json` and `--out` have all.
const SHOWN: usize = 30;

/// A method beside the default one.
fn other(answer: &MethodAnswer, args: &HotspotsArgs, say: &Say) -> Result<ExitCode, AppError> {
    let MethodAnswer { about, rows, .. } = answer;
    let mut lines = vec![answer.sentence.clone()];
    let text = |v: &Value| match v {
        Value::Null => "–".to_owned(),
        Value::String(s) => s.clone(),
        Value::Number(n) if n.is_f64() => decimal(n.as_f64().unwrap_or_default(), 4, say.lang),
        Value::Array(of) => of.len().to_string(),
        other => other.to_string(),
    };
    // Units that were not tested, or that the test says nothing of, are left to `--json` and `--out`.
    let told = |row: &&Map<String, Value>| {
        let word = |key: &str| row.get(key).and_then(Value::as_str);
        word("reason").is_none() && ["cluster", "pattern", "change"].iter().all(|key| word(key) != Some("none"))
    };
    let shown = rows.iter().filter(told).take(SHOWN);
    if let Some(Value::Object(result)) = about.get("result") {
        lines.extend(result.iter().filter(|(_, v)| !v.is_object()).map(|(k, v)| format!("{k:<20} {}", text(v))));
    }
    for row in shown {
        let cells =
            row.iter().filter(|(k, v)| !v.is_null() && !["set", "members", "tested", "names"].contains(&k.as_str()));
        lines.push(cells.map(|(k, v)| format!("{k} {}", text(v))).collect::<Vec<_>>().join("   "));
    }
    if let Some(limits) = about.get("limits").and_then(Value::as_str) {
        lines.push(limits.to_owned());
    }
    lines.extend(say.synthetic(about.get("synthetic") == Some(&Value::Bool(true))));
    end(answer, lines, args, say)
}

/// Writes the file asked for, and says what was found.
fn end(answer: &MethodAnswer, mut lines: Vec<String>, args: &HotspotsArgs, say: &Say) -> Result<ExitCode, AppError> {
    let whole = || {
        let mut whole = answer.about.clone();
        whole.insert("results".into(), answer.rows.iter().cloned().map(Value::Object).collect());
        Value::Object(whole)
    };
    if let Some(path) = &args.out {
        let bytes = match path.extension().and_then(|e| e.to_str()) {
            Some("tif" | "tiff") => answer.raster.clone().ok_or_else(|| {
                AppError::BadRequest(
                    say.lang
                        .pick(
                            "un .tif est une densité : --method kde, avec un résultat",
                            "a .tif is a density: --method kde, with a result",
                        )
                        .into(),
                )
            })?,
            Some("csv") => answer.csv()?,
            Some("geojson") => answer.geojson(Map::new())?,
            Some("json") => format!("{:#}\n", whole()).into_bytes(),
            _ => return Err(AppError::BadRequest(format!("{}: .csv, .geojson, .json or .tif", path.display()))),
        };
        std::fs::write(path, bytes).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
        lines.push(path.display().to_string());
    }
    say.result(&whole(), &lines);
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
