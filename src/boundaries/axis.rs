//! A road through places: « axe Mopti-Douentza-Boni-Mondoro ».

use std::sync::Arc;

use super::NameKey;
use crate::domain::{Axis, AxisPlace, Level};
use crate::spatial::LonLat;

type Units = [Option<Arc<str>>; 3];

/// Words that say that a road is meant, folded.
const WORDS: [&str; 8] = ["axeroutier", "axe", "routenationale", "route", "troncon", "piste", "roadaxis", "road"];

/// A road has at most so many places.
const PLACES: usize = 20;

/// The names of a road's places, each piece between separators one; none where the text names no road.
/// A hyphen may also belong to a name (Gourma-Rharous): [`resolve_axis`] puts such pieces together again.
pub fn axis_names(text: &str) -> Option<Vec<&str>> {
    let rest = after_word(text.trim())?;
    let mut pieces = vec![rest];
    for separator in ["-", "–", "—", "‑", "/", "→", ">", "<", ";", ",", " à ", " vers ", " et ", " - ", " to "]
    {
        pieces = pieces.into_iter().flat_map(|p| p.split(separator)).collect();
    }
    let names: Vec<&str> = pieces.into_iter().map(str::trim).filter(|p| !NameKey::of(p).is_empty()).collect();
    (2..=PLACES).contains(&names.len()).then_some(names)
}

/// What follows the word that says road: one or two words, and a colon perhaps.
fn after_word(text: &str) -> Option<&str> {
    let ends = text.char_indices().filter(|(_, c)| c.is_whitespace() || *c == ':').map(|(k, _)| k);
    // The longest reading first: « axe routier X » is not a road through « routier X ».
    ends.take(3)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .find(|end| WORDS.contains(&NameKey::of(&text[..*end]).as_str()))
        .map(|end| text[end..].trim_start_matches(|c: char| c.is_whitespace() || c == ':'))
}

/// Settles a road's places. `look` gives every place that a name can mean; neighbouring pieces that make one name
/// with a hyphen are taken together, the longest first. A name with several meanings is settled by the road itself where
/// just one of them lies in the region or cercle that the other places share, else it counts as not recognised.
pub fn resolve_axis(pieces: &[&str], look: &mut dyn FnMut(&str) -> Vec<(Units, LonLat)>) -> Axis {
    let mut found: Vec<(String, Vec<(Units, LonLat)>)> = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let longest = (at + 1..=pieces.len().min(at + 3)).rev();
        let taken = longest.map(|end| (end, pieces[at..end].join("-"))).find_map(|(end, name)| {
            let meanings = look(&name);
            (!meanings.is_empty() || end == at + 1).then_some((end, name, meanings))
        });
        let Some((end, name, meanings)) = taken else { break };
        found.push((name, meanings));
        at = end;
    }
    let sure: Vec<&Units> = found.iter().filter(|(_, m)| m.len() == 1).map(|(_, m)| &m[0].0).collect();
    let common = shared(sure.into_iter());
    let places = found.into_iter().map(|(name, meanings)| {
        let meaning = match meanings.as_slice() {
            [one] => Some(one.clone()),
            several => {
                let finest = Level::ALL.into_iter().rev().find(|l| common[l.index()].is_some());
                let mut fits =
                    several.iter().filter(|(u, _)| finest.is_some_and(|l| u[l.index()] == common[l.index()]));
                fits.next().filter(|_| fits.next().is_none()).cloned()
            }
        };
        let (units, point) = meaning.map_or((Default::default(), None), |(u, p)| (u, Some(p)));
        AxisPlace { stated: name.into(), units, point }
    });
    Axis { places: places.collect() }
}

/// The units that all of these share, as far down as they do.
fn shared<'a>(mut all: impl Iterator<Item = &'a Units>) -> Units {
    let Some(mut common) = all.next().cloned() else { return Default::default() };
    for units in all {
        let mut same = true;
        for level in Level::ALL {
            same &= common[level.index()] == units[level.index()];
            if !same {
                common[level.index()] = None;
            }
        }
    }
    common
}

/// Where a road counts: the finest unit that its places share, never finer than the cercle (a line has no single
/// commune), and never finer than the region where a place was not recognised: it may lie in another cercle.
pub fn axis_units(axis: &Axis) -> Units {
    let mut units = shared(axis.places.iter().filter(|p| p.is_known()).map(|p| &p.units));
    units[Level::Commune.index()] = None;
    if axis.places.iter().any(|p| !p.is_known()) {
        units[Level::Cercle.index()] = None;
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(codes: &[&str]) -> Units {
        [0, 1, 2].map(|k| codes.get(k).map(|c| Arc::from(*c)))
    }

    fn look(name: &str) -> Vec<(Units, LonLat)> {
        let point = LonLat::new(-3.0, 15.0).expect("in range");
        let units: &[&[&str]] = match name {
            "Mopti" => &[&["5", "51", "511"]],
            "Douentza" => &[&["5", "52", "521"]],
            "Boni" => &[&["5", "52", "522"], &["1", "11", "111"]],
            "Mondoro" => &[&["5", "52", "523"]],
            "Gourma-Rharous" => &[&["6", "61", "611"]],
            "Benkadi" => &[&["3", "31", "311"], &["3", "32", "321"]],
            _ => &[],
        };
        units.iter().map(|u| (chain(u), point)).collect()
    }

    fn settle(text: &str) -> (Vec<String>, Vec<bool>, Units) {
        let axis = resolve_axis(&axis_names(text).expect("a road"), &mut look);
        let names = axis.places.iter().map(|p| p.stated.to_string()).collect();
        (names, axis.places.iter().map(AxisPlace::is_known).collect(), axis_units(&axis))
    }

    #[test]
    fn a_road_counts_where_all_its_places_lie() {
        let (names, known, units) = settle("axe Mopti-Douentza-Boni-Mondoro");
        assert_eq!((names.len(), known), (4, vec![true; 4]));
        assert_eq!(units, chain(&["5"]), "Boni is the one of the region that the others share");
        assert_eq!(settle("Axe routier : Douentza – Mondoro").2, chain(&["5", "52"]));
        assert_eq!(settle("route Mopti vers Gourma-Rharous").2, chain(&[]));
        assert_eq!(settle("AXE Douentza/Gourma-Rharous").0, ["Douentza", "Gourma-Rharous"]);
    }

    #[test]
    fn what_was_not_recognised_is_kept_and_makes_the_place_coarser() {
        let (names, known, units) = settle("axe Douentza-Nulle Part-Mondoro");
        assert_eq!(names, ["Douentza", "Nulle Part", "Mondoro"]);
        assert_eq!(known, [true, false, true]);
        assert_eq!(units, chain(&["5"]));
        assert_eq!(settle("axe Mopti-Benkadi").1, [true, false], "two of the name, neither on the way");
        assert_eq!(settle("axe Nulle-Part").2, chain(&[]));
    }

    #[test]
    fn a_place_is_no_road() {
        for text in ["Mopti-Douentza", "Axel", "axe", "axe Mopti", "Routeville-Nord", "", "axe -"] {
            assert_eq!(axis_names(text), None, "{text}");
        }
    }
}
