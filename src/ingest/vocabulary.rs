//! A theme's terms by every spelling they are known by.

use std::collections::HashMap;
use std::sync::Arc;

use super::fold::{fold, nearest};
use crate::domain::{Lang, Term, Theme};

/// The lists of a theme, ready for look-up.
pub(super) struct Vocabulary<'a> {
    lists: HashMap<&'a str, List<'a>>,
}

/// One list: every folded spelling to its term. A spelling of two terms means neither.
pub(super) struct List<'a> {
    terms: &'a [Term],
    codes: Vec<Arc<str>>,
    by_key: HashMap<String, Option<usize>>,
    /// Spellings as the theme writes them, which most files use: found without folding.
    by_text: HashMap<&'a str, usize>,
}

impl<'a> Vocabulary<'a> {
    pub(super) fn new(theme: &'a Theme) -> Self {
        let lists = theme.terms.iter().map(|(name, terms)| (name.as_str(), List::new(terms))).collect();
        Self { lists }
    }

    pub(super) fn list(&self, name: &str) -> Option<&List<'a>> {
        self.lists.get(name)
    }
}

impl<'a> List<'a> {
    fn new(terms: &'a [Term]) -> Self {
        let mut by_key: HashMap<String, Option<usize>> = HashMap::new();
        for (k, term) in terms.iter().enumerate() {
            for text in term.aliases.iter().chain([&term.code, &term.fr, &term.en]) {
                let key = fold(text);
                if !key.is_empty() {
                    by_key.entry(key).and_modify(|found| *found = found.filter(|f| *f == k)).or_insert(Some(k));
                }
            }
        }
        let spellings = terms
            .iter()
            .enumerate()
            .flat_map(|(k, t)| t.aliases.iter().chain([&t.code, &t.fr, &t.en]).map(move |text| (text.as_str(), k)));
        // What means two things under its folded key means neither as written.
        let by_text = spellings.filter(|(text, k)| by_key.get(&fold(text)) == Some(&Some(*k))).collect();
        let codes = terms.iter().map(|t| Arc::from(t.code.as_str())).collect();
        Self { terms, codes, by_key, by_text }
    }

    /// The term of a spelling, as its place in the list.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let written = self.by_text.get(text).copied();
        written
            .or_else(|| self.codes.iter().position(|c| c.as_ref() == text))
            .or_else(|| self.by_key.get(&fold(text)).copied().flatten())
    }

    /// The code of a term found.
    pub(super) fn code(&self, term: usize) -> Option<&Arc<str>> {
        self.codes.get(term)
    }

    /// Every folded spelling of one term, to its code.
    pub(super) fn spellings(&self) -> HashMap<String, String> {
        let code = |k: usize| self.codes.get(k).map(ToString::to_string);
        self.by_key.iter().filter_map(|(key, k)| Some((key.clone(), code((*k)?)?))).collect()
    }

    /// The term with this code.
    pub(super) fn term(&self, code: &str) -> Option<&'a Term> {
        self.terms.iter().find(|t| t.code == code)
    }

    /// Labels near to a text that is no term, with their codes: « Assassinat (B1) »; short lists are given whole.
    pub(super) fn suggestions(&self, text: &str, lang: Lang) -> String {
        let labels: Vec<String> = self.terms.iter().map(|t| label(t, lang)).collect();
        let near = nearest(text, self.terms.iter().map(|t| lang.pick(t.fr.as_str(), t.en.as_str())));
        if near.is_empty() {
            let shown = if labels.len() <= 13 { &labels[..] } else { &labels[..0] };
            return shown.join(lang.pick(" ; ", "; "));
        }
        let of = |near: &&str| self.terms.iter().find(|t| lang.pick(&t.fr, &t.en) == near).map(|t| label(t, lang));
        near.iter().filter_map(of).collect::<Vec<_>>().join(lang.pick(" ; ", "; "))
    }
}

fn label(term: &Term, lang: Lang) -> String {
    let text = match lang {
        Lang::En if !term.en.is_empty() => &term.en,
        _ => &term.fr,
    };
    format!("{text} ({})", term.code)
}
