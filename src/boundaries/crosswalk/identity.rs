//! Which units of two sets are the same by code and name: what can be said without an area.

use std::collections::HashMap;

use crate::boundaries::{BoundarySet, NameKey, Unit};
use crate::domain::Level;

/// A unit and its twin in another set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twin {
    /// Position in the first set.
    pub from: usize,
    /// Position in the second.
    pub to: usize,
    /// Whether the code is the same too; the name always is.
    pub same_code: bool,
}

/// The units of a level that are the same in both sets: by code and name; else by a name that is alone within its
/// parent's name, or alone at the level, in both. A code alone never suffices: ML1001 is Andéramboukane in one
/// vintage and Ménaka in another.
pub fn identity(from: &BoundarySet, to: &BoundarySet, level: Level) -> Vec<Twin> {
    let key = |u: &Unit| NameKey::of(&u.name).as_str().to_owned();
    let with_parent = |set: &BoundarySet, u: &Unit| {
        let parent = u.level.parent().zip(u.parent.as_deref()).and_then(|(l, p)| set.unit(l, p));
        format!("{}\u{1f}{}", parent.map(key).unwrap_or_default(), key(u))
    };
    let (a, b) = (from.units(level), to.units(level));
    let in_parent = [alone(a, |u| with_parent(from, u)), alone(b, |u| with_parent(to, u))];
    let at_level = [alone(a, key), alone(b, key)];
    let mut taken = vec![false; b.len()];
    let mut twins: Vec<Option<Twin>> = vec![None; a.len()];
    // The surest first, so that no guess takes what a sure one needs.
    for (i, unit) in a.iter().enumerate() {
        if let Some(j) = to.position(level, &unit.pcode).filter(|j| key(&b[*j]) == key(unit)) {
            twins[i] = Some(Twin { from: i, to: j, same_code: true });
            taken[j] = true;
        }
    }
    for (names, of) in [(&in_parent, true), (&at_level, false)] {
        for (i, unit) in a.iter().enumerate() {
            let name = if of { with_parent(from, unit) } else { key(unit) };
            let found = names[0].get(&name).copied().flatten().and(names[1].get(&name).copied().flatten());
            if let Some(j) = found.filter(|j| twins[i].is_none() && !taken[*j]) {
                twins[i] = Some(Twin { from: i, to: j, same_code: *unit.pcode == *b[j].pcode });
                taken[j] = true;
            }
        }
    }
    twins.into_iter().flatten().collect()
}

/// Each name with its unit, or none where several have it.
fn alone(units: &[Unit], name: impl Fn(&Unit) -> String) -> HashMap<String, Option<usize>> {
    let mut names = HashMap::new();
    for (k, unit) in units.iter().enumerate() {
        names.entry(name(unit)).and_modify(|found| *found = None).or_insert(Some(k));
    }
    names
}
