//! `/collections/{id}/download`: a layer of a period as a file.

use axum::http::{HeaderValue, header};

use super::asked;
use super::problem::Problem;
use super::service::{Asked, Page};
use crate::app::ExportFormat;

/// The file, as an attachment.
pub(super) fn download(asked: &Asked, id: &str) -> Result<Page, Problem> {
    let layer = asked.layer(id)?;
    asked.given.only(&asked::feature_parameters(&layer))?;
    let query = asked.query()?;
    let word = asked.offer.names.first().copied().unwrap_or_default();
    let format = ExportFormat::of(word).ok_or_else(|| Problem::fault(format!("no export {word}")))?;
    let body = asked.source.download(id, &query, format)?;
    let period = query.period.map(|p| format!("-{}", p.to_string().replace('/', "_"))).unwrap_or_default();
    let disposition = format!("attachment; filename=\"{id}{period}.{}\"", format.ending());
    let disposition = HeaderValue::from_str(&disposition).map_err(|e| Problem::fault(e.to_string()))?;
    Ok(Page { body, headers: vec![(header::CONTENT_DISPOSITION, disposition)] })
}
