//! The collections: one a layer.

use serde_json::{Map, Value, json};

use super::html::{self, Node};
use super::negotiate::{CSV, DOWNLOAD, FGB, GEOJSON, HTML, JSON, MAP, QLR, SCHEMA};
use super::problem::Problem;
use super::service::{Asked, Link, Page};
use super::{address, asked, maps};
use crate::app::LayerInfo;
use crate::domain::{Lang, Month};
use crate::formats::crs::Crs;

/// What this module does of the standards: the shape of a collection is OGC API Common's.
pub(super) const CONFORMS: [&str; 0] = [];

/// Longitude before latitude: the system of every extent, and of features where no other is asked.
pub(super) const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const GREGORIAN: &str = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian";
const SCHEMA_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";
const TILES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
const QUERYABLES_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";

/// A layer's title in a language.
pub(super) fn title(layer: &LayerInfo, lang: Lang) -> &str {
    lang.pick(&layer.title_fr, &layer.title_en)
}

/// What a layer shows, in a language.
pub(super) fn description(layer: &LayerInfo, lang: Lang) -> &str {
    lang.pick(&layer.description_fr, &layer.description_en)
}

/// `/collections`.
pub(super) fn collections(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let layers = asked.layers();
    if asked.html() {
        let heading = asked.lang.pick("Collections", "Collections");
        let rows = layers.iter().map(|layer| {
            format!(
                "<dt><a href=\"{}\">{}</a> <code>{}</code></dt><dd>{}</dd>",
                html::escape(&asked.href(&path(&layer.id))),
                html::escape(title(layer, asked.lang)),
                html::escape(&layer.id),
                html::escape(description(layer, asked.lang))
            )
        });
        let list = Node::Raw(format!("<dl>{}</dl>", rows.collect::<String>()));
        return Ok(Page::html(html::page(asked, heading, &[], &[list])));
    }
    let links = asked.own_links();
    let document = json!({
        "links": links.iter().map(Link::json).collect::<Vec<_>>(),
        "collections": layers.iter().map(|layer| document(asked, layer)).collect::<Vec<_>>(),
    });
    Page::json(&document, &links)
}

/// `/collections/{id}`.
pub(super) fn collection(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    asked.given.only(&asked::page_parameters())?;
    let sets = asked::context(&asked.given, asked.source.as_ref())?.sets;
    if !asked.html() {
        let mut document = document(asked, &layer);
        document["notes"] = json!(asked.source.notes(id, &sets, asked.lang));
        return Page::json(&document, &asked.own_links());
    }
    let lang = asked.lang;
    let own = asked.given.meant_for(&layer).context();
    let link = |tail: &str| with_query(asked, &format!("{}{tail}", path(id)), &own.query(&[]));
    let file = with_query(asked, &definition_path(id), &own.query(&[]));
    let notes = asked.source.notes(id, &sets, lang);
    let mut body = vec![
        Node::text("p", description(&layer, lang)),
        Node::list([
            (link("/items"), lang.pick("Les entités", "The features")),
            (file, lang.pick("Ouvrir dans QGIS (.qlr, avec le style)", "Open in QGIS (.qlr, with its style)")),
            (link("/schema"), lang.pick("Schéma des champs (JSON)", "Schema of the fields (JSON)")),
            (link("/queryables"), lang.pick("Champs filtrables (JSON)", "Fields to filter by (JSON)")),
        ]),
    ];
    body.push(Node::text("h2", lang.pick("Fichiers", "Files")));
    body.push(Node::list(DOWNLOAD.iter().flat_map(|offer| offer.names).map(|word| {
        let query = own.query(&[("f", Some(word))]);
        (with_query(asked, &format!("{}/download", path(id)), &query), *word)
    })));
    if !notes.is_empty() {
        body.push(Node::text("h2", lang.pick("Sources et limites", "Sources and limits")));
        body.push(Node::Raw(format!(
            "<ul>{}</ul>",
            notes.iter().map(|n| format!("<li>{}</li>", html::escape(n))).collect::<Vec<_>>().concat()
        )));
    }
    body.push(Node::text("h2", lang.pick("Champs", "Fields")));
    let fields = layer.fields.iter().map(|f| {
        format!(
            "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td></tr>",
            html::escape(&f.name),
            html::escape(lang.pick(&f.title_fr, &f.title_en))
        )
    });
    body.push(Node::Raw(format!("<table><tbody>{}</tbody></table>", fields.collect::<String>())));
    let crumbs = [(asked.href("/collections"), lang.pick("Collections", "Collections").to_owned())];
    Ok(Page::html(html::page(asked, title(&layer, lang), &crumbs, &body)))
}

/// The path of a collection.
pub(super) fn path(id: &str) -> String {
    format!("/collections/{}", address::segment(id))
}

/// The path of a collection's layer definition.
pub(super) fn definition_path(id: &str) -> String {
    format!("/qgis/{}.qlr", address::segment(id))
}

/// An address of the service with a query.
pub(super) fn with_query(asked: &Asked, path: &str, query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}{path}{mark}{query}", asked.base)
}

/// A collection as OGC API Features describes it.
fn document(asked: &Asked, layer: &LayerInfo) -> Value {
    let lang = asked.lang;
    let own = asked.given.meant_for(layer).context();
    let at = |path: &str, changes: &[(&str, Option<&str>)]| with_query(asked, path, &own.query(changes));
    let home = path(&layer.id);
    let items = format!("{home}/items");
    let features = lang.pick("Les entités", "The features");
    let mut links = vec![
        Link::new("self", at(&home, &[]), JSON, title(layer, lang)),
        Link::new("alternate", at(&home, &[("f", Some("html"))]), HTML, title(layer, lang)),
        Link::new("items", at(&items, &[]), GEOJSON, format!("{features} (GeoJSON)")),
        Link::new("items", at(&items, &[("f", Some("html"))]), HTML, format!("{features} (HTML)")),
        Link::new("items", at(&items, &[("f", Some("csv"))]), CSV, format!("{features} (CSV)")),
        Link::new("items", at(&items, &[("f", Some("fgb"))]), FGB, format!("{features} (FlatGeobuf)")),
        Link::new(
            SCHEMA_REL,
            at(&format!("{home}/schema"), &[]),
            SCHEMA,
            lang.pick("Schéma des champs", "Schema of the fields"),
        ),
        Link::new(
            QUERYABLES_REL,
            at(&format!("{home}/queryables"), &[]),
            SCHEMA,
            lang.pick("Champs filtrables", "Fields to filter by"),
        ),
        Link::new(
            "related",
            at(&definition_path(&layer.id), &[]),
            QLR,
            lang.pick("Couche QGIS, avec son style", "QGIS layer, with its style"),
        ),
        Link::new(
            TILES_REL,
            at(&format!("{home}/tiles"), &[("detail", None)]),
            JSON,
            lang.pick("Tuiles vectorielles et images", "Vector tiles and pictures"),
        ),
    ];
    links.extend(MAP.iter().map(|offer| {
        let query = [("f", offer.names.first().copied()), ("detail", None)];
        Link::new(maps::REL, at(&format!("{home}/map"), &query), offer.media, lang.pick("Carte", "Map"))
    }));
    links.extend(DOWNLOAD.iter().map(|offer| {
        let word = offer.names.first().copied().unwrap_or_default();
        let title = lang.pick(format!("Fichier {word}"), format!("File {word}"));
        Link::new("enclosure", at(&format!("{home}/download"), &[("f", Some(word))]), offer.media, title)
    }));
    let mut extent = Map::new();
    if !layer.bbox.is_empty() {
        let b = layer.bbox;
        extent.insert("spatial".into(), json!({"bbox": [[b.west, b.south, b.east, b.north]], "crs": CRS84}));
    }
    if let Some((first, last)) = layer.months {
        let interval = [format!("{first}-01T00:00:00Z"), format!("{}T23:59:59Z", last_day(last))];
        extent.insert("temporal".into(), json!({"interval": [interval], "trs": GREGORIAN}));
    }
    json!({
        "id": layer.id,
        "title": title(layer, lang),
        "description": description(layer, lang),
        "links": links.iter().map(Link::json).collect::<Vec<_>>(),
        "extent": extent,
        "itemType": "feature",
        "crs": Crs::ALL.map(Crs::uri),
        "storageCrs": CRS84,
        "itemCount": layer.item_count,
    })
}

/// The last day of a month, `2021-06-30`.
pub(super) fn last_day(month: Month) -> String {
    let first = jiff::civil::Date::new(month.year(), i8::try_from(month.month()).unwrap_or(1), 1);
    first.map_or_else(|_| format!("{month}-28"), |first| first.last_of_month().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_on_its_last_day() {
        for (month, day) in [("2021-06", "2021-06-30"), ("2020-02", "2020-02-29"), ("2021-12", "2021-12-31")] {
            assert_eq!(last_day(Month::of_iso(month).expect("a month")), day);
        }
    }
}
