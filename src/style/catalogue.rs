//! Reads the styles: those built in, and an office's own over them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::colour::Colour;
use super::layer::{Category, Class, ClassMethod, Mark, Match, Shape, StatusSymbol, Style, interval_label};
use crate::domain::{Lang, Reading};

/// The files built in, by their path below `styles/`.
const BUILT_IN: &[(&str, &str)] = &[
    ("regions", include_str!("../../styles/layers/regions.toml")),
    ("cercles", include_str!("../../styles/layers/cercles.toml")),
    ("communes", include_str!("../../styles/layers/communes.toml")),
    ("zones", include_str!("../../styles/layers/zones.toml")),
    ("incidents", include_str!("../../styles/layers/incidents.toml")),
    ("alerts", include_str!("../../styles/layers/alerts.toml")),
    ("hotspots-cercles", include_str!("../../styles/layers/hotspots-cercles.toml")),
    ("hotspots-communes", include_str!("../../styles/layers/hotspots-communes.toml")),
    ("violations-regions", include_str!("../../styles/layers/violations-regions.toml")),
    ("violations-cercles", include_str!("../../styles/layers/violations-cercles.toml")),
    ("violations-communes", include_str!("../../styles/layers/violations-communes.toml")),
    ("incidents-regions", include_str!("../../styles/layers/incidents-regions.toml")),
    ("incidents-cercles", include_str!("../../styles/layers/incidents-cercles.toml")),
    ("incidents-communes", include_str!("../../styles/layers/incidents-communes.toml")),
    ("alerts-regions", include_str!("../../styles/layers/alerts-regions.toml")),
    ("alerts-cercles", include_str!("../../styles/layers/alerts-cercles.toml")),
    ("alerts-communes", include_str!("../../styles/layers/alerts-communes.toml")),
    ("alerts-households", include_str!("../../styles/layers/alerts-households.toml")),
    ("violations-cercles-rate", include_str!("../../styles/layers/violations-cercles-rate.toml")),
    ("risk-change", include_str!("../../styles/layers/risk-change.toml")),
    ("risk-communes", include_str!("../../styles/layers/risk-communes.toml")),
    ("risk-cercles", include_str!("../../styles/layers/risk-cercles.toml")),
    ("coverage-communes", include_str!("../../styles/layers/coverage-communes.toml")),
    ("counts-regions", include_str!("../../styles/layers/counts-regions.toml")),
    ("counts-cercles", include_str!("../../styles/layers/counts-cercles.toml")),
    ("counts-communes", include_str!("../../styles/layers/counts-communes.toml")),
    ("people-regions", include_str!("../../styles/layers/people-regions.toml")),
    ("people-cercles", include_str!("../../styles/layers/people-cercles.toml")),
    ("people-communes", include_str!("../../styles/layers/people-communes.toml")),
    ("points", include_str!("../../styles/layers/points.toml")),
];

const PALETTES: &str = include_str!("../../styles/palettes.toml");

/// A style file that cannot be used; the message names it.
#[derive(Debug, thiserror::Error)]
pub enum StyleError {
    /// It could not be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not TOML or not of a style's shape.
    #[error("style {file}: {source}")]
    Toml {
        /// The file.
        file: String,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// What it says does not fit together.
    #[error("style {file}: {reason}")]
    Invalid {
        /// The file.
        file: String,
        /// What, and what would fit.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Palettes {
    palettes: BTreeMap<String, Vec<Colour>>,
    statuses: Vec<StatusSymbol>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Graduated,
    Categorized,
    Single,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    code: String,
    label_fr: String,
    label_en: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    breaks: Vec<f64>,
    method: Option<ClassMethod>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayerFile {
    id: String,
    title_fr: String,
    title_en: String,
    #[serde(default)]
    counts_fr: String,
    #[serde(default)]
    counts_en: String,
    kind: Kind,
    mark: Mark,
    #[serde(default)]
    shape: Shape,
    #[serde(default)]
    field: String,
    #[serde(default, rename = "match")]
    matching: Match,
    label_field: Option<String>,
    #[serde(default)]
    palette: String,
    #[serde(default)]
    breaks: Vec<f64>,
    method: Option<ClassMethod>,
    #[serde(default)]
    labels_fr: Vec<String>,
    #[serde(default)]
    labels_en: Vec<String>,
    #[serde(default)]
    sizes_mm: Vec<f64>,
    stroke: Colour,
    stroke_mm: f64,
    dash_mm: Option<(f64, f64)>,
    #[serde(default)]
    statuses: Vec<String>,
    #[serde(default)]
    categories: Vec<CategoryFile>,
    #[serde(default)]
    years: BTreeMap<String, YearFile>,
}

/// Every style, by layer id and year.
#[derive(Debug, Clone)]
pub struct Styles {
    plain: BTreeMap<String, Style>,
    by_year: BTreeMap<(String, i16), Style>,
    statuses: Vec<StatusSymbol>,
}

impl Styles {
    /// The styles built into the program, with those of `directory` over them: its `palettes.toml` and
    /// `layers/*.toml`, each replacing the built-in file of the same name whole, or adding a layer.
    pub fn load(directory: Option<&Path>) -> Result<Self, StyleError> {
        let mut files: BTreeMap<String, String> =
            BUILT_IN.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
        let mut palettes = PALETTES.to_owned();
        if let Some(directory) = directory {
            let own = directory.join("palettes.toml");
            if own.is_file() {
                palettes = read(&own)?;
            }
            for path in toml_files(&directory.join("layers"))? {
                let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                files.insert(id, read(&path)?);
            }
        }
        let palettes: Palettes = parse("palettes.toml", &palettes)?;
        check_statuses(&palettes.statuses)?;
        let mut styles = Self { plain: BTreeMap::new(), by_year: BTreeMap::new(), statuses: palettes.statuses.clone() };
        for (id, text) in &files {
            let file = format!("layers/{id}.toml");
            let layer: LayerFile = parse(&file, text)?;
            if layer.id != *id {
                return Err(invalid(
                    &file,
                    format!("its id is « {} »: write id = \"{id}\", or rename the file", layer.id),
                ));
            }
            for (year, own) in &layer.years {
                let number: i16 =
                    year.parse().map_err(|_| invalid(&file, format!("[years.{year}]: a year is expected")))?;
                // Another year's breaks were not found as the file's were, unless somebody says so.
                let method = own.method.or(layer.method.filter(|m| *m == ClassMethod::Fixed));
                let style = build(&file, &layer, &own.breaks, method, &palettes)?;
                styles.by_year.insert((id.clone(), number), style);
            }
            let style = build(&file, &layer, &layer.breaks, layer.method, &palettes)?;
            styles.plain.insert(id.clone(), style);
        }
        Ok(styles)
    }

    /// A layer's style.
    pub fn get(&self, id: &str) -> Option<&Style> {
        self.plain.get(id)
    }

    /// A layer's style with the breaks of a year, where that year has its own.
    pub fn for_year(&self, id: &str, year: i16) -> Option<&Style> {
        self.by_year.get(&(id.to_owned(), year)).or_else(|| self.get(id))
    }

    /// Gives a layer that has no style of its own that of a family (`counts-cercles`), with its own titles and what it
    /// counts. Nothing where the layer has one; whether it has one now.
    pub fn derive(&mut self, id: &str, family: &str, titles: [&str; 2], counts: [&str; 2]) -> bool {
        let named = |style: &Style| Style {
            id: id.to_owned(),
            title_fr: titles[0].to_owned(),
            title_en: titles[1].to_owned(),
            counts_fr: counts[0].to_owned(),
            counts_en: counts[1].to_owned(),
            ..style.clone()
        };
        if self.plain.contains_key(id) {
            return true;
        }
        let Some(style) = self.plain.get(family).map(&named) else { return false };
        self.plain.insert(id.to_owned(), style);
        let years: Vec<_> =
            self.by_year.iter().filter(|((of, _), _)| of == family).map(|((_, y), s)| (*y, named(s))).collect();
        self.by_year.extend(years.into_iter().map(|(year, style)| ((id.to_owned(), year), style)));
        true
    }

    /// Every layer id, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.plain.keys().map(String::as_str)
    }

    /// The symbol of a status, the same on every layer.
    pub fn status(&self, word: &str) -> Option<&StatusSymbol> {
        self.statuses.iter().find(|s| s.status == word)
    }

    /// The symbols of every status that is drawn without a class, in the order of legends.
    pub fn statuses(&self) -> &[StatusSymbol] {
        &self.statuses
    }
}

fn read(path: &Path) -> Result<String, StyleError> {
    std::fs::read_to_string(path).map_err(|source| StyleError::Read { path: path.to_owned(), source })
}

/// The `.toml` files of a directory, in order; none where it is not there.
fn toml_files(directory: &Path) -> Result<Vec<PathBuf>, StyleError> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let fail = |source| StyleError::Read { path: directory.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, StyleError> {
    toml::from_str(text).map_err(|source| StyleError::Toml { file: file.to_owned(), source: Box::new(source) })
}

fn invalid(file: &str, reason: String) -> StyleError {
    StyleError::Invalid { file: file.to_owned(), reason }
}

fn check_statuses(statuses: &[StatusSymbol]) -> Result<(), StyleError> {
    let fail = |reason: String| Err(invalid("palettes.toml", reason));
    for s in statuses {
        if !Reading::WORDS.contains(&s.status.as_str()) {
            return fail(format!("« {} » is no status: {}", s.status, Reading::WORDS.join(", ")));
        }
        if let Some(p) = &s.pattern
            && !(p.spacing_mm >= 0.3 && p.width_mm > 0.0 && p.width_mm < p.spacing_mm && p.angle_deg.is_finite())
        {
            return fail(format!("{}: spacing_mm of at least 0.3, width_mm between 0 and the spacing", s.status));
        }
    }
    Ok(())
}

fn build(
    file: &str,
    layer: &LayerFile,
    breaks: &[f64],
    method: Option<ClassMethod>,
    palettes: &Palettes,
) -> Result<Style, StyleError> {
    let fail = |reason: String| invalid(file, reason);
    if breaks.iter().any(|b| !(0.0..=1e15).contains(b) || b.fract() != 0.0) || breaks.windows(2).any(|w| w[0] >= w[1]) {
        return Err(fail("breaks: whole numbers from 0, each above the one before".into()));
    }
    if (layer.kind == Kind::Graduated) == breaks.is_empty() {
        return Err(fail("breaks belong to kind = \"graduated\", and only to it".into()));
    }
    if method.is_some() && breaks.is_empty() {
        return Err(fail("method says how the breaks were found: it belongs to kind = \"graduated\"".into()));
    }
    if breaks.len() > 9 {
        return Err(fail("at most 9 classes: more cannot be told apart".into()));
    }
    let colours: &[Colour] = match layer.kind {
        Kind::Single => &[],
        _ => palettes
            .palettes
            .get(&layer.palette)
            .ok_or_else(|| fail(format!("palette « {} » is not in palettes.toml", layer.palette)))?,
    };
    if colours.len() < breaks.len().max(layer.categories.len()) {
        return Err(fail(format!("palette « {} » has only {} colours", layer.palette, colours.len())));
    }
    for (what, labels) in [("labels_fr", &layer.labels_fr), ("labels_en", &layer.labels_en)] {
        if !labels.is_empty() && labels.len() != breaks.len() {
            return Err(fail(format!("{what}: {} labels for {} classes", labels.len(), breaks.len())));
        }
    }
    if layer.mark == Mark::Circle && layer.sizes_mm.len() < breaks.len() {
        return Err(fail("sizes_mm: one diameter a class".into()));
    }
    if layer.sizes_mm.iter().any(|s| !(0.1..=60.0).contains(s)) || !(0.0..=10.0).contains(&layer.stroke_mm) {
        return Err(fail("sizes_mm from 0.1 to 60, stroke_mm from 0 to 10".into()));
    }
    let classes = breaks.iter().enumerate().map(|(k, min)| {
        let below = breaks.get(k + 1).copied();
        let label = |own: &[String], lang| own.get(k).cloned().unwrap_or_else(|| interval_label(*min, below, lang));
        Class {
            number: u8::try_from(k + 1).unwrap_or(u8::MAX),
            min: *min,
            below,
            colour: colours[k],
            size_mm: if layer.mark == Mark::Circle { layer.sizes_mm[k] } else { 0.0 },
            label_fr: label(&layer.labels_fr, Lang::Fr),
            label_en: label(&layer.labels_en, Lang::En),
        }
    });
    let statuses = layer.statuses.iter().map(|word| {
        palettes
            .statuses
            .iter()
            .find(|s| s.status == *word)
            .cloned()
            .ok_or_else(|| fail(format!("status « {word} » has no symbol in palettes.toml")))
    });
    let categories = layer.categories.iter().zip(colours).map(|(c, colour)| Category {
        code: c.code.clone(),
        colour: *colour,
        label_fr: c.label_fr.clone(),
        label_en: c.label_en.clone(),
    });
    Ok(Style {
        id: layer.id.clone(),
        title_fr: layer.title_fr.clone(),
        title_en: layer.title_en.clone(),
        counts_fr: layer.counts_fr.clone(),
        counts_en: layer.counts_en.clone(),
        mark: layer.mark,
        shape: layer.shape,
        field: layer.field.clone(),
        matching: layer.matching,
        label_field: layer.label_field.clone(),
        stroke: layer.stroke,
        stroke_mm: layer.stroke_mm,
        dash_mm: layer.dash_mm,
        size_mm: if layer.mark == Mark::Point { layer.sizes_mm.first().copied().unwrap_or(2.4) } else { 0.0 },
        classes: classes.collect(),
        method,
        categories: categories.collect(),
        statuses: statuses.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles() -> Styles {
        Styles::load(None).expect("the built-in styles")
    }

    #[test]
    fn a_value_falls_in_the_class_whose_least_value_it_reaches() {
        let styles = styles();
        let cercles = styles.get("violations-cercles").expect("a style");
        for (value, class) in
            [(0.0, None), (1.0, Some(1)), (9.0, Some(1)), (10.0, Some(2)), (644.0, Some(5)), (1e9, Some(5))]
        {
            assert_eq!(cercles.class_of(value), class, "{value}");
        }
        assert_eq!(cercles.class_of(f64::NAN), None);
        let risk = styles.get("risk-communes").expect("a style");
        for (score, level) in [(0.0, 1), (5.0, 1), (6.0, 2), (14.0, 2), (15.0, 3), (19.0, 3), (20.0, 4)] {
            assert_eq!(risk.class_of(score), Some(level), "{score}");
        }
    }

    #[test]
    fn labels_are_the_limits_of_the_class_and_the_top_one_is_open() {
        let styles = styles();
        let labels: Vec<_> =
            styles.get("violations-cercles").expect("a style").classes.iter().map(|c| c.label_fr.as_str()).collect();
        assert_eq!(labels, ["1–9", "10–49", "50–199", "200–499", "≥\u{a0}500"]);
    }

    #[test]
    fn grey_print_keeps_the_order_of_the_classes() {
        // Diverging schemes have two dark ends: the falls of the change carry dots (see the annexes), the strong
        // hotspots are the one darkest class.
        let diverging = |id: &str| id == "risk-change" || id.starts_with("hotspots-");
        for style in styles().plain.values().filter(|s| !diverging(&s.id)) {
            for pair in style.classes.windows(2) {
                assert!(
                    pair[0].colour.lightness() > pair[1].colour.lightness() + 0.05,
                    "{} {}",
                    style.id,
                    pair[1].number
                );
            }
        }
    }

    #[test]
    fn every_absence_has_a_symbol_of_its_own() {
        let styles = styles();
        let words: Vec<_> = Reading::WORDS.iter().filter(|w| **w != "value").collect();
        for word in &words {
            let symbol = styles.status(word).expect("a symbol");
            for other in words.iter().filter(|o| *o != word) {
                let other = styles.status(other).expect("a symbol");
                assert!((symbol.fill, &symbol.pattern) != (other.fill, &other.pattern), "{word} {}", other.status);
            }
        }
        for id in styles.ids().filter(|id| id.contains('-')) {
            let style = styles.get(id).expect("a style");
            for word in ["not_covered", "unknown", "covered_no_report"] {
                assert!(style.status(word).is_some(), "{id} {word}");
            }
        }
    }

    #[test]
    fn the_method_of_the_breaks_is_the_files_and_another_years_only_where_it_says_so() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("layers")).expect("a directory");
        let own = BUILT_IN.iter().find(|(id, _)| *id == "violations-cercles").expect("built in").1;
        let years = "\n[years.2020]\nbreaks = [1, 4, 9]\n[years.2022]\nbreaks = [1, 3, 7]\nmethod = \"quantile\"\n";
        let method = |text: &str, year: i16| {
            std::fs::write(dir.path().join("layers/violations-cercles.toml"), text.to_owned() + years)
                .expect("written");
            let styles = Styles::load(Some(dir.path())).expect("styles");
            styles.for_year("violations-cercles", year).expect("a style").method
        };
        assert_eq!([2020, 2021].map(|y| method(own, y)), [Some(ClassMethod::Fixed); 2]);
        assert_eq!(method(own, 2022), Some(ClassMethod::Quantile));
        let natural = own.replace("\"fixed\"", "\"fisher-jenks\"");
        assert_eq!([2020, 2021].map(|y| method(&natural, y)), [None, Some(ClassMethod::FisherJenks)]);
    }

    #[test]
    fn every_style_that_classes_counts_names_its_method() {
        let styles = styles();
        for id in styles.ids().filter(|id| !id.starts_with("hotspots-") && !id.starts_with("coverage-")) {
            let style = styles.get(id).expect("a style");
            assert_eq!(style.method.is_some(), !style.classes.is_empty(), "{id}");
        }
    }

    #[test]
    fn an_offices_own_file_replaces_the_built_in_one_and_a_wrong_one_names_itself() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(dir.path().join("layers")).expect("a directory");
        let path = dir.path().join("layers/violations-cercles.toml");
        let own = BUILT_IN.iter().find(|(id, _)| *id == "violations-cercles").expect("built in").1;
        std::fs::write(
            &path,
            own.replace("[1, 10, 50, 200, 500]", "[1, 5, 25, 100, 300]") + "\n[years.2020]\nbreaks = [1, 4, 9]\n",
        )
        .expect("written");
        let styles = Styles::load(Some(dir.path())).expect("styles");
        assert_eq!(styles.get("violations-cercles").expect("a style").class_of(300.0), Some(5));
        assert_eq!(styles.for_year("violations-cercles", 2020).expect("a style").classes.len(), 3);
        assert_eq!(styles.for_year("violations-cercles", 2021).expect("a style").classes.len(), 5);
        std::fs::write(&path, own.replace("\"fixed\"", "\"by-eye\"")).expect("written");
        let error = Styles::load(Some(dir.path())).expect_err("no such method").to_string();
        assert!(error.contains("by-eye") && error.contains("fisher-jenks"), "{error}");
        std::fs::write(&path, own.replace("[1, 10, 50", "[10, 1, 50")).expect("written");
        let error = Styles::load(Some(dir.path())).expect_err("breaks out of order").to_string();
        assert!(error.contains("violations-cercles.toml") && error.contains("breaks"), "{error}");
    }
}
