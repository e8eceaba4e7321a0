//! What became of each unit: the same, renamed, recoded, split, merged, moved, gone, new.

use std::collections::BTreeSet;

use super::{Crosswalk, Part, SAME, SLIVER};
use crate::boundaries::{NameKey, Unit};

/// What became of units between two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// One place, one code, one name.
    Identical,
    /// One place and code under another name.
    Renamed,
    /// One place and name under another code.
    Recoded,
    /// One place, and both code and name are others.
    RenamedRecoded,
    /// One unit became several, which fill it.
    Split,
    /// Several units became one.
    Merged,
    /// The line moved: what was one unit's lies in part elsewhere.
    Moved,
    /// In no unit of the second set.
    Gone,
    /// In no unit of the first.
    New,
    /// A code of both sets that means two places.
    CodeReused,
}

/// One change, with the positions of the units it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub fate: Fate,
    /// Units of the first set.
    pub from: Vec<usize>,
    /// Units of the second.
    pub to: Vec<usize>,
}

/// Every unit's fate by a crosswalk of areas, in the order of the first set; then what is new, then codes that mean two
/// places. Each unit of the first set is in one change, codes aside.
pub fn changes(from: &[Unit], to: &[Unit], walk: &Crosswalk) -> Vec<Change> {
    let of = |i: usize| walk.parts.iter().filter(move |p| p.from == i);
    let into = |j: usize| walk.parts.iter().filter(move |p| p.to == j);
    let whole = |share: f64| share >= SAME;
    let mut out = Vec::new();
    let mut merged = BTreeSet::new();
    for (i, unit) in from.iter().enumerate() {
        let parts: Vec<&Part> = of(i).collect();
        if let Some(twin) = parts.iter().find(|p| whole(p.of_from) && whole(p.of_to)) {
            out.push(Change { fate: fate_of_twins(unit, &to[twin.to]), from: vec![i], to: vec![twin.to] });
            continue;
        }
        // Those that lie in it whole.
        let pieces: Vec<&&Part> = parts.iter().filter(|p| whole(p.of_to)).collect();
        if pieces.len() >= 2 && whole(pieces.iter().map(|p| p.of_from).sum()) {
            out.push(Change { fate: Fate::Split, from: vec![i], to: pieces.iter().map(|p| p.to).collect() });
            continue;
        }
        if let Some(target) = parts.iter().find(|p| whole(p.of_from)).map(|p| p.to) {
            let sources: Vec<&Part> = into(target).filter(|p| whole(p.of_from)).collect();
            if sources.len() >= 2 && whole(sources.iter().map(|p| p.of_to).sum()) {
                if merged.insert(target) {
                    let from = sources.iter().map(|p| p.from).collect();
                    out.push(Change { fate: Fate::Merged, from, to: vec![target] });
                }
                continue;
            }
        }
        let to = parts.iter().filter(|p| p.of_from >= SLIVER).map(|p| p.to).collect::<Vec<_>>();
        let fate = if to.is_empty() { Fate::Gone } else { Fate::Moved };
        out.push(Change { fate, from: vec![i], to });
    }
    for j in (0..to.len()).filter(|j| into(*j).next().is_none()) {
        out.push(Change { fate: Fate::New, from: Vec::new(), to: vec![j] });
    }
    for (i, unit) in from.iter().enumerate() {
        let Ok(j) = to.binary_search_by(|u| u.pcode.cmp(&unit.pcode)) else { continue };
        // More of it lies elsewhere than in the unit that has its code now, and the other way round.
        let common = of(i).find(|p| p.to == j).map_or(0.0, |p| p.of_from.max(p.of_to));
        if common < 0.5 {
            out.push(Change { fate: Fate::CodeReused, from: vec![i], to: vec![j] });
        }
    }
    out
}

/// What became of a unit whose place is another's.
pub(super) fn fate_of_twins(from: &Unit, to: &Unit) -> Fate {
    match (from.pcode == to.pcode, NameKey::of(&from.name) == NameKey::of(&to.name)) {
        (true, true) => Fate::Identical,
        (true, false) => Fate::Renamed,
        (false, true) => Fate::Recoded,
        (false, false) => Fate::RenamedRecoded,
    }
}
