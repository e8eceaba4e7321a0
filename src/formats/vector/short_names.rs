//! Names that fit the table of a shapefile.

use std::collections::BTreeSet;

/// Longest name of a column there, bytes.
const LONGEST: usize = 10;

/// A short name for each name, in the same order: the first ten characters; where that is taken, the first ones and a number.
/// Names come as ASCII words; no two short ones are alike, whatever their case.
pub fn short_names(names: &[&str]) -> Vec<String> {
    let mut taken = BTreeSet::new();
    let short = |name: &str, most: usize| name[..name.floor_char_boundary(most)].to_owned();
    names
        .iter()
        .map(|name| {
            let mut found = short(name, LONGEST);
            let mut number = 1;
            while !taken.insert(found.to_lowercase()) {
                let ending = format!("_{number}");
                found = format!("{}{ending}", short(name, LONGEST - ending.len()));
                number += 1;
            }
            found
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_cut_at_ten_characters_and_those_alike_numbered() {
        let names =
            ["pcode", "outside_coverage", "units_covered", "kinds_village", "kinds_village_attack", "KINDS_VILLA"];
        assert_eq!(
            short_names(&names),
            ["pcode", "outside_co", "units_cove", "kinds_vill", "kinds_vi_1", "KINDS_VI_2"]
        );
    }

    proptest! {
        #[test]
        fn short_names_fit_and_are_all_different(names in proptest::collection::vec("[a-zA-Z_é]{1,14}", 0..60)) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let short = short_names(&names);
            prop_assert_eq!(short.len(), names.len());
            prop_assert!(short.iter().all(|s| s.len() <= LONGEST && !s.is_empty()));
            prop_assert_eq!(short.iter().map(|s| s.to_lowercase()).collect::<BTreeSet<_>>().len(), names.len());
        }
    }
}
