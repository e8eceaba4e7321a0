//! What changed between two sides, unit by unit: same, recoded, moved, split, merged, redrawn, gone, new.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Crosswalk, Link, MOST_SHARE, Named, SAME_SHARE};
use crate::domain::Lang;

/// How units of the two sides hang together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Same ground, same code, same name, same unit above.
    Identical,
    /// Same ground, another code.
    Recoded,
    /// Same ground, another name.
    Renamed,
    /// Same ground, below another unit.
    Moved,
    /// One unit became several.
    Split,
    /// Several units became one.
    Merged,
    /// One unit is still mostly one, with another outline.
    Redrawn,
    /// A unit was shared out among several that are mostly something else.
    Divided,
    /// A unit put together from parts of several.
    Assembled,
    /// A unit of the first side that lies in none of the second.
    Gone,
    /// A unit of the second side in which none of the first lies.
    New,
    /// One code means two places.
    CodeReused,
}

/// One change, with the units concerned (places in [`Crosswalk::from`] and [`Crosswalk::to`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// Units of the first side.
    pub from: Vec<usize>,
    /// Units of the second side.
    pub to: Vec<usize>,
}

impl Crosswalk {
    /// Everything that changed or stayed: every unit of either side is in at least one of these. Ordered by kind, then by
    /// code. A unit may be in several: recoded and moved.
    pub fn changes(&self) -> Vec<Change> {
        let mut out = Vec::new();
        let mut add = |kind, from: Vec<usize>, to: Vec<usize>| out.push(Change { kind, from, to });
        let (mut told_from, mut told_to) = (BTreeSet::new(), BTreeSet::new());
        for link in self.links.iter().filter(|l| self.same_ground(l)) {
            let (a, b) = (&self.from[link.from], &self.to[link.to]);
            let (from, to) = (vec![link.from], vec![link.to]);
            told_from.insert(link.from);
            told_to.insert(link.to);
            let moved = a.parent.is_some() && b.parent.is_some() && parent_key(a) != parent_key(b);
            if a.code == b.code && a.same_name(b) && !moved {
                add(ChangeKind::Identical, from, to);
                continue;
            }
            if a.code != b.code {
                add(ChangeKind::Recoded, from.clone(), to.clone());
            }
            if !a.same_name(b) {
                add(ChangeKind::Renamed, from.clone(), to.clone());
            }
            if moved {
                add(ChangeKind::Moved, from, to);
            }
        }
        let mostly_from = |l: &&Link| l.share_of_to.is_some_and(|s| s >= MOST_SHARE);
        for f in 0..self.from.len() {
            let to: Vec<usize> = self.links_of(f).iter().filter(mostly_from).map(|l| l.to).collect();
            if to.len() > 1 {
                told_from.insert(f);
                told_to.extend(&to);
                add(ChangeKind::Split, vec![f], to);
            }
        }
        for t in 0..self.to.len() {
            let from: Vec<usize> = self.links_into(t).filter(|l| l.share >= MOST_SHARE).map(|l| l.from).collect();
            if from.len() > 1 {
                told_to.insert(t);
                told_from.extend(&from);
                add(ChangeKind::Merged, from, vec![t]);
            }
        }
        for link in self.links.iter().filter(|l| l.share >= MOST_SHARE).filter(mostly_from) {
            if !told_from.contains(&link.from) && !told_to.contains(&link.to) {
                told_from.insert(link.from);
                told_to.insert(link.to);
                add(ChangeKind::Redrawn, vec![link.from], vec![link.to]);
            }
        }
        for f in (0..self.from.len()).filter(|f| !told_from.contains(f)) {
            let to: Vec<usize> = self.links_of(f).iter().map(|l| l.to).collect();
            add(if to.is_empty() { ChangeKind::Gone } else { ChangeKind::Divided }, vec![f], to);
        }
        for t in (0..self.to.len()).filter(|t| !told_to.contains(t)) {
            let from: Vec<usize> = self.links_into(t).map(|l| l.from).collect();
            add(if from.is_empty() { ChangeKind::New } else { ChangeKind::Assembled }, from, vec![t]);
        }
        for (t, unit) in self.to.iter().enumerate() {
            let Ok(f) = self.from.binary_search_by(|u| u.code.cmp(&unit.code)) else { continue };
            let related = self.links_of(f).iter().any(|l| l.to == t && (l.share >= MOST_SHARE || mostly_from(&l)));
            if !related && !self.from[f].same_name(unit) {
                add(ChangeKind::CodeReused, vec![f], vec![t]);
            }
        }
        out.sort_by(|a, b| a.kind.cmp(&b.kind).then(a.from.cmp(&b.from)).then(a.to.cmp(&b.to)));
        out
    }

    /// A change in plain words, French or English.
    pub fn sentence(&self, change: &Change, lang: Lang) -> String {
        let from: Vec<String> = change.from.iter().map(|f| title(&self.from[*f])).collect();
        let to: Vec<String> = change.to.iter().map(|t| title(&self.to[*t])).collect();
        let (first, second) = (from.first().map_or("", String::as_str), to.first().map_or("", String::as_str));
        let with_share = |side: &[usize], from_side: bool| -> Vec<String> {
            let name = |k: usize| if from_side { title(&self.from[k]) } else { title(&self.to[k]) };
            side.iter()
                .map(|k| {
                    let (f, t) = (Some(k), change.to.first());
                    let (f, t) = if from_side { (f, t) } else { (change.from.first(), Some(k)) };
                    let link = self.links.iter().find(|l| Some(&l.from) == f && Some(&l.to) == t);
                    link.map_or_else(|| name(*k), |l| format!("{}, {}", name(*k), percent(l.share, lang)))
                })
                .collect()
        };
        let parents = || {
            let of = |n: Option<&Named>| n.and_then(|n| n.parent.clone()).unwrap_or_default();
            (of(change.from.first().map(|f| &self.from[*f])), of(change.to.first().map(|t| &self.to[*t])))
        };
        let and = |list: &[String]| list.join(lang.pick("\u{a0}; ", "; "));
        match change.kind {
            ChangeKind::Identical => lang.pick(format!("{first} est inchangé"), format!("{first} is unchanged")),
            ChangeKind::Recoded => {
                lang.pick(format!("{first} a changé de code\u{a0}: {second}"), format!("{first} was recoded: {second}"))
            }
            ChangeKind::Renamed => {
                lang.pick(format!("{first} s’écrit maintenant {second}"), format!("{first} is now written {second}"))
            }
            ChangeKind::Moved => {
                let (a, b) = parents();
                lang.pick(format!("{second} est passé de {a} à {b}"), format!("{second} was moved from {a} to {b}"))
            }
            ChangeKind::Split => {
                let parts = and(&with_share(&change.to, false));
                lang.pick(format!("{first} a été divisé en {parts}"), format!("{first} was split into {parts}"))
            }
            ChangeKind::Merged => {
                let parts = and(&with_share(&change.from, true));
                lang.pick(format!("{second} réunit {parts}"), format!("{second} merges {parts}"))
            }
            ChangeKind::Redrawn => {
                let shares = self.links.iter().find(|l| [l.from] == *change.from && [l.to] == *change.to);
                let kept = percent(shares.map_or(0.0, |l| l.share), lang);
                let make = percent(shares.and_then(|l| l.share_of_to).unwrap_or(0.0), lang);
                lang.pick(
                    format!("{first} a été redessiné\u{a0}: {kept} en restent dans {second}, dont ils font {make}"),
                    format!("{first} was redrawn: {kept} of it remain in {second}, of which they make {make}"),
                )
            }
            ChangeKind::Divided => {
                let parts = and(&with_share(&change.to, false));
                lang.pick(
                    format!("{first} a été réparti entre {parts}"),
                    format!("{first} was shared out among {parts}"),
                )
            }
            ChangeKind::Assembled => {
                let parts = and(&from);
                lang.pick(
                    format!("{second} est fait de parties de {parts}"),
                    format!("{second} is made of parts of {parts}"),
                )
            }
            ChangeKind::Gone => {
                let to = &self.to_id;
                lang.pick(
                    format!("{first} n’a pas de correspondant dans {to}"),
                    format!("{first} has no counterpart in {to}"),
                )
            }
            ChangeKind::New => {
                let from = &self.from_id;
                lang.pick(
                    format!("{second} n’a pas d’origine dans {from}"),
                    format!("{second} has no origin in {from}"),
                )
            }
            ChangeKind::CodeReused => {
                let code = change.to.first().map_or("", |t| &*self.to[*t].code);
                let (a, b) = (&self.from_id, &self.to_id);
                let name = |n: &Named| n.name.clone();
                let before = change.from.first().map_or_else(|| "".into(), |f| name(&self.from[*f]));
                let after = change.to.first().map_or_else(|| "".into(), |t| name(&self.to[*t]));
                lang.pick(
                    format!(
                        "le code {code} désigne {before} dans {a} et {after} dans {b}\u{a0}: ce n’est pas le même lieu"
                    ),
                    format!("the code {code} means {before} in {a} and {after} in {b}: not the same place"),
                )
            }
        }
    }
}

fn parent_key(unit: &Named) -> Option<crate::boundaries::NameKey> {
    unit.parent.as_deref().map(crate::boundaries::NameKey::of)
}

fn title(unit: &Named) -> String {
    format!("{} ({})", unit.name, unit.code)
}

/// « 43 % »; one decimal below 10 and from 95 on, where it tells something.
fn percent(share: f64, lang: Lang) -> String {
    let p = share * 100.0;
    let text = if (10.0..SAME_SHARE * 100.0).contains(&p) { format!("{p:.0}") } else { format!("{p:.1}") };
    lang.pick(format!("{}\u{a0}%", text.replace('.', ",")), format!("{text}%"))
}
