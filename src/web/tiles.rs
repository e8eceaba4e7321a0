//! Tiles: one by one, as OGC API Tiles and as XYZ, and the documents that lead to them.

use serde_json::{Value, json};

use super::asked;
use super::collections::{self, CRS84};
use super::negotiate::{Form, JSON, MVT, PNG};
use super::problem::Problem;
use super::service::{Asked, Link, Page};
use crate::app::{FieldKind, LayerGeometry, LayerInfo, PLACE_FIELDS, TileForm};
use crate::spatial::{MAX_ZOOM, TileId};

/// What this module does of the standards.
pub(super) const CONFORMS: [&str; 8] = [
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/png",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
];

/// The one tile matrix set.
pub(super) const MATRIX_SET: &str = "WebMercatorQuad";
const MATRIX_SET_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
const WEB_MERCATOR: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
const SCHEME_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
/// From the standard (OGC 17-083r4, annex D.1).
const SCALE_0: f64 = 559_082_264.028_717_9;
const CELL_0: f64 = 156_543.033_928_041;
const ORIGIN: f64 = 20_037_508.342_789_2;

/// A tile as an address names it: nothing of it is checked.
#[derive(Debug, Clone)]
pub(super) struct TilePath {
    pub(super) layer: String,
    pub(super) z: String,
    pub(super) x: String,
    pub(super) y: String,
}

/// One tile.
pub(super) fn tile(asked: &Asked, path: &TilePath) -> Result<Page, Problem> {
    let layer = asked.layer(&path.layer)?;
    asked.given.only(&asked::picture_parameters(&layer))?;
    let tile = read(path)?;
    let query = asked.query()?;
    let form = if asked.offer.form == Form::Png { TileForm::Png } else { TileForm::Mvt };
    Ok(Page { body: asked.source.tile(&layer.id, &query, tile, form)?, headers: Vec::new() })
}

/// A tile's address read: what is no number is a bad request, a number beyond the map is not there.
fn read(path: &TilePath) -> Result<TileId, Problem> {
    let whole = |name: &str, value: &str| {
        let digits = !value.is_empty() && value.len() <= 12 && value.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| value.parse::<u64>().ok()).flatten();
        number.ok_or_else(|| Problem::bad_parameter(name, value, &["0", "1", "2", "…"]))
    };
    let (z, x, y) = (whole("z", &path.z)?, whole("x", &path.x)?, whole("y", &path.y)?);
    let small = u8::try_from(z).ok().zip(u32::try_from(x).ok()).zip(u32::try_from(y).ok());
    small.and_then(|((z, x), y)| TileId::new(z, x, y).ok()).ok_or_else(|| {
        Problem::not_found(
            format!("Il n’y a pas de tuile {z}/{x}/{y} : zoom de 0 à {MAX_ZOOM}, colonne et ligne de 0 à 2^zoom − 1."),
            format!("There is no tile {z}/{x}/{y}: zoom 0 to {MAX_ZOOM}, column and row from 0 to 2^zoom − 1."),
        )
    })
}

/// `/tiles/{layer}.json`: TileJSON 3.0.
pub(super) fn tile_json(asked: &Asked, file: &str) -> Result<Page, Problem> {
    let Some(id) = file.strip_suffix(".json") else {
        let file = super::problem::cut(file);
        return Err(Problem::not_found(
            format!("Il n’y a pas de « {file} » : /tiles/{{couche}}.json attendu."),
            format!("There is no “{file}”: /tiles/{{layer}}.json expected."),
        ));
    };
    let layer = asked.layer(id)?;
    asked.given.only(&asked::picture_parameters(&layer))?;
    let query = asked::context(&asked.given, asked.source.as_ref())?;
    let (lang, b) = (asked.lang, layer.bbox);
    let fields: serde_json::Map<String, Value> = fields(&layer, lang).collect();
    let title = collections::title(&layer, lang);
    let mut of_tiles = vec![json!({
        "id": layer.id, "description": title, "minzoom": 0, "maxzoom": MAX_ZOOM, "fields": fields,
    })];
    if let Some((id, title, names)) = places(asked, &layer) {
        let few: serde_json::Map<String, Value> =
            fields.into_iter().filter(|(n, _)| names.contains(&n.as_str())).collect();
        of_tiles.push(json!({"id": id, "description": title, "minzoom": 0, "maxzoom": MAX_ZOOM, "fields": few}));
    }
    Page::json(
        &json!({
            "tilejson": "3.0.0",
            "name": title,
            "description": collections::description(&layer, lang),
            "version": format!("{}.0.0", asked.source.version()),
            "attribution": asked.source.notes(id, &query.sets, lang).join(" "),
            "scheme": "xyz",
            "tiles": [template(asked, &layer, "mvt")],
            "minzoom": 0,
            "maxzoom": MAX_ZOOM,
            "bounds": [b.west, b.south, b.east, b.north],
            "center": [f64::midpoint(b.west, b.east), f64::midpoint(b.south, b.north), 5],
            "vector_layers": of_tiles,
        }),
        &[],
    )
}

/// The second layer of a layer's vector tiles, where it has one: id, title and the fields of its points.
fn places(asked: &Asked, layer: &LayerInfo) -> Option<(String, &'static str, &'static [&'static str])> {
    let title = asked.lang.pick("Points des unités, sous les cercles", "Label points of the units, under the circles");
    Some((asked.source.tile_places(&layer.id)?, title, &PLACE_FIELDS))
}

fn fields(layer: &LayerInfo, lang: crate::domain::Lang) -> impl Iterator<Item = (String, Value)> {
    let kind = |kind: FieldKind| match kind {
        FieldKind::String => "String",
        FieldKind::Integer | FieldKind::Number => "Number",
        FieldKind::Boolean => "Boolean",
    };
    let count = (layer.geometry == LayerGeometry::Point).then(|| ("point_count".to_owned(), json!("Number")));
    layer
        .fields
        .iter()
        .map(move |f| (f.name.clone(), json!(format!("{} ({})", kind(f.kind), lang.pick(&f.title_fr, &f.title_en)))))
        .chain(count)
}

/// The address of XYZ tiles, with the data version in it: what such an address gives never changes.
pub(super) fn template(asked: &Asked, layer: &LayerInfo, ending: &str) -> String {
    let version = asked.source.version().to_string();
    let context = asked.given.meant_for(layer).context();
    let query = context.query(&[("v", Some(&version)), ("lang", Some(asked.lang.code())), ("detail", None)]);
    format!("{}/tiles/{}/{{z}}/{{x}}/{{y}}.{ending}?{query}", asked.base, super::address::segment(&layer.id))
}

/// The address of XYZ tiles without the data version, for files that outlive it.
pub(super) fn lasting(asked: &Asked, layer: &LayerInfo, ending: &str) -> String {
    let context = asked.given.meant_for(layer).context();
    let query = context.query(&[("v", None), ("lang", Some(asked.lang.code())), ("detail", None)]);
    format!("{}/tiles/{}/{{z}}/{{x}}/{{y}}.{ending}?{query}", asked.base, super::address::segment(&layer.id))
}

fn sets_path(layer: &LayerInfo) -> String {
    format!("{}/tiles", collections::path(&layer.id))
}

fn set_path(layer: &LayerInfo) -> String {
    format!("{}/{MATRIX_SET}", sets_path(layer))
}

/// `/collections/{id}/tiles`.
pub(super) fn sets(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    asked.given.only(&asked::picture_parameters(&layer))?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let set = json!({
        "title": collections::title(&layer, asked.lang),
        "dataType": "vector",
        "crs": WEB_MERCATOR,
        "tileMatrixSetURI": MATRIX_SET_URI,
        "links": [
            Link::new("self", asked.href(&set_path(&layer)), JSON, MATRIX_SET).json(),
            scheme(asked).json(),
        ],
    });
    Page::json(
        &json!({ "links": asked.own_links().iter().map(Link::json).collect::<Vec<_>>(), "tilesets": [set] }),
        &[],
    )
}

fn scheme(asked: &Asked) -> Link {
    Link::new(SCHEME_REL, format!("{}/tileMatrixSets/{MATRIX_SET}", asked.base), JSON, MATRIX_SET)
}

/// `/collections/{id}/tiles/WebMercatorQuad`.
pub(super) fn set(asked: &Asked, id: &str, matrix_set: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    known(matrix_set)?;
    asked.given.only(&asked::picture_parameters(&layer))?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let b = layer.bbox;
    let version = asked.source.version().to_string();
    let context = asked.given.meant_for(&layer).context();
    let item = |form: &str, media: &str| {
        let query = context.query(&[("v", Some(&version)), ("lang", Some(asked.lang.code())), ("f", Some(form))]);
        let href = format!("{}{}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}?{query}", asked.base, set_path(&layer));
        json!({"rel": "item", "href": href, "type": media, "templated": true, "title": form.to_uppercase()})
    };
    let mut links: Vec<Value> = asked.own_links().iter().map(Link::json).collect();
    links.extend([scheme(asked).json(), item("mvt", MVT), item("png", PNG)]);
    let limits = (0..=MAX_ZOOM).map(|z| {
        let (north_west, south_east) = (TileId::holding(z, b.west, b.north), TileId::holding(z, b.east, b.south));
        json!({
            "tileMatrix": z.to_string(),
            "minTileRow": north_west.y(), "maxTileRow": south_east.y(),
            "minTileCol": north_west.x(), "maxTileCol": south_east.x(),
        })
    });
    let kind = if layer.geometry == LayerGeometry::Point { 0 } else { 2 };
    let mut of_tiles = vec![json!({"id": layer.id, "dataType": "vector", "geometryDimension": kind})];
    of_tiles.extend(
        places(asked, &layer)
            .map(|(id, title, _)| json!({"id": id, "title": title, "dataType": "vector", "geometryDimension": 0})),
    );
    Page::json(
        &json!({
            "title": collections::title(&layer, asked.lang),
            "description": collections::description(&layer, asked.lang),
            "dataType": "vector",
            "crs": WEB_MERCATOR,
            "tileMatrixSetId": MATRIX_SET,
            "tileMatrixSetURI": MATRIX_SET_URI,
            "tileMatrixSetLimits": limits.collect::<Vec<_>>(),
            "boundingBox": {"lowerLeft": [b.west, b.south], "upperRight": [b.east, b.north], "crs": CRS84},
            "layers": of_tiles,
            "links": links,
        }),
        &[],
    )
}

fn known(matrix_set: &str) -> Result<(), Problem> {
    if matrix_set == MATRIX_SET {
        return Ok(());
    }
    let asked = super::problem::cut(matrix_set);
    Err(Problem::not_found(
        format!("Il n’y a pas de grille de tuiles « {asked} » : {MATRIX_SET} seule est servie."),
        format!("There is no tile matrix set “{asked}”: {MATRIX_SET} alone is served."),
    )
    .with("allowed", json!([MATRIX_SET])))
}

/// `/collections/{id}/tiles/{set}/{z}/{row}/{col}`.
pub(super) fn set_tile(asked: &Asked, matrix_set: &str, path: &TilePath) -> Result<Page, Problem> {
    known(matrix_set)?;
    tile(asked, path)
}

/// `/tileMatrixSets`.
pub(super) fn matrix_sets(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let own = Link::new("self", format!("{}/tileMatrixSets/{MATRIX_SET}", asked.base), JSON, MATRIX_SET);
    let set = json!({"id": MATRIX_SET, "title": "Google Maps Compatible for the World", "uri": MATRIX_SET_URI, "crs": WEB_MERCATOR, "links": [own.json()]});
    Page::json(
        &json!({"tileMatrixSets": [set], "links": asked.own_links().iter().map(Link::json).collect::<Vec<_>>()}),
        &[],
    )
}

/// `/tileMatrixSets/{set}`.
pub(super) fn matrix_set(asked: &Asked, id: &str) -> Result<Page, Problem> {
    known(id)?;
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let matrices = (0..=MAX_ZOOM).map(|z| {
        let side = 1_u32 << z;
        json!({
            "id": z.to_string(),
            "scaleDenominator": SCALE_0 / f64::from(side),
            "cellSize": CELL_0 / f64::from(side),
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [-ORIGIN, ORIGIN],
            "tileWidth": 256, "tileHeight": 256,
            "matrixWidth": side, "matrixHeight": side,
        })
    });
    Page::json(
        &json!({
            "id": MATRIX_SET,
            "title": "Google Maps Compatible for the World",
            "uri": MATRIX_SET_URI,
            "crs": WEB_MERCATOR,
            "orderedAxes": ["X", "Y"],
            "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
            "tileMatrices": matrices.collect::<Vec<_>>(),
        }),
        &[],
    )
}
