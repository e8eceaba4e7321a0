//! The themes that ship with the program.

use std::sync::{Arc, LazyLock};

use crate::domain::Theme;

const FILES: [(&str, &str); 6] = [
    ("incidents", include_str!("../../geodata/themes/incidents.toml")),
    ("alerts", include_str!("../../geodata/themes/alerts.toml")),
    ("risk", include_str!("../../geodata/themes/risk.toml")),
    ("coverage", include_str!("../../geodata/themes/coverage.toml")),
    ("population", include_str!("../../geodata/themes/population.toml")),
    ("events", include_str!("../../geodata/themes/events.toml")),
];

static SHIPPED: LazyLock<Vec<Arc<Theme>>> =
    LazyLock::new(|| FILES.iter().filter_map(|(_, text)| Theme::parse(text).ok().map(Arc::new)).collect());

/// The shipped themes: incidents, alerts, risk, coverage, population, events of other sources. (A test keeps every file readable.)
pub fn shipped_themes() -> &'static [Arc<Theme>] {
    &SHIPPED
}

/// A shipped theme by its id.
pub fn shipped_theme(id: &str) -> Option<Arc<Theme>> {
    SHIPPED.iter().find(|t| t.id == id).cloned()
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
