//! What of a layer's features is wanted and how it is written: `filter`, `sortby`, `properties` and the reference systems.

use std::cmp::Ordering;

use serde_json::json;

use super::asked::Given;
use super::problem::{Kind, Problem};
use crate::app::{FeatureRow, Filter, FilterLang, LayerInfo, PropertyValue};
use crate::formats::crs::{Crs, CrsError, Projector};

/// What this module does of the standards. `basic-spatial-operators` is what the draft called `basic-spatial-functions`; a QGIS
/// that knows only the one name sends no spatial filter to a service that announces the other.
pub(super) const CONFORMS: [&str; 11] = [
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/accent-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-operators",
];

/// The parameters read here that a list of features takes; one feature takes `crs` alone.
pub(super) const PARAMETERS: [&str; 7] =
    ["bbox-crs", "crs", "filter", "filter-crs", "filter-lang", "properties", "sortby"];

/// Most keys to sort by.
pub(super) const SORT_KEYS: usize = 5;

/// A choice among a layer's features, checked.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    filter: Option<Filter>,
    /// Positions of fields, and whether each runs downwards.
    sort: Vec<(usize, bool)>,
    /// Positions of the fields wanted, in the layer's order; none: all.
    columns: Option<Vec<usize>>,
}

impl Choice {
    /// Reads the parameters.
    pub(super) fn read(given: &Given, layer: &LayerInfo) -> Result<Self, Problem> {
        Ok(Self { filter: filter(given, layer)?, sort: sort(given, layer)?, columns: columns(given, layer)? })
    }

    /// Keeps the rows that the filter chooses.
    pub(super) fn keep(&self, rows: &mut Vec<FeatureRow>) {
        if let Some(filter) = &self.filter {
            rows.retain(|row| filter.chooses(row));
        }
    }

    /// The order asked for; none where none is. Rows alike stay as they were; absences come last in either direction.
    pub(super) fn order(&self, rows: &[FeatureRow]) -> Option<Vec<usize>> {
        if self.sort.is_empty() {
            return None;
        }
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by(|a, b| {
            let by = |(field, down): &(usize, bool)| match (&rows[*a].values[*field], &rows[*b].values[*field]) {
                (PropertyValue::Null, PropertyValue::Null) => Ordering::Equal,
                (PropertyValue::Null, _) => Ordering::Greater,
                (_, PropertyValue::Null) => Ordering::Less,
                (x, y) => {
                    if *down {
                        compared(y, x)
                    } else {
                        compared(x, y)
                    }
                }
            };
            self.sort.iter().map(by).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        });
        Some(order)
    }

    /// The positions of the fields to write, of `all`.
    pub(super) fn columns(&self, all: usize) -> Vec<usize> {
        self.columns.clone().unwrap_or_else(|| (0..all).collect())
    }
}

/// Two values of one field. Texts are ordered by their characters' numbers, whatever the language.
fn compared(a: &PropertyValue, b: &PropertyValue) -> Ordering {
    use PropertyValue as P;
    match (a, b) {
        (P::Text(a), P::Text(b)) => a.cmp(b),
        (P::Flag(a), P::Flag(b)) => a.cmp(b),
        (P::Int(a), P::Int(b)) => a.cmp(b),
        (P::Real(a), P::Real(b)) => a.total_cmp(b),
        (P::Int(a), P::Real(b)) => (*a as f64).total_cmp(b),
        (P::Real(a), P::Int(b)) => a.total_cmp(&(*b as f64)),
        _ => Ordering::Equal,
    }
}

/// The system that a parameter names; CRS84 where it is not given.
pub(super) fn crs(given: &Given, name: &str) -> Result<Crs, Problem> {
    let Some(uri) = given.get(name) else { return Ok(Crs::CRS84) };
    Crs::of(uri).ok_or_else(|| Problem::bad_parameter(name, uri, &Crs::ALL.map(Crs::uri)))
}

/// Between CRS84 and a system; a PROJ without its definition is a fault of the installation.
pub(super) fn projector(crs: Crs) -> Result<Projector, Problem> {
    Projector::new(crs).map_err(|e| Problem::fault(format!("{}: {e}", crs.uri())))
}

/// A geometry that cannot be written in the system asked for.
pub(super) fn beyond(crs: Crs, feature: &str, error: &CrsError) -> Problem {
    let uri = crs.uri();
    match error {
        CrsError::Geometry(_) => Problem::fault(format!("{feature}: {error}")),
        _ => Problem::new(
            Kind::BadParameter,
            format!("L’entité « {feature} » sort du domaine de {uri}. Demandez un autre « crs », par exemple CRS84."),
            format!("Feature “{feature}” lies outside the area of {uri}. Ask for another “crs”, CRS84 for instance."),
        )
        .with("parameter", json!("crs"))
        .with("allowed", json!(Crs::ALL.map(Crs::uri))),
    }
}

fn filter(given: &Given, layer: &LayerInfo) -> Result<Option<Filter>, Problem> {
    let lang = match given.get("filter-lang") {
        None | Some("cql2-text") => FilterLang::Text,
        Some("cql2-json") => FilterLang::Json,
        Some(other) => return Err(Problem::bad_parameter("filter-lang", other, &["cql2-text", "cql2-json"])),
    };
    let crs = crs(given, "filter-crs")?;
    let Some(text) = given.get("filter") else { return Ok(None) };
    let refused = |e: crate::app::FilterError| {
        Problem::new(Kind::BadParameter, e.fr, e.en)
            .with("parameter", json!("filter"))
            .with("allowed", json!(layer.fields.iter().map(|f| f.name.as_str()).collect::<Vec<_>>()))
    };
    let mut filter = Filter::parse(text, lang, &layer.fields).map_err(refused)?;
    if crs != Crs::CRS84 {
        let projector = projector(crs)?;
        filter.map_coordinates(&mut |p| projector.point_to_crs84(p)).map_err(refused)?;
    }
    Ok(Some(filter))
}

/// The position of a field, or what may be asked for.
fn position(layer: &LayerInfo, parameter: &str, name: &str) -> Result<usize, Problem> {
    layer.fields.iter().position(|f| f.name == name).ok_or_else(|| {
        let known: Vec<_> = layer.fields.iter().map(|f| f.name.as_str()).collect();
        Problem::bad_parameter(parameter, name, &known)
    })
}

/// `sortby=-value,name`: a minus for downwards; a plus, which an address writes as a blank, for upwards.
fn sort(given: &Given, layer: &LayerInfo) -> Result<Vec<(usize, bool)>, Problem> {
    let Some(text) = given.get("sortby") else { return Ok(Vec::new()) };
    let keys: Vec<&str> = text.split(',').collect();
    if keys.len() > SORT_KEYS {
        return Err(Problem::bad_parameter("sortby", text, &[format!("1–{SORT_KEYS}")]));
    }
    let key = |key: &str| match key.strip_prefix('-') {
        Some(name) => Ok((position(layer, "sortby", name)?, true)),
        None => Ok((position(layer, "sortby", key.trim_start_matches(['+', ' ']))?, false)),
    };
    keys.into_iter().map(key).collect()
}

/// `properties=name,value`.
fn columns(given: &Given, layer: &LayerInfo) -> Result<Option<Vec<usize>>, Problem> {
    let Some(text) = given.get("properties") else { return Ok(None) };
    let mut columns = text.split(',').map(|name| position(layer, "properties", name)).collect::<Result<Vec<_>, _>>()?;
    columns.sort_unstable();
    columns.dedup();
    Ok(Some(columns))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spatial::Bbox;

    #[test]
    fn rows_are_sorted_by_each_key_in_turn_with_absences_last_both_ways() {
        let row = |name: &str, value: Option<i64>| FeatureRow {
            id: String::new(),
            geometry: None,
            bbox: Bbox::EMPTY,
            values: vec![PropertyValue::Text(name.into()), value.map_or(PropertyValue::Null, PropertyValue::Int)],
        };
        let rows = [row("b", Some(1)), row("a", None), row("c", Some(2)), row("a", Some(1))];
        let order = |sort: &[(usize, bool)]| Choice { sort: sort.to_vec(), ..Choice::default() }.order(&rows);
        assert_eq!(order(&[(1, false)]), Some(vec![0, 3, 2, 1]));
        assert_eq!(order(&[(1, true)]), Some(vec![2, 0, 3, 1]));
        assert_eq!(order(&[(1, true), (0, false)]), Some(vec![2, 3, 0, 1]));
        assert_eq!(order(&[(0, false)]), Some(vec![1, 3, 0, 2]), "rows alike stay as they were");
        assert_eq!(order(&[]), None);
    }
}
