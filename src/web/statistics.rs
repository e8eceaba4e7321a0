//! `/hotspots` (GeoJSON) and `/concentration` (JSON).

use serde_json::{Value, json};

use super::asked;
use super::items::{collection_bytes, crs_header};
use super::problem::Problem;
use super::service::{Asked, Link, Page, link_header};
use crate::app::{ConcentrationQuery, FeatureRow, HotspotQuery, LayerQuery, Method, MethodQuery, Weights};
use crate::domain::Level;
use crate::formats::crs::Crs;

/// Levels by the words that the layers' names use.
const LEVELS: [(&str, Level); 3] =
    [("regions", Level::Region), ("cercles", Level::Cercle), ("communes", Level::Commune)];
/// What can be counted.
pub(super) const MEASURES: [&str; 3] = ["violations", "incidents", "alerts"];
/// The ways hotspots are found, the default one first.
pub(super) const METHODS: [&str; 18] = Method::WORDS;

/// Parameters of `/hotspots` beside the context.
pub(super) const HOTSPOTS: [&str; 12] = [
    "measure",
    "level",
    "method",
    "weights",
    "alpha",
    "permutations",
    "seed",
    "months",
    "radius_km",
    "days",
    "min_events",
    "against",
];
/// Most permutations that a request may ask for: the command line takes more.
const MOST_PERMUTATIONS: u32 = 9_999;
/// Parameters of `/concentration` beside the context.
pub(super) const CONCENTRATION: [&str; 3] = ["measure", "level", "zone"];

/// `/hotspots`.
pub(super) fn hotspots(asked: &Asked) -> Result<Page, Problem> {
    let mut query = HotspotQuery { layer: context(asked, &HOTSPOTS)?, ..HotspotQuery::default() };
    if let Some(measure) = asked.given.get("measure") {
        one_of("measure", measure, &MEASURES)?.clone_into(&mut query.measure);
    }
    if let Some(level) = asked.given.get("level") {
        query.level = level_of(level)?;
    }
    if let Some(method) = asked.given.get("method") {
        one_of("method", method, &METHODS)?;
    }
    if let Some(weights) = asked.given.get("weights") {
        query.weights = Weights::parse(weights)
            .map_err(|_| Problem::bad_parameter("weights", weights, &["queen", "rook", "nearest-6", "within-100km"]))?;
    }
    if let Some(alpha) = asked.given.get("alpha") {
        query.alpha = alpha
            .parse()
            .ok()
            .filter(|a: &f64| *a > 0.0 && *a < 1.0)
            .ok_or_else(|| Problem::bad_parameter("alpha", alpha, &["0.01", "0.05", "0.1"]))?;
    }
    // Read whatever the method: a wrong number is told even where nothing is drawn.
    let method = asked.given.get("method").and_then(Method::of);
    let settings = settings(asked, method.unwrap_or(Method::Gi))?;
    if method.is_some() {
        let HotspotQuery { measure, level, weights, alpha, layer } = query;
        return method_page(asked, &MethodQuery { measure, level, weights, alpha, layer, ..settings });
    }
    let answer = asked.source.hotspots(&query)?;
    let selection = &answer.selection;
    let mut head = serde_json::Map::new();
    head.insert("type".into(), json!("FeatureCollection"));
    head.insert("numberReturned".into(), json!(selection.rows.len()));
    head.extend(answer.about);
    head.insert("sets".into(), json!(selection.sets.iter().map(crate::domain::SetId::as_str).collect::<Vec<_>>()));
    head.insert("non_located".into(), json!(selection.non_located));
    head.insert("total".into(), json!(selection.total));
    head.insert("synthetic".into(), json!(selection.synthetic));
    head.insert("schematic".into(), json!(selection.schematic));
    head.insert("data_version".into(), json!(selection.version));
    let links = asked.own_links();
    head.insert("links".into(), links.iter().map(Link::json).collect());
    let rows: Vec<&FeatureRow> = selection.rows.iter().collect();
    let columns: Vec<usize> = (0..selection.fields.len()).collect();
    let body = collection_bytes(&head, &selection.fields, (&rows, &columns), &[], asked.decimals)?;
    let mut headers = link_header(&links);
    headers.extend(crs_header(Crs::CRS84));
    Ok(Page { body, headers })
}

/// What the methods beside the default one take.
fn settings(asked: &Asked, method: Method) -> Result<MethodQuery, Problem> {
    let mut query = MethodQuery::new(method);
    number(asked, "permutations", (99, MOST_PERMUTATIONS), &mut query.permutations)?;
    number(asked, "seed", (0, i64::MAX.unsigned_abs()), &mut query.seed)?;
    number(asked, "months", (2, 120), &mut query.months)?;
    number(asked, "days", (1, 3660), &mut query.days)?;
    number(asked, "min_events", (2, 1_000_000), &mut query.min_events)?;
    if asked.given.get("radius_km").is_some() {
        let mut km = 0.0;
        number(asked, "radius_km", (0.001, 1000.0), &mut km)?;
        query.radius_km = Some(km);
    }
    if let Some(against) = asked.given.get("against") {
        query.against = Some(asked.source.parse_period(against)?);
    }
    Ok(query)
}

/// A method beside the default one: a feature a unit, or a cluster of units.
fn method_page(asked: &Asked, query: &MethodQuery) -> Result<Page, Problem> {
    let answer = asked.source.statistic(query)?;
    let links = asked.own_links();
    let mut members = serde_json::Map::new();
    members.insert("links".into(), links.iter().map(Link::json).collect());
    let mut headers = link_header(&links);
    headers.extend(crs_header(Crs::CRS84));
    Ok(Page { body: answer.geojson(members)?, headers })
}

/// Reads a number where it is given, between `least` and `most`.
fn number<T>(asked: &Asked, name: &str, (least, most): (T, T), into: &mut T) -> Result<(), Problem>
where
    T: std::str::FromStr + PartialOrd + std::fmt::Display,
{
    let Some(text) = asked.given.get(name) else { return Ok(()) };
    let read = text.parse().ok().filter(|n| *n >= least && *n <= most);
    *into = read.ok_or_else(|| Problem::bad_parameter(name, text, &[format!("{least}…{most}")]))?;
    Ok(())
}

/// `/concentration`.
pub(super) fn concentration(asked: &Asked) -> Result<Page, Problem> {
    let mut query = ConcentrationQuery { layer: context(asked, &CONCENTRATION)?, ..ConcentrationQuery::default() };
    if let Some(measure) = asked.given.get("measure") {
        one_of("measure", measure, &MEASURES)?.clone_into(&mut query.measure);
    }
    if let Some(level) = asked.given.get("level") {
        query.level = level_of(level)?;
    }
    if let Some(zone) = asked.given.get("zone") {
        zone.clone_into(&mut query.zone);
    }
    let mut answer = asked.source.concentration(&query)?;
    let links = asked.own_links();
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("links".into(), links.iter().map(Link::json).collect::<Value>());
    }
    Page::json(&answer, &links)
}

/// `/triggers`.
pub(super) fn triggers(asked: &Asked) -> Result<Page, Problem> {
    let mut answer = asked.source.triggers(&context(asked, &[])?)?;
    let links = asked.own_links();
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("links".into(), links.iter().map(Link::json).collect::<Value>());
    }
    Page::json(&answer, &links)
}

fn context(asked: &Asked, own: &[&str]) -> Result<LayerQuery, Problem> {
    asked.given.only(&[asked::page_parameters().as_slice(), own].concat())?;
    asked.query()
}

fn level_of(value: &str) -> Result<Level, Problem> {
    let found = LEVELS.iter().find(|(name, _)| *name == value).map(|(_, level)| *level);
    found.ok_or_else(|| Problem::bad_parameter("level", value, &LEVELS.map(|(name, _)| name)))
}

fn one_of<'v>(name: &str, value: &'v str, allowed: &[&'v str]) -> Result<&'v str, Problem> {
    allowed.iter().find(|a| **a == value).copied().ok_or_else(|| Problem::bad_parameter(name, value, allowed))
}
