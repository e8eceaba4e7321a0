//! The wording of the pages, from `styles/annexes/messages.toml`: one catalogue for both languages.

use std::collections::BTreeMap;

use super::page::RenderError;
use crate::domain::Lang;

/// The wording in one language.
#[derive(Debug, Clone)]
pub struct Messages(BTreeMap<String, String>);

impl Messages {
    /// Reads the catalogue; both languages must have the same keys.
    pub fn parse(text: &str, lang: Lang) -> Result<Self, RenderError> {
        let fail = |reason: String| RenderError::Layout { file: "messages.toml".to_owned(), reason };
        let mut all: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(text).map_err(|e| fail(e.to_string()))?;
        let other = all.remove(lang.pick("en", "fr")).unwrap_or_default();
        let own = all.remove(lang.code()).unwrap_or_default();
        if let Some(missing) = other.keys().find(|k| !own.contains_key(*k)) {
            return Err(fail(format!("[{}] lacks « {missing} »", lang.code())));
        }
        Ok(Self(own))
    }

    /// A sentence with its `{names}` filled in. A sentence that is missing shows its key, to be seen and mended.
    pub fn say(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut text = self.0.get(key).cloned().unwrap_or_else(|| format!("[{key}]"));
        for (name, value) in values {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: &str = include_str!("../../styles/annexes/messages.toml");

    #[test]
    fn both_languages_say_the_same_things_and_leave_the_same_gaps() {
        let (fr, en) =
            (Messages::parse(BUILT_IN, Lang::Fr).expect("fr"), Messages::parse(BUILT_IN, Lang::En).expect("en"));
        assert_eq!(fr.0.keys().collect::<Vec<_>>(), en.0.keys().collect::<Vec<_>>());
        let gaps = |text: &str| {
            let mut names: Vec<String> =
                text.split('{').skip(1).filter_map(|p| p.split('}').next()).map(str::to_owned).collect();
            names.sort();
            names.dedup();
            names
        };
        for (key, text) in &fr.0 {
            assert_eq!(gaps(text), gaps(&en.0[key]), "{key}");
        }
        assert_eq!(fr.say("no_such_key", &[]), "[no_such_key]");
    }

    #[test]
    fn french_signs_have_their_no_break_spaces_and_apostrophes() {
        let fr = Messages::parse(BUILT_IN, Lang::Fr).expect("fr");
        for (key, text) in &fr.0 {
            for sign in [" :", " ;", " %", " »", "« ", " ?", "'"] {
                assert!(!text.contains(sign), "{key}: « {sign} » in {text}");
            }
        }
    }
}
