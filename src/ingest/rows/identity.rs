//! What makes a fact the same as another: its id, and duplicates inside one file.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::plan::Plan;
use super::{Issue, shown};
use crate::domain::{ColumnKind, Fact, Lang, Level, Theme};
use crate::ingest::codes;
use crate::ingest::fold::fold;

/// Separates the parts that are hashed: no cell holds it.
const UNIT_SEPARATOR: char = '\u{1f}';

/// Gives ids and keeps those already given.
pub(super) struct Identities {
    parts: Vec<Part>,
    has_own_id: bool,
    seen: HashMap<(Arc<str>, Arc<str>), (usize, u64)>,
}

enum Part {
    When,
    Unit,
    Column(Arc<str>),
}

impl Identities {
    pub(super) fn new(theme: &Theme, plan: &Plan) -> Self {
        let part = |id: &String| match id.as_str() {
            "when" => Part::When,
            "unit" => Part::Unit,
            _ => Part::Column(
                plan.ids
                    .iter()
                    .find(|known| known.as_ref() == id.as_str())
                    .cloned()
                    .unwrap_or_else(|| id.as_str().into()),
            ),
        };
        let own = |id: &String| theme.column(id).is_some_and(|c| c.kind == ColumnKind::Id);
        Self {
            parts: theme.identity.iter().map(part).collect(),
            has_own_id: theme.identity.iter().any(own),
            seen: HashMap::new(),
        }
    }

    /// Gives the fact its id and lets it in, unless one of the same name is in already.
    pub(super) fn admit(
        &mut self,
        mut fact: Fact,
        line: u64,
        facts: &[Fact],
        lang: Lang,
        issues: &mut Vec<Issue>,
    ) -> Option<Fact> {
        self.name(&mut fact);
        let key = (fact.source.clone(), fact.id.clone());
        let Some(&(first, first_line)) = self.seen.get(&key) else {
            self.seen.insert(key, (facts.len(), line));
            return Some(fact);
        };
        let id = &fact.id;
        let wrong = if facts.get(first) == Some(&fact) {
            let message = say!(
                lang,
                "la même ligne que la ligne {first_line}, qui est entrée : enlevez-la",
                "the same row as line {first_line}, which went in: remove it"
            );
            (codes::DUPLICATE_ROW, message)
        } else if self.has_own_id {
            let message = say!(
                lang,
                "{id} est déjà à la ligne {first_line} avec un autre contenu : corrigez le numéro, ou réunissez les deux lignes",
                "{id} is on line {first_line} already with other contents: correct the number, or merge the two rows"
            );
            (codes::DUPLICATE_ID, message)
        } else {
            let message = say!(
                lang,
                "la ligne {first_line} dit déjà autre chose de la même unité au même moment : gardez la bonne",
                "line {first_line} already says otherwise of the same unit at the same time: keep the right one"
            );
            (codes::DUPLICATE_ID, message)
        };
        issues.push(Issue { column: None, value: self.has_own_id.then(|| fact.id.to_string()), wrong });
        None
    }

    /// Gives the fact its id.
    pub(super) fn name(&self, fact: &mut Fact) {
        fact.id = self.id(fact);
    }

    /// The parts of the identity joined with `|` where the source has ids of its own, else 16 hexadecimal digits of their
    /// SHA-256: the same facts get the same ids from any file.
    pub(super) fn id(&self, fact: &Fact) -> Arc<str> {
        let mut text = String::new();
        let separator = if self.has_own_id { '|' } else { UNIT_SEPARATOR };
        for (k, part) in self.parts.iter().enumerate() {
            if k > 0 {
                text.push(separator);
            }
            match part {
                Part::When => text.push_str(&fact.when.iso()),
                Part::Unit => push_unit(&mut text, fact),
                Part::Column(id) => text.push_str(&fact.attrs.get(id).map(shown).unwrap_or_default()),
            }
        }
        if self.has_own_id {
            return text.into();
        }
        let mut hex = String::with_capacity(16);
        for byte in Sha256::digest(text.as_bytes()).iter().take(8) {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex.into()
    }
}

/// The finest unit known, and the names stated below it: two unknown communes of one cercle are two places.
fn push_unit(text: &mut String, fact: &Fact) {
    text.push_str(fact.place.set.as_str());
    let located = fact.place.located();
    if let Some(code) = located.and_then(|l| fact.place.unit(l)) {
        text.push(':');
        text.push_str(code);
    }
    for level in Level::ALL {
        if located.is_none_or(|l| level > l)
            && let Some(name) = &fact.place.stated[level.index()]
        {
            text.push(':');
            text.push_str(&fold(name));
        }
    }
}
