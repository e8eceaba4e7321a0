//! `/qgis/{layer}.qlr`: a layer with its style, to be opened in QGIS.

use axum::http::{HeaderValue, header};
use serde_json::json;

use super::problem::Problem;
use super::service::{Asked, Page};
use super::{address, asked, collections};
use crate::app::LayerGeometry;
use crate::formats::qlr::LayerDefinition;

/// The layer's definition. The context given (a month, a language) goes into the address that QGIS keeps, so that the file opens
/// that month; without one it opens the latest, whenever it is opened.
pub(super) fn definition(asked: &Asked, file: &str) -> Result<Page, Problem> {
    let Some(id) = file.strip_suffix(".qlr") else {
        let file = super::problem::cut(file);
        return Err(Problem::not_found(
            format!("Il n’y a pas de « {file} » : /qgis/{{couche}}.qlr attendu."),
            format!("There is no “{file}”: /qgis/{{layer}}.qlr expected."),
        )
        .with("allowed", json!(asked.layers().iter().map(|l| format!("{}.qlr", l.id)).collect::<Vec<_>>())));
    };
    let layer = asked.layer(id)?;
    asked.given.only(&asked::feature_parameters(&layer))?;
    let query = asked::context(&asked.given, asked.source.as_ref())?;
    let context = asked.given.context();
    let landing = collections::with_query(asked, "/", &context.query(&[("v", None)]));
    let qml = asked.source.qml(id, asked.lang)?;
    let title = collections::title(&layer, asked.lang);
    let dated = query.period.map(|p| p.to_string());
    let title = dated.as_ref().map_or_else(|| title.to_owned(), |period| format!("{title} ({period})"));
    let definition = LayerDefinition {
        landing: &landing,
        collection: id,
        title: &title,
        description: collections::description(&layer, asked.lang),
        points: layer.geometry == LayerGeometry::Point,
        qml: &qml,
    };
    let body = definition.write().map_err(|e| Problem::fault(format!("{id}: {e}")))?.into_bytes();
    let stem = dated.map_or_else(|| id.to_owned(), |period| format!("{id}-{}", period.replace('/', "_")));
    // As an attachment: QGIS opens a file, and a browser would show XML.
    let disposition = format!("attachment; filename=\"{}.qlr\"", address::segment(&stem));
    let disposition = HeaderValue::from_str(&disposition).map_err(|e| Problem::fault(e.to_string()))?;
    Ok(Page { body, headers: vec![(header::CONTENT_DISPOSITION, disposition)] })
}
