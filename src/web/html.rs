//! Pages for people: plain, readable by screen readers, loading nothing from anywhere.

use super::service::Asked;
use crate::domain::Lang;

/// A piece of a page.
pub(super) enum Node {
    /// Markup made here; every outside text in it is escaped already.
    Raw(String),
}

impl Node {
    /// An element with a text in it.
    pub(super) fn text(element: &'static str, text: &str) -> Self {
        Self::Raw(format!("<{element}>{}</{element}>", escape(text)))
    }

    /// A list of links; nothing where there is none.
    pub(super) fn list<'a>(links: impl IntoIterator<Item = (String, &'a str)>) -> Self {
        let items = links
            .into_iter()
            .map(|(href, text)| format!("<li><a href=\"{}\">{}</a></li>", escape(&href), escape(text)))
            .collect::<Vec<_>>()
            .concat();
        Self::Raw(if items.is_empty() { items } else { format!("<ul>{items}</ul>") })
    }
}

/// Text for an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Dark text on white at more than 7:1, links underlined, tables that scroll by themselves.
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;margin:0 auto;max-width:72rem;padding:1rem}\
a{color:#0b4a8f}a:focus,[tabindex]:focus{outline:3px solid #c75000;outline-offset:2px}\
nav ol{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.25rem .75rem}nav li+li::before{content:'› ';color:#555}\
table{border-collapse:collapse;font-size:.9rem}th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}\
thead th{background:#eef2f6}.wide{overflow-x:auto}.notice{border-left:.4rem solid #c75000;background:#fff4ea;padding:.5rem 1rem}\
.skip{position:absolute;left:-99rem}.skip:focus{position:static}svg{max-width:100%;height:auto}dt{margin-top:.75rem}\
footer{border-top:1px solid #bbb;margin-top:2rem;padding-top:.5rem;font-size:.9rem}";

/// A whole page. The crumbs lead from the landing page to here.
pub(super) fn page(asked: &Asked, title: &str, crumbs: &[(String, String)], body: &[Node]) -> String {
    let lang = asked.lang;
    let other = lang.pick(Lang::En, Lang::Fr);
    let service = escape(&asked.source.title(lang));
    let heading = escape(title);
    let trail = std::iter::once((asked.href("/"), asked.source.title(lang)))
        .chain(crumbs.iter().cloned())
        .map(|(href, text)| format!("<li><a href=\"{}\">{}</a></li>", escape(&href), escape(&text)))
        .collect::<Vec<_>>()
        .concat();
    let notice = if asked.source.synthetic() {
        let said = lang.pick(
            "Données synthétiques : elles sont inventées pour la démonstration et ne décrivent aucun fait réel.",
            "Synthetic data: made up for demonstration, they describe nothing that happened.",
        );
        format!("<p class=\"notice\" role=\"note\">{said}</p>")
    } else {
        String::new()
    };
    let content: String = body.iter().map(|Node::Raw(markup)| markup.as_str()).collect();
    let forms = asked
        .own_links()
        .iter()
        .filter(|l| l.rel == "alternate")
        .map(|l| {
            format!("<li><a href=\"{}\" type=\"{}\">{}</a></li>", escape(&l.href), escape(l.media), escape(l.media))
        })
        .collect::<Vec<_>>()
        .concat();
    let switch = escape(&asked.here(&[("lang", Some(other.code()))]));
    let other_name = other.pick("Français", "English");
    format!(
        "<!DOCTYPE html>\n<html lang=\"{code}\">\n<head>\n<meta charset=\"utf-8\">\n\
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{heading} – {service}</title>\n\
<style>{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#contenu\">{skip}</a>\n\
<header><nav aria-label=\"{path}\"><ol>{trail}</ol></nav></header>\n<main id=\"contenu\">\n<h1>{heading}</h1>\n{notice}{content}\n</main>\n\
<footer><ul>{forms}<li><a href=\"{switch}\" lang=\"{other_code}\" hreflang=\"{other_code}\">{other_name}</a></li></ul></footer>\n</body>\n</html>\n",
        code = lang.code(),
        skip = lang.pick("Aller au contenu", "Skip to content"),
        path = lang.pick("Vous êtes ici", "You are here"),
        other_code = other.code(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(escape("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
    }
}
