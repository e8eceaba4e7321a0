//! What must hold between the columns of a row, as the theme declares it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::number::Wrong;
use crate::domain::{Attr, Check, Fill, Lang};
use crate::ingest::codes;
use crate::ingest::vocabulary::List;

/// A column's values by its id, as they stand while a row is read.
pub(super) type Attrs = BTreeMap<Arc<str>, Attr>;

/// What a check says of a row.
pub(super) enum Verdict {
    /// It holds.
    Holds,
    /// This column was empty and follows from the others.
    Fills(String, Attr),
    /// It does not; the column to point at.
    Fails(String, Wrong),
}

/// Runs one check; `list` gives the terms of a column.
pub(super) fn run<'a, 'b: 'a>(
    check: &Check,
    attrs: &Attrs,
    list: impl Fn(&str) -> Option<&'a List<'b>>,
    lang: Lang,
) -> Verdict {
    match check {
        Check::Sum { total, parts, fill } => sum(total, parts, *fill, attrs, lang),
        Check::Parent { column, parent } => {
            let Some(finer) = attrs.get(column.as_str()).and_then(Attr::text) else { return Verdict::Holds };
            let term = list(column).and_then(|l| l.term(finer));
            let Some(expected) = term.and_then(|t| t.parent.as_deref()) else { return Verdict::Holds };
            match attrs.get(parent.as_str()).and_then(Attr::text) {
                None => Verdict::Fills(parent.clone(), Attr::Text(expected.into())),
                Some(stated) if stated == expected => Verdict::Holds,
                Some(stated) => {
                    let label = term.map_or(finer, |t| lang.pick(t.fr.as_str(), t.en.as_str()));
                    let message = say!(
                        lang,
                        "« {label} » est de {parent} {expected}, la ligne dit {stated} : corrigez l’un ou l’autre, ou laissez {parent} vide",
                        "“{label}” is of {parent} {expected}, the row says {stated}: correct one of them, or leave {parent} empty"
                    );
                    Verdict::Fails(parent.clone(), (codes::CATEGORY_MISMATCH, message))
                }
            }
        }
    }
}

fn sum(total: &str, parts: &[String], fill: Fill, attrs: &Attrs, lang: Lang) -> Verdict {
    let given: Vec<i64> = parts.iter().filter_map(|p| attrs.get(p.as_str())?.int()).collect();
    let sum: i64 = given.iter().sum();
    let all = given.len() == parts.len();
    let (number, expected) = (given.len(), parts.len());
    let Some(stated) = attrs.get(total).and_then(Attr::int) else {
        return match fill {
            _ if given.is_empty() => Verdict::Holds,
            Fill::All if !all => {
                let message = say!(
                    lang,
                    "{number} réponses sur {expected} et pas de total : donnez les {expected} réponses, ou le total",
                    "{number} answers of {expected} and no total: give all {expected}, or the total"
                );
                Verdict::Fails(total.to_owned(), (codes::INCOMPLETE_ANSWERS, message))
            }
            _ => Verdict::Fills(total.to_owned(), Attr::Int(sum)),
        };
    };
    // Where a part is empty it may hold the difference, but never less than nothing.
    if (all && sum != stated) || sum > stated {
        let names = parts.join(" + ");
        let message = say!(
            lang,
            "{names} font {sum}, mais {total} dit {stated} : corrigez l’un ou l’autre",
            "{names} make {sum}, but {total} says {stated}: correct one or the other"
        );
        return Verdict::Fails(total.to_owned(), (codes::SUM_MISMATCH, message));
    }
    Verdict::Holds
}
