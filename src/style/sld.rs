//! A style as Styled Layer Descriptor 1.1 with Symbology Encoding 1.1 (OGC 05-078r4, 05-077r4), for GeoServer, MapServer and others.
//!
//! The rules are those of the other forms: one a class on `class`, one a status on `status`, so that a feature without a number is drawn
//! by the symbol of its own absence. Sizes are in the standard's pixels of 0.28 mm. What the standard has no mark for, a hatch, has the
//! name that QGIS writes and reads (`horline`).

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::colour::Colour;
use super::layer::{Mark, Match, Pattern, PatternKind, Shape, StatusSymbol, Style};
use super::qml::QmlGeometry;
use crate::domain::Lang;

/// The standard's pixel, millimetres.
const PIXEL_MM: f64 = 0.28;
/// Outline of units under circles and of absences.
const UNIT_OUTLINE: Colour = Colour { r: 140, g: 140, b: 140 };
const GREY: Colour = Colour { r: 128, g: 128, b: 128 };

/// The document of a layer named `name`.
pub fn sld(style: &Style, geometry: QmlGeometry, name: &str, lang: Lang) -> String {
    let passes = match (geometry, style.mark) {
        (QmlGeometry::Point, _) => vec![point_rules(style, lang)],
        (_, Mark::Line | Mark::Point) => {
            let line = area(None, Some((style.stroke, style.stroke_mm, style.dash_mm)));
            vec![rule(&style.id, style.title(lang), "", &line)]
        }
        (_, Mark::Circle) => circle_passes(style, lang),
        (_, Mark::Fill) => fill_passes(style, lang),
    };
    let labels = style.label_field.as_deref().map(|field| rule("label", field, "", &label(field)));
    let mut body = String::new();
    for rules in passes.into_iter().chain(labels).filter(|rules| !rules.is_empty()) {
        let _ = writeln!(body, "<se:FeatureTypeStyle>\n{rules}</se:FeatureTypeStyle>");
    }
    let (name, title) = (escape(name), escape(style.title(lang)));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <StyledLayerDescriptor version=\"1.1.0\" xmlns=\"http://www.opengis.net/sld\" xmlns:se=\"http://www.opengis.net/se\" \
         xmlns:ogc=\"http://www.opengis.net/ogc\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.opengis.net/sld http://schemas.opengis.net/sld/1.1.0/StyledLayerDescriptor.xsd\">\n\
         <NamedLayer>\n<se:Name>{name}</se:Name>\n<UserStyle>\n<se:Name>{name}</se:Name>\n\
         <se:Description>\n<se:Title>{title}</se:Title>\n</se:Description>\n{body}</UserStyle>\n</NamedLayer>\n\
         </StyledLayerDescriptor>\n"
    )
}

/// Areas by class, then a pattern over those that report from outside the coverage, then the absences.
fn fill_passes(style: &Style, lang: Lang) -> Vec<String> {
    let mut grounds = String::new();
    for class in &style.classes {
        let drawn = area(Some(class.colour), Some((style.stroke, style.stroke_mm, None)));
        grounds += &class_rule(class.number, class.label(lang), &drawn);
    }
    grounds += &status_rules(style, lang);
    let mut passes = vec![grounds];
    if let Some(pattern) = style.status("not_covered").and_then(|s| s.pattern.as_ref()) {
        let label = lang.pick("Signalement d’une unité non couverte", "Reported from a unit not covered");
        passes.push(rule("outside", label, &both(&classed(), OUTSIDE), &hatch(pattern)));
    }
    passes
}

/// Grounds, then circles a class at a time, the largest first, so that none hides a smaller one.
fn circle_passes(style: &Style, lang: Lang) -> Vec<String> {
    let mut grounds = String::new();
    if let Some(covered) = style.status("zero") {
        let label = lang.pick("Couverte, rapport reçu", "Covered, report received");
        grounds += &rule("covered", label, &classed(), &status_drawn(covered));
    }
    // Over the ground of all with a value: « not true » of a field that is absent is no true in some readers.
    if let Some(uncovered) = style.status("not_covered") {
        let label = lang.pick("Signalement d’une unité non couverte", "Reported from a unit not covered");
        grounds += &rule("outside", label, &both(&classed(), OUTSIDE), &status_drawn(uncovered));
    }
    grounds += &status_rules(style, lang);
    let mut passes = vec![grounds];
    for class in style.classes.iter().rev() {
        let disc = marker("circle", class.colour, class.size_mm, style.stroke, style.stroke_mm);
        passes.push(class_rule(class.number, class.label(lang), &disc));
    }
    passes
}

fn point_rules(style: &Style, lang: Lang) -> String {
    let shape = match style.shape {
        Shape::Circle => "circle",
        Shape::Triangle => "triangle",
        Shape::Square => "square",
    };
    let mut rules = String::new();
    for category in &style.categories {
        let filter = match style.matching {
            Match::Equals => equals(&style.field, &category.code),
            // `!` escapes in the pattern; codes are words and need none.
            Match::Contains => format!(
                "<ogc:PropertyIsLike wildCard=\"*\" singleChar=\"?\" escapeChar=\"!\">{}</ogc:PropertyIsLike>",
                operands(&style.field, &format!("*{}*", category.code))
            ),
        };
        let drawn = marker(shape, category.colour, style.size_mm, style.stroke, style.stroke_mm);
        rules += &rule(&category.code, lang.pick(&category.label_fr, &category.label_en), &filter, &drawn);
    }
    let drawn = marker(shape, GREY, style.size_mm, style.stroke, style.stroke_mm);
    if style.categories.is_empty() {
        return rule(&style.id, style.title(lang), "", &drawn);
    }
    // What no category takes is still there: drawn plain, never dropped.
    let said = lang.pick("Autre ou non précisé", "Other or not stated");
    let said = escape(said);
    let _ = writeln!(
        rules,
        "<se:Rule>\n<se:Name>other</se:Name>\n<se:Description><se:Title>{said}</se:Title></se:Description>\n<se:ElseFilter/>\n{drawn}</se:Rule>"
    );
    rules
}

fn status_rules(style: &Style, lang: Lang) -> String {
    let of = |s: &StatusSymbol| {
        let is = equals("status", &s.status);
        // A feature that does not say is not known.
        let is = if s.status == "unknown" { format!("<ogc:Or>{is}{}</ogc:Or>", null("status")) } else { is };
        rule(&s.status, s.label(lang), &both(&null("class"), &is), &status_drawn(s))
    };
    style.statuses.iter().map(of).collect()
}

fn status_drawn(s: &StatusSymbol) -> String {
    let ground = area(Some(s.fill), Some((UNIT_OUTLINE, 0.1, None)));
    format!("{ground}{}", s.pattern.as_ref().map(hatch).unwrap_or_default())
}

fn class_rule(number: u8, label: &str, drawn: &str) -> String {
    rule(&format!("class-{number}"), label, &equals("class", &number.to_string()), drawn)
}

fn rule(name: &str, title: &str, filter: &str, drawn: &str) -> String {
    let filter = if filter.is_empty() { String::new() } else { format!("<ogc:Filter>{filter}</ogc:Filter>\n") };
    format!(
        "<se:Rule>\n<se:Name>{}</se:Name>\n<se:Description><se:Title>{}</se:Title></se:Description>\n{filter}{drawn}</se:Rule>\n",
        escape(name),
        escape(title)
    )
}

/// Whether a value came from a unit that was not covered.
const OUTSIDE: &str = "<ogc:PropertyIsEqualTo><ogc:PropertyName>outside_coverage</ogc:PropertyName>\
    <ogc:Literal>true</ogc:Literal></ogc:PropertyIsEqualTo>";

fn operands(field: &str, value: &str) -> String {
    format!("<ogc:PropertyName>{}</ogc:PropertyName><ogc:Literal>{}</ogc:Literal>", escape(field), escape(value))
}

fn equals(field: &str, value: &str) -> String {
    format!("<ogc:PropertyIsEqualTo>{}</ogc:PropertyIsEqualTo>", operands(field, value))
}

fn null(field: &str) -> String {
    format!("<ogc:PropertyIsNull><ogc:PropertyName>{}</ogc:PropertyName></ogc:PropertyIsNull>", escape(field))
}

fn not(filter: &str) -> String {
    format!("<ogc:Not>{filter}</ogc:Not>")
}

fn classed() -> String {
    not(&null("class"))
}

fn both(one: &str, other: &str) -> String {
    format!("<ogc:And>{one}{other}</ogc:And>")
}

fn px(mm: f64) -> String {
    format!("{:.2}", mm / PIXEL_MM)
}

fn parameter(name: &str, value: &str) -> String {
    format!("<se:SvgParameter name=\"{name}\">{value}</se:SvgParameter>")
}

fn fill(colour: Colour) -> String {
    format!("<se:Fill>{}</se:Fill>", parameter("fill", &colour.to_string()))
}

fn stroke(colour: Colour, width_mm: f64, dash_mm: Option<(f64, f64)>) -> String {
    let dash = dash_mm.map(|(on, off)| parameter("stroke-dasharray", &format!("{} {}", px(on), px(off))));
    format!(
        "<se:Stroke>{}{}{}</se:Stroke>",
        parameter("stroke", &colour.to_string()),
        parameter("stroke-width", &px(width_mm)),
        dash.unwrap_or_default()
    )
}

/// A line round an area: colour, width and dashes (on, off) in millimetres.
type Outline = (Colour, f64, Option<(f64, f64)>);

fn area(ground: Option<Colour>, outline: Option<Outline>) -> String {
    let ground = ground.map(fill).unwrap_or_default();
    let outline = outline.map(|(colour, width, dash)| stroke(colour, width, dash)).unwrap_or_default();
    format!("<se:PolygonSymbolizer>{ground}{outline}</se:PolygonSymbolizer>\n")
}

/// A mark; on an area it stands on the area's middle.
fn marker(shape: &str, colour: Colour, size_mm: f64, rim: Colour, rim_mm: f64) -> String {
    let rim = if rim_mm > 0.0 { stroke(rim, rim_mm, None) } else { String::new() };
    let mark = format!("<se:Mark><se:WellKnownName>{shape}</se:WellKnownName>{}{rim}</se:Mark>", fill(colour));
    format!(
        "<se:PointSymbolizer><se:Graphic>{mark}<se:Size>{}</se:Size></se:Graphic></se:PointSymbolizer>\n",
        px(size_mm)
    )
}

/// The ink of a pattern over an area, without a ground.
fn hatch(pattern: &Pattern) -> String {
    let turns: &[f64] = match pattern.kind {
        PatternKind::Cross => &[0.0, 90.0],
        PatternKind::Lines | PatternKind::Dots => &[0.0],
    };
    let mut out = String::new();
    for turn in turns {
        let graphic = if pattern.kind == PatternKind::Dots {
            // Marks of a fill stand side by side: the room between dots belongs to a drawing. The schema lets no other vocabulary in
            // as elements, so it is written in base 64. A reader that takes no such drawing takes the mark: without one, QGIS 3.22
            // fills the whole area with grey.
            let step = px(pattern.spacing_mm);
            let dot = format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{step}\" height=\"{step}\" viewBox=\"-0.5 -0.5 1 1\">\
                 <circle r=\"{:.3}\" fill=\"{}\"/></svg>",
                pattern.width_mm / pattern.spacing_mm / 2.0,
                pattern.colour
            );
            format!(
                "<se:ExternalGraphic><se:InlineContent encoding=\"base64\">{}</se:InlineContent>\
                 <se:Format>image/svg+xml</se:Format></se:ExternalGraphic>\
                 <se:Mark><se:WellKnownName>shape://dot</se:WellKnownName>{}</se:Mark><se:Size>{step}</se:Size>",
                STANDARD.encode(dot),
                stroke(pattern.colour, pattern.width_mm, None),
            )
        } else {
            // Clockwise, where the style counts the other way round.
            let angle = (-(pattern.angle_deg + turn)).rem_euclid(180.0);
            format!(
                "<se:Mark><se:WellKnownName>horline</se:WellKnownName>{}</se:Mark><se:Size>{}</se:Size>\
                 <se:Rotation><ogc:Literal>{angle}</ogc:Literal></se:Rotation>",
                stroke(pattern.colour, pattern.width_mm, None),
                px(pattern.spacing_mm)
            )
        };
        let _ = writeln!(
            out,
            "<se:PolygonSymbolizer><se:Fill><se:GraphicFill><se:Graphic>{graphic}</se:Graphic></se:GraphicFill></se:Fill></se:PolygonSymbolizer>"
        );
    }
    out
}

fn label(field: &str) -> String {
    format!(
        "<se:TextSymbolizer><se:Label><ogc:PropertyName>{}</ogc:PropertyName></se:Label><se:Font>{}{}</se:Font>\
         <se:Halo><se:Radius>1</se:Radius>{}</se:Halo>{}</se:TextSymbolizer>\n",
        escape(field),
        parameter("font-family", "Roboto Condensed"),
        parameter("font-size", "10"),
        fill(Colour::WHITE),
        fill(Colour { r: 26, g: 26, b: 26 })
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Styles;

    fn written(style: &Style, lang: Lang) -> String {
        let geometry = if style.mark == Mark::Point { QmlGeometry::Point } else { QmlGeometry::Polygon };
        sld(style, geometry, &style.id, lang)
    }

    /// What stands in an element, in the order of the schema of Symbology Encoding 1.1; what comes more than once is said once.
    const ORDER: [(&str, &[&str]); 9] = [
        ("StyledLayerDescriptor", &["NamedLayer"]),
        ("NamedLayer", &["Name", "UserStyle"]),
        ("UserStyle", &["Name", "Description", "FeatureTypeStyle"]),
        ("FeatureTypeStyle", &["Rule"]),
        (
            "Rule",
            &["Name", "Description", "Filter", "ElseFilter", "PolygonSymbolizer", "PointSymbolizer", "TextSymbolizer"],
        ),
        ("PolygonSymbolizer", &["Fill", "Stroke"]),
        ("Graphic", &["ExternalGraphic", "Mark", "Size", "Rotation"]),
        ("Mark", &["WellKnownName", "Fill", "Stroke"]),
        ("TextSymbolizer", &["Label", "Font", "Halo", "Fill"]),
    ];

    #[test]
    fn every_style_has_its_elements_in_the_order_of_the_schema() {
        use quick_xml::events::Event;
        let styles = Styles::load(None).expect("the shipped styles");
        for style in styles.ids().map(|id| styles.get(id).expect("listed")) {
            for lang in [Lang::Fr, Lang::En] {
                let text = written(style, lang);
                let mut reader = quick_xml::Reader::from_str(&text);
                let mut open: Vec<(String, usize)> = Vec::new();
                let mut symbolised = 0;
                loop {
                    let event = reader.read_event().expect("well-formed");
                    let (element, empty) = match &event {
                        Event::Start(e) => (e.clone(), false),
                        Event::Empty(e) => (e.clone(), true),
                        Event::End(_) => {
                            open.pop();
                            continue;
                        }
                        Event::Eof => break,
                        _ => continue,
                    };
                    let name = AsRef::<str>::as_ref(&element.local_name()).to_owned();
                    symbolised += usize::from(name.ends_with("Symbolizer"));
                    if let Some((parent, at)) = open.last_mut()
                        && let Some((_, order)) = ORDER.iter().find(|(p, _)| p == parent)
                    {
                        let here = order.iter().position(|n| *n == name);
                        assert!(here.is_some_and(|h| h >= *at), "{}: {name} in {parent}", style.id);
                        *at = here.unwrap_or(0);
                    }
                    if !empty {
                        open.push((name, 0));
                    }
                }
                assert!(symbolised > 0, "{}", style.id);
            }
        }
    }

    #[test]
    fn every_class_and_every_status_has_a_rule_of_its_own_and_no_rule_reads_a_number() {
        let styles = Styles::load(None).expect("the shipped styles");
        for id in ["risk-communes", "violations-cercles"] {
            let style = styles.get(id).expect("a style");
            let text = written(style, Lang::Fr);
            for class in &style.classes {
                assert!(text.contains(&format!("<se:Name>class-{}</se:Name>", class.number)), "{id}");
            }
            for status in &style.statuses {
                assert!(text.contains(&format!("<se:Name>{}</se:Name>", status.status)), "{id} {}", status.status);
            }
            assert!(!text.contains("<ogc:PropertyName>value</ogc:PropertyName><ogc:Literal>"), "{id}");
            assert!(text.contains("Non couverte par le monitoring"));
        }
    }
}
