//! What makes a fact the same as another: its id, and duplicates inside one file.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::plan::Plan;
use super::{Issue, Ready, shown};
use crate::domain::{ColumnKind, Fact, Lang, Level, Theme, hex};
use crate::ingest::codes;
use crate::ingest::columns::Mapping;
use crate::ingest::fold::fold;

/// Separates the parts that are hashed: no cell holds it.
const UNIT_SEPARATOR: char = '\u{1f}';

/// Gives ids.
pub(super) struct Identities {
    parts: Vec<Part>,
    /// The columns among the parts whose values are ids that the source gives.
    own_ids: Vec<Arc<str>>,
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
        let own = theme.identity.iter().filter(|id| is_own_id(theme, id));
        Self { parts: theme.identity.iter().map(part).collect(), own_ids: own.map(|id| id.as_str().into()).collect() }
    }

    /// Whether the theme's sources give ids and the file has no column for them.
    pub(super) fn without_ids(theme: &Theme, mapping: &Mapping) -> bool {
        let absent =
            |id: &String| theme.columns.iter().position(|c| c.id == *id).is_some_and(|k| mapping.at[k].is_none());
        theme.identity.iter().any(|id| is_own_id(theme, id) && absent(id))
    }

    /// Gives the fact its id.
    pub(super) fn name(&self, fact: &mut Fact) {
        fact.id = self.id(fact);
    }

    /// The parts of the identity joined with `|` where the source has ids of its own, else 16 hexadecimal digits of their
    /// SHA-256: the same facts get the same ids from any file. Where the source gives ids and this row has none, what it
    /// says is what names it.
    pub(super) fn id(&self, fact: &Fact) -> Arc<str> {
        let mut text = String::new();
        if self.own_ids.iter().any(|id| !fact.attrs.contains_key(id)) {
            push_content(&mut text, fact);
            return short(&text);
        }
        let has_own_id = !self.own_ids.is_empty();
        let separator = if has_own_id { '|' } else { UNIT_SEPARATOR };
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
        if has_own_id {
            return text.into();
        }
        short(&text)
    }
}

/// Whether a part of the identity is an id that the source gives.
fn is_own_id(theme: &Theme, id: &str) -> bool {
    theme.column(id).is_some_and(|c| c.kind == ColumnKind::Id)
}

fn short(text: &str) -> Arc<str> {
    hex(&Sha256::digest(text.as_bytes())[..8]).into()
}

/// Everything that a row says, as the source says it.
fn push_content(text: &mut String, fact: &Fact) {
    text.push_str(&fact.when.iso());
    push_unit(text, fact);
    for stated in &fact.place.stated {
        text.push(UNIT_SEPARATOR);
        text.push_str(stated.as_deref().unwrap_or_default());
    }
    if let Some(point) = fact.place.point {
        let _ = write!(text, "{UNIT_SEPARATOR}{} {}", point.lon(), point.lat());
    }
    for (column, value) in fact.attrs.iter() {
        let _ = write!(text, "{UNIT_SEPARATOR}{column}={}", shown(value));
    }
}

/// Parts that the facts seen are kept in: each grows by itself, so that a million never need double the room at once.
const PARTS: usize = 32;

/// By name: the line, and the digest of what it says. (Bytes, so that an entry takes 28 of them and not 32.)
type Lines = HashMap<[u8; 16], (u32, [u8; 8])>;

/// Keeps which facts a file named already, and on which line.
pub(super) struct Seen {
    parts: Vec<Lines>,
    by_content: bool,
}

impl Seen {
    pub(super) fn new(by_content: bool) -> Self {
        Self { parts: vec![HashMap::new(); PARTS], by_content }
    }

    /// Whether a fact is let in: no other of its name is in already.
    pub(super) fn admit<T>(&mut self, fact: &Ready<T>, line: u64, lang: Lang, issues: &mut Vec<Issue>) -> bool {
        let digest = fact.digest.to_be_bytes();
        // A file has fewer lines than that.
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let (first_line, first_digest) = match self.parts[usize::from(fact.key[0]) % PARTS].entry(fact.key) {
            Entry::Vacant(free) => {
                free.insert((line, digest));
                return true;
            }
            Entry::Occupied(there) => *there.get(),
        };
        let wrong = if self.by_content {
            let message = say!(
                lang,
                "la même ligne que la ligne {first_line} : sans numéros, un même contenu est un même fait, compté une fois ; donnez des numéros s’il y en a deux",
                "the same row as line {first_line}: without ids, the same content is the same fact, counted once; give ids if there are two"
            );
            (codes::REPEATED_ROW, message)
        } else if first_digest == digest {
            let message = say!(
                lang,
                "la même ligne que la ligne {first_line}, qui est entrée : enlevez-la",
                "the same row as line {first_line}, which went in: remove it"
            );
            (codes::DUPLICATE_ROW, message)
        } else {
            let message = say!(
                lang,
                "la ligne {first_line} dit déjà autre chose du même fait (même numéro, ou même unité au même moment) : corrigez le numéro, gardez la bonne ligne, ou réunissez les deux",
                "line {first_line} already says otherwise of the same fact (same id, or same unit at the same time): correct the id, keep the right row, or merge the two"
            );
            (codes::DUPLICATE_ID, message)
        };
        issues.push(Issue::of_row(wrong));
        false
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
