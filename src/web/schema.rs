//! The fields of a layer as JSON schema: `/schema` says what features have, `/queryables` what they can be chosen by.

use serde_json::{Map, Value, json};

use super::asked;
use super::collections::{path, title};
use super::problem::Problem;
use super::service::{Asked, Page};
use crate::app::{FieldInfo, FieldKind, LayerGeometry, LayerInfo};
use crate::domain::Lang;

/// What this module does of the standards.
pub(super) const CONFORMS: [&str; 3] = [
    "http://www.opengis.net/spec/ogcapi-features-5/1.0/conf/schemas",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
];

/// `/collections/{id}/schema`.
pub(super) fn schema(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    document(asked, &layer, "schema", &layer.fields.iter().collect::<Vec<_>>())
}

/// `/collections/{id}/queryables`.
pub(super) fn queryables(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    document(asked, &layer, "queryables", &asked::filter_fields(&layer).collect::<Vec<_>>())
}

fn document(asked: &Asked, layer: &LayerInfo, name: &str, fields: &[&FieldInfo]) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let mut properties = Map::new();
    // No `type`: QGIS takes a property without one for the geometry.
    let format = match layer.geometry {
        LayerGeometry::MultiPolygon => "geometry-multipolygon",
        LayerGeometry::Point => "geometry-point",
    };
    properties.insert("geometry".into(), json!({"x-ogc-role": "primary-geometry", "format": format}));
    for (sequence, field) in fields.iter().enumerate() {
        let mut property = field_schema(field, asked.lang);
        property["x-ogc-propertySeq"] = json!(sequence + 1);
        properties.insert(field.name.clone(), property);
    }
    let body = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{}{}/{name}", asked.base, path(&layer.id)),
        "type": "object",
        "title": title(layer, asked.lang),
        "properties": properties,
        "additionalProperties": false,
    });
    Page::json(&body, &asked.own_links())
}

/// One plain type a field: QGIS reads a list of types (`["string","null"]`) as text.
pub(super) fn field_schema(field: &FieldInfo, lang: Lang) -> Value {
    json!({"title": lang.pick(&field.title_fr, &field.title_en), "type": kind_name(field.kind)})
}

/// The name of a type in JSON schema.
pub(super) fn kind_name(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::String => "string",
        FieldKind::Integer => "integer",
        FieldKind::Number => "number",
        FieldKind::Boolean => "boolean",
    }
}
