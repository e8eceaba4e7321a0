//! One operation: its parameters, the forms of its answer, and what else it may answer.

use serde_json::{Map, Value, json};

use super::super::negotiate::{self, GEOJSON, Offer};
use super::parameters::query_parameter;
use crate::domain::Lang;

/// The name of the parameter `f` of a resource with these forms: each list of forms has its own.
pub(super) fn form_key(offers: &[Offer]) -> String {
    let names: Vec<&str> = offers.iter().flat_map(|o| o.names).copied().collect();
    format!("form.{}", names.join("."))
}

/// `f` as every list of forms has it.
pub(super) fn forms(lang: Lang) -> impl Iterator<Item = (String, Value)> {
    let said = lang.pick(
        "Format de la réponse, plutôt que l’en-tête Accept.",
        "Form of the answer, in place of the Accept header.",
    );
    [
        negotiate::PLAIN,
        negotiate::API,
        negotiate::API_PAGE,
        negotiate::EMBED,
        negotiate::ITEMS,
        negotiate::FEATURES,
        negotiate::FEATURES_ONLY,
        negotiate::JSON_SCHEMA,
        negotiate::JSON_ONLY,
        negotiate::TABLES,
        negotiate::TILE,
        negotiate::MAP,
        negotiate::DOWNLOAD,
        negotiate::STYLE,
        negotiate::LEGEND,
    ]
    .into_iter()
    .map(move |offers| {
        let names: Vec<&str> = offers.iter().flat_map(|o| o.names).copied().collect();
        (form_key(offers), query_parameter("f", said, &json!({"type": "string", "enum": names})))
    })
}

/// What an answer of a media type is.
fn answered(media: &str, one_feature: bool) -> Value {
    let plain = media.split(';').next().unwrap_or_default();
    if media == GEOJSON && !one_feature {
        // Only the list is a collection; one feature is an object of its own.
        json!({"$ref": "#/components/schemas/FeatureCollection"})
    } else if plain.ends_with("json") {
        json!({"type": "object"})
    } else if plain.starts_with("text/") || plain.ends_with("xml") || plain.ends_with("definition") {
        json!({"type": "string"})
    } else {
        json!({"type": "string", "format": "binary"})
    }
}

/// What every operation may answer beside what it is for: a wrong parameter, a bad token, too much at once, a fault.
const ALWAYS: [&str; 6] = ["400", "401", "414", "429", "500", "503"];

/// A `GET` with the parameters named and the forms offered.
pub(super) fn operation(
    id: &str,
    summary: &str,
    tag: &str,
    parameters: &[Value],
    offers: &[Offer],
    may_miss: bool,
) -> Value {
    let one = id.starts_with("item.");
    let content: Map<String, Value> =
        offers.iter().map(|o| (o.media.to_owned(), json!({"schema": answered(o.media, one)}))).collect();
    let mut responses = Map::new();
    responses.insert("200".into(), json!({"description": summary, "content": content}));
    // What has parameters can be asked for a data version that is not served.
    let missed = may_miss || !parameters.is_empty();
    // A file whose ending says what it is comes whatever `Accept` says.
    let chosen = offers.iter().all(|o| o.also != ["*"]);
    let others = [("404", missed), ("406", chosen)].into_iter().filter_map(|(s, may)| may.then_some(s));
    for status in ALWAYS.into_iter().chain(others) {
        responses.insert(status.into(), problem());
    }
    let mut get = json!({"operationId": id, "summary": summary, "tags": [tag]});
    let form = format!("#/components/parameters/{}", form_key(offers));
    let of_form = |p: &Value| if p["$ref"] == "#/components/parameters/f" { json!({"$ref": form}) } else { p.clone() };
    if !parameters.is_empty() {
        get["parameters"] = parameters.iter().map(of_form).collect();
    }
    get["responses"] = Value::Object(responses);
    json!({ "get": get })
}

/// An operation on imports: an editor's, or a person's at this machine. `body` is what a change takes.
pub(super) fn of_imports(id: &str, summary: &str, parameters: &[Value], body: Option<Value>) -> Value {
    let mut responses = Map::new();
    let content = json!({negotiate::JSON: {"schema": {"type": "object"}}});
    responses.insert("200".into(), json!({"description": summary, "content": content}));
    let of_bodies = ["408", "413", "415"].into_iter().filter(|_| body.is_some());
    for status in ALWAYS.into_iter().chain(["403", "404", "409"]).chain(of_bodies) {
        responses.insert(status.into(), problem());
    }
    let mut operation = json!({
        "operationId": id, "summary": summary, "tags": ["imports"], "parameters": parameters, "responses": responses,
    });
    if let Some(body) = body {
        operation["requestBody"] = body;
    }
    operation
}

fn problem() -> Value {
    json!({"$ref": "#/components/responses/Problem"})
}
