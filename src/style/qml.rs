//! A style as QGIS 3.22 and later read it: rules on the integer field `class` and the text field `status`, so that a
//! feature without a number is drawn by the symbol of its own absence.

use std::fmt::Write as _;

use super::colour::Colour;
use super::layer::{Mark, Match, Pattern, PatternKind, Shape, StatusSymbol, Style};
use crate::domain::Lang;

/// The geometry of the layer in QGIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QmlGeometry {
    /// Polygons: areas filled, or circles inside them.
    Polygon,
    /// Points.
    Point,
}

/// An outline: colour, width and dash in millimetres.
type Outline = (Colour, f64, Option<(f64, f64)>);

/// Outline of units under circles: there to be seen, not looked at.
const UNIT_OUTLINE: Colour = Colour { r: 140, g: 140, b: 140 };

/// A whole `.qml` document: to be loaded on a layer by hand.
pub fn qml(style: &Style, geometry: QmlGeometry, lang: Lang) -> String {
    format!(
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.22.0\" \
         styleCategories=\"Symbology|Labeling\" labelsEnabled=\"{}\">\n{}</qgis>\n",
        u8::from(style.label_field.is_some()),
        qml_body(style, geometry, lang)
    )
}

/// The elements `renderer-v2`, `labeling` (where the layer has labels), `blendMode` and `layerOpacity`, as they stand in a
/// `.qml` and, the same, inside the `maplayer` of a `.qlr` or project. (Labels show where `maplayer` or `qgis` says
/// `labelsEnabled="1"`.)
pub fn qml_body(style: &Style, geometry: QmlGeometry, lang: Lang) -> String {
    let rules = rules(style, geometry, lang);
    let labels = style.label_field.as_deref().map(|field| labeling(field, geometry)).unwrap_or_default();
    format!("{}{labels}<blendMode>0</blendMode>\n<layerOpacity>1</layerOpacity>\n", rules.finish())
}

/// The `renderer` element of a layer of vector tiles whose source layer is `layer`: the same rules and symbols, one after the other.
/// Circles stand on the label points of `places`, another layer of the same tiles: an area that a tile's edge cuts has a middle on
/// either side, a label point is one.
pub fn qml_tiles(style: &Style, geometry: QmlGeometry, lang: Lang, layer: &str, places: &str) -> String {
    let mut styles = rules(style, geometry, lang).tiles;
    // Drawn in this order, whatever the symbols' passes say: circles come over their grounds.
    if geometry == QmlGeometry::Polygon && style.mark == Mark::Circle {
        styles.reverse();
    }
    let written = styles.iter().map(|(on, rest)| {
        let (layer, number) = match (geometry, on) {
            (QmlGeometry::Point, _) => (layer, 0),
            (_, On::Places) => (places, 0),
            (_, On::Features) => (layer, 2),
        };
        format!(
            "<style layer=\"{}\" geometry=\"{number}\" enabled=\"1\" min-zoom=\"-1\" max-zoom=\"-1\" {rest}",
            escape(layer)
        )
    });
    format!(
        "<renderer type=\"basic\">\n<data-source/>\n<styles>\n{}</styles>\n</renderer>\n",
        written.collect::<String>()
    )
}

fn rules(style: &Style, geometry: QmlGeometry, lang: Lang) -> Rules {
    let mut rules = Rules::default();
    match (geometry, style.mark) {
        (QmlGeometry::Point, _) => point_rules(&mut rules, style, lang),
        (_, Mark::Line | Mark::Point) => {
            let outline = simple_fill(None, Some((style.stroke, style.stroke_mm, style.dash_mm)), 0);
            rules.add("", style.title(lang), "fill", &outline);
        }
        (_, Mark::Circle) => circle_rules(&mut rules, style, lang),
        (_, Mark::Fill) => fill_rules(&mut rules, style, lang),
    }
    rules
}

/// Rules and their symbols, numbered alike.
#[derive(Default)]
struct Rules {
    list: String,
    symbols: String,
    /// The same as styles of vector tiles, from their second attribute on.
    tiles: Vec<(On, String)>,
    count: usize,
}

/// What of a tile a style draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    /// The layer's own features.
    Features,
    /// The label points of its units.
    Places,
}

impl Rules {
    /// A rule with its symbol, the same in tiles; an empty filter takes every feature.
    fn add(&mut self, filter: &str, label: &str, kind: &str, layers: &str) {
        self.add_to_tiles(On::Features, filter, label, kind, layers);
        self.add_to_features(filter, label, kind, layers);
    }

    fn add_to_tiles(&mut self, on: On, filter: &str, label: &str, kind: &str, layers: &str) {
        let written = format!(
            "name=\"{}\" expression=\"{}\"><symbols>{}</symbols></style>\n",
            escape(label),
            escape(filter),
            symbol(kind, "0", &layers.replace("@SYMBOL@", "0"))
        );
        self.tiles.push((on, written));
    }

    fn add_to_features(&mut self, filter: &str, label: &str, kind: &str, layers: &str) {
        let n = self.count;
        let filter = if filter.is_empty() { String::new() } else { format!(" filter=\"{}\"", escape(filter)) };
        let _ = writeln!(self.list, "<rule key=\"rule{n}\" symbol=\"{n}\"{filter} label=\"{}\"/>", escape(label));
        let layers = layers.replace("@SYMBOL@", &n.to_string());
        let _ = writeln!(self.symbols, "{}", symbol(kind, &n.to_string(), &layers));
        self.count += 1;
    }

    fn finish(self) -> String {
        format!(
            "<renderer-v2 type=\"RuleRenderer\" symbollevels=\"1\" forceraster=\"0\" enableorderby=\"0\" referencescale=\"-1\">\n\
             <rules key=\"rules\">\n{}</rules>\n<symbols>\n{}</symbols>\n</renderer-v2>\n",
            self.list, self.symbols
        )
    }
}

/// Whether a value came from a unit that was not covered; the field may arrive as a flag or as text.
const OUTSIDE: &str = "coalesce(to_string(\"outside_coverage\"), 'false') IN ('true', '1')";

fn status_filter(status: &str) -> String {
    if status == "unknown" {
        // A feature that does not say is not known.
        "coalesce(\"status\", 'unknown') = 'unknown'".to_owned()
    } else {
        format!("\"status\" = '{status}'")
    }
}

fn status_rules(rules: &mut Rules, style: &Style, lang: Lang) {
    for s in &style.statuses {
        let unclassed = format!("{} AND \"class\" IS NULL", status_filter(&s.status));
        rules.add(&unclassed, s.label(lang), "fill", &status_layers(s, 0));
    }
}

fn circle_rules(rules: &mut Rules, style: &Style, lang: Lang) {
    // The highest class first in the legend would read downwards; QGIS lists rules in order: lowest first, as printed.
    for class in &style.classes {
        let marker = simple_marker("circle", class.colour, class.size_mm, style.stroke, style.stroke_mm);
        // Larger circles first, so that they never hide smaller ones: the highest class has the lowest pass.
        let pass = 2 + style.classes.len() - usize::from(class.number);
        let layer = properties_layer(
            "CentroidFill",
            pass,
            &[
                ("point_on_surface", "1"),
                ("point_on_all_parts", "0"),
                ("clip_points", "0"),
                ("clip_on_current_part_only", "0"),
            ],
            &symbol("marker", "@@SYMBOL@@0", &marker),
        );
        let filter = format!("\"class\" = {}", class.number);
        rules.add_to_features(&filter, class.label(lang), "fill", &layer);
        rules.add_to_tiles(On::Places, &filter, class.label(lang), "marker", &marker);
    }
    if let Some(covered) = style.status("zero") {
        let label = lang.pick("Couverte, rapport reçu", "Covered, report received");
        rules.add(&format!("\"class\" IS NOT NULL AND NOT ({OUTSIDE})"), label, "fill", &status_layers(covered, 0));
    }
    if let Some(uncovered) = style.status("not_covered") {
        let label = lang.pick("Signalement d’une unité non couverte", "Reported from a unit not covered");
        rules.add(&format!("\"class\" IS NOT NULL AND {OUTSIDE}"), label, "fill", &status_layers(uncovered, 0));
    }
    status_rules(rules, style, lang);
}

fn fill_rules(rules: &mut Rules, style: &Style, lang: Lang) {
    for class in &style.classes {
        let fill = simple_fill(Some(class.colour), Some((style.stroke, style.stroke_mm, None)), 0);
        rules.add(&format!("\"class\" = {}", class.number), class.label(lang), "fill", &fill);
    }
    if let Some(pattern) = style.status("not_covered").and_then(|s| s.pattern.as_ref()) {
        let label = lang.pick("Signalement d’une unité non couverte", "Reported from a unit not covered");
        rules.add(&format!("\"class\" IS NOT NULL AND {OUTSIDE}"), label, "fill", &pattern_layers(pattern, 0, 1));
    }
    status_rules(rules, style, lang);
}

fn point_rules(rules: &mut Rules, style: &Style, lang: Lang) {
    let shape = match style.shape {
        Shape::Circle => "circle",
        Shape::Triangle => "triangle",
        Shape::Square => "square",
    };
    let field = style.field.replace('"', "");
    let mut filters = Vec::new();
    for category in &style.categories {
        let code = category.code.replace('\'', "''");
        let filter = match style.matching {
            Match::Equals => format!("\"{field}\" = '{code}'"),
            Match::Contains => format!("coalesce(to_string(\"{field}\"), '') LIKE '%{code}%'"),
        };
        let marker = simple_marker(shape, category.colour, style.size_mm, style.stroke, style.stroke_mm);
        rules.add(&filter, lang.pick(&category.label_fr, &category.label_en), "marker", &marker);
        filters.push(format!("coalesce({filter}, false)"));
    }
    // What no category takes is still there: drawn plain, never dropped.
    let rest = if filters.is_empty() { String::new() } else { format!("NOT ({})", filters.join(" OR ")) };
    let grey = Colour { r: 128, g: 128, b: 128 };
    let marker = simple_marker(shape, grey, style.size_mm, style.stroke, style.stroke_mm);
    let other = lang.pick("Autre ou non précisé", "Other or not stated");
    let label = if filters.is_empty() { style.title(lang) } else { other };
    rules.add_to_features(&rest, label, "marker", &marker);
    // Tiles of low zooms have several points as one, which is of no category.
    let alone = "coalesce(\"point_count\", 1) = 1";
    let rest = if rest.is_empty() { alone.to_owned() } else { format!("{alone} AND {rest}") };
    rules.add_to_tiles(On::Features, &rest, label, "marker", &marker);
    let several = simple_marker("circle", style.stroke, style.size_mm * 1.5, Colour::WHITE, style.stroke_mm);
    let label = lang.pick("Plusieurs au même endroit", "Several in one place");
    rules.add_to_tiles(On::Features, "\"point_count\" > 1", label, "marker", &several);
}

/// Ground and pattern of a status.
fn status_layers(s: &StatusSymbol, pass: usize) -> String {
    let ground = simple_fill(Some(s.fill), Some((UNIT_OUTLINE, 0.1, None)), pass);
    let pattern = s.pattern.as_ref().map(|p| pattern_layers(p, 1, pass)).unwrap_or_default();
    format!("{ground}{pattern}")
}

/// The layers of a pattern; `first` is the position of the first of them in its symbol.
fn pattern_layers(pattern: &Pattern, first: usize, pass: usize) -> String {
    let mm = |x: f64| format!("{x}");
    match pattern.kind {
        PatternKind::Dots => {
            let marker = simple_marker("circle", pattern.colour, pattern.width_mm, pattern.colour, 0.0);
            properties_layer(
                "PointPatternFill",
                pass,
                &[
                    ("distance_x", &mm(pattern.spacing_mm)),
                    ("distance_x_unit", "MM"),
                    ("distance_y", &mm(pattern.spacing_mm)),
                    ("distance_y_unit", "MM"),
                ],
                &symbol("marker", &format!("@@SYMBOL@@{first}"), &marker),
            )
        }
        PatternKind::Lines | PatternKind::Cross => {
            let angles: &[f64] = if pattern.kind == PatternKind::Cross { &[0.0, 90.0] } else { &[0.0] };
            let mut layers = String::new();
            for (k, turn) in angles.iter().enumerate() {
                let line = properties_layer(
                    "SimpleLine",
                    0,
                    &[
                        ("line_color", &pattern.colour.qgis()),
                        ("line_style", "solid"),
                        ("line_width", &mm(pattern.width_mm)),
                        ("line_width_unit", "MM"),
                        ("capstyle", "flat"),
                    ],
                    "",
                );
                layers += &properties_layer(
                    "LinePatternFill",
                    pass,
                    &[
                        ("angle", &mm((pattern.angle_deg + turn).rem_euclid(180.0))),
                        ("distance", &mm(pattern.spacing_mm)),
                        ("distance_unit", "MM"),
                        ("color", &pattern.colour.qgis()),
                        ("line_width", &mm(pattern.width_mm)),
                        ("line_width_unit", "MM"),
                    ],
                    &symbol("line", &format!("@@SYMBOL@@{}", first + k), &line),
                );
            }
            layers
        }
    }
}

fn simple_fill(fill: Option<Colour>, outline: Option<Outline>, pass: usize) -> String {
    let (colour, width, dash) = outline.unwrap_or((Colour::WHITE, 0.0, None));
    let style = match (outline, dash) {
        (None, _) => "no",
        (_, Some(_)) => "dash",
        _ => "solid",
    };
    properties_layer(
        "SimpleFill",
        pass,
        &[
            ("color", &fill.unwrap_or(Colour::WHITE).qgis()),
            ("style", if fill.is_some() { "solid" } else { "no" }),
            ("outline_color", &colour.qgis()),
            ("outline_style", style),
            ("outline_width", &width.to_string()),
            ("outline_width_unit", "MM"),
            ("joinstyle", "round"),
        ],
        "",
    )
}

fn simple_marker(shape: &str, fill: Colour, size_mm: f64, stroke: Colour, stroke_mm: f64) -> String {
    properties_layer(
        "SimpleMarker",
        0,
        &[
            ("name", shape),
            ("color", &fill.qgis()),
            ("outline_color", &stroke.qgis()),
            ("outline_style", if stroke_mm > 0.0 { "solid" } else { "no" }),
            ("outline_width", &stroke_mm.to_string()),
            ("outline_width_unit", "MM"),
            ("size", &size_mm.to_string()),
            ("size_unit", "MM"),
            ("scale_method", "diameter"),
            ("horizontal_anchor_point", "1"),
            ("vertical_anchor_point", "1"),
        ],
        "",
    )
}

fn symbol(kind: &str, name: &str, layers: &str) -> String {
    format!(
        "<symbol type=\"{kind}\" name=\"{name}\" alpha=\"1\" clip_to_extent=\"1\" force_rhr=\"0\">\n{layers}</symbol>"
    )
}

fn properties_layer(class: &str, pass: usize, properties: &[(&str, &str)], inner: &str) -> String {
    let mut out =
        format!("<layer class=\"{class}\" enabled=\"1\" locked=\"0\" pass=\"{pass}\">\n<Option type=\"Map\">\n");
    for (name, value) in properties {
        let _ = writeln!(out, "<Option type=\"QString\" name=\"{name}\" value=\"{}\"/>", escape(value));
    }
    let _ = writeln!(out, "</Option>{inner}</layer>");
    out
}

fn labeling(field: &str, geometry: QmlGeometry) -> String {
    let field = escape(field);
    // Inside the polygon, over the point; numbers of absences do not exist, so nothing is written for them.
    let placement = match geometry {
        QmlGeometry::Polygon => {
            "placement=\"1\" centroidWhole=\"1\" centroidInside=\"1\" quadOffset=\"4\" fitInPolygonOnly=\"0\""
        }
        QmlGeometry::Point => "placement=\"0\" dist=\"1\" distUnits=\"MM\"",
    };
    format!(
        "<labeling type=\"simple\">\n<settings calloutType=\"simple\">\n\
         <text-style fieldName=\"{field}\" isExpression=\"0\" fontFamily=\"Roboto Condensed\" fontSize=\"8\" fontSizeUnit=\"Point\" \
         fontSizeMapUnitScale=\"3x:0,0,0,0,0,0\" textColor=\"26,26,26,255\" textOpacity=\"1\" fontWeight=\"50\" fontItalic=\"0\" \
         fontUnderline=\"0\" fontStrikeout=\"0\" fontLetterSpacing=\"0\" fontWordSpacing=\"0\" multilineHeight=\"1\" namedStyle=\"\" \
         blendMode=\"0\" capitalization=\"0\" useSubstitutions=\"0\" textOrientation=\"horizontal\" previewBkgrdColor=\"255,255,255,255\">\n\
         <families><family name=\"Roboto Condensed\"/><family name=\"Open Sans\"/><family name=\"Sans Serif\"/></families>\n\
         <text-buffer bufferDraw=\"1\" bufferSize=\"0.6\" bufferSizeUnits=\"MM\" bufferSizeMapUnitScale=\"3x:0,0,0,0,0,0\" \
         bufferColor=\"255,255,255,255\" bufferOpacity=\"0.85\" bufferNoFill=\"1\" bufferJoinStyle=\"128\" bufferBlendMode=\"0\"/>\n\
         </text-style>\n<text-format multilineAlign=\"3\" wrapChar=\"\" autoWrapLength=\"0\" formatNumbers=\"0\"/>\n\
         <placement {placement} priority=\"5\" polygonPlacementFlags=\"2\" geometryGeneratorEnabled=\"0\"/>\n\
         <rendering drawLabels=\"1\" obstacle=\"0\" displayAll=\"0\" scaleVisibility=\"0\" fontLimitPixelSize=\"0\" labelPerPart=\"0\" \
         minFeatureSize=\"0\" limitNumLabels=\"0\" upsidedownLabels=\"0\" zIndex=\"0\"/>\n\
         </settings>\n</labeling>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Styles;

    fn geometry(style: &Style) -> QmlGeometry {
        if style.mark == Mark::Point { QmlGeometry::Point } else { QmlGeometry::Polygon }
    }

    #[test]
    fn every_style_is_well_formed_xml_and_every_rule_has_its_symbol() {
        let styles = Styles::load(None).expect("styles");
        for style in styles.ids().map(|id| styles.get(id).expect("listed")) {
            for lang in [Lang::Fr, Lang::En] {
                let text = qml(style, geometry(style), lang);
                assert!(!text.contains("@SYMBOL@"), "{}", style.id);
                let mut reader = quick_xml::Reader::from_str(&text);
                let (mut rules, mut symbols, mut depth) = (0, 0, 0_i32);
                loop {
                    use quick_xml::events::Event;
                    match reader.read_event().expect("well-formed") {
                        Event::Empty(e) if e.name().as_ref() == "rule" => rules += 1,
                        Event::Start(e) => {
                            depth += 1;
                            symbols += i32::from(e.name().as_ref() == "symbol" && depth == 4);
                        }
                        Event::End(_) => depth -= 1,
                        Event::Eof => break,
                        _ => {}
                    }
                }
                assert!(rules > 0 && rules == symbols, "{}: {rules} rules, {symbols} symbols", style.id);
            }
        }
    }

    #[test]
    fn an_absence_is_drawn_by_its_status_and_never_by_a_number() {
        let styles = Styles::load(None).expect("styles");
        let text = qml(styles.get("violations-communes").expect("a style"), QmlGeometry::Polygon, Lang::Fr);
        for word in ["not_covered", "covered_no_report", "suppressed", "not_yet_elapsed", "zero"] {
            assert!(text.contains(&format!("&quot;status&quot; = '{word}' AND &quot;class&quot; IS NULL")), "{word}");
        }
        assert!(text.contains("LinePatternFill") && text.contains("PointPatternFill"));
        assert!(!text.contains("&quot;class&quot; = 0"));
    }
}
