//! Whether the service lives and whether it can answer, for whatever watches over it.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::Problem;
use super::service::Shared;
use crate::app::AsOf;
use crate::domain::Lang;

/// The process answers.
pub(super) async fn live() -> Response {
    no_store(&json!({"status": "ok"}))
}

/// There are data to answer from.
pub(super) async fn ready(State(service): State<Shared>) -> Response {
    let source = match (service.provider)(AsOf::Now, crate::domain::Role::Public) {
        Ok(source) => source,
        Err(error) => return Problem::from(error).answer(Lang::En).into_response(),
    };
    let (version, synthetic) = (source.version(), source.synthetic());
    no_store(
        &json!({"status": "ok", "data_version": version, "synthetic": synthetic, "collections": source.layers().len()}),
    )
}

fn no_store(body: &Value) -> Response {
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response()
}
