//! One layer's style: classes, symbols of absence, legend.

use crate::domain::Lang;

use super::colour::Colour;
use super::number::grouped;
use serde::Deserialize;

/// What carries the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// The unit's area is coloured.
    Fill,
    /// A circle stands in the unit; its area is coloured by the status alone.
    Circle,
    /// Outlines only.
    Line,
    /// A marker at the feature's place.
    Point,
}

/// The shape of a point marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A circle.
    #[default]
    Circle,
    /// A triangle, point upwards.
    Triangle,
    /// A square.
    Square,
}

/// How the breaks between classes were found. Said in every legend: the same values broken otherwise make another map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassMethod {
    /// Round numbers or thresholds fixed beforehand.
    Fixed,
    /// Natural breaks, exact (Fisher 1958, Jenks 1977): the least sum of squares within classes.
    FisherJenks,
    /// As many units in each class.
    Quantile,
    /// Classes of equal width.
    Equal,
    /// Head/tail breaks (Jiang 2013): above the mean, again and again.
    HeadTail,
    /// Largest values of the classes given by hand.
    Manual,
}

impl ClassMethod {
    /// Its name in a legend: « classes fixes ».
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Fixed => lang.pick("classes fixes", "fixed classes"),
            Self::FisherJenks => lang.pick("seuils naturels de Fisher-Jenks", "Fisher-Jenks natural breaks"),
            Self::Quantile => lang.pick("quantiles", "quantiles"),
            Self::Equal => lang.pick("intervalles égaux", "equal intervals"),
            Self::HeadTail => lang.pick("seuils tête/queue", "head/tail breaks"),
            Self::Manual => lang.pick("seuils choisis à la main", "breaks chosen by hand"),
        }
    }

    /// Its word in a style's file and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::FisherJenks => "fisher-jenks",
            Self::Quantile => "quantile",
            Self::Equal => "equal",
            Self::HeadTail => "head-tail",
            Self::Manual => "manual",
        }
    }
}

/// How a category's code is found in its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// The field is the code.
    #[default]
    Equals,
    /// The field lists several codes.
    Contains,
}

/// The kinds of pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PatternKind {
    /// Parallel lines.
    Lines,
    /// Two families of lines at right angles.
    Cross,
    /// Dots on a square grid.
    Dots,
}

/// A pattern over a fill; distances in millimetres on paper.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Lines, crossed lines or dots.
    pub kind: PatternKind,
    /// Direction of the lines, degrees counter-clockwise from the horizontal.
    #[serde(default)]
    pub angle_deg: f64,
    /// Distance between neighbouring lines or dots, millimetres, more than 0.
    pub spacing_mm: f64,
    /// Width of the lines or diameter of the dots, millimetres, more than 0.
    pub width_mm: f64,
    /// Ink of the pattern.
    pub colour: Colour,
}

/// How a status that carries no class is drawn.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusSymbol {
    /// The status word of the contract: `not_covered`…
    pub status: String,
    /// Ground colour.
    pub fill: Colour,
    /// Pattern over it.
    #[serde(default)]
    pub pattern: Option<Pattern>,
    /// French label.
    pub label_fr: String,
    /// English label.
    pub label_en: String,
}

impl StatusSymbol {
    /// The label in a language.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_fr, &self.label_en)
    }
}

/// One class of values.
#[derive(Debug, Clone, PartialEq)]
pub struct Class {
    /// Its number, 1 lowest: the `class` property of features.
    pub number: u8,
    /// Least value in it.
    pub min: f64,
    /// First value above it; none for the top class, which is open.
    pub below: Option<f64>,
    /// Its colour.
    pub colour: Colour,
    /// Diameter of its circle, millimetres; 0 where the layer has no circles.
    pub size_mm: f64,
    /// French label, such as « 10–49 ».
    pub label_fr: String,
    /// English label.
    pub label_en: String,
}

impl Class {
    /// The label in a language.
    pub fn label(&self, lang: Lang) -> &str {
        lang.pick(&self.label_fr, &self.label_en)
    }
}

/// One category of a layer of points.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    /// The code in the field.
    pub code: String,
    /// Its colour.
    pub colour: Colour,
    /// French label.
    pub label_fr: String,
    /// English label.
    pub label_en: String,
}

/// How a layer is drawn. Made by [`super::Styles`].
#[derive(Debug, Clone, PartialEq)]
pub struct Style {
    /// Its id: the layer's.
    pub id: String,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
    /// What one of the value is, in French; empty for boundaries.
    pub counts_fr: String,
    /// The same in English.
    pub counts_en: String,
    /// What carries the value.
    pub mark: Mark,
    /// Marker of a layer of points.
    pub shape: Shape,
    /// The property that is classed; empty for boundaries.
    pub field: String,
    /// How categories are found in it.
    pub matching: Match,
    /// The property written beside the feature.
    pub label_field: Option<String>,
    /// Outline colour.
    pub stroke: Colour,
    /// Outline width, millimetres.
    pub stroke_mm: f64,
    /// Dash and gap of the outline, millimetres.
    pub dash_mm: Option<(f64, f64)>,
    /// Size of a point marker, millimetres; 0 elsewhere.
    pub size_mm: f64,
    /// Classes, lowest first; empty where values are not classed.
    pub classes: Vec<Class>,
    /// How the breaks between them were found; none where there are none, or nobody said.
    pub method: Option<ClassMethod>,
    /// Categories of a layer of points.
    pub categories: Vec<Category>,
    /// Symbols of the statuses without a class.
    pub statuses: Vec<StatusSymbol>,
}

/// What a legend line shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Swatch {
    /// A filled box.
    Fill(Colour),
    /// A patterned box: the symbol of an absence.
    Status(StatusSymbol),
    /// A circle with a diameter in millimetres.
    Circle(Colour, f64),
    /// A point marker.
    Point(Colour, Shape),
    /// A line with its width and dash, millimetres.
    Line(Colour, f64, Option<(f64, f64)>),
}

/// One line of a legend.
#[derive(Debug, Clone, PartialEq)]
pub struct LegendEntry {
    /// A stable id: `class-3`, `not_covered`, a category's code.
    pub id: String,
    /// The text.
    pub label: String,
    /// The symbol.
    pub swatch: Swatch,
}

impl Style {
    /// The class of a value; none below the lowest class and for what is not a number. (A zero has a class only where
    /// the lowest class starts at 0, as a risk score does; a count of zero is a status.)
    pub fn class_of(&self, value: f64) -> Option<u8> {
        self.classes.iter().rev().find(|c| value >= c.min).map(|c| c.number)
    }

    /// A class by its number.
    pub fn class(&self, number: u8) -> Option<&Class> {
        self.classes.iter().find(|c| c.number == number)
    }

    /// The symbol of a status, where this layer draws it.
    pub fn status(&self, word: &str) -> Option<&StatusSymbol> {
        self.statuses.iter().find(|s| s.status == word)
    }

    /// The title in a language.
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.title_fr, &self.title_en)
    }

    /// What is counted, in a language; empty for boundaries.
    pub fn counts(&self, lang: Lang) -> &str {
        lang.pick(&self.counts_fr, &self.counts_en)
    }

    /// Every line of the legend: classes, lowest first, then categories, then statuses; a single line for boundaries.
    pub fn legend(&self, lang: Lang) -> Vec<LegendEntry> {
        let mut entries: Vec<LegendEntry> = self
            .classes
            .iter()
            .map(|c| LegendEntry {
                id: format!("class-{}", c.number),
                label: c.label(lang).to_owned(),
                swatch: match self.mark {
                    Mark::Circle => Swatch::Circle(c.colour, c.size_mm),
                    _ => Swatch::Fill(c.colour),
                },
            })
            .collect();
        entries.extend(self.categories.iter().map(|c| LegendEntry {
            id: c.code.clone(),
            label: lang.pick(&c.label_fr, &c.label_en).clone(),
            swatch: Swatch::Point(c.colour, self.shape),
        }));
        entries.extend(self.statuses.iter().map(|s| LegendEntry {
            id: s.status.clone(),
            label: s.label(lang).to_owned(),
            swatch: Swatch::Status(s.clone()),
        }));
        if entries.is_empty() {
            entries.push(LegendEntry {
                id: self.id.clone(),
                label: self.title(lang).to_owned(),
                swatch: Swatch::Line(self.stroke, self.stroke_mm, self.dash_mm),
            });
        }
        entries
    }
}

/// The label of a class from its limits, for whole numbers: « 10–49 », « ≥ 500 », « 3 ».
pub(super) fn interval_label(min: f64, below: Option<f64>, lang: Lang) -> String {
    // Breaks are checked to be whole and not negative when a style is read.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and in range, checked on reading"
    )]
    let whole = |x: f64| x as u64;
    let from = whole(min);
    match below.map(whole) {
        None => format!("≥\u{a0}{}", grouped(from, lang)),
        Some(b) if b == from + 1 => grouped(from, lang),
        Some(b) => format!("{}–{}", grouped(from, lang), grouped(b - 1, lang)),
    }
}
