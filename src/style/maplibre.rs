//! A style as MapLibre GL JS reads it (style specification, version 8), over Vigie's own vector tiles.
//!
//! Each status is a layer of its own, so that none is ever drawn as another; a class comes from the feature's `class`,
//! never from its number. The only text is the names of units, beside their circles: values are for the page around the map.

use serde_json::{Value, json};

use super::layer::{Mark, Match, StatusSymbol, Style};
use crate::domain::Lang;

/// CSS pixels a millimetre of the styles: 96 an inch, as on raster tiles.
const PX_PER_MM: f64 = 96.0 / 25.4;
/// Behind everything: neither white (a symbol's ground) nor the grey of a missing report.
const BACKGROUND: &str = "#EAEEF1";
/// Outline of units under circles.
const UNIT_OUTLINE: &str = "#8C8C8C";
const NAME_INK: &str = "#1A1A1A";

/// What a style points at.
#[derive(Debug, Clone, PartialEq)]
pub struct StyleSources {
    /// The layer's id, which its tiles carry.
    pub layer: String,
    /// The address of its tiles with `{z}`, `{x}` and `{y}`.
    pub tiles: String,
    /// The address of its units' label points as GeoJSON, where circles stand.
    pub places: String,
    /// The address of the sprite, without its ending.
    pub sprite: String,
    /// The address of the glyphs, with `{fontstack}` and `{range}`.
    pub glyphs: String,
    /// Lowest zoom at which the units' names are written; none where the features are no units.
    pub names_from_zoom: Option<f64>,
    /// West, south, east, north of the layer, degrees.
    pub bounds: [f64; 4],
    /// Sources and licence.
    pub attribution: String,
    /// Highest zoom of the tiles.
    pub max_zoom: u8,
    /// Whether the features are points.
    pub points: bool,
}

/// The name of a status's picture in the sprite.
pub fn sprite_name(status: &str) -> String {
    format!("status-{status}")
}

/// The style document. `statuses` are the symbols of every status that a feature may have.
pub fn maplibre(style: &Style, statuses: &[StatusSymbol], from: &StyleSources, lang: Lang) -> Value {
    let [west, south, east, north] = from.bounds;
    let mut layers = vec![json!({"id": "background", "type": "background", "paint": {"background-color": BACKGROUND}})];
    if from.points {
        layers.push(points(style, &from.layer));
    } else {
        if style.mark != Mark::Line {
            grounds(&mut layers, style, statuses, &from.layer);
        }
        layers.push(outline(style, &from.layer));
        if style.mark == Mark::Circle {
            layers.push(circles(style));
        }
        layers.extend(from.names_from_zoom.map(|zoom| names(style, zoom)));
    }
    let mut sources = json!({"vigie": {
        "type": "vector", "tiles": [from.tiles], "minzoom": 0, "maxzoom": from.max_zoom, "bounds": from.bounds,
        "attribution": from.attribution,
    }});
    if (style.mark == Mark::Circle && !from.points) || from.names_from_zoom.is_some() {
        sources["places"] = json!({"type": "geojson", "data": from.places});
    }
    json!({
        "version": 8,
        "name": style.title(lang),
        "metadata": {"vigie:layer": from.layer, "vigie:counts": style.counts(lang)},
        "center": [f64::midpoint(west, east), f64::midpoint(south, north)],
        "zoom": 4,
        "sprite": from.sprite,
        "glyphs": from.glyphs,
        "sources": sources,
        "layers": layers,
    })
}

fn px(mm: f64) -> f64 {
    (mm * PX_PER_MM * 100.0).round() / 100.0
}

/// Areas: by class where the style fills, then by status.
fn grounds(layers: &mut Vec<Value>, style: &Style, statuses: &[StatusSymbol], layer: &str) {
    let fills = style.mark == Mark::Fill && !style.classes.is_empty();
    let mut add = |id: String, filter: Value, paint: Value| {
        layers.push(json!({
            "id": id, "type": "fill", "source": "vigie", "source-layer": layer, "filter": filter, "paint": paint,
        }));
    };
    if fills {
        for class in &style.classes {
            let filter = json!(["==", ["get", "class"], class.number]);
            let paint = json!({"fill-color": class.colour.to_string(), "fill-antialias": false});
            add(format!("class-{}", class.number), filter, paint);
        }
    }
    // Under circles a unit with a value stands on covered ground, unless it is not covered.
    let word = json!([
        "case",
        ["all", ["has", "status"], ["==", ["get", "outside_coverage"], true]],
        "not_covered",
        ["==", ["get", "status"], "value"],
        "zero",
        ["has", "status"],
        ["get", "status"],
        "unknown",
    ]);
    for symbol in statuses {
        let is = json!(["==", word, symbol.status]);
        let filter = if fills { json!(["all", ["!", ["has", "class"]], is]) } else { is };
        let paint = if symbol.pattern.is_some() {
            json!({"fill-pattern": sprite_name(&symbol.status)})
        } else {
            json!({"fill-color": symbol.fill.to_string(), "fill-antialias": false})
        };
        add(sprite_name(&symbol.status), filter, paint);
    }
}

fn outline(style: &Style, layer: &str) -> Value {
    let width = px(style.stroke_mm).max(0.4);
    // The stroke of a layer of circles is that of its circles.
    let colour = if style.mark == Mark::Circle { UNIT_OUTLINE.to_owned() } else { style.stroke.to_string() };
    let mut paint = json!({"line-color": colour, "line-width": width});
    if let Some((dash, gap)) = style.dash_mm {
        // In widths of the line.
        paint["line-dasharray"] = json!([px(dash) / width, px(gap) / width]);
    }
    json!({"id": "outline", "type": "line", "source": "vigie", "source-layer": layer, "paint": paint})
}

/// A value for each class, and another for what has none.
fn by_class(style: &Style, pick: &dyn Fn(&super::Class) -> Value, other: Value) -> Vec<Value> {
    let mut cases = vec![json!("match"), json!(["get", "class"])];
    cases.extend(style.classes.iter().flat_map(|c| [json!(c.number), pick(c)]));
    cases.push(other);
    cases
}

/// Pixels of the names: at the country's zoom and nearer.
const NAME_PX: (f64, f64) = (11.0, 14.0);

/// The names of the units, on their label points, or beside the circles that stand there.
fn names(style: &Style, from_zoom: f64) -> Value {
    let mut layout = json!({
        "text-field": ["coalesce", ["get", "name"], ""],
        "text-font": ["Roboto Regular"],
        "text-size": ["interpolate", ["linear"], ["zoom"], 5, NAME_PX.0, 9, NAME_PX.1],
        "text-padding": 4,
        "text-max-width": 8,
    });
    if style.mark == Mark::Circle {
        layout["text-variable-anchor"] = json!(["top", "bottom", "left", "right"]);
        // In heights of the text.
        let away = |c: &super::Class| json!((px(c.size_mm / 2.0) / NAME_PX.0 * 100.0).round() / 100.0 + 0.2);
        layout["text-radial-offset"] = json!(by_class(style, &away, json!(0.0)));
    }
    json!({
        "id": "names", "type": "symbol", "source": "places", "minzoom": from_zoom, "layout": layout,
        "paint": {"text-color": NAME_INK, "text-halo-color": "#FFFFFF", "text-halo-width": 1.25},
    })
}

fn circles(style: &Style) -> Value {
    let by_class = |pick: &dyn Fn(&super::Class) -> Value, other: Value| by_class(style, pick, other);
    json!({
        "id": "circles", "type": "circle", "source": "places",
        "filter": ["!=", ["get", "class"], null],
        // Small ones over large ones.
        "layout": {"circle-sort-key": ["-", 0, ["get", "class"]]},
        "paint": {
            "circle-radius": by_class(&|c| json!(px(c.size_mm / 2.0)), json!(0)),
            "circle-color": by_class(&|c| json!(c.colour.to_string()), json!("#000000")),
            "circle-stroke-color": style.stroke.to_string(),
            "circle-stroke-width": px(style.stroke_mm).max(0.4),
        },
    })
}

/// Points; several as one are larger and have no category.
fn points(style: &Style, layer: &str) -> Value {
    let radius = px(style.size_mm.max(1.0) / 2.0);
    let mut colour = vec![json!("case"), json!([">", ["get", "point_count"], 1]), json!(style.stroke.to_string())];
    for category in &style.categories {
        let is = match style.matching {
            Match::Equals => json!(["==", ["get", style.field], category.code]),
            Match::Contains => {
                let listed = json!(["concat", "|", ["coalesce", ["get", style.field], ""], "|"]);
                json!(["in", format!("|{}|", category.code), listed])
            }
        };
        colour.extend([is, json!(category.colour.to_string())]);
    }
    colour.push(json!(style.stroke.to_string()));
    json!({
        "id": "points", "type": "circle", "source": "vigie", "source-layer": layer,
        "paint": {
            "circle-radius": ["case", [">", ["get", "point_count"], 1], radius * 1.5, radius],
            "circle-color": colour,
            "circle-stroke-color": "#FFFFFF",
            "circle-stroke-width": 1,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Styles;

    fn written(id: &str, points: bool) -> (Style, Value) {
        let styles = Styles::load(None).expect("the shipped styles");
        let style = styles.get(id).expect("a style").clone();
        let from = StyleSources {
            layer: id.into(),
            tiles: "http://x/{z}/{x}/{y}.mvt".into(),
            places: "http://x/places".into(),
            sprite: "http://x/sprites/vigie".into(),
            glyphs: "http://x/glyphs/{fontstack}/{range}.pbf".into(),
            names_from_zoom: (!points).then_some(5.0),
            bounds: [-12.3, 10.1, 4.3, 25.0],
            attribution: String::new(),
            max_zoom: 14,
            points,
        };
        let value = maplibre(&style, styles.statuses(), &from, Lang::Fr);
        (style, value)
    }

    fn ids(value: &Value) -> Vec<&str> {
        value["layers"].as_array().expect("layers").iter().filter_map(|l| l["id"].as_str()).collect()
    }

    #[test]
    fn every_class_and_every_status_has_a_layer_of_its_own() {
        let (style, value) = written("risk-communes", false);
        let ids = ids(&value);
        for class in &style.classes {
            assert!(ids.contains(&format!("class-{}", class.number).as_str()), "{ids:?}");
        }
        for word in ["zero", "covered_no_report", "not_covered", "unknown", "suppressed", "not_yet_elapsed"] {
            assert!(ids.contains(&sprite_name(word).as_str()), "{word}");
        }
    }

    #[test]
    fn an_absence_with_a_pattern_is_drawn_by_its_picture_and_no_filter_reads_a_number() {
        let (_, value) = written("violations-cercles", false);
        let layers = value["layers"].as_array().expect("layers");
        let hatched = layers.iter().find(|l| l["id"] == "status-not_covered").expect("a layer");
        assert_eq!(hatched["paint"]["fill-pattern"], "status-not_covered");
        assert!(!value["layers"].to_string().contains("[\"get\",\"value\"]"), "a filter on the property value");
        assert_eq!(value["sources"]["places"]["data"], "http://x/places");
    }

    #[test]
    fn names_of_units_lie_over_everything_and_stand_off_their_circles() {
        for (id, circles) in [("risk-communes", false), ("violations-cercles", true)] {
            let (_, value) = written(id, false);
            assert_eq!(ids(&value).last(), Some(&"names"), "{id}");
            let names = value["layers"].as_array().expect("layers").last().expect("a layer");
            assert_eq!(names["layout"]["text-radial-offset"].is_array(), circles, "{id}");
            assert_eq!(value["sources"]["places"]["data"], "http://x/places");
        }
        let (_, value) = written("alerts", true);
        assert!(!ids(&value).contains(&"names") && value["sources"]["places"].is_null());
    }

    #[test]
    fn categories_that_are_listed_are_found_as_whole_words() {
        let (_, value) = written("alerts", true);
        assert!(value["layers"].to_string().contains("|village_attack|"));
        assert_eq!(ids(&value), ["background", "points"]);
    }
}
