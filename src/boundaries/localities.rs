//! Villages and towns: names → points, brought by the officer. What commune a point lies in is the locator's to say.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::NameKey;
use crate::spatial::LonLat;

/// A village or town.
#[derive(Debug, Clone, PartialEq)]
pub struct Locality {
    /// Its name.
    pub name: Arc<str>,
    /// Where it lies.
    pub point: LonLat,
    /// Its country as the file wrote it; empty where it did not.
    pub country: Arc<str>,
    /// Names of its region, cercle and commune, where the file gave them.
    pub admin: [Option<Arc<str>>; 3],
}

/// Localities by name. Many share one: the name alone means little without its parent.
#[derive(Debug, Default)]
pub struct Localities {
    list: Vec<Locality>,
    by_key: BTreeMap<NameKey, Vec<usize>>,
}

impl Localities {
    /// Indexes a list; a name that folds to nothing is left aside.
    pub fn build(list: Vec<Locality>) -> Self {
        let mut by_key: BTreeMap<NameKey, Vec<usize>> = BTreeMap::new();
        for (k, locality) in list.iter().enumerate() {
            let key = NameKey::of(&locality.name);
            if !key.is_empty() {
                by_key.entry(key).or_default().push(k);
            }
        }
        Self { list, by_key }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Those of this name, accents, case and hyphens folded, in the list's order.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Locality> {
        self.by_key.get(&NameKey::of(name)).into_iter().flatten().map(|k| &self.list[*k])
    }

    /// Those of a name at least `least` (0 to 100) like this one, the likest first, then in the order of names.
    pub fn near(&self, name: &str, least: u8) -> impl Iterator<Item = (&Locality, u8)> {
        let key = NameKey::of(name);
        let letters = key.as_str().chars().count();
        let mut near: Vec<(u8, &NameKey, &Vec<usize>)> = (self.by_key.iter())
            // Half the letters more or less are never near: spares most comparisons.
            .filter(|(k, _)| k.as_str().chars().count().abs_diff(letters) * 2 <= letters.max(4))
            .map(|(k, at)| (key.likeness(k), k, at))
            .filter(|(score, ..)| *score >= least)
            .collect();
        near.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        near.into_iter().flat_map(move |(score, _, at)| at.iter().map(move |k| (&self.list[*k], score)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locality(name: &str, lon: f64) -> Locality {
        Locality {
            name: name.into(),
            point: LonLat::new(lon, 14.0).expect("in range"),
            country: "ML".into(),
            admin: Default::default(),
        }
    }

    #[test]
    fn homonyms_are_all_given_and_near_names_come_ranked() {
        let all = Localities::build(vec![
            locality("Boni", -2.2),
            locality("Bony", -5.0),
            locality("BONI", -9.9),
            locality("Gao", 0.0),
        ]);
        assert_eq!(all.named("boni").count(), 2);
        assert_eq!(all.named("Bonni").count(), 0);
        let near: Vec<&str> = all.near("Bonni", 60).map(|(l, _)| &*l.name).collect();
        assert_eq!(near, ["Boni", "BONI", "Bony"]);
        assert_eq!(all.named(" - ").count(), 0);
    }
}
