//! The parameters of a request: read once, checked against what the resource knows, and written back into links.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::Uri;
use serde_json::json;

use super::choice::{self, Choice};
use super::limits::Limits;
use super::problem::{Kind, Problem, cut};
use super::{address, time};
use crate::app::{Detail, FieldInfo, FieldKind, LayerInfo, LayerQuery, LayerSource};
use crate::domain::SetId;
use crate::formats::crs::{Crs, Projector};
use crate::spatial::Bbox;

/// Parameters that say which state of the data is meant. Every page about the service takes them too and carries them into its
/// links: QGIS adds the parameters of the address it was given to each request.
pub(super) const CONTEXT: [&str; 8] = ["period", "set", "source", "basis", "lang", "detail", "as_of", "v"];
/// The context parameters that mean something only where a layer has periods.
const OF_PERIODS: [&str; 3] = ["period", "source", "basis"];
/// Parameters that choose features and pages.
const PAGING: [&str; 4] = ["bbox", "datetime", "limit", "offset"];

/// The parameters as given: each once, in the order that links are written in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Given {
    pairs: BTreeMap<(usize, String), String>,
}

/// Context first and in one run (QGIS looks for its own parameters in our links as one piece of text), then what chooses
/// features, then fields by name, then the page.
fn rank(name: &str) -> usize {
    let position = CONTEXT.iter().position(|n| *n == name);
    position.unwrap_or(match name {
        "f" => 10,
        "bbox" => 11,
        "datetime" => 12,
        "limit" => 100,
        "offset" => 101,
        _ => 50,
    })
}

impl Given {
    /// Reads the query. The same parameter twice with the same value is one (QGIS repeats its own); with two values it is refused.
    pub(super) fn read(uri: &Uri, limits: &Limits) -> Result<Self, Problem> {
        let Query(read) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|bad| {
            Problem::new(
                Kind::BadRequest,
                format!("Paramètres illisibles : {bad}."),
                format!("Unreadable parameters: {bad}."),
            )
        })?;
        if read.len() > limits.parameters {
            let most = limits.parameters;
            return Err(Problem::new(
                Kind::BadRequest,
                format!("{} paramètres ; {most} au plus.", read.len()),
                format!("{} parameters; {most} at most.", read.len()),
            ));
        }
        let mut pairs = BTreeMap::new();
        for (name, value) in read {
            let key = (rank(&name), name);
            if let Some(before) = pairs.get(&key)
                && *before != value
            {
                let name = cut(&key.1);
                return Err(Problem::new(
                    Kind::RepeatedParameter,
                    format!("« {name} » est donné deux fois avec des valeurs différentes."),
                    format!("“{name}” is given twice with different values."),
                )
                .with("parameter", json!(name)));
            }
            pairs.insert(key, value);
        }
        Ok(Self { pairs })
    }

    /// A parameter's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|((_, name), value)| (name.as_str(), value.as_str()))
    }

    /// The query of an address with these parameters, `changes` made: none takes one out.
    pub(super) fn query(&self, changes: &[(&str, Option<&str>)]) -> String {
        let mut pairs = self.pairs.clone();
        for (name, value) in changes {
            let key = (rank(name), (*name).to_owned());
            match value {
                Some(value) => pairs.insert(key, (*value).to_owned()),
                None => pairs.remove(&key),
            };
        }
        address::query(pairs.iter().map(|((_, n), v)| (n.as_str(), v.as_str())))
    }

    /// The context parameters alone.
    pub(super) fn context(&self) -> Self {
        Self {
            pairs: self
                .pairs
                .iter()
                .filter(|((_, n), _)| CONTEXT.contains(&n.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect(),
        }
    }

    /// Without the context parameters that mean nothing to the layer.
    pub(super) fn meant_for(&self, layer: &LayerInfo) -> Self {
        let mut kept = self.clone();
        if !layer.by_period {
            kept.pairs.retain(|(_, name), _| !OF_PERIODS.contains(&name.as_str()));
        }
        kept
    }

    /// Refuses what is not among `allowed`.
    pub(super) fn only(&self, allowed: &[&str]) -> Result<(), Problem> {
        match self.iter().find(|(name, _)| !allowed.contains(name)) {
            None => Ok(()),
            Some((name, _)) => {
                let (name, list) = (cut(name), allowed.join(", "));
                Err(Problem::new(
                    Kind::UnknownParameter,
                    format!("« {name} » n’est pas un paramètre de cette ressource. Paramètres admis : {list}."),
                    format!("“{name}” is no parameter of this resource. Allowed: {list}."),
                )
                .with("parameter", json!(name))
                .with("allowed", json!(allowed)))
            }
        }
    }
}

/// What pages about the service take.
pub(super) fn page_parameters() -> Vec<&'static str> {
    [CONTEXT.as_slice(), &["f"]].concat()
}

/// What the features of a layer take.
pub(super) fn feature_parameters(layer: &LayerInfo) -> Vec<&'static str> {
    CONTEXT.iter().copied().filter(|name| layer.by_period || !OF_PERIODS.contains(name)).chain(["f"]).collect()
}

/// What tiles and maps of a layer take: their outlines are as fine as their scale, whatever `detail` says.
pub(super) fn picture_parameters(layer: &LayerInfo) -> Vec<&'static str> {
    feature_parameters(layer).into_iter().filter(|name| *name != "detail").collect()
}

/// The fields of a layer that can be filtered by equality: those whose name is no parameter already.
pub(super) fn filter_fields(layer: &LayerInfo) -> impl Iterator<Item = &crate::app::FieldInfo> {
    let taken = |name: &str| {
        CONTEXT.contains(&name) || PAGING.contains(&name) || choice::PARAMETERS.contains(&name) || name == "f"
    };
    layer.fields.iter().filter(move |field| !taken(&field.name))
}

/// What the list of a layer's features takes.
pub(super) fn items_parameters(layer: &LayerInfo) -> Vec<&str> {
    let mut all = feature_parameters(layer);
    all.extend(PAGING);
    all.extend(choice::PARAMETERS);
    all.extend(filter_fields(layer).map(|f| f.name.as_str()));
    all
}

/// The context, settled against the data.
pub(super) fn context(given: &Given, source: &dyn LayerSource) -> Result<LayerQuery, Problem> {
    let mut query = LayerQuery::default();
    for (name, value) in given.iter() {
        match name {
            "period" => query.period = Some(period(value, source)?),
            "set" => query.sets = sets(value, source)?,
            "source" => query.source = Some(word(name, value)?),
            "basis" => query.basis = Some(one_of(name, value, &["documented", "all"])?.to_owned()),
            "detail" => {
                query.detail = match one_of(name, value, &["full", "display", "overview"])? {
                    "overview" => Detail::Overview,
                    "display" => Detail::Display,
                    _ => Detail::Full,
                }
            }
            "v" => version(value, source.version())?,
            _ => {}
        }
    }
    Ok(query)
}

fn period(value: &str, source: &dyn LayerSource) -> Result<crate::domain::Period, Problem> {
    source.parse_period(value).map_err(|error| match error {
        crate::app::AppError::Fault(detail) => Problem::fault(detail),
        _ => Problem::bad_parameter("period", value, &["2021-06", "2021-Q2", "2021", "2021-01/2021-06", "latest"]),
    })
}

fn sets(value: &str, source: &dyn LayerSource) -> Result<Vec<SetId>, Problem> {
    let known = source.set_ids();
    let mut asked = Vec::new();
    for name in value.split(',') {
        let Some(set) = known.iter().find(|s| s.as_str() == name) else {
            let known: Vec<_> = known.iter().map(SetId::as_str).collect();
            return Err(Problem::bad_parameter("set", name, &known));
        };
        if !asked.contains(set) {
            asked.push(set.clone());
        }
    }
    Ok(asked)
}

/// A name such as a source's: a short word, whose meaning the application knows.
fn word(name: &str, value: &str) -> Result<String, Problem> {
    let fits = (1..=60).contains(&value.len()) && value.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c));
    if fits { Ok(value.to_owned()) } else { Err(Problem::bad_parameter(name, value, &["a-z 0-9 - _ . (1–60)"])) }
}

pub(super) fn one_of<'v>(name: &str, value: &'v str, allowed: &[&'v str]) -> Result<&'v str, Problem> {
    allowed.iter().find(|a| **a == value).copied().ok_or_else(|| Problem::bad_parameter(name, value, allowed))
}

/// `v` names the data version that an address was made for: the current one, or the one that `as_of` means.
fn version(value: &str, current: i64) -> Result<(), Problem> {
    let asked: i64 = value.parse().map_err(|_| Problem::bad_parameter("v", value, &[current.to_string()]))?;
    if asked == current {
        return Ok(());
    }
    Err(Problem::not_found(
        format!("La version {asked} des données n’est pas servie ; la version courante est {current}."),
        format!("Data version {asked} is not served; the current version is {current}."),
    )
    .with("parameter", json!("v"))
    .with("allowed", json!([current.to_string()])))
}

/// What a page of features is: the query and the window on its answer.
#[derive(Debug, Clone)]
pub(super) struct PageAsked {
    pub(super) query: LayerQuery,
    pub(super) limit: usize,
    pub(super) offset: usize,
    /// The two halves of a box that crosses the antimeridian; a feature matches where it meets either.
    pub(super) halves: Option<[Bbox; 2]>,
    /// What else chooses features, sorts them and picks their fields.
    pub(super) choice: Choice,
    /// The system that coordinates are answered in.
    pub(super) crs: Crs,
}

/// Reads what the list of features takes; `default` is the page's size where `limit` is not given.
pub(super) fn page(
    given: &Given,
    layer: &LayerInfo,
    source: &dyn LayerSource,
    limits: &Limits,
    default: usize,
) -> Result<PageAsked, Problem> {
    given.only(&items_parameters(layer))?;
    let query = context(given, source)?;
    let (choice, crs) = (Choice::read(given, layer)?, choice::crs(given, "crs")?);
    let bbox_crs = choice::crs(given, "bbox-crs")?;
    let mut page = PageAsked { query, limit: default, offset: 0, halves: None, choice, crs };
    for (name, value) in given.iter() {
        match name {
            "limit" => page.limit = whole("limit", value, 1, usize::MAX)?.min(limits.page_maximum),
            "offset" => page.offset = whole("offset", value, 0, limits.offset_maximum)?,
            "bbox" => match bbox(value, bbox_crs)? {
                (one, None) => page.query.bbox = Some(one),
                (west, Some(east)) => page.halves = Some([west, east]),
            },
            "datetime" => {
                page.query.datetime =
                    Some(time::parse(value).ok_or_else(|| Problem::bad_parameter("datetime", value, &time::FORMS))?);
            }
            _ => {}
        }
    }
    for field in filter_fields(layer) {
        if let Some(value) = given.get(&field.name) {
            fits(field, value)?;
            page.query.equals.push((field.name.clone(), value.to_owned()));
        }
    }
    Ok(page)
}

/// Whether a field could have the value; one that it cannot is a mistake, not a filter that finds nothing.
fn fits(field: &FieldInfo, value: &str) -> Result<(), Problem> {
    let number = || value.parse::<f64>().ok().filter(|x| x.is_finite());
    let (fits, allowed): (bool, &[&str]) = match field.kind {
        FieldKind::String => return Ok(()),
        FieldKind::Integer => (number().is_some_and(|x| x.fract() == 0.0), &["0", "1", "2…"]),
        FieldKind::Number => (number().is_some(), &["0.5"]),
        FieldKind::Boolean => (matches!(value, "true" | "false"), &["true", "false"]),
    };
    if fits { Ok(()) } else { Err(Problem::bad_parameter(&field.name, value, allowed)) }
}

/// A whole number between two, `most` included.
fn whole(name: &str, value: &str, least: usize, most: usize) -> Result<usize, Problem> {
    // A number too long for the machine is still a number: it is larger than any bound.
    let digits = !value.is_empty() && value.len() <= 40 && value.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| value.parse().unwrap_or(usize::MAX));
    number.filter(|n| (least..=most).contains(n)).ok_or_else(|| {
        let range = if most == usize::MAX { format!("{least}…") } else { format!("{least}…{most}") };
        Problem::bad_parameter(name, value, &[range])
    })
}

/// A box of 4 or 6 numbers (heights are not looked at) in the axes of its system; two boxes where it crosses the antimeridian.
pub(super) fn bbox(value: &str, crs: Crs) -> Result<(Bbox, Option<Bbox>), Problem> {
    let bad = || Problem::bad_parameter("bbox", value, &["west,south,east,north", "west,south,low,east,north,high"]);
    let numbers =
        value.split(',').map(|n| n.trim().parse::<f64>().ok().filter(|x| x.is_finite())).collect::<Option<Vec<_>>>();
    let corners = match numbers.ok_or_else(bad)?[..] {
        [a, b, c, d] => [a, b, c, d],
        [a, b, low, c, d, high] if low <= high => [a, b, c, d],
        _ => return Err(bad()),
    };
    let [west, south, east, north] = match corners {
        all if crs == Crs::CRS84 => all,
        [south, west, north, east] if crs.is_degrees() => [west, south, east, north],
        [a, b, c, d] if a <= c && b <= d => {
            let projector: Projector = choice::projector(crs)?;
            projector.bounds_to_crs84(corners).map_err(|_| bad())?
        }
        _ => return Err(bad()),
    };
    // A map zoomed all the way out sends longitudes beyond the antimeridian: they are cut, not refused. There is nothing beyond the
    // poles, and numbers beyond twice the earth are of another reference system.
    let around = |x: f64| (x.abs() <= 360.0).then(|| x.clamp(-180.0, 180.0));
    let (west, east) = around(west).zip(around(east)).ok_or_else(bad)?;
    if south > north || south < -90.0 || north > 90.0 {
        return Err(bad());
    }
    if west <= east {
        return Ok((Bbox { west, south, east, north }, None));
    }
    Ok((Bbox { west, south, east: 180.0, north }, Some(Bbox { west: -180.0, south, east, north })))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(query: &str) -> Result<Given, Problem> {
        Given::read(&format!("/x?{query}").parse().expect("an address"), &Limits::default())
    }

    #[test]
    fn a_box_has_four_or_six_numbers_in_order() {
        let mali = Bbox { west: -12.3, south: 10.1, east: 4.3, north: 25.0 };
        assert_eq!(bbox("-12.3,10.1,4.3,25", Crs::CRS84).ok(), Some((mali, None)));
        assert_eq!(bbox("-12.3,10.1,0,4.3,25,500", Crs::CRS84).ok(), Some((mali, None)));
        for bad in [
            "",
            "1,2,3",
            "1,2,3,4,5",
            "1,2,3,x",
            "1,5,3,4",
            "1,2,NaN,4",
            "1,2,inf,4",
            "1,2,9,3,4,5",
            "1,2,3,4,",
            "500000,1500000,600000,1600000",
            "-12,-91,4,25",
            "-12,10,4,90.5",
        ] {
            assert!(bbox(bad, Crs::CRS84).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_box_over_the_antimeridian_is_two() {
        let (west, east) = bbox("170,-10,-170,10", Crs::CRS84).expect("a box");
        assert_eq!((west.west, west.east), (170.0, 180.0));
        let east = east.expect("the other half");
        assert_eq!((east.west, east.east), (-180.0, -170.0));
    }

    #[test]
    fn a_box_in_another_system_has_that_system_s_axes() {
        let crs = |code: u16| Crs::of(&format!("http://www.opengis.net/def/crs/EPSG/0/{code}")).expect("offered");
        let mali = Bbox { west: -12.3, south: 10.1, east: 4.3, north: 25.0 };
        assert_eq!(bbox("10.1,-12.3,25,4.3", crs(4326)).ok(), Some((mali, None)));
        assert!(bbox("-91,-12.3,25,4.3", crs(4326)).is_err());
        let (metres, _) = bbox("400000,1500000,600000,1600000", crs(32630)).expect("a box");
        assert!((metres.west + 3.93).abs() < 0.02 && (metres.north - 14.48).abs() < 0.02, "{metres:?}");
        assert!(bbox("600000,1500000,400000,1600000", crs(32630)).is_err());
    }

    #[test]
    fn limits_are_whole_numbers_and_a_huge_one_is_still_a_number() {
        assert_eq!(whole("limit", "10", 1, usize::MAX).ok(), Some(10));
        assert_eq!(whole("limit", "99999999999999999999999", 1, usize::MAX).ok(), Some(usize::MAX));
        for bad in ["0", "-1", "", "1.5", "+3", "ten", " 3"] {
            assert!(whole("limit", bad, 1, usize::MAX).is_err(), "{bad}");
        }
        assert!(whole("offset", "11", 0, 10).is_err());
    }

    #[test]
    fn the_same_value_twice_is_one_and_two_values_are_refused() {
        let same = given("period=2021-06&limit=5&period=2021-06").expect("one value");
        assert_eq!(same.query(&[]), "period=2021-06&limit=5");
        assert_eq!(given("period=2021-06&period=2021-05").map_err(|p| p.kind), Err(Kind::RepeatedParameter));
    }

    #[test]
    fn links_keep_the_context_in_one_run_and_the_page_last() {
        let asked = given("offset=5&status=zero&limit=5&lang=fr&bbox=1,2,3,4&period=2021-01/2021-06").expect("good");
        let wanted = "period=2021-01/2021-06&lang=fr&bbox=1,2,3,4&status=zero&limit=5&offset=10";
        assert_eq!(asked.query(&[("offset", Some("10"))]), wanted);
        assert_eq!(asked.context().query(&[]), "period=2021-01/2021-06&lang=fr");
        assert_eq!(asked.query(&[("f", Some("html")), ("bbox", None)]).matches("bbox").count(), 0);
    }

    #[test]
    fn too_many_parameters_are_refused() {
        let many = (0..61).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert_eq!(given(&many).map_err(|p| p.kind), Err(Kind::BadRequest));
    }
}
