//! What must hold between the columns of a row, as the theme declares it.

use super::number::Wrong;
use crate::domain::{Attr, Attrs, Check, Fill, Lang, Theme};
use crate::ingest::codes;
use crate::ingest::vocabulary::List;

/// What a check says of a row.
pub(super) enum Verdict {
    /// It holds.
    Holds,
    /// This column was empty and follows from the others.
    Fills(String, Attr),
    /// It does not; the column to point at.
    Fails(String, Wrong),
}

/// Runs one check of a theme; `list` gives the terms of a column.
pub(super) fn run<'a, 'b: 'a>(
    check: &Check,
    theme: &Theme,
    attrs: &Attrs,
    list: impl Fn(&str) -> Option<&'a List<'b>>,
    lang: Lang,
) -> Verdict {
    match check {
        Check::Sum { total, parts, fill, weights } => sum(total, (parts, weights), *fill, attrs, lang),
        Check::Level { score, level } => stated_level(theme, score, level, attrs, lang),
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

/// The level that the row states against the one that its score makes.
fn stated_level(theme: &Theme, score: &str, level: &str, attrs: &Attrs, lang: Lang) -> Verdict {
    let points = attrs.get(score).and_then(Attr::int);
    let stated = attrs.get(level).and_then(Attr::text);
    let (Some(points), Some(stated)) = (points, stated) else { return Verdict::Holds };
    let Some(class) = theme.threshold(points).filter(|t| t.level.to_string() != stated) else { return Verdict::Holds };
    let (computed, label) = (class.level, lang.pick(&class.fr, &class.en));
    let message = say!(
        lang,
        "la ligne dit le niveau {stated}, mais {points} points font le niveau {computed} ({label}), qui est retenu : corrigez l’un ou l’autre",
        "the row says level {stated}, but {points} points make level {computed} ({label}), which is kept: correct one or the other"
    );
    Verdict::Fails(level.to_owned(), (codes::LEVEL_CONTRADICTION, message))
}

fn sum(total: &str, (parts, weights): (&[String], &[u16]), fill: Fill, attrs: &Attrs, lang: Lang) -> Verdict {
    let weight = |k: usize| weights.get(k).map_or(1, |w| i64::from(*w));
    let given: Vec<i64> = parts
        .iter()
        .enumerate()
        .filter_map(|(k, p)| Some(attrs.get(p.as_str())?.int()?.saturating_mul(weight(k))))
        .collect();
    let sum = given.iter().fold(0_i64, |sum, n| sum.saturating_add(*n));
    let all = given.len() == parts.len();
    let (number, expected) = (given.len(), parts.len());
    let Some(stated) = attrs.get(total).and_then(Attr::int) else {
        return match fill {
            _ if given.is_empty() || fill == Fill::Never => Verdict::Holds,
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
        let weighed =
            |(k, p): (usize, &String)| if weight(k) == 1 { p.clone() } else { format!("{} × {p}", weight(k)) };
        let names = parts.iter().enumerate().map(weighed).collect::<Vec<_>>().join(" + ");
        let message = say!(
            lang,
            "{names} font {sum}, mais {total} dit {stated} : corrigez l’un ou l’autre",
            "{names} make {sum}, but {total} says {stated}: correct one or the other"
        );
        return Verdict::Fails(total.to_owned(), (codes::SUM_MISMATCH, message));
    }
    Verdict::Holds
}
