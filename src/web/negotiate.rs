//! Which form and which language the asker wants: `f` and `lang` where given, else `Accept` and `Accept-Language`.

use axum::http::{HeaderMap, header};

use super::problem::{Kind, Problem};
use crate::domain::Lang;

/// A form that a resource has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// JSON of the resource's own media type.
    Json,
    /// A page for people.
    Html,
    /// A QGIS layer definition.
    Qlr,
    /// A table: one row a cell, or one a feature.
    Csv,
    /// Features as FlatGeobuf.
    FlatGeobuf,
    /// A workbook.
    Xlsx,
    /// Pages.
    Pdf,
    /// A vector tile.
    Mvt,
    /// A picture.
    Png,
    /// A drawing.
    Svg,
    /// A QGIS style.
    Qml,
    /// A Styled Layer Descriptor.
    Sld,
    /// A file whose ending says what it is.
    File,
}

/// A form as a resource offers it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) form: Form,
    /// The `f` that asks for it; the first is the one that links use.
    pub(super) names: &'static [&'static str],
    /// Its media type, as links name it.
    pub(super) media: &'static str,
    /// Other media types that an `Accept` may ask for it by.
    pub(super) also: &'static [&'static str],
}

pub(super) const GEOJSON: &str = "application/geo+json";
pub(super) const JSON: &str = "application/json";
pub(super) const SCHEMA: &str = "application/schema+json";
pub(super) const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";
pub(super) const HTML: &str = "text/html";
/// Pages are UTF-8, and the header says so; links name the plain type.
const HTML_UTF8: &str = "text/html; charset=utf-8";
pub(super) const CSV: &str = "text/csv; charset=utf-8";
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub(super) const PDF: &str = "application/pdf";
pub(super) const GPKG: &str = "application/geopackage+sqlite3";
pub(super) const FGB: &str = "application/flatgeobuf";
pub(super) const ZIP: &str = "application/zip";
pub(super) const PARQUET: &str = "application/vnd.apache.parquet";
pub(super) const QLR: &str = "application/x-qgis-layer-definition";

pub(super) const MVT: &str = "application/vnd.mapbox-vector-tile";
pub(super) const PNG: &str = "image/png";
pub(super) const SVG: &str = "image/svg+xml";
pub(super) const MAPBOX_STYLE: &str = "application/vnd.mapbox.style+json";
pub(super) const QML: &str = "application/x-qgis-style+xml";
pub(super) const SLD: &str = "application/vnd.ogc.sld+xml;version=1.1";
pub(super) const PROTOBUF: &str = "application/x-protobuf";

const HTML_OFFER: Offer = Offer { form: Form::Html, names: &["html"], media: HTML, also: &["application/xhtml+xml"] };

impl Offer {
    /// The `Content-Type` of an answer in this form.
    pub(super) fn content_type(&self) -> &'static str {
        if self.form == Form::Html { HTML_UTF8 } else { self.media }
    }
}

/// Pages about the service.
pub(super) const PLAIN: &[Offer] = &[Offer { form: Form::Json, names: &["json"], media: JSON, also: &[] }, HTML_OFFER];
/// The API description.
pub(super) const API: &[Offer] = &[
    Offer {
        form: Form::Json,
        names: &["json"],
        media: OPENAPI,
        also: &["application/vnd.oai.openapi+json", "application/openapi+json", JSON],
    },
    HTML_OFFER,
];
/// The API description for people, at an address of its own.
pub(super) const API_PAGE: &[Offer] = &[HTML_OFFER];
/// Features.
pub(super) const FEATURES: &[Offer] =
    &[Offer { form: Form::Json, names: &["json", "geojson"], media: GEOJSON, also: &[JSON] }, HTML_OFFER];
/// A list of features: also as a table, one row a feature.
pub(super) const ITEMS: &[Offer] = &[
    Offer { form: Form::Json, names: &["json", "geojson"], media: GEOJSON, also: &[JSON] },
    HTML_OFFER,
    Offer { form: Form::Csv, names: &["csv"], media: CSV, also: &[] },
    Offer { form: Form::FlatGeobuf, names: &["fgb"], media: FGB, also: &[] },
];
/// Files of a layer: the first where nothing is asked, since `Accept` says nothing of files.
pub(super) const DOWNLOAD: &[Offer] = &[
    Offer { form: Form::File, names: &["gpkg"], media: GPKG, also: &["*"] },
    Offer { form: Form::File, names: &["fgb"], media: FGB, also: &["*"] },
    Offer { form: Form::File, names: &["csv"], media: CSV, also: &["*"] },
    Offer { form: Form::File, names: &["xlsx"], media: XLSX, also: &["*"] },
    Offer { form: Form::File, names: &["shp"], media: ZIP, also: &["*"] },
    Offer { form: Form::File, names: &["geojson"], media: GEOJSON, also: &["*"] },
    Offer { form: Form::File, names: &["parquet"], media: PARQUET, also: &["*"] },
];
/// Features that have no page for people.
pub(super) const FEATURES_ONLY: &[Offer] =
    &[Offer { form: Form::Json, names: &["json", "geojson"], media: GEOJSON, also: &[JSON] }];
/// A JSON schema.
pub(super) const JSON_SCHEMA: &[Offer] = &[Offer { form: Form::Json, names: &["json"], media: SCHEMA, also: &[JSON] }];
/// Trend tables.
pub(super) const TABLES: &[Offer] = &[
    Offer { form: Form::Json, names: &["json"], media: JSON, also: &[] },
    Offer { form: Form::Csv, names: &["csv"], media: CSV, also: &[] },
    Offer { form: Form::Xlsx, names: &["xlsx"], media: XLSX, also: &[] },
    Offer { form: Form::Pdf, names: &["pdf"], media: PDF, also: &[] },
];
/// A layer definition: whoever asks for the file gets it, whatever `Accept` says.
pub(super) const LAYER_DEFINITION: &[Offer] = &[Offer { form: Form::Qlr, names: &["qlr"], media: QLR, also: &["*"] }];
/// A tile in the form that `f` or `Accept` asks for.
pub(super) const TILE: &[Offer] = &[
    Offer { form: Form::Mvt, names: &["mvt"], media: MVT, also: &["application/x-protobuf"] },
    Offer { form: Form::Png, names: &["png"], media: PNG, also: &[] },
];
/// A map in the form that `f` or `Accept` asks for.
pub(super) const MAP: &[Offer] = &[
    Offer { form: Form::Png, names: &["png"], media: PNG, also: &[] },
    Offer { form: Form::File, names: &["svg"], media: SVG, also: &[] },
    Offer { form: Form::Pdf, names: &["pdf"], media: PDF, also: &[] },
];
/// A tile whose ending says its form, whatever `Accept` says.
pub(super) const MVT_TILE: &[Offer] = &[Offer { form: Form::Mvt, names: &["mvt"], media: MVT, also: &["*"] }];
pub(super) const PNG_TILE: &[Offer] = &[Offer { form: Form::Png, names: &["png"], media: PNG, also: &["*"] }];
/// A layer's style: for web maps, for QGIS, or as its legend drawn.
pub(super) const STYLE: &[Offer] = &[
    Offer { form: Form::Json, names: &["mapbox"], media: MAPBOX_STYLE, also: &[JSON] },
    Offer { form: Form::Qml, names: &["qml"], media: QML, also: &[] },
    Offer { form: Form::Sld, names: &["sld"], media: SLD, also: &["application/vnd.ogc.se+xml"] },
    Offer { form: Form::Svg, names: &["legend"], media: SVG, also: &[] },
    Offer { form: Form::Png, names: &["legend-png"], media: PNG, also: &[] },
];
/// A legend.
pub(super) const LEGEND: &[Offer] = &[
    Offer { form: Form::Json, names: &["json"], media: JSON, also: &[] },
    Offer { form: Form::Svg, names: &["svg"], media: SVG, also: &[] },
    Offer { form: Form::Png, names: &["png"], media: PNG, also: &[] },
];
/// A block of glyphs, whatever `Accept` says.
pub(super) const GLYPHS: &[Offer] = &[Offer { form: Form::File, names: &["pbf"], media: PROTOBUF, also: &["*"] }];
/// A part of the web pages whose ending says what it is.
pub(super) const SCRIPT_FILE: &[Offer] =
    &[Offer { form: Form::File, names: &["js"], media: "text/javascript; charset=utf-8", also: &["*"] }];
pub(super) const STYLESHEET_FILE: &[Offer] =
    &[Offer { form: Form::File, names: &["css"], media: "text/css; charset=utf-8", also: &["*"] }];
/// A page for people and nothing else, whatever `Accept` says.
pub(super) const EMBED: &[Offer] = &[Offer { form: Form::Html, names: &["html"], media: HTML, also: &["*"] }];
/// JSON alone.
pub(super) const JSON_ONLY: &[Offer] = &[Offer { form: Form::Json, names: &["json"], media: JSON, also: &["*"] }];
/// Files whose ending says what they are, whatever `Accept` says.
pub(super) const PDF_FILE: &[Offer] =
    &[Offer { form: Form::File, names: &["pdf"], media: "application/pdf", also: &["*"] }];
pub(super) const PNG_FILE: &[Offer] = &[Offer { form: Form::File, names: &["png"], media: "image/png", also: &["*"] }];
pub(super) const SVG_FILE: &[Offer] =
    &[Offer { form: Form::File, names: &["svg"], media: "image/svg+xml", also: &["*"] }];
pub(super) const XLSX_FILE: &[Offer] = &[Offer { form: Form::File, names: &["xlsx"], media: XLSX, also: &["*"] }];
pub(super) const CSV_FILE: &[Offer] = &[Offer { form: Form::File, names: &["csv"], media: CSV, also: &["*"] }];
pub(super) const ZIP_FILE: &[Offer] = &[Offer { form: Form::File, names: &["zip"], media: ZIP, also: &["*"] }];

/// The form asked for: `f`, else the best of `Accept`, else the first offered.
pub(super) fn form(offers: &'static [Offer], f: Option<&str>, headers: &HeaderMap) -> Result<Offer, Problem> {
    if let Some(f) = f {
        return offers.iter().find(|o| o.names.contains(&f)).copied().ok_or_else(|| {
            let names: Vec<_> = offers.iter().flat_map(|o| o.names).copied().collect();
            Problem::bad_parameter("f", f, &names)
        });
    }
    let accept = joined(headers, &header::ACCEPT);
    if accept.trim().is_empty() || offers.iter().any(|o| o.also == ["*"]) {
        return Ok(offers[0]);
    }
    let ranges: Vec<_> = weighed(&accept).collect();
    let mut best: Option<(u16, Offer)> = None;
    for offer in offers {
        let weight = quality(&ranges, offer);
        // On a tie the earlier offer stays: JSON before HTML for `*/*`.
        if weight > 0 && best.is_none_or(|(b, _)| weight > b) {
            best = Some((weight, *offer));
        }
    }
    best.map(|(_, offer)| offer).ok_or_else(|| {
        let media: Vec<_> = offers.iter().map(|o| o.media).collect();
        let list = media.join(", ");
        Problem::new(
            Kind::NotAcceptable,
            format!("Aucun des formats demandés par Accept n’existe ici. Formats disponibles : {list}."),
            format!("None of the formats that Accept asks for exists here. Available: {list}."),
        )
        .with("allowed", serde_json::json!(media))
    })
}

/// The weight (thousandths) of an offer: that of the most precise range that covers it.
fn quality(ranges: &[(&str, u16)], offer: &Offer) -> u16 {
    let mut best = (0, 0);
    for media in std::iter::once(&offer.media).chain(offer.also) {
        let plain = media.split(';').next().unwrap_or_default().trim();
        let family = plain.split('/').next().unwrap_or_default();
        for (range, weight) in ranges {
            let precision = if range.eq_ignore_ascii_case(plain) {
                3
            } else if range.strip_suffix("/*").is_some_and(|f| f.eq_ignore_ascii_case(family)) {
                2
            } else if *range == "*/*" || *range == "*" {
                1
            } else {
                continue;
            };
            if (precision, *weight) > best {
                best = (precision, *weight);
            }
        }
    }
    best.1
}

/// The language: `lang`, else the better of French and English in `Accept-Language`, else French.
pub(super) fn language(lang: Option<&str>, headers: &HeaderMap) -> Result<Lang, Problem> {
    match lang {
        Some("fr") => Ok(Lang::Fr),
        Some("en") => Ok(Lang::En),
        Some(other) => Err(Problem::bad_parameter("lang", other, &["fr", "en"])),
        None => Ok(accepted_language(headers)),
    }
}

fn accepted_language(headers: &HeaderMap) -> Lang {
    let accept = joined(headers, &header::ACCEPT_LANGUAGE);
    let weight = |code: &str| {
        weighed(&accept)
            .filter(|(range, _)| range.split('-').next().is_some_and(|l| l.eq_ignore_ascii_case(code)))
            .map(|(_, weight)| weight)
            .max()
            .unwrap_or(0)
    };
    if weight("en") > weight("fr") { Lang::En } else { Lang::Fr }
}

/// How a body is coded on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Coding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

impl Coding {
    /// The token of `Content-Encoding`; none as it is.
    pub(super) fn token(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }
}

/// The smallest coding that the asker takes.
pub(super) fn coding(headers: &HeaderMap) -> Coding {
    let accept = joined(headers, &header::ACCEPT_ENCODING);
    let weight = |token: &str| {
        let named = weighed(&accept).find(|(t, _)| t.eq_ignore_ascii_case(token));
        named.or_else(|| weighed(&accept).find(|(t, _)| *t == "*")).map_or(0, |(_, weight)| weight)
    };
    match (weight("br"), weight("gzip")) {
        (0, 0) => Coding::Identity,
        (br, gzip) if br >= gzip => Coding::Brotli,
        _ => Coding::Gzip,
    }
}

/// Whether the asker turns an absent whole number into 0, unless whole numbers are written with a decimal point.
///
/// QGIS before 3.44 does not read the schema: it takes whole numbers for 32 bits wide, its own cache of features holds 64, and on the way
/// from one to the other « none » becomes 0. Decimal numbers are not converted and stay absent. An absence shown as zero is the one thing
/// that must not happen here, so these versions are told apart by the name they give themselves.
pub(super) fn needs_decimals(headers: &HeaderMap) -> bool {
    const READS_SCHEMA: u32 = 34_400;
    let agent = joined(headers, &header::USER_AGENT);
    let version =
        agent.split_once("QGIS/").map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    version.and_then(|v| v.parse::<u32>().ok()).is_some_and(|v| v < READS_SCHEMA)
}

/// Every value of a header, as one list.
fn joined(headers: &HeaderMap, name: &header::HeaderName) -> String {
    headers.get_all(name).iter().filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(",")
}

/// The items of a list with their weights in thousandths; other parameters are left out.
fn weighed(list: &str) -> impl Iterator<Item = (&str, u16)> {
    list.split(',').filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().filter(|n| !n.is_empty())?;
        let q = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
        Some((name, q.map_or(1000, thousandths)))
    })
}

/// `0.85` as 850. What is no weight counts as none.
fn thousandths(q: &str) -> u16 {
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let padded = format!("{fraction:0<3}");
    match (whole, padded.get(..3).and_then(|f| f.parse::<u16>().ok())) {
        ("1", _) => 1000,
        ("0" | "", Some(thousandths)) => thousandths,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.clone(), header::HeaderValue::from_static(v))).collect()
    }

    fn chosen(accept: &'static str, offers: &'static [Offer]) -> Option<Form> {
        form(offers, None, &headers(&[(header::ACCEPT, accept)])).ok().map(|o| o.form)
    }

    #[test]
    fn browsers_get_pages_and_programs_get_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";
        assert_eq!(chosen(browser, FEATURES), Some(Form::Html));
        for accept in ["", "*/*", "application/geo+json, application/json", "application/json", "application/*"] {
            assert_eq!(chosen(accept, FEATURES), Some(Form::Json), "{accept}");
        }
        let qgis =
            "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json";
        assert_eq!(chosen(qgis, API), Some(Form::Json));
    }

    #[test]
    fn what_does_not_exist_is_not_acceptable_and_f_beats_accept() {
        assert_eq!(chosen("application/gml+xml", FEATURES), None);
        assert_eq!(chosen("text/html;q=0", FEATURES), None);
        let html = headers(&[(header::ACCEPT, "text/html")]);
        assert_eq!(form(FEATURES, Some("json"), &html).map(|o| o.form).ok(), Some(Form::Json));
        assert!(form(FEATURES, Some("gml"), &html).is_err());
    }

    #[test]
    fn french_unless_english_is_wanted_more() {
        for (accept, wanted) in [
            ("", Lang::Fr),
            ("en-GB,en;q=0.9", Lang::En),
            ("fr,en;q=0.5", Lang::Fr),
            ("en;q=0.4,fr;q=0.3", Lang::En),
            ("de", Lang::Fr),
        ] {
            assert_eq!(language(None, &headers(&[(header::ACCEPT_LANGUAGE, accept)])).ok(), Some(wanted), "{accept}");
        }
        assert!(language(Some("bm"), &HeaderMap::new()).is_err());
    }

    #[test]
    fn only_a_qgis_that_loses_absent_numbers_is_written_decimals() {
        for (agent, wanted) in [
            ("Mozilla/5.0 QGIS/32216/Debian GNU/Linux 12 (bookworm)", true),
            ("Mozilla/5.0 QGIS/34203/Windows 11", true),
            ("Mozilla/5.0 QGIS/34400/Windows 11", false),
            ("Mozilla/5.0 QGIS/40000/macOS", false),
            ("Mozilla/5.0 (X11; Linux)", false),
            ("QGIS/", false),
            ("", false),
        ] {
            assert_eq!(needs_decimals(&headers(&[(header::USER_AGENT, agent)])), wanted, "{agent}");
        }
    }

    #[test]
    fn the_coding_follows_the_weights() {
        for (accept, wanted) in [
            ("", Coding::Identity),
            ("gzip, deflate", Coding::Gzip),
            ("gzip, deflate, br", Coding::Brotli),
            ("br;q=0.1, gzip", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("*", Coding::Brotli),
        ] {
            assert_eq!(coding(&headers(&[(header::ACCEPT_ENCODING, accept)])), wanted, "{accept}");
        }
    }
}
