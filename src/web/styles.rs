//! OGC API Styles: `/styles`, `/styles/{layer}`; what web styles need beside tiles; legends.

use serde_json::{Map, Value, json};

use super::items::{collection_bytes, crs_header};
use super::negotiate::{self, Form, MAPBOX_STYLE, Offer, PNG, QML, SLD, SVG};
use super::problem::{Problem, cut};
use super::service::{Asked, Link, Page, link_header};
use super::{address, asked, collections, tiles};
use crate::app::{FeatureRow, LayerInfo, LayerQuery, StyleAddresses};
use crate::formats::crs::Crs;

/// What this module does of the standard (OGC 20-009, draft).
pub(super) const CONFORMS: [&str; 2] = [
    "http://www.opengis.net/spec/ogcapi-styles-1/0.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-styles-1/0.0/conf/mapbox-styles",
];

/// The names of the sprite's files.
const SPRITES: [(&str, u8, bool); 4] =
    [("vigie.json", 1, false), ("vigie.png", 1, true), ("vigie@2x.json", 2, false), ("vigie@2x.png", 2, true)];

/// The sprite's files, each with a word for it.
pub(super) fn sprite_files() -> [(&'static str, &'static str); 4] {
    let words = ["sprite", "spritePicture", "sprite2x", "sprite2xPicture"];
    std::array::from_fn(|k| (SPRITES[k].0, words[k]))
}

/// `/styles`: one style a layer, of the same name.
pub(super) fn list(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let layers = asked.layers();
    let styles = layers.iter().map(|layer| {
        let title = collections::title(layer, asked.lang);
        let forms = [("mapbox", MAPBOX_STYLE), ("qml", QML), ("sld", SLD), ("legend", SVG), ("legend-png", PNG)];
        let links = forms.map(|(form, media)| {
            Link::new("stylesheet", address_of(asked, layer, &path(&layer.id), Some(form)), media, title).json()
        });
        json!({"id": layer.id, "title": title, "links": links})
    });
    let links = asked.own_links();
    let styles: Vec<Value> = styles.collect();
    Page::json(&json!({"styles": styles, "links": links.iter().map(Link::json).collect::<Vec<_>>()}), &links)
}

fn path(id: &str) -> String {
    format!("/styles/{}", address::segment(id))
}

/// An address of the same state of the data, in the form and the language of this answer.
fn address_of(asked: &Asked, layer: &LayerInfo, path: &str, form: Option<&str>) -> String {
    let context = asked.given.meant_for(layer).context();
    format!("{}{path}?{}", asked.base, context.query(&[("lang", Some(asked.lang.code())), ("f", form)]))
}

/// The layer and what is asked of it.
pub(super) fn read(asked: &Asked, id: &str) -> Result<(std::sync::Arc<LayerInfo>, LayerQuery), Problem> {
    let layer = asked.layer(id)?;
    asked.given.only(&asked::feature_parameters(&layer))?;
    Ok((layer, asked.query()?))
}

/// `/styles/{layer}`.
pub(super) fn style(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let (layer, query) = read(asked, id)?;
    match asked.offer.form {
        Form::Qml => Ok(Page { body: asked.source.qml(id, asked.lang)?.into_bytes(), headers: Vec::new() }),
        Form::Sld => Ok(Page { body: asked.source.sld(id, &query)?.into_bytes(), headers: Vec::new() }),
        Form::Svg | Form::Png => drawn(asked, id, &query),
        _ => {
            let at = StyleAddresses {
                tiles: tiles::template(asked, &layer, "mvt"),
                places: address_of(asked, &layer, &format!("{}/places", path(id)), None),
                sprite: format!("{}/sprites/vigie", asked.base),
                glyphs: format!("{}/glyphs/{{fontstack}}/{{range}}.pbf", asked.base),
            };
            Page::json(&asked.source.style(id, &query, at)?, &[])
        }
    }
}

/// `/styles/{layer}/places`: the features on the label points of their units, where circles stand.
pub(super) fn places(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let (_, query) = read(asked, id)?;
    let selection = asked.source.label_points(id, &query)?;
    let mut head = Map::new();
    head.insert("type".into(), json!("FeatureCollection"));
    head.insert("numberReturned".into(), json!(selection.rows.len()));
    head.insert("data_version".into(), json!(selection.version));
    let rows: Vec<&FeatureRow> = selection.rows.iter().collect();
    let columns: Vec<usize> = (0..selection.fields.len()).collect();
    let body = collection_bytes(&head, &selection.fields, (&rows, &columns), &[], asked.decimals)?;
    let mut headers = link_header(&asked.own_links());
    headers.extend(crs_header(Crs::CRS84));
    Ok(Page { body, headers })
}

/// `/legend/{layer}`.
pub(super) fn legend(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let (_, query) = read(asked, id)?;
    if asked.offer.form != Form::Json {
        return drawn(asked, id, &query);
    }
    let links = asked.own_links();
    Page::json(&asked.source.legend(id, &query)?.json, &links)
}

/// Pixels of a legend's picture a pixel of its drawing: sharp on a screen of twice the pixels, and on paper.
const LEGEND_RATIO: u8 = 2;

fn drawn(asked: &Asked, id: &str, query: &LayerQuery) -> Result<Page, Problem> {
    let legend = asked.source.legend(id, query)?;
    let body = if asked.offer.form == Form::Png { legend.png(LEGEND_RATIO)? } else { legend.svg.into_bytes() };
    Ok(Page { body, headers: Vec::new() })
}

/// The form of a sprite's file.
pub(super) fn sprite_offers(file: &str) -> &'static [Offer] {
    if file.strip_suffix(".png").is_some() { negotiate::PNG_TILE } else { negotiate::JSON_ONLY }
}

/// `/sprites/vigie{@2x}.{json|png}`.
pub(super) fn sprite(asked: &Asked, file: &str) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    let Some((_, ratio, picture)) = SPRITES.iter().find(|(name, ..)| *name == file) else {
        let file = cut(file);
        let known: Vec<_> = SPRITES.iter().map(|(name, ..)| *name).collect();
        return Err(Problem::not_found(
            format!("Il n’y a pas de « {file} » dans /sprites."),
            format!("There is no “{file}” in /sprites."),
        )
        .with("allowed", json!(known)));
    };
    let (index, png) = asked.source.sprite(*ratio)?;
    if *picture { Ok(Page { body: png, headers: Vec::new() }) } else { Page::json(&index, &[]) }
}
