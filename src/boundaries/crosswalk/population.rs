//! By population: where the people of a unit live, as far as populations are known.

use std::collections::BTreeMap;

use super::identity::{Parts, common_level, pairs};
use super::{Basis, Crosswalk, CrosswalkError, Link, SAME_SHARE, Side, by_area, by_identity};
use crate::boundaries::Unit;
use crate::domain::{GeometryKind, Level};

/// Population of a unit of a side; none where it is not known.
pub type PopulationOf<'a> = &'a dyn Fn(&Unit) -> Option<u64>;

/// The table by population. Each unit that goes to more than one other is weighted by the first of these that is known:
///
/// 1. populations of its parts one or more levels down, all of them: each part goes where its ground (surveyed sets) or its
///    identity (schematic ones) leads;
/// 2. populations of all the units it goes to: each times the share of it that lies in the unit;
/// 3. neither: its weights by area (or by identity) stand, and its links say so.
pub fn by_population(
    from: &Side<'_>,
    to: &Side<'_>,
    min_share: f64,
    (people_of_from, people_of_to): (PopulationOf<'_>, PopulationOf<'_>),
) -> Result<Crosswalk, CrosswalkError> {
    let drawn = [from, to].iter().all(|s| s.set.info.geometry == GeometryKind::Surveyed);
    let mut table = if drawn { by_area(from, to, min_share)? } else { by_identity(from, to)? };
    table.by = Basis::Population;
    let parts = finer(from, people_of_from)
        .map(|level| if drawn { by_ground(from, to, level, min_share) } else { Ok(by_name(from, to, level)) })
        .transpose()?;
    for f in 0..table.from.len() {
        let links = table.links_of(f);
        let (start, count) = (table.links.partition_point(|l| l.from < f), links.len());
        if count == 0 {
            continue;
        }
        let mut people: Option<Vec<f64>> = None;
        if let Some(parts) = &parts {
            let by_to = parts[f].as_ref().map(|placed| {
                let mut by_to: BTreeMap<usize, f64> = BTreeMap::new();
                for (part, to, share) in placed {
                    *by_to.entry(*to).or_default() += people_of_from(part).unwrap_or_default() as f64 * share;
                }
                by_to
            });
            people = by_to.map(|by_to| links.iter().map(|l| by_to.get(&l.to).copied().unwrap_or(0.0)).collect());
        }
        if people.is_none() {
            // By identity, the share of the other unit is one of parts, not of people: only a whole one will do.
            let of_to = |l: &Link| {
                let share = l.share_of_to.filter(|s| drawn || *s >= SAME_SHARE)?;
                let mut sum = 0;
                for member in &to.members[l.to] {
                    sum += people_of_to(member)?;
                }
                Some(sum as f64 * share)
            };
            people = links.iter().map(of_to).collect();
        }
        let Some(people) = people.filter(|p| p.iter().sum::<f64>() > 0.0) else { continue };
        let sum: f64 = people.iter().sum();
        let placed: f64 = if drawn { links.iter().filter_map(|l| l.weight).sum() } else { 1.0 };
        for (link, people) in table.links[start..start + count].iter_mut().zip(people) {
            link.amount = people;
            link.share = people / sum;
            link.weight = Some(people / sum * placed);
            link.basis = Basis::Population;
        }
    }
    shares_of_to(&mut table);
    Ok(table)
}

/// Shares of the second units in people: known where every link into the unit is in people.
fn shares_of_to(table: &mut Crosswalk) {
    let mut sums: Vec<Option<f64>> = vec![Some(0.0); table.to.len()];
    for link in &table.links {
        sums[link.to] = sums[link.to].filter(|_| link.basis == Basis::Population).map(|s| s + link.amount);
    }
    for link in table.links.iter_mut().filter(|l| l.basis == Basis::Population) {
        link.share_of_to = sums[link.to].filter(|s| *s > 0.0).map(|s| link.amount / s);
    }
}

/// A level below the side's own, or its members' where units are groups, at which all parts have a population.
fn finer(side: &Side<'_>, people: PopulationOf<'_>) -> Option<Level> {
    let grouped = side.members.iter().any(|m| m.len() > 1);
    Level::ALL
        .into_iter()
        .rev()
        .filter(|l| *l > side.level || (grouped && *l == side.level))
        .find(|l| !side.set.units(*l).is_empty() && side.set.units(*l).iter().all(|u| people(u).is_some()))
}

/// By unit of the first side: its parts, where each goes, and with which share.
type Placed<'a> = Vec<Option<Vec<(&'a Unit, usize, f64)>>>;

fn by_ground<'a>(from: &Side<'a>, to: &Side<'_>, level: Level, min_share: f64) -> Result<Placed<'a>, CrosswalkError> {
    let mut out = Vec::new();
    let parts = from.parts(level);
    let flat: Vec<&Unit> = parts.iter().flatten().copied().collect();
    let side = Side { level, members: flat.iter().map(|u| vec![*u]).collect(), units: named(&flat), ..from.clone() };
    let table = by_area(&side, to, min_share)?;
    let mut at = 0;
    for parts in &parts {
        let mut placed = Vec::new();
        for part in parts {
            for link in table.links_of(at) {
                placed.push((*part, link.to, link.weight.unwrap_or_default()));
            }
            at += 1;
        }
        out.push(Some(placed));
    }
    Ok(out)
}

fn named(units: &[&Unit]) -> Vec<super::Named> {
    units.iter().map(|u| super::Named { code: u.pcode.clone(), name: u.name.clone(), parent: None }).collect()
}

/// Through the finest common parts; none for a unit with a part that is in no unit, or in several.
fn by_name<'a>(from: &Side<'a>, to: &Side<'_>, level: Level) -> Placed<'a> {
    let leaves = common_level(from, to).max(level);
    let (first, second) = (Parts::of(from, leaves), Parts::of(to, leaves));
    // The part at `level` that each leaf belongs to → the units its leaves go to.
    let mut goes: BTreeMap<&str, Vec<Option<usize>>> = BTreeMap::new();
    let found = pairs(&first, &second);
    let chains: Vec<_> = first.list.iter().map(|(_, leaf)| from.set.chain(leaf)[level.index()].clone()).collect();
    for (k, code) in chains.iter().enumerate() {
        if let Some(code) = code {
            goes.entry(code).or_default().push(found.get(&k).map(|b| second.list[*b].0));
        }
    }
    from.parts(level)
        .into_iter()
        .map(|parts| {
            parts
                .into_iter()
                .map(|part| {
                    let to = goes.get(&*part.pcode)?;
                    let one = (*to.first()?)?;
                    to.iter().all(|t| *t == Some(one)).then_some((part, one, 1.0))
                })
                .collect()
        })
        .collect()
}
