//! By code and name: which units are the same in both sides, whatever their outlines.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Basis, Crosswalk, CrosswalkError, Link, SAME_SHARE, Side};
use crate::boundaries::{NameKey, Unit};
use crate::domain::Level;

/// The parts of a side, flat, with the unit each belongs to.
pub(super) struct Parts<'a> {
    pub list: Vec<(usize, &'a Unit)>,
    above: Vec<Vec<NameKey>>,
}

impl<'a> Parts<'a> {
    pub fn of(side: &Side<'a>, level: Level) -> Self {
        let list: Vec<(usize, &Unit)> = side
            .parts(level)
            .into_iter()
            .enumerate()
            .flat_map(|(k, parts)| parts.into_iter().map(move |p| (k, p)))
            .collect();
        let above = list.iter().map(|(_, p)| side.above(p)).collect();
        Self { list, above }
    }
}

/// The finest level that both sides' sets have units at, and that is not above either side's own.
pub(super) fn common_level(from: &Side<'_>, to: &Side<'_>) -> Level {
    let has = |l: Level| !from.set.units(l).is_empty() && !to.set.units(l).is_empty();
    Level::ALL.into_iter().rev().find(|l| has(*l)).unwrap_or(Level::Region).max(from.level).max(to.level)
}

/// Which part of the first side is which of the second: pairs of places in the two lists.
///
/// Rounds, each over what the rounds before left: same code and same name; same name below a unit of the same name, and
/// only one such in each; same name, and only one such in each whole side; same code below a unit of the same name, and
/// names that differ by [`NEAR`] letters at most (Baroueli, Baraouéli). A code alone never suffices: ML1001 is
/// Andéramboukane in one vintage and Ménaka in another.
pub(super) fn pairs(from: &Parts<'_>, to: &Parts<'_>) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for round in 0..3 {
        let key = |parts: &Parts<'_>, k: usize| -> (Option<Arc<str>>, Option<NameKey>, NameKey) {
            let part = parts.list[k].1;
            let name = NameKey::of(&part.name);
            match round {
                0 => (Some(part.pcode.clone()), None, name),
                1 => (None, parts.above[k].first().cloned(), name),
                _ => (None, None, name),
            }
        };
        let index = |parts: &Parts<'_>, left: &dyn Fn(usize) -> bool| {
            let mut index: BTreeMap<_, Vec<usize>> = BTreeMap::new();
            for k in (0..parts.list.len()).filter(|k| left(*k)) {
                index.entry(key(parts, k)).or_default().push(k);
            }
            index
        };
        let first = index(from, &|k| !found.contains_key(&k));
        let second = index(to, &|k| !taken.contains(&k));
        for (key, here) in first {
            if let ([a], Some([b])) = (here.as_slice(), second.get(&key).map(Vec::as_slice)) {
                found.insert(*a, *b);
                taken.insert(*b);
            }
        }
    }
    let by_code: BTreeMap<&str, usize> = to.list.iter().enumerate().map(|(k, (_, part))| (&*part.pcode, k)).collect();
    for (a, (_, part)) in from.list.iter().enumerate().filter(|(a, _)| !found.contains_key(a)).collect::<Vec<_>>() {
        let Some(b) = by_code.get(&*part.pcode).filter(|b| !taken.contains(*b)) else { continue };
        let names = (NameKey::of(&part.name), NameKey::of(&to.list[*b].1.name));
        let long = names.0.as_str().len().min(names.1.as_str().len()) > 2 * NEAR;
        if long && from.above[a].first() == to.above[*b].first() && names.0.distance(&names.1) <= NEAR {
            found.insert(a, *b);
            taken.insert(*b);
        }
    }
    found
}

/// Letters by which two spellings of one name differ at most, where code and unit above agree.
const NEAR: usize = 2;

/// The table by code and name, over the finest parts that both sets have. Shares are shares of the number of parts; a
/// weight is only known where all of a unit ([`SAME_SHARE`]) goes to one other: how many people or square kilometres
/// lie in the parts is not in their names.
pub fn by_identity(from: &Side<'_>, to: &Side<'_>) -> Result<Crosswalk, CrosswalkError> {
    for side in [from, to] {
        if side.units.is_empty() {
            return Err(CrosswalkError::NoUnits { id: side.id.clone() });
        }
    }
    let level = common_level(from, to);
    let (first, second) = (Parts::of(from, level), Parts::of(to, level));
    let count = |parts: &Parts<'_>, n: usize| {
        let mut counts = vec![0.0_f64; n];
        for (unit, _) in &parts.list {
            counts[*unit] += 1.0;
        }
        counts
    };
    let (wholes, others) = (count(&first, from.units.len()), count(&second, to.units.len()));
    let mut both: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for (a, b) in pairs(&first, &second) {
        *both.entry((first.list[a].0, second.list[b].0)).or_default() += 1.0;
    }
    let mut placed = vec![0.0; from.units.len()];
    let mut links: Vec<Link> = both
        .into_iter()
        .map(|((f, t), n)| {
            placed[f] += n;
            let share = n / wholes[f];
            Link {
                from: f,
                to: t,
                amount: n,
                share,
                share_of_to: Some(n / others[t]),
                weight: (share >= SAME_SHARE).then_some(1.0),
                basis: Basis::Identity,
            }
        })
        .collect();
    // One commune in twenty may have changed its name or hands: the unit still went where the rest is.
    let whole: BTreeSet<usize> = links.iter().filter(|l| l.weight.is_some()).map(|l| l.from).collect();
    for link in links.iter_mut().filter(|l| whole.contains(&l.from)) {
        link.weight = link.weight.or(Some(0.0));
    }
    let outside = placed.iter().zip(&wholes).map(|(p, w)| if *w > 0.0 { 1.0 - p / w } else { 1.0 }).collect();
    Ok(Crosswalk {
        from_id: from.id.clone(),
        to_id: to.id.clone(),
        by: Basis::Identity,
        from: from.units.clone(),
        to: to.units.clone(),
        links,
        outside,
        slivers: 0,
    })
}
