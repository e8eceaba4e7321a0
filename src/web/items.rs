//! Features: a page of them and one alone.

use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::asked::{self, PageAsked};
use super::choice;
use super::collections::{path, title};
use super::html::{self, Node};
use super::negotiate::{CSV, FGB, Form, GEOJSON, HTML, JSON};
use super::problem::Problem;
use super::service::{Asked, Link, Page, link_header};
use super::{address, preview};
use crate::app::{FeatureRow, FieldInfo, LayerGeometry, LayerInfo, LayerSelection, PropertyValue};
use crate::domain::SetId;
use crate::formats::crs::Crs;
use crate::formats::geojson::{FeatureWriter, Value as Written};
use crate::formats::write_rows_csv;
use crate::spatial::Bbox;

/// What this module does of the standards.
pub(super) const CONFORMS: [&str; 1] = ["http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson"];

const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");

/// `/collections/{id}/items`.
pub(super) fn items(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    let limits = &asked.limits;
    let default = if asked.html() { limits.page_default_html } else { limits.page_default };
    let PageAsked { mut query, limit, offset, halves, choice, crs } =
        asked::page(&asked.given, &layer, asked.source.as_ref(), limits, default)?;
    query.lang = asked.lang;
    let mut selection = asked.source.select(id, &query)?;
    if let Some(halves) = halves {
        selection.rows.retain(|row| halves.iter().any(|half| meets(half, row)));
    }
    choice.keep(&mut selection.rows);
    let matched = selection.rows.len();
    let order = choice.order(&selection.rows).unwrap_or_else(|| order(&selection));
    let columns = choice.columns(selection.fields.len());
    let window: Vec<&FeatureRow> =
        order.iter().skip(offset).take(limit).filter_map(|k| selection.rows.get(*k)).collect();
    let links = page_links(asked, &layer, limit, offset, matched);
    if asked.html() {
        return Ok(Page::html(table(asked, &layer, &selection, (&window, &columns), &links, offset)));
    }
    if asked.offer.form == Form::Csv {
        return Ok(Page { body: csv(&layer, &selection, &window, &columns)?, headers: link_header(&links) });
    }
    if asked.offer.form == Form::FlatGeobuf {
        return flatgeobuf((&layer, &selection), (&window, &columns), crs, &links);
    }
    let mut head = Map::new();
    head.insert("type".into(), json!("FeatureCollection"));
    head.insert("numberMatched".into(), json!(matched));
    head.insert("numberReturned".into(), json!(window.len()));
    head.extend(about(asked, &layer, &selection));
    head.insert("links".into(), links.iter().map(Link::json).collect());
    let moved = moved(&window, crs)?;
    let body = collection_bytes(&head, &selection.fields, (&window, &columns), &moved, asked.decimals)?;
    let mut headers = link_header(&links);
    headers.extend(crs_header(crs));
    Ok(Page { body, headers })
}

/// `/collections/{id}/items/{feature}`.
pub(super) fn feature(asked: &Asked, id: &str, feature: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    let mut allowed = asked::feature_parameters(&layer);
    allowed.push("crs");
    asked.given.only(&allowed)?;
    let crs = choice::crs(&asked.given, "crs")?;
    let mut query = asked.query()?;
    if query.sets.is_empty() {
        // The id names its set, which need not be the default one.
        query.sets.extend(set_of(feature, asked.source.set_ids()));
    }
    let row = asked.source.feature(id, feature, &query)?.ok_or_else(|| {
        let feature = super::problem::cut(feature);
        Problem::not_found(
            format!("Il n’y a pas d’entité « {feature} » dans « {id} »."),
            format!("There is no feature “{feature}” in “{id}”."),
        )
    })?;
    let collection = asked.href(&path(id));
    let name = title(&layer, asked.lang).to_owned();
    if asked.html() {
        let rows = layer.fields.iter().zip(&row.values).map(|(field, value)| {
            let heading = html::escape(asked.lang.pick(&field.title_fr, &field.title_en));
            format!("<tr><th scope=\"row\">{heading}</th><td>{}</td></tr>", shown(value, asked))
        });
        let body = [
            Node::Raw(preview::svg(&[&row], &layer.fields, asked.lang)),
            Node::Raw(format!("<table><tbody>{}</tbody></table>", rows.collect::<String>())),
        ];
        let crumbs = [
            (asked.href("/collections"), "Collections".to_owned()),
            (collection, name),
            (asked.href(&format!("{}/items", path(id))), asked.lang.pick("Entités", "Features").to_owned()),
        ];
        return Ok(Page::html(html::page(asked, &row.id, &crumbs, &body)));
    }
    let mut links = asked.own_links();
    links.push(Link::new("collection", collection, JSON, name));
    let mut writer = FeatureWriter::new(Vec::new(), layer.fields.iter().map(|f| f.name.as_str()));
    let moved = moved(&[&row], crs)?;
    let geometry = moved.first().map_or(row.geometry.as_deref(), Option::as_deref);
    writer.open(&row.id, geometry, row.values.iter().map(|v| written(v, asked.decimals)));
    let mut body = writer.into_bytes();
    body.extend_from_slice(b",\"links\":");
    let listed: Value = links.iter().map(Link::json).collect();
    serde_json::to_writer(&mut body, &listed).map_err(|e| Problem::fault(e.to_string()))?;
    body.push(b'}');
    let mut headers = link_header(&links);
    headers.extend(crs_header(crs));
    Ok(Page { body, headers })
}

/// The header that names the system of the coordinates.
pub(super) fn crs_header(crs: Crs) -> Option<(HeaderName, HeaderValue)> {
    HeaderValue::from_str(&format!("<{}>", crs.uri())).ok().map(|value| (CONTENT_CRS, value))
}

/// The rows' geometries in another system, parallel to them; empty where they stay as they are.
fn moved(rows: &[&FeatureRow], crs: Crs) -> Result<Vec<Option<String>>, Problem> {
    if crs == Crs::CRS84 {
        return Ok(Vec::new());
    }
    let projector = choice::projector(crs)?;
    let moved = |row: &&FeatureRow| {
        let own = row.geometry.as_deref();
        own.map(|g| projector.geometry(g).map_err(|e| choice::beyond(crs, &row.id, &e))).transpose()
    };
    rows.iter().map(moved).collect()
}

/// The page as FlatGeobuf.
fn flatgeobuf(
    (layer, selection): (&LayerInfo, &LayerSelection),
    (rows, columns): (&[&FeatureRow], &[usize]),
    crs: Crs,
    links: &[Link],
) -> Result<Page, Problem> {
    // Files have longitude first, whatever the order of the system's axes.
    let moved = if crs.is_degrees() { Vec::new() } else { moved(rows, crs)? };
    let shapes: Vec<Option<&str>> = rows
        .iter()
        .enumerate()
        .map(|(at, row)| moved.get(at).map_or(row.geometry.as_deref(), Option::as_deref))
        .collect();
    let body = crate::app::flatgeobuf(layer, (&selection.fields, columns), (rows, &shapes), crs)?;
    let mut headers = link_header(links);
    headers.extend(crs_header(crs));
    Ok(Page { body, headers })
}

/// One row a feature: its id, its fields, and the place of a point. Outlines are no table's matter.
fn csv(
    layer: &LayerInfo,
    selection: &LayerSelection,
    rows: &[&FeatureRow],
    columns: &[usize],
) -> Result<Vec<u8>, Problem> {
    let places: &[&str] = if layer.geometry == LayerGeometry::Point { &["lon", "lat"] } else { &[] };
    let names = columns.iter().map(|k| selection.fields[*k].name.as_str());
    let heads: Vec<&str> = std::iter::once("id").chain(names).chain(places.iter().copied()).collect();
    let lines = rows.iter().map(|row| {
        let placed = !row.bbox.is_empty();
        let place = [row.bbox.west, row.bbox.south].map(|c| if placed { Written::Real(c) } else { Written::Null });
        std::iter::once(Written::Text(&row.id))
            .chain(columns.iter().map(|k| written(&row.values[*k], false)))
            .chain(place.into_iter().take(places.len()))
    });
    write_rows_csv(&heads, lines).map_err(|e| Problem::fault(e.to_string()))
}

/// What the answer says of itself beside the features. No time stamp: the same version has the same bytes.
fn about(asked: &Asked, layer: &LayerInfo, selection: &LayerSelection) -> Map<String, Value> {
    let mut about = Map::new();
    about.insert("data_version".into(), json!(selection.version));
    about.insert("period".into(), json!(selection.period.map(|p| p.to_string())));
    about.insert("sets".into(), json!(selection.sets.iter().map(SetId::as_str).collect::<Vec<_>>()));
    about.insert("non_located".into(), json!(selection.non_located));
    about.insert("total".into(), json!(selection.total));
    about.insert("synthetic".into(), json!(selection.synthetic));
    about.insert("schematic".into(), json!(selection.schematic));
    about.insert("notes".into(), json!(asked.source.notes(&layer.id, &selection.sets, asked.lang)));
    about
}

/// The collection's bytes: the head as it is, the features written straight behind it.
pub(super) fn collection_bytes(
    head: &Map<String, Value>,
    fields: &[FieldInfo],
    (rows, columns): (&[&FeatureRow], &[usize]),
    moved: &[Option<String>],
    decimals: bool,
) -> Result<Vec<u8>, Problem> {
    let geometry: usize = rows.iter().map(|r| r.geometry.as_deref().map_or(4, str::len)).sum();
    let keys: usize = fields.iter().map(|f| f.name.len() + 12).sum();
    let mut body = Vec::with_capacity(geometry + rows.len() * (keys + 80) + 4096);
    serde_json::to_writer(&mut body, head).map_err(|e| Problem::fault(e.to_string()))?;
    body.pop();
    body.extend_from_slice(b",\"features\":[\n");
    let mut writer = FeatureWriter::new(body, columns.iter().map(|k| fields[*k].name.as_str()));
    for (at, row) in rows.iter().enumerate() {
        let geometry = moved.get(at).map_or(row.geometry.as_deref(), Option::as_deref);
        writer.feature(&row.id, geometry, columns.iter().map(|k| written(&row.values[*k], decimals)));
    }
    let mut body = writer.into_bytes();
    body.extend_from_slice(b"\n]}");
    Ok(body)
}

/// A value as it is written; a whole number as a decimal one for a client that needs it.
fn written(value: &PropertyValue, decimals: bool) -> Written<'_> {
    match value {
        PropertyValue::Null => Written::Null,
        PropertyValue::Text(text) => Written::Text(text),
        PropertyValue::Int(n) if decimals => Written::Real(*n as f64),
        PropertyValue::Int(n) => Written::Int(*n),
        PropertyValue::Real(x) => Written::Real(*x),
        PropertyValue::Flag(flag) => Written::Flag(*flag),
    }
}

/// A feature without place has an empty box, which meets nothing.
fn meets(half: &Bbox, row: &FeatureRow) -> bool {
    !row.bbox.is_empty() && half.intersects(&row.bbox)
}

/// The set that a feature's id names: ids are `{set}.{pcode}…`, and a set's name may be the start of another's.
fn set_of(feature: &str, sets: Vec<SetId>) -> Option<SetId> {
    let (named, _) = feature.split_once('.')?;
    sets.into_iter().find(|s| s.as_str() == named)
}

/// QGIS before 3.44 takes a field's type from the first ten features, and a field that is null in all of them for text.
const SAMPLE: usize = 10;

/// The order features are paged in: the selection's own, where its first ten show a value of every field that has one. Else the few
/// features that do come first. It depends on the whole selection alone, so pages fit together.
fn order(selection: &LayerSelection) -> Vec<usize> {
    let rows = &selection.rows;
    let mut missing = vec![true; selection.fields.len()];
    let mut first = Vec::new();
    for (k, row) in rows.iter().enumerate() {
        let mut shows = false;
        for (missing, value) in missing.iter_mut().zip(&row.values) {
            if *missing && *value != PropertyValue::Null {
                *missing = false;
                shows = true;
            }
        }
        if shows {
            first.push(k);
        }
        if !missing.contains(&true) {
            break;
        }
    }
    first.truncate(SAMPLE);
    if first.last().is_none_or(|last| *last < SAMPLE) {
        return (0..rows.len()).collect();
    }
    let rest = (0..rows.len()).filter(|k| !first.contains(k)).collect::<Vec<_>>();
    [first, rest].concat()
}

/// The page itself, its other forms, its neighbours, its collection.
fn page_links(asked: &Asked, layer: &LayerInfo, limit: usize, offset: usize, matched: usize) -> Vec<Link> {
    let lang = asked.lang;
    let mut links = asked.own_links();
    let media = match asked.offer.form {
        Form::Html => HTML,
        Form::Csv => CSV,
        Form::FlatGeobuf => FGB,
        _ => GEOJSON,
    };
    // The pages of one list are of one data version, whatever is imported meanwhile.
    let version = asked.source.version().to_string();
    let end = offset.saturating_add(limit);
    if end < matched && end <= asked.limits.offset_maximum {
        // The limit is written out: the default differs between forms, and pages must not overlap.
        let (limit, next) = (limit.to_string(), end.to_string());
        let href = asked.here(&[("v", Some(&version)), ("limit", Some(&limit)), ("offset", Some(&next))]);
        links.push(Link::new("next", href, media, lang.pick("Page suivante", "Next page")));
    }
    if offset > 0 {
        let (limit, before) = (limit.to_string(), offset.saturating_sub(limit).to_string());
        let href = asked.here(&[("v", Some(&version)), ("limit", Some(&limit)), ("offset", Some(&before))]);
        links.push(Link::new("prev", href, media, lang.pick("Page précédente", "Previous page")));
    }
    links.push(Link::new("collection", asked.href(&path(&layer.id)), JSON, title(layer, lang)));
    links
}

/// A page of features for people.
fn table(
    asked: &Asked,
    layer: &LayerInfo,
    selection: &LayerSelection,
    (rows, columns): (&[&FeatureRow], &[usize]),
    links: &[Link],
    offset: usize,
) -> String {
    let lang = asked.lang;
    let count = if rows.is_empty() {
        lang.pick("Aucune entité ne correspond.", "No feature matches.").to_owned()
    } else {
        let (from, to, of) = (offset + 1, offset + rows.len(), selection.rows.len());
        lang.pick(format!("Entités {from} à {to} sur {of}."), format!("Features {from} to {to} of {of}."))
    };
    let mut body = vec![Node::text("p", super::collections::description(layer, lang)), Node::text("p", &count)];
    let mut facts = Vec::new();
    if let Some(period) = selection.period {
        facts.push(format!("{} : {period}", lang.pick("Période", "Period")));
    }
    if let Some(total) = selection.total {
        facts.push(format!("{} : {total}", lang.pick("Total", "Total")));
    }
    if let Some(non_located) = selection.non_located {
        facts.push(format!("{} : {non_located}", lang.pick("Non localisés", "Not located")));
    }
    if !facts.is_empty() {
        body.push(Node::text("p", &facts.join(" · ")));
    }
    body.push(Node::Raw(preview::svg(rows, &selection.fields, lang)));
    body.push(Node::list(
        links.iter().filter(|l| matches!(l.rel, "prev" | "next")).map(|l| (l.href.clone(), l.title.as_str())),
    ));
    let head = columns
        .iter()
        .filter_map(|k| selection.fields.get(*k))
        .map(|f| format!("<th scope=\"col\">{}</th>", html::escape(lang.pick(&f.title_fr, &f.title_en))))
        .collect::<Vec<_>>()
        .concat();
    let lines: String = rows.iter().map(|row| line(asked, layer, row, columns)).collect();
    let id = lang.pick("Identifiant", "Identifier");
    body.push(Node::Raw(format!(
        "<div class=\"wide\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">{id}</th>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )));
    for note in asked.source.notes(&layer.id, &selection.sets, lang) {
        body.push(Node::text("p", &note));
    }
    let crumbs = [
        (asked.href("/collections"), "Collections".to_owned()),
        (asked.href(&path(&layer.id)), title(layer, lang).to_owned()),
    ];
    let heading = format!("{} : {}", title(layer, lang), lang.pick("entités", "features"));
    html::page(asked, &heading, &crumbs, &body)
}

fn line(asked: &Asked, layer: &LayerInfo, row: &FeatureRow, columns: &[usize]) -> String {
    let own = format!("{}/items/{}", path(&layer.id), address::segment(&row.id));
    let cells =
        columns.iter().map(|k| format!("<td>{}</td>", shown(&row.values[*k], asked))).collect::<Vec<_>>().concat();
    format!(
        "<tr><th scope=\"row\"><a href=\"{}\">{}</a></th>{cells}</tr>\n",
        html::escape(&asked.href(&own)),
        html::escape(&row.id)
    )
}

/// A value for people; an absence is a dash that a screen reader says as such.
fn shown(value: &PropertyValue, asked: &Asked) -> Arc<str> {
    match value {
        PropertyValue::Null => {
            format!("<span aria-label=\"{}\">–</span>", asked.lang.pick("aucune valeur", "no value")).into()
        }
        PropertyValue::Text(text) => html::escape(text).into(),
        PropertyValue::Int(n) => n.to_string().into(),
        PropertyValue::Real(x) => {
            let text = format!("{x:.2}");
            asked.lang.pick(text.replace('.', ","), text.clone()).into()
        }
        PropertyValue::Flag(true) => asked.lang.pick("oui", "yes").into(),
        PropertyValue::Flag(false) => asked.lang.pick("non", "no").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::FieldKind;

    fn selection(values: Vec<Vec<PropertyValue>>) -> LayerSelection {
        let field = |name: usize| FieldInfo {
            name: format!("f{name}"),
            kind: FieldKind::Integer,
            title_fr: String::new(),
            title_en: String::new(),
        };
        let fields = (0..values.first().map_or(0, Vec::len)).map(field).collect::<Vec<_>>();
        let rows = values
            .into_iter()
            .enumerate()
            .map(|(k, values)| FeatureRow { id: k.to_string(), geometry: None, bbox: Bbox::EMPTY, values })
            .collect();
        LayerSelection {
            fields: fields.into(),
            rows,
            period: None,
            sets: Vec::new(),
            non_located: None,
            total: None,
            synthetic: true,
            schematic: true,
            version: 1,
        }
    }

    #[test]
    fn features_keep_their_order_where_the_first_ten_show_every_field() {
        let rows = (0..30).map(|k| vec![PropertyValue::Int(k), PropertyValue::Null]).collect();
        assert_eq!(order(&selection(rows)), (0..30).collect::<Vec<_>>());
        assert!(order(&selection(Vec::new())).is_empty());
    }

    #[test]
    fn a_field_first_seen_late_moves_its_witness_to_the_front_and_loses_nobody() {
        let mut rows: Vec<_> = (0..30).map(|k| vec![PropertyValue::Int(k), PropertyValue::Null]).collect();
        rows[25][1] = PropertyValue::Real(0.5);
        let order = order(&selection(rows));
        assert_eq!(order[..3], [0, 25, 1]);
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, (0..30).collect::<Vec<_>>());
    }

    #[test]
    fn the_set_of_an_id_is_its_first_part() {
        let sets = || ["mli", "mli-2021"].iter().filter_map(|s| SetId::new(s).ok()).collect();
        assert_eq!(set_of("mli-2021.ML01", sets()).map(String::from).as_deref(), Some("mli-2021"));
        assert_eq!(set_of("other.ML01", sets()), None);
        assert_eq!(set_of("ML01", sets()), None);
    }
}
