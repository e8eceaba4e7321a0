//! A filter asked of a row: yes, no, or not known.

use std::cmp::Ordering;

use geo::{BoundingRect as _, Intersects as _};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::{Comparison, FilterError, Fold, Found, Term, Test, refuse};
use crate::app::{FeatureRow, PropertyValue};

impl Term {
    pub(super) fn constant_text(&self) -> Option<String> {
        match self {
            Self::Text(t) => Some(t.clone()),
            Self::Folded(inner, fold) => inner.constant_text().map(|t| folded(&t, *fold)),
            _ => None,
        }
    }

    fn find(&self, row: &FeatureRow) -> Option<Found> {
        match self {
            Self::Field(k, _) => match row.values.get(*k)? {
                PropertyValue::Null => None,
                PropertyValue::Text(t) => Some(Found::Text(t.to_string())),
                PropertyValue::Int(n) => Some(Found::Number(*n as f64)),
                PropertyValue::Real(x) => Some(Found::Number(*x)),
                PropertyValue::Flag(b) => Some(Found::Flag(*b)),
            },
            Self::Number(x) => Some(Found::Number(*x)),
            // A day is compared with days and months as they are written; of an instant the day counts.
            Self::Time(t) => Some(Found::Text(t.chars().take(10).collect())),
            Self::Text(t) => Some(Found::Text(t.clone())),
            Self::Flag(b) => Some(Found::Flag(*b)),
            Self::Folded(inner, fold) => match inner.find(row)? {
                Found::Text(t) => Some(Found::Text(folded(&t, *fold))),
                other => Some(other),
            },
        }
    }
}

fn folded(text: &str, fold: Fold) -> String {
    match fold {
        Fold::Case => text.to_lowercase(),
        Fold::Accents => text.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect(),
    }
}

fn order(a: &Found, b: &Found) -> Option<Ordering> {
    match (a, b) {
        (Found::Number(a), Found::Number(b)) => a.partial_cmp(b),
        (Found::Text(a), Found::Text(b)) => Some(a.cmp(b)),
        (Found::Flag(a), Found::Flag(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

impl Test {
    pub(super) fn decide(&self, row: &FeatureRow) -> Option<bool> {
        match self {
            Self::Const(b) => Some(*b),
            Self::Flag(term) => match term.find(row)? {
                Found::Flag(b) => Some(b),
                _ => None,
            },
            // One no settles an AND whatever is not known, one yes an OR.
            Self::And(tests) => all(tests.iter().map(|t| t.decide(row))),
            Self::Or(tests) => all(tests.iter().map(|t| t.decide(row).map(|b| !b))).map(|b| !b),
            Self::Not(test) => test.decide(row).map(|b| !b),
            Self::Compare(a, comparison, b) => {
                let order = order(&a.find(row)?, &b.find(row)?)?;
                Some(match comparison {
                    Comparison::Equal => order.is_eq(),
                    Comparison::NotEqual => order.is_ne(),
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    Comparison::GreaterOrEqual => order.is_ge(),
                })
            }
            Self::Like(term, pattern) => match term.find(row)? {
                Found::Text(t) => Some(like(&t, pattern)),
                _ => None,
            },
            Self::In(term, items) => {
                let value = term.find(row)?;
                let found = items.iter().map(|i| order(&value, &i.find(row)?).map(Ordering::is_ne));
                all(found).map(|none| !none)
            }
            Self::IsNull(term) => Some(term.find(row).is_none()),
            Self::Meets(geometry, rect) => Some(meets(row, geometry, *rect)),
        }
    }

    pub(super) fn map_coordinates(
        &mut self,
        change: &mut dyn FnMut((f64, f64)) -> Option<(f64, f64)>,
    ) -> Result<(), FilterError> {
        use geo::MapCoords as _;
        match self {
            Self::And(tests) | Self::Or(tests) => tests.iter_mut().try_for_each(|t| t.map_coordinates(change)),
            Self::Not(test) => test.map_coordinates(change),
            Self::Meets(geometry, rect) => {
                let out_of_reach = || {
                    refuse(
                        "La géométrie du filtre sort du domaine de « filter-crs ».",
                        "The filter’s geometry lies outside the area of “filter-crs”.",
                    )
                };
                let cell = std::cell::RefCell::new(change);
                let moved = geometry
                    .try_map_coords(|c| (cell.borrow_mut())((c.x, c.y)).map(|(x, y)| geo::Coord { x, y }).ok_or(()))
                    .map_err(|()| out_of_reach())?;
                *rect = moved.bounding_rect().ok_or_else(out_of_reach)?;
                **geometry = moved;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// AND of three-valued answers.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            None => known = None,
            Some(true) => {}
        }
    }
    known
}

/// Boxes first: the geometry's text is only read where they do not settle it.
fn meets(row: &FeatureRow, geometry: &geo::Geometry<f64>, rect: geo::Rect<f64>) -> bool {
    let b = &row.bbox;
    let apart = b.is_empty()
        || b.west > rect.max().x
        || b.east < rect.min().x
        || b.south > rect.max().y
        || b.north < rect.min().y;
    if apart {
        return false;
    }
    let Some(text) = row.geometry.as_deref() else { return false };
    let own = text.parse::<geojson::Geometry>().ok().and_then(|g| geo::Geometry::<f64>::try_from(g).ok());
    own.is_some_and(|own| own.intersects(geometry))
}

/// `%` any run, `_` one character, `\` takes the next as it is. Time grows with text × pattern, never beyond.
pub(super) fn like(text: &str, pattern: &str) -> bool {
    enum Part {
        Any,
        One,
        Just(char),
    }
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => Part::Just(chars.next().unwrap_or('\\')),
            c => Part::Just(c),
        });
    }
    // reach[j]: the text so far can be used up by the first j parts.
    let mut reach = vec![false; parts.len() + 1];
    reach[0] = true;
    for (j, part) in parts.iter().enumerate() {
        reach[j + 1] = reach[j] && matches!(part, Part::Any);
    }
    for c in text.chars() {
        let before = reach.clone();
        reach[0] = false;
        for (j, part) in parts.iter().enumerate() {
            reach[j + 1] = match part {
                Part::Any => before[j + 1] || reach[j],
                Part::One => before[j],
                Part::Just(p) => before[j] && *p == c,
            };
        }
    }
    reach[parts.len()]
}
