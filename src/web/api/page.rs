//! The description for people.

use serde_json::{Map, Value};

use super::super::html::{self, Node};
use super::super::problem::Kind;
use super::super::service::Asked;

/// The description for people: paths, parameters, problems.
pub(super) fn explained(asked: &Asked, document: &Value) -> String {
    let lang = asked.lang;
    let empty = Map::new();
    let object = |v: &'_ Value| v.as_object().cloned().unwrap_or_else(|| empty.clone());
    let row = |name: &str, said: &str| {
        format!("<tr><th scope=\"row\"><code>{}</code></th><td>{}</td></tr>", html::escape(name), html::escape(said))
    };
    let paths: String = object(&document["paths"])
        .iter()
        .map(|(path, o)| row(path, o["get"]["summary"].as_str().unwrap_or_default()))
        .collect();
    let parameters: String = object(&document["components"]["parameters"])
        .iter()
        .filter(|(key, _)| !key.starts_with("field.") && !key.starts_with("form."))
        .map(|(name, p)| row(name, p["description"].as_str().unwrap_or_default()))
        .collect();
    let problems: String =
        Kind::ALL.iter().map(|k| row(&k.uri(), &format!("{} : {}", k.status().as_u16(), k.title(lang)))).collect();
    let table = |rows: String| {
        Node::Raw(format!("<div class=\"wide\" tabindex=\"0\"><table><tbody>{rows}</tbody></table></div>"))
    };
    let body = [
        Node::text("p", document["info"]["description"].as_str().unwrap_or_default()),
        Node::text("h2", lang.pick("Adresses", "Addresses")),
        table(paths),
        Node::text("h2", lang.pick("Paramètres", "Parameters")),
        table(parameters),
        Node::text(
            "p",
            lang.pick(
                "Les champs d’une couche sont aussi des paramètres : « status=zero » garde les entités dont le champ a cette valeur.",
                "The fields of a layer are parameters too: “status=zero” keeps the features whose field has this value.",
            ),
        ),
        Node::text("h2", lang.pick("Problèmes", "Problems")),
        table(problems),
    ];
    html::page(asked, lang.pick("L’API", "The API"), &[], &body)
}
