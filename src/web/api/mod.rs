//! The API description: OpenAPI 3.0 made from the collections themselves, with a literal path for each of them.

mod operation;
mod page;
mod parameters;
mod paths;

use serde_json::{Value, json};

use super::problem::{Kind, Problem};
use super::service::{Asked, Page};
use super::{asked, collections};
use crate::app::LayerInfo;
use crate::domain::Lang;

/// `/api` and `/api.html`.
pub(super) fn api(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let document = document(asked);
    if asked.html() {
        return Ok(Page::html(page::explained(asked, &document)));
    }
    Page::json(&document, &[])
}

fn document(asked: &Asked) -> Value {
    let lang = asked.lang;
    let layers = asked.layers();
    let (paths, filters) = paths::paths(asked, &layers);
    let mut parameters = parameters::parameters(asked);
    parameters.extend(parameters::path_parameters(lang));
    parameters.extend(filters);
    parameters.extend(operation::forms(lang));
    let root = format!("{}/", asked.base);
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": asked.source.title(lang),
            "description": lang.pick(
                "Couches de suivi de protection selon OGC API Features. Une absence n’est jamais un zéro : « status » dit laquelle.",
                "Protection monitoring layers as OGC API Features. An absence is never a zero: “status” says which one."
            ),
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": root.trim_end_matches('/')}],
        // Without a token one is the public.
        "security": [{}, {"bearer": []}, {"basic": []}],
        "tags": tags(&layers, lang),
        "paths": paths,
        "components": {
            "parameters": parameters,
            "responses": {"Problem": {
                "description": lang.pick("Ce qui n’a pas pu être répondu, et pourquoi", "What could not be answered, and why"),
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": lang.pick(
                    "Nom quelconque, le jeton comme mot de passe : pour QGIS.",
                    "Any name, the token as password: for QGIS.",
                )},
            },
            "schemas": {"Problem": problem_schema(), "FeatureCollection": feature_collection_schema()},
        },
    })
}

fn tags(layers: &[std::sync::Arc<LayerInfo>], lang: Lang) -> Value {
    std::iter::once(json!({"name": "service"}))
        .chain(layers.iter().map(|l| json!({"name": l.id, "description": collections::description(l, lang)})))
        .collect()
}

fn problem_schema() -> Value {
    let kinds: Vec<_> = Kind::ALL.iter().map(|k| k.uri()).collect();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": kinds},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "parameter": {"type": "string"},
            "value": {"type": "string"},
            "allowed": {"type": "array", "items": {"type": "string"}},
            "request_id": {"type": "string"},
        },
    })
}

fn feature_collection_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "data_version": {"type": "integer"},
            "period": {"type": "string", "nullable": true},
            "sets": {"type": "array", "items": {"type": "string"}},
            "non_located": {"type": "integer", "nullable": true},
            "total": {"type": "integer", "nullable": true},
            "synthetic": {"type": "boolean"},
            "schematic": {"type": "boolean"},
            "notes": {"type": "array", "items": {"type": "string"}},
            "links": {"type": "array", "items": {"type": "object"}},
            "features": {"type": "array", "items": {"type": "object"}},
        },
    })
}
