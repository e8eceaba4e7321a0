//! What an officer is asked about a fact whose place its words leave open.

use std::sync::Arc;

use super::codes;
use super::place::{LocalityAnswer, PlaceResolver as _, SetPlaces, Units, finest};
use crate::boundaries::{Learned, NameFinding, Suggestion};
use crate::domain::{Lang, Level, Place};

/// At most so many units are suggested.
const OFFERED: usize = 6;

/// Likeness from which a village is suggested.
const LIKE: u8 = 75;

/// So many near villages are looked at: locating each takes its time.
const VILLAGES: usize = 40;

/// A place to settle.
#[derive(Debug, Clone)]
pub struct Question {
    /// The code: `UNKNOWN_PLACE`, `AMBIGUOUS_PLACE` or `PLACE_CONTRADICTION`.
    pub code: &'static str,
    /// What is wrong, in the officer's language.
    pub message: String,
    /// The units that the words may mean, the likeliest first.
    pub suggestions: Vec<Suggestion>,
    /// What an answer teaches (its p-code still empty): the spelling within its parent. None where the words alone
    /// would not tell the next place of this name from this one: the answer then holds for its row only.
    pub teaches: Option<Learned>,
}

impl SetPlaces {
    /// What to ask about a place, as its words stand against what is known now. None where nothing is left open, or the
    /// place's set is not one of these.
    pub fn question(&self, place: &Place, lang: Lang) -> Option<Question> {
        let set = self.sets.iter().position(|s| s.info.id == place.set)?;
        let stated = [0, 1, 2].map(|k| place.stated[k].as_deref());
        let resolved = self.names(set, self.with_known(set, stated, &place.units, Level::Commune));
        let unsettled = |f: &&NameFinding| Some(f.level()) > finest(&place.units);
        let open: Vec<&NameFinding> = resolved.findings.iter().filter(unsettled).collect();
        match open.last() {
            Some(finding) => Some(self.about_name(set, finding, open.len() == 1, place, lang)),
            None => self.about_town(set, place, lang),
        }
    }

    /// The stated names down to a level, those of known units standing in for what was not stated.
    fn with_known<'a>(
        &'a self,
        set: usize,
        stated: [Option<&'a str>; 3],
        known: &'a Units,
        down_to: Level,
    ) -> [Option<&'a str>; 3] {
        Level::ALL.map(|l| {
            let unit = || known[l.index()].as_deref().and_then(|c| self.sets[set].unit(l, c)).map(|u| &*u.name);
            stated[l.index()].or_else(unit).filter(|_| l <= down_to)
        })
    }

    fn about_name(&self, set: usize, finding: &NameFinding, alone: bool, place: &Place, lang: Lang) -> Question {
        let (level, name) = (finding.level(), finding.value());
        let stated = [0, 1, 2].map(|k| place.stated[k].as_deref());
        let above = level.parent().map(|p| self.names(set, self.with_known(set, stated, &place.units, p)));
        let parent = above.as_ref().and_then(|a| a.units[finest(&a.units)?.index()].clone());
        let gazetteer = &self.gazetteers[set];
        let scope = parent.as_deref();
        let mut suggestions = match finding {
            NameFinding::UnknownName { .. } => Vec::new(),
            NameFinding::AmbiguousName { candidates, .. } => gazetteer.candidates(level, candidates, scope),
            NameFinding::ParentContradiction { elsewhere, .. } => gazetteer.candidates(level, elsewhere, scope),
        };
        let sure = !matches!(finding, NameFinding::AmbiguousName { .. });
        if sure {
            if level == Level::Commune {
                // The commune's column often holds a village.
                suggestions.extend(self.villages(set, name, &place.units).into_iter().filter(|s| s.score == 100));
            }
            suggestions.extend(gazetteer.suggest(level, name, scope, OFFERED));
        }
        // The words above must lead to one unit without a doubt, or to none because there are none.
        let clear = above.is_none_or(|a| a.findings.is_empty());
        let teaches = (sure && alone && clear).then(|| Learned {
            set: place.set.clone(),
            level: Some(level),
            name: name.to_owned(),
            parent,
            pcode: "".into(),
        });
        Question { code: finding.code(), message: finding.message(lang), suggestions: offered(suggestions), teaches }
    }

    fn about_town(&self, set: usize, place: &Place, lang: Lang) -> Option<Question> {
        let town = place.stated[3].as_deref()?;
        if finest(&place.units) == Some(Level::Commune) {
            return None;
        }
        let (code, message, sure) = match self.locality(set, town, &place.units) {
            LocalityAnswer::NoGazetteer => return None,
            LocalityAnswer::One(_) | LocalityAnswer::Unknown => (
                codes::UNKNOWN_PLACE.name,
                say!(lang, "localité inconnue : choisissez sa commune", "unknown village or town: choose its commune"),
                true,
            ),
            LocalityAnswer::Several(_) => (
                codes::AMBIGUOUS_PLACE.name,
                say!(
                    lang,
                    "plusieurs localités de ce nom : choisissez la commune",
                    "several villages or towns of this name: choose the commune"
                ),
                false,
            ),
            LocalityAnswer::Elsewhere(_) => (
                codes::PLACE_CONTRADICTION.name,
                say!(
                    lang,
                    "cette localité existe, mais pas dans l’unité donnée : choisissez sa commune",
                    "this village or town exists, but not in the unit stated: choose its commune"
                ),
                true,
            ),
        };
        let parent = finest(&place.units).and_then(|l| place.units[l.index()].clone());
        let mut suggestions = self.villages(set, town, &place.units);
        suggestions.extend(self.gazetteers[set].suggest(Level::Commune, town, parent.as_deref(), OFFERED));
        let teaches = sure.then(|| Learned {
            set: place.set.clone(),
            level: None,
            name: town.to_owned(),
            parent,
            pcode: "".into(),
        });
        Some(Question { code, message, suggestions: offered(suggestions), teaches })
    }

    /// Communes of the villages whose names are like this one.
    fn villages(&self, set: usize, name: &str, within: &Units) -> Vec<Suggestion> {
        let gazetteer = &self.gazetteers[set];
        let parent = finest(within).and_then(|l| within[l.index()].clone());
        let mut found = Vec::new();
        for (locality, score) in self.localities.near(name, LIKE).take(VILLAGES) {
            let Some(commune) = self.commune_of(set, locality).and_then(|u| u[Level::Commune.index()].clone()) else {
                continue;
            };
            for mut suggestion in gazetteer.candidates(Level::Commune, &[commune], parent.as_deref()) {
                suggestion.score = score;
                suggestion.village = Some(locality.name.clone());
                found.push(suggestion);
            }
        }
        found
    }
}

/// Those within the stated parent first, then by likeness; each unit once.
fn offered(mut suggestions: Vec<Suggestion>) -> Vec<Suggestion> {
    suggestions.sort_by_key(|s| std::cmp::Reverse((s.within_parent, s.score)));
    let mut seen: Vec<Arc<str>> = Vec::new();
    suggestions.retain(|s| {
        let new = !seen.contains(&s.pcode);
        seen.push(s.pcode.clone());
        new
    });
    suggestions.truncate(OFFERED);
    suggestions
}
