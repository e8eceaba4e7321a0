//! The landing page and what the service conforms to.

use serde_json::json;

use super::html::{self, Node};
use super::negotiate::{HTML, JSON, OPENAPI};
use super::problem::Problem;
use super::service::{Asked, Link, Page};
use super::{asked, choice, collections, items, maps, schema, styles, tiles};

/// `/`: where everything starts.
pub(super) fn landing(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let lang = asked.lang;
    let title = asked.source.title(lang);
    let description = lang.pick(
        "Suivi de protection : couches géographiques selon OGC API Features.",
        "Protection monitoring: geographic layers as OGC API Features.",
    );
    // Plain addresses, without the context: QGIS builds its own from `data` and adds its parameters itself.
    let at = |path: &str| format!("{}{path}", asked.base);
    let mut links = asked.own_links();
    links.extend([
        Link::new(
            "service-desc",
            at("/api"),
            OPENAPI,
            lang.pick("Description de l’API (OpenAPI 3.0)", "API description (OpenAPI 3.0)"),
        ),
        Link::new("service-doc", at("/api.html"), HTML, lang.pick("L’API expliquée", "The API explained")),
        Link::new(
            "related",
            at("/app"),
            HTML,
            lang.pick("L’application : carte, tableaux, rapport", "The application: map, tables, report"),
        ),
        Link::new("conformance", at("/conformance"), JSON, lang.pick("Classes de conformité", "Conformance classes")),
        Link::new("data", at("/collections"), JSON, lang.pick("Collections", "Collections")),
        Link::new(
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            at("/tileMatrixSets"),
            JSON,
            lang.pick("Grilles de tuiles", "Tile matrix sets"),
        ),
        Link::new(
            "http://www.opengis.net/def/rel/ogc/1.0/styles",
            at("/styles"),
            JSON,
            lang.pick("Styles des couches", "Styles of the layers"),
        ),
    ]);
    if asked.html() {
        let body = [
            Node::text("p", description),
            Node::list([
                (
                    asked.with_query("/app", &format!("lang={}", lang.code())),
                    lang.pick("L’application : carte, tableaux, rapport", "The application: map, tables, report"),
                ),
                (asked.href("/collections"), lang.pick("Les collections", "The collections")),
                (asked.href("/api.html"), lang.pick("L’API expliquée", "The API explained")),
                (asked.href("/conformance"), lang.pick("Classes de conformité", "Conformance classes")),
            ]),
        ];
        return Ok(Page::html(html::page(asked, &title, &[], &body)));
    }
    let document = json!({
        "title": title,
        "description": description,
        "data_version": asked.source.version(),
        "synthetic": asked.source.synthetic(),
        "links": links.iter().map(Link::json).collect::<Vec<_>>(),
    });
    Page::json(&document, &links)
}

/// The classes of the pages about the service themselves.
const OF_THE_SERVICE: [&str; 3] = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
];

/// `/conformance`: each module names what it does.
pub(super) fn conformance(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let parts: [&[&str]; 8] = [
        &OF_THE_SERVICE,
        &collections::CONFORMS,
        &items::CONFORMS,
        &choice::CONFORMS,
        &schema::CONFORMS,
        &tiles::CONFORMS,
        &maps::CONFORMS,
        &styles::CONFORMS,
    ];
    let classes: Vec<_> = parts.concat();
    if asked.html() {
        let title = asked.lang.pick("Classes de conformité", "Conformance classes");
        let list = Node::Raw(format!(
            "<ul>{}</ul>",
            classes.iter().map(|c| format!("<li><code>{}</code></li>", html::escape(c))).collect::<Vec<_>>().concat()
        ));
        return Ok(Page::html(html::page(asked, title, &[], &[list])));
    }
    Page::json(&json!({ "conformsTo": classes }), &asked.own_links())
}
