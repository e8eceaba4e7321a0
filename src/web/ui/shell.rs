//! The frame of every page of the application: head, navigation, notices, foot; and its strict policy.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use base64::Engine as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::html::escape;
use super::super::service::{Asked, Page};
use super::words::say;
use crate::domain::Lang;

/// The style of all pages, in each of them: nothing waits for a second request.
const STYLE: &str = include_str!("../../../web/src/app.css");

/// Nothing from elsewhere; the page's own style by its digest, scripts by their address. No other page may hold these.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'sha256-{digest}'; connect-src 'self'; \
         img-src 'self' data: blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
});

/// A page to be framed.
pub(super) struct Frame<'a> {
    /// `app`, `report` or `import`.
    pub(super) name: &'static str,
    pub(super) title: String,
    pub(super) main: String,
    pub(super) foot: String,
    /// What the script needs; none where the page has no script.
    pub(super) settings: Option<&'a Value>,
}

/// Where the pages are.
pub(super) const PATHS: [(&str, &str); 4] =
    [("app", "/app"), ("report", "/app/report"), ("import", "/app/import"), ("data", "/")];

/// The whole page.
pub(super) fn framed(asked: &Asked, frame: &Frame<'_>) -> Page {
    let lang = asked.lang;
    let word = |key: &str| escape(&say(key, lang));
    let links: String = PATHS
        .iter()
        .filter(|(name, _)| *name != "import" || asked.desk)
        .map(|(name, path)| {
            let here = if *name == frame.name { " aria-current=\"page\"" } else { "" };
            let query = asked.given.query(&[]);
            let kept = if *name == "data" || *name == "import" || query.is_empty() {
                String::new()
            } else {
                period_kept(asked)
            };
            format!(
                "<li><a href=\"{}\"{here}>{}</a></li>",
                escape(&asked.with_query(path, &with_lang(&kept, lang))),
                word(&format!("nav_{name}"))
            )
        })
        .collect();
    let other = lang.pick(Lang::En, Lang::Fr);
    let there = escape(&asked.here(&[("lang", Some(other.code())), ("fragment", None)]));
    let base = &asked.base;
    let (settings, script) = frame.settings.map_or_else(Default::default, |settings| {
        // `<` is written otherwise, so that no name can end the element.
        let text = settings.to_string().replace('<', "\\u003c");
        let script = super::script(frame.name).map_or_else(String::new, |file| {
            let at = escape(&format!("{base}/web/"));
            format!("<link rel=\"modulepreload\" href=\"{at}common.js\"><script type=\"module\" src=\"{at}{file}\"></script>")
        });
        (format!("<script type=\"application/json\" id=\"settings\">{text}</script>"), script)
    });
    let text = format!(
        "<!doctype html><html lang=\"{code}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
<meta name=\"color-scheme\" content=\"light dark\"><title>{title} – {brand}</title><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style>{settings}{script}</head>\
<body class=\"{name}\"><a class=\"skip\" href=\"#main\">{skip}</a><header class=\"top\"><a class=\"brand\" href=\"{home}\">{brand}</a>\
<nav aria-label=\"{menu}\"><ul>{links}</ul></nav><a class=\"lang\" id=\"lang\" lang=\"{other}\" hreflang=\"{other}\" href=\"{there}\">{other_name}</a></header>\
<main id=\"main\" tabindex=\"-1\">{main}</main><footer id=\"foot\">{foot}</footer></body></html>",
        code = lang.code(),
        title = escape(&frame.title),
        brand = word("brand"),
        name = frame.name,
        skip = word("skip"),
        home = escape(&asked.with_query("/app", &with_lang("", lang))),
        menu = word("menu"),
        other = other.code(),
        other_name = other.pick("Français", "English"),
        main = frame.main,
        foot = frame.foot,
    );
    page(text)
}

/// A text with the policy of the application.
pub(super) fn page(text: String) -> Page {
    let policy = HeaderValue::from_str(&POLICY).ok();
    let headers = policy.map(|p| (header::CONTENT_SECURITY_POLICY, p)).into_iter().collect();
    Page { body: text.into_bytes(), headers }
}

/// The period and set of this page, for the next.
fn period_kept(asked: &Asked) -> String {
    let kept = ["period", "set", "source", "basis"].map(|name| (name, asked.given.get(name)));
    super::super::address::query(kept.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

fn with_lang(query: &str, lang: Lang) -> String {
    let mark = if query.is_empty() { "" } else { "&" };
    format!("{query}{mark}lang={}", lang.code())
}

/// What must be said first.
pub(super) fn notices(asked: &Asked, draft: bool, schematic: bool) -> String {
    let synthetic = asked.source.synthetic();
    let said: Vec<String> = [("synthetic", synthetic), ("draft", draft), ("schematic", schematic)]
        .into_iter()
        .filter(|(_, told)| *told)
        .map(|(key, _)| escape(&say(key, asked.lang)))
        .collect();
    format!("<p class=\"notice\" id=\"notices\">{}</p>", said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_nothing_unsafe_in_and_names_the_style_by_its_digest() {
        assert!(!POLICY.contains("unsafe"), "{}", *POLICY);
        assert!(POLICY.contains("style-src 'self' 'sha256-") && POLICY.starts_with("default-src 'none'"));
        assert!(!STYLE.contains("</"), "the style must not end its element");
    }
}
