//! The legend of a layer as JSON and as SVG, with the number of units of each class and status.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::layer::{LegendEntry, Pattern, PatternKind, Shape, Style, Swatch};
use super::number::grouped;
use crate::domain::Lang;

/// CSS pixels a millimetre of the styles.
const PX_PER_MM: f64 = 96.0 / 25.4;
/// Sides of the drawing, pixels.
const WIDTH: f64 = 360.0;
const ROW: f64 = 26.0;
const SWATCH: (f64, f64) = (30.0, 18.0);

/// The lines, each with its symbol in words, its drawing and the number of features that it stands for.
pub fn legend_json(style: &Style, counts: &BTreeMap<String, u64>, lang: Lang) -> Value {
    style
        .legend(lang)
        .iter()
        .map(|entry| {
            let mut line = json!({
                "id": entry.id, "label": entry.label, "count": counts.get(&entry.id).copied().unwrap_or(0),
                "svg": swatch_svg(&entry.swatch),
            });
            let symbol = match &entry.swatch {
                Swatch::Fill(colour) => json!({"kind": "class", "colour": colour.to_string()}),
                Swatch::Status(status) => json!({"kind": "status", "colour": status.fill.to_string(), "pattern": status.pattern.as_ref().map(pattern_word)}),
                Swatch::Circle(colour, mm) => json!({"kind": "class", "colour": colour.to_string(), "size_mm": mm}),
                Swatch::Point(colour, _) => json!({"kind": "category", "colour": colour.to_string()}),
                Swatch::Line(colour, mm, _) => json!({"kind": "line", "colour": colour.to_string(), "width_mm": mm}),
            };
            if let (Some(line), Value::Object(symbol)) = (line.as_object_mut(), symbol) {
                line.extend(symbol);
            }
            line
        })
        .collect()
}

fn pattern_word(pattern: &Pattern) -> &'static str {
    match pattern.kind {
        PatternKind::Lines => "lines",
        PatternKind::Cross => "cross",
        PatternKind::Dots => "dots",
    }
}

/// The legend drawn: a title, what is counted, a line an entry.
pub fn legend_svg(style: &Style, heading: &str, counts: &BTreeMap<String, u64>, lang: Lang) -> String {
    let entries = style.legend(lang);
    let mut body = String::new();
    let mut y = 22.0;
    let _ = write!(body, "<text x=\"8\" y=\"{y}\" font-weight=\"bold\">{}</text>", escape(heading));
    let said = [style.counts(lang), style.method.map_or("", |m| m.label(lang))];
    let said: Vec<&str> = said.into_iter().filter(|text| !text.is_empty()).collect();
    for line in wrapped(&said.join(lang.pick("\u{a0}; ", "; ")), 56) {
        y += 17.0;
        let _ = write!(body, "<text x=\"8\" y=\"{y}\" font-size=\"12\">{}</text>", escape(&line));
    }
    y += 12.0;
    for entry in &entries {
        let height = row_height(entry);
        let top = y + (height - drawn_height(entry)) / 2.0;
        let _ = write!(body, "<g transform=\"translate(8 {top:.1})\">{}</g>", swatch(entry));
        let middle = y + height / 2.0 + 5.0;
        let _ = write!(body, "<text x=\"68\" y=\"{middle:.1}\">{}</text>", escape(&entry.label));
        let count = grouped(counts.get(&entry.id).copied().unwrap_or(0), lang);
        let right = WIDTH - 8.0;
        let _ = write!(body, "<text x=\"{right}\" y=\"{middle:.1}\" text-anchor=\"end\" fill=\"#444\">{count}</text>");
        y += height;
    }
    let height = y + 10.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height:.0}\" viewBox=\"0 0 {WIDTH} {height:.0}\" \
         font-family=\"Roboto, Helvetica, Arial, sans-serif\" font-size=\"13\" role=\"img\">\
         <title>{}</title><rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>{body}</svg>",
        escape(heading)
    )
}

fn drawn_height(entry: &LegendEntry) -> f64 {
    match &entry.swatch {
        Swatch::Circle(_, mm) => (mm * PX_PER_MM).max(4.0),
        _ => SWATCH.1,
    }
}

fn row_height(entry: &LegendEntry) -> f64 {
    (drawn_height(entry) + 6.0).max(ROW)
}

/// One symbol as a drawing of its own, as wide as the largest circle of the shipped styles.
fn swatch_svg(symbol: &Swatch) -> String {
    let entry = LegendEntry { id: "s".into(), label: String::new(), swatch: symbol.clone() };
    let height = drawn_height(&entry).max(SWATCH.1);
    let top = (height - drawn_height(&entry)) / 2.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"{height:.0}\" viewBox=\"-5 0 60 {height:.0}\"><g transform=\"translate(0 {top:.1})\">{}</g></svg>",
        swatch(&entry)
    )
}

/// The symbol with its upper edge at 0, in the middle of 50 pixels.
fn swatch(entry: &LegendEntry) -> String {
    let (w, h) = SWATCH;
    let x = 10.0;
    let cell = |fill: &str| {
        format!(
            "<rect x=\"{x}\" width=\"{w}\" height=\"{h}\" fill=\"{fill}\" stroke=\"#8C8C8C\" stroke-width=\"0.6\"/>"
        )
    };
    match &entry.swatch {
        Swatch::Fill(colour) => cell(&colour.to_string()),
        Swatch::Status(status) => {
            let ground = cell(&status.fill.to_string());
            match &status.pattern {
                None => ground,
                Some(p) => {
                    format!("{}{ground}{}", pattern_svg(&status.status, p), cell(&format!("url(#p-{})", status.status)))
                }
            }
        }
        Swatch::Circle(colour, mm) => {
            let r = (mm * PX_PER_MM / 2.0).max(2.0);
            format!(
                "<circle cx=\"25\" cy=\"{r:.1}\" r=\"{r:.1}\" fill=\"{colour}\" stroke=\"#5A5A5A\" stroke-width=\"0.6\"/>"
            )
        }
        Swatch::Point(colour, Shape::Circle) => format!("<circle cx=\"25\" cy=\"9\" r=\"5\" fill=\"{colour}\"/>"),
        Swatch::Point(colour, Shape::Square) => {
            format!("<rect x=\"20\" y=\"4\" width=\"10\" height=\"10\" fill=\"{colour}\"/>")
        }
        Swatch::Point(colour, Shape::Triangle) => format!("<path d=\"M25 3L31 14H19Z\" fill=\"{colour}\"/>"),
        Swatch::Line(colour, mm, dash) => {
            let dash = dash.map_or_else(String::new, |(on, off)| {
                format!(" stroke-dasharray=\"{:.1} {:.1}\"", on * PX_PER_MM, off * PX_PER_MM)
            });
            let width = (mm * PX_PER_MM).max(0.6);
            format!("<path d=\"M10 9H40\" stroke=\"{colour}\" stroke-width=\"{width:.2}\"{dash}/>")
        }
    }
}

fn pattern_svg(id: &str, pattern: &Pattern) -> String {
    let step = pattern.spacing_mm * PX_PER_MM;
    let width = (pattern.width_mm * PX_PER_MM).max(0.6);
    let colour = pattern.colour;
    let ink = match pattern.kind {
        PatternKind::Lines => {
            format!("<path d=\"M0 0H{step:.2}\" stroke=\"{colour}\" stroke-width=\"{:.2}\"/>", width * 2.0)
        }
        PatternKind::Cross => format!(
            "<path d=\"M0 0H{step:.2}M0 0V{step:.2}\" stroke=\"{colour}\" stroke-width=\"{:.2}\"/>",
            width * 2.0
        ),
        PatternKind::Dots => {
            format!("<circle cx=\"{0:.2}\" cy=\"{0:.2}\" r=\"{1:.2}\" fill=\"{colour}\"/>", step / 2.0, width / 2.0)
        }
    };
    format!(
        "<pattern id=\"p-{id}\" width=\"{step:.2}\" height=\"{step:.2}\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate({})\">{ink}</pattern>",
        -pattern.angle_deg
    )
}

/// Lines of at most so many characters, broken at spaces.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Styles;

    #[test]
    fn no_circle_is_wider_than_the_drawing_of_its_own() {
        let styles = Styles::load(None).expect("the shipped styles");
        for style in styles.ids().filter_map(|id| styles.get(id)) {
            for entry in style.legend(Lang::Fr) {
                if let Swatch::Circle(_, mm) = entry.swatch {
                    assert!(mm * PX_PER_MM + 0.6 <= 60.0, "{} {}", style.id, entry.id);
                }
            }
        }
    }

    #[test]
    fn a_legend_names_every_class_and_status_with_its_count() {
        let styles = Styles::load(None).expect("the shipped styles");
        let style = styles.get("risk-communes").expect("a style");
        let counts = BTreeMap::from([("class-3".to_owned(), 12), ("not_covered".to_owned(), 1_500)]);
        let lines = legend_json(style, &counts, Lang::Fr);
        let lines = lines.as_array().expect("lines");
        assert_eq!(lines.len(), style.classes.len() + style.statuses.len());
        let line = |id: &str| lines.iter().find(|l| l["id"] == id).expect("a line");
        assert_eq!(line("class-3")["count"], 12);
        assert_eq!(line("not_covered")["pattern"], "lines");
        let svg = legend_svg(style, "A < B", &counts, Lang::Fr);
        assert!(svg.contains("A &lt; B") && svg.contains(&grouped(1_500, Lang::Fr)), "{svg}");
    }
}
