//! `/embed`: the map of one layer and period as a page of its own, to be put into other pages; and the parts it is made of.
//!
//! The page says title, period, legend with counts and notices by itself: what needs a script is the map.

use std::fmt::Write as _;

use axum::http::{HeaderValue, header};
use serde_json::{Value, json};

use super::html::escape;
use super::negotiate::{self, Offer};
use super::problem::{Problem, cut};
use super::service::{Asked, Page};
use super::{address, asked, collections};
use crate::app::{LayerGeometry, LayerInfo, Legend, grouped, period_text};
use crate::domain::{Lang, Period};

/// What `make web` built, by name.
const PARTS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/web_parts.rs"));
/// The script that the page starts.
const SCRIPT: &str = "embed.js";
/// The layer shown where none is named.
const FIRST_LAYER: &str = "violations-cercles";
/// Months offered in the list; the rest is reached by `period`.
const MOST_MONTHS: usize = 120;

/// Nothing from elsewhere, no script in the page itself; any page may hold this one.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; frame-ancestors *";

/// The form of a part.
pub(super) fn part_offers(file: &str) -> &'static [Offer] {
    if file.strip_suffix(".css").is_some() { negotiate::STYLESHEET_FILE } else { negotiate::SCRIPT_FILE }
}

/// Whether a part was built.
pub(super) fn has_part(file: &str) -> bool {
    plain_parts().any(|(name, _)| *name == file)
}

/// What the compressed form of a part ends with.
const BROTLI: &str = ".br";

fn plain_parts() -> impl Iterator<Item = &'static (&'static str, &'static [u8])> {
    PARTS.iter().filter(|(name, _)| !name.ends_with(BROTLI))
}

/// A part as it was compressed when it was built, smaller than a service can make it while one waits.
pub(super) fn compressed(file: &str) -> Option<&'static [u8]> {
    PARTS.iter().find(|(name, _)| name.strip_suffix(BROTLI) == Some(file)).map(|(_, bytes)| *bytes)
}

/// `/web/{file}`.
pub(super) fn part(asked: &Asked, file: &str) -> Result<Page, Problem> {
    asked.given.only(&[])?;
    if let Some((_, bytes)) = plain_parts().find(|(name, _)| *name == file) {
        return Ok(Page { body: bytes.to_vec(), headers: Vec::new() });
    }
    let file = cut(file);
    Err(Problem::not_found(format!("Il n’y a pas de « {file} » dans /web."), format!("There is no “{file}” in /web."))
        .with("allowed", json!(plain_parts().map(|(name, _)| *name).collect::<Vec<_>>())))
}

/// `/embed`.
pub(super) fn page(asked: &Asked) -> Result<Page, Problem> {
    if !has_part(SCRIPT) {
        return Err(Problem::not_found(
            "Ce programme a été construit sans ses pages web : lancez « make web », puis construisez-le de nouveau.",
            "This program was built without its web pages: run “make web”, then build it again.",
        ));
    }
    let layer = asked.layer(asked.given.get("layer").unwrap_or(FIRST_LAYER))?;
    let mut allowed = asked::feature_parameters(&layer);
    allowed.push("layer");
    asked.given.only(&allowed)?;
    let query = asked.query()?;
    let legend = asked.source.legend(&layer.id, &query)?;
    let policy = HeaderValue::from_static(POLICY);
    let body = written(asked, &layer, &legend).into_bytes();
    Ok(Page { body, headers: vec![(header::CONTENT_SECURITY_POLICY, policy)] })
}

fn written(asked: &Asked, layer: &LayerInfo, Legend { json: legend, disclaimer, .. }: &Legend) -> String {
    let lang = asked.lang;
    let title = escape(collections::title(layer, lang));
    let period = legend["period"].as_str().unwrap_or_default();
    let dated =
        if period.is_empty() { title.clone() } else { format!("{title} – {}", escape(&spoken(period, lang))) };
    let counts = escape(legend["counts"].as_str().unwrap_or_default());
    let settings = settings(asked, layer, legend);
    let address =
        asked.with_query("/embed", &asked.given.query(&[("layer", Some(&layer.id)), ("lang", Some(lang.code()))]));
    let frame = format!(
        "<iframe src=\"{}\" title=\"{dated}\" width=\"100%\" height=\"640\" loading=\"lazy\"></iframe>",
        escape(&address)
    );
    let notes = notes(legend);
    let data = asked.with_query(
        &format!("{}/items", collections::path(&layer.id)),
        &asked.given.meant_for(layer).context().query(&[("f", Some("json"))]),
    );
    let other = lang.pick(Lang::En, Lang::Fr);
    let there = asked.here(&[("lang", Some(other.code()))]);
    format!(
        "<!doctype html><html lang=\"{code}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
<title>{dated}</title><link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" href=\"{base}/web/maplibre.css\"><link rel=\"stylesheet\" href=\"{base}/web/embed.css\"><script type=\"application/json\" id=\"settings\">{settings}</script>\
<script type=\"module\" src=\"{base}/web/{SCRIPT}\"></script></head><body><main><header>{notices}<h1>{dated}</h1><p class=\"counts\">{counts}</p>{form}</header>\
<section aria-label=\"{map}\"><div id=\"map\"></div><p id=\"said\" role=\"status\"></p></section>\
<section aria-label=\"{legend_title}\"><h2>{legend_title}</h2>{lines}</section>\
<footer class=\"small\"><p>{disclaimer}</p>{notes}<p><a href=\"{data}\">GeoJSON</a> · <a lang=\"{other}\" hreflang=\"{other}\" href=\"{there}\">{other_name}</a></p>\
<details><summary>{embed}</summary><textarea id=\"snippet\" rows=\"4\" readonly aria-label=\"{embed}\">{snippet}</textarea>\
<button id=\"copy\" type=\"button\" hidden>{copy}</button></details></footer></main></body></html>",
        code = lang.code(),
        base = asked.base,
        notices = notices(legend, lang),
        form = form(asked, layer, period),
        map = lang.pick("Carte", "Map"),
        legend_title = lang.pick("Légende, et nombre d’unités", "Legend, and number of units"),
        lines = lines(legend, lang),
        disclaimer = escape(disclaimer),
        data = escape(&data),
        other = other.code(),
        there = escape(&there),
        other_name = other.pick("Français", "English"),
        embed = lang.pick("Code à copier dans une autre page", "Code to copy into another page"),
        snippet = escape(&frame),
        copy = lang.pick("Copier", "Copy"),
    )
}

/// What must be said first: data made up, borders that are sketches.
fn notices(legend: &Value, lang: Lang) -> String {
    let said = [
        (
            "synthetic",
            lang.pick(
                "Données de démonstration : rien de ceci n’est arrivé.",
                "Demonstration data: none of this happened.",
            ),
        ),
        ("schematic", lang.pick("Limites schématiques.", "Schematic boundaries.")),
    ];
    let told: Vec<&str> = said.iter().filter(|(key, _)| legend[*key] == true).map(|(_, text)| *text).collect();
    if told.is_empty() { String::new() } else { format!("<p class=\"notice\">{}</p>", told.join(" ")) }
}

/// The switch of months, which works without a script, and the list of units, which the script fills.
fn form(asked: &Asked, layer: &LayerInfo, period: &str) -> String {
    let lang = asked.lang;
    let mut fields = String::new();
    let hidden = asked.given.query(&[("layer", None), ("period", None), ("lang", None), ("v", None)]);
    for (name, value) in form_urlencoded(&hidden) {
        let _ = write!(fields, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(&name), escape(&value));
    }
    let _ = write!(fields, "<input type=\"hidden\" name=\"layer\" value=\"{}\">", escape(&layer.id));
    let _ = write!(fields, "<input type=\"hidden\" name=\"lang\" value=\"{}\">", lang.code());
    if let Some(months) = layer.months.filter(|_| layer.by_period).and_then(|(first, last)| Period::new(first, last)) {
        let mut values: Vec<String> = months.months().map(|m| m.to_string()).collect();
        values.reverse();
        values.truncate(MOST_MONTHS);
        if !values.iter().any(|v| v == period) && !period.is_empty() {
            values.insert(0, period.to_owned());
        }
        let options: String = values
            .iter()
            .map(|v| {
                let chosen = if v == period { " selected" } else { "" };
                format!("<option value=\"{}\"{chosen}>{}</option>", escape(v), escape(&spoken(v, lang)))
            })
            .collect();
        let _ = write!(
            fields,
            "<label>{}<select id=\"period\" name=\"period\">{options}</select></label><button id=\"go\">{}</button>",
            lang.pick("Période", "Period"),
            lang.pick("Afficher", "Show")
        );
    }
    format!(
        "<form action=\"{}/embed\">{fields}<label id=\"unit-field\" hidden>{}<select id=\"unit\"><option value=\"\">{}</option></select></label></form>",
        asked.base,
        lang.pick("Unité", "Unit"),
        lang.pick("Choisir…", "Choose…")
    )
}

/// The pairs of a query that was written here.
fn form_urlencoded(query: &str) -> Vec<(String, String)> {
    let address: Option<axum::http::Uri> = format!("/?{query}").parse().ok();
    let read = address.and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok());
    read.map(|q| q.0).unwrap_or_default()
}

/// A legend's notes, a paragraph each.
pub(super) fn notes(legend: &Value) -> String {
    let notes = legend["notes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    notes.map(|note| format!("<p>{}</p>", escape(note))).collect()
}

/// The lines of a legend, each with its drawing and its count.
pub(super) fn lines(legend: &Value, lang: Lang) -> String {
    let entries = legend["entries"].as_array().into_iter().flatten();
    let mut out = String::from("<ul class=\"legend\">");
    for entry in entries {
        // The drawing is made here and holds no text from outside.
        let drawing = entry["svg"].as_str().unwrap_or_default().replacen("<svg ", "<svg aria-hidden=\"true\" ", 1);
        let label = escape(entry["label"].as_str().unwrap_or_default());
        let count = entry["count"].as_u64().map_or_else(String::new, |n| grouped(n, lang));
        let _ = write!(out, "<li>{drawing}<span>{label}</span><span class=\"n\">{count}</span></li>");
    }
    out.push_str("</ul>");
    if let Some(n) = legend["non_located"].as_u64().filter(|n| *n > 0) {
        let _ = write!(
            out,
            "<p class=\"small\">{} {}</p>",
            lang.pick("Non localisé à ce niveau :", "Not located at this level:"),
            grouped(n, lang)
        );
    }
    out
}

/// What the script needs. `<` is written otherwise, so that no name can end the element.
fn settings(asked: &Asked, layer: &LayerInfo, legend: &Value) -> String {
    let lang = asked.lang;
    let context = asked.given.meant_for(layer).context().query(&[("lang", Some(lang.code()))]);
    let said = |kind: &str| -> serde_json::Map<String, Value> {
        let entries = legend["entries"].as_array().into_iter().flatten().filter(|entry| entry["kind"] == kind);
        entries.filter_map(|entry| Some((entry["id"].as_str()?.to_owned(), entry["label"].clone()))).collect()
    };
    let style = format!("/styles/{}", address::segment(&layer.id));
    let b = layer.bbox;
    let settings = json!({
        "lang": lang.code(),
        "style": asked.with_query(&style, &format!("{context}&f=mapbox")),
        "places": asked.with_query(&format!("{style}/places"), &context),
        "bounds": [b.west, b.south, b.east, b.north],
        "points": layer.geometry == LayerGeometry::Point,
        "statuses": said("status"),
        "categories": said("category"),
        "words": {
            "value": lang.pick("Valeur :", "Value:"),
            "noWebgl": lang.pick(
                "La carte ne peut pas être dessinée ici (WebGL manque). La légende et le lien GeoJSON restent utilisables.",
                "The map cannot be drawn here (no WebGL). The legend and the GeoJSON link still work.",
            ),
            "failed": lang.pick("Une partie de la carte n’a pas pu être chargée.", "A part of the map could not be loaded."),
            "copied": lang.pick("Copié.", "Copied."),
            "close": lang.pick("Fermer", "Close"),
            "zoomIn": lang.pick("Agrandir", "Zoom in"),
            "zoomOut": lang.pick("Réduire", "Zoom out"),
            "together": lang.pick("points au même endroit", "points in one place"),
            "map": lang.pick(
                "Carte. Flèches : déplacer ; + et − : zoom. La liste « Unité » donne les valeurs.",
                "Map. Arrows move, + and − zoom. The list “Unit” tells the values.",
            ),
        },
    });
    settings.to_string().replace('<', "\\u003c")
}

/// A period in words: « juin 2021 ».
fn spoken(period: &str, lang: Lang) -> String {
    Period::parse(period).map_or_else(|_| period.to_owned(), |p| period_text(p, lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_no_script_be_written_into_the_page() {
        assert!(!POLICY.contains("unsafe"), "{POLICY}");
        assert!(POLICY.starts_with("default-src 'none'"));
    }
}
