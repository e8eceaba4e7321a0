//! The themes that the program knows: those that ship, and an office's own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, OnceLock};

use crate::domain::{Term, Theme, ThemeError};

const FILES: [(&str, &str); 12] = [
    ("incidents", include_str!("../../geodata/themes/incidents.toml")),
    ("alerts", include_str!("../../geodata/themes/alerts.toml")),
    ("risk", include_str!("../../geodata/themes/risk.toml")),
    ("coverage", include_str!("../../geodata/themes/coverage.toml")),
    ("population", include_str!("../../geodata/themes/population.toml")),
    ("explosives", include_str!("../../geodata/themes/explosives.toml")),
    ("displacement", include_str!("../../geodata/themes/displacement.toml")),
    ("idps", include_str!("../../geodata/themes/idps.toml")),
    ("access", include_str!("../../geodata/themes/access.toml")),
    ("schools", include_str!("../../geodata/themes/schools.toml")),
    ("actors", include_str!("../../geodata/themes/actors.toml")),
    ("events", include_str!("../../geodata/themes/events.toml")),
];

/// Most files of an office's own themes, and bytes of each.
const MOST_FILES: usize = 100;
const MOST_BYTES: u64 = 1_000_000;

static SHIPPED: LazyLock<Vec<Arc<Theme>>> = LazyLock::new(|| {
    arranged(FILES.iter().filter_map(|(_, text)| Theme::parse(text).ok()).collect()).into_iter().map(Arc::new).collect()
});

/// Shipped themes with an office's own over them, where it has any.
static WITH_OWN: OnceLock<Vec<Arc<Theme>>> = OnceLock::new();

/// A folder of an office's own themes that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OwnThemesError {
    /// The folder or a file could not be read.
    #[error("{path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Too many files, or one too large.
    #[error("{path}: at most {MOST_FILES} theme files of {MOST_BYTES} bytes each")]
    TooMuch {
        /// Which.
        path: PathBuf,
    },
    /// A file that is no theme.
    #[error("{path}: {source}")]
    Theme {
        /// Which.
        path: PathBuf,
        /// Why.
        source: Box<ThemeError>,
    },
    /// Its file is named otherwise than it.
    #[error("{path}: its id is « {id} »: name the file {id}.toml")]
    Name {
        /// Which.
        path: PathBuf,
        /// The theme's id.
        id: String,
    },
    /// Two themes with a measure of one name: their layers would clash.
    #[error("theme {theme}: the measure « {measure} » is another theme's already: give it a name of its own")]
    SameMeasure {
        /// The theme.
        theme: String,
        /// The measure.
        measure: String,
    },
    /// Asked for too late.
    #[error("themes were used before the folder of one's own was read")]
    TooLate,
}

/// The themes known: incidents, alerts, risk, coverage, population and the others that ship (a test keeps every file
/// readable), then an office's own.
pub fn shipped_themes() -> &'static [Arc<Theme>] {
    WITH_OWN.get().unwrap_or(&SHIPPED)
}

/// A theme by its id.
pub fn shipped_theme(id: &str) -> Option<Arc<Theme>> {
    shipped_themes().iter().find(|t| t.id == id).cloned()
}

/// Reads a folder of an office's own themes, `ID.toml` each; one with the id of a shipped theme replaces it (the weights of
/// the index, say). For the whole run of the program, before anything else is done.
pub fn load_own_themes(folder: &Path) -> Result<(), OwnThemesError> {
    let themes = with_own(folder)?;
    WITH_OWN.set(themes.into_iter().map(Arc::new).collect()).map_err(|_| OwnThemesError::TooLate)
}

fn with_own(folder: &Path) -> Result<Vec<Theme>, OwnThemesError> {
    let fails = |path: &Path| {
        let path = path.to_owned();
        move |source| OwnThemesError::Read { path, source }
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fails(folder))? {
        let path = entry.map_err(fails(folder))?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.len() > MOST_FILES {
        return Err(OwnThemesError::TooMuch { path: folder.to_owned() });
    }
    let mut themes: Vec<Theme> = SHIPPED.iter().map(|t| Theme::clone(t)).collect();
    for path in paths {
        if std::fs::metadata(&path).map_err(fails(&path))?.len() > MOST_BYTES {
            return Err(OwnThemesError::TooMuch { path });
        }
        let text = std::fs::read_to_string(&path).map_err(fails(&path))?;
        let theme = Theme::parse(&text)
            .map_err(|source| OwnThemesError::Theme { path: path.clone(), source: Box::new(source) })?;
        if path.file_stem().is_none_or(|stem| *stem != *theme.id) {
            return Err(OwnThemesError::Name { path, id: theme.id });
        }
        themes.retain(|t| t.id != theme.id);
        themes.push(theme);
    }
    let mut measures = BTreeSet::new();
    for theme in &themes {
        if let Some(m) = theme.measures.iter().find(|m| !measures.insert(m.id.clone())) {
            return Err(OwnThemesError::SameMeasure { theme: theme.id.clone(), measure: m.id.clone() });
        }
    }
    Ok(arranged(themes))
}

/// Coverage can be stated of every stream that a measure needs: each gets its term, named after its theme.
fn arranged(mut themes: Vec<Theme>) -> Vec<Theme> {
    let mut streams: Vec<Term> = Vec::new();
    for theme in &themes {
        for m in theme.measures.iter().filter(|m| !m.layers.is_empty()) {
            if streams.iter().all(|t| t.code != m.stream) {
                streams.push(Term {
                    code: m.stream.clone(),
                    fr: theme.title_fr.clone(),
                    en: theme.title_en.clone(),
                    parent: None,
                    aliases: Vec::new(),
                    sensitive: false,
                });
            }
        }
    }
    if let Some(list) = themes.iter_mut().find(|t| t.id == "coverage").and_then(|t| t.terms.get_mut("stream")) {
        streams.retain(|stream| list.iter().all(|t| t.code != stream.code));
        list.append(&mut streams);
    }
    themes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::ingest::fold;

    #[test]
    fn every_shipped_theme_file_is_a_theme_of_its_name() {
        for (id, text) in FILES {
            let theme = Theme::parse(text).expect(id);
            assert_eq!(theme.id, id);
            for column in &theme.columns {
                assert!(!column.help_fr.is_empty() && !column.help_en.is_empty(), "{id}.{}", column.id);
            }
        }
        assert_eq!(shipped_themes().len(), FILES.len());
    }

    #[test]
    fn a_folder_of_themes_is_read_over_those_that_ship_or_refused_with_the_reason() {
        let dir = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).expect("written");
        let wells = r#"
            id = "wells"
            version = "1"
            kind = "observation"
            title_fr = "Points d’eau"
            title_en = "Wells"
            style = "counts"
            origin = "test"
            [[columns]]
            id = "month"
            kind = "month"
            [[columns]]
            id = "dry"
            kind = "count"
            [[measures]]
            id = "dry_wells"
            sum = "dry"
            stream = "wells"
            unit_fr = "points d’eau à sec"
            unit_en = "dry wells"
        "#;
        write("wells.toml", wells);
        let risk =
            include_str!("../../geodata/themes/risk.toml").replacen("version = \"2021\"", "version = \"own\"", 1);
        write("risk.toml", &risk);
        write("notes.txt", "no theme");
        let themes = with_own(dir.path()).expect("themes");
        assert_eq!(themes.len(), FILES.len() + 1);
        assert_eq!(themes.iter().find(|t| t.id == "risk").map(|t| t.version.as_str()), Some("own"));
        let coverage = themes.iter().find(|t| t.id == "coverage").expect("shipped");
        assert!(coverage.terms("stream").iter().any(|t| t.code == "wells"), "its coverage can be stated");

        write("other.toml", wells);
        assert!(matches!(with_own(dir.path()), Err(OwnThemesError::Name { .. })));
        write("other.toml", &wells.replace("id = \"wells\"", "id = \"other\""));
        assert!(matches!(with_own(dir.path()), Err(OwnThemesError::SameMeasure { .. })));
        write("other.toml", "id = ");
        assert!(matches!(with_own(dir.path()), Err(OwnThemesError::Theme { .. })));
        write("other.toml", &" ".repeat(1_000_001));
        assert!(matches!(with_own(dir.path()), Err(OwnThemesError::TooMuch { .. })));
        assert!(matches!(with_own(&dir.path().join("none")), Err(OwnThemesError::Read { .. })));
    }

    #[test]
    fn no_heading_and_no_spelling_of_a_term_means_two_things() {
        for theme in shipped_themes() {
            let mut headings: BTreeMap<String, &str> = BTreeMap::new();
            for column in &theme.columns {
                for heading in column.headings.iter().chain([&column.id]) {
                    if let Some(other) = headings.insert(fold(heading), &column.id) {
                        assert_eq!(other, column.id, "{}: « {heading} »", theme.id);
                    }
                }
            }
            for (list, terms) in &theme.terms {
                let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
                for term in terms {
                    for text in term.aliases.iter().chain([&term.code, &term.fr, &term.en]) {
                        if let Some(other) = spellings.insert(fold(text), &term.code) {
                            assert_eq!(other, term.code, "{}.{list}: « {text} »", theme.id);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_taxonomy_of_2021_has_34_types_in_six_categories() {
        let theme = shipped_theme("incidents").expect("shipped");
        let (types, categories) = (theme.terms("violation_type"), theme.terms("category"));
        assert_eq!((types.len(), categories.len()), (34, 6));
        let counts: Vec<usize> =
            categories.iter().map(|c| types.iter().filter(|t| t.parent.as_deref() == Some(&c.code)).count()).collect();
        assert_eq!(counts, [5, 3, 11, 6, 6, 3]);
    }

    #[test]
    fn the_risk_index_has_four_levels_with_their_full_texts() {
        let theme = shipped_theme("risk").expect("shipped");
        for (score, level) in [(0, 1), (5, 1), (6, 2), (14, 2), (15, 3), (19, 3), (20, 4), (31, 4)] {
            let class = theme.threshold(score).expect("every score has a level");
            assert_eq!(class.level, level, "score {score}");
            assert!(class.text_fr.contains(&class.fr), "{}", class.text_fr);
        }
    }
}
