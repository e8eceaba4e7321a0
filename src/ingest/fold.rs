//! Keys under which headings and terms are compared, and the nearest of them.

use crate::boundaries::NameKey;

/// The text without accents, case, spaces and punctuation: « P-code », `p_code` and `PCODE` fold to `pcode`.
/// Headings and terms are compared as names of places are.
pub fn fold(text: &str) -> String {
    // Most headings and codes need no decomposition.
    if text.is_ascii() {
        return text.bytes().filter(u8::is_ascii_alphanumeric).map(|b| char::from(b.to_ascii_lowercase())).collect();
    }
    NameKey::of(text).as_str().to_owned()
}

/// The up to three candidates whose folded text is nearest to `text`, the nearest first; candidates that hold it, or
/// that it holds, count as near. Nothing comparable, nothing returned.
pub(super) fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    // A cell may hold thousands of letters; no label does.
    let key = NameKey::of(&text.chars().take(120).collect::<String>());
    if key.is_empty() {
        return Vec::new();
    }
    let mut near: Vec<(usize, usize, &str)> = Vec::new();
    for (order, candidate) in candidates.enumerate() {
        let other = NameKey::of(candidate);
        let (a, b) = (key.as_str(), other.as_str());
        let longest = a.chars().count().max(b.chars().count());
        let contained = a.len().min(b.len()) >= 4 && (a.contains(b) || b.contains(a));
        let d = key.distance(&other);
        if contained || d * 5 <= longest * 2 {
            near.push((if contained { d.min(1) } else { d }, order, candidate));
        }
    }
    near.sort_unstable();
    near.into_iter().map(|(_, _, c)| c).take(3).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_punctuation_do_not_tell_headings_apart() {
        for text in ["P-code", "p_code", "PCODE", " p code "] {
            assert_eq!(fold(text), "pcode");
        }
        assert_eq!(fold("Catégorie d’auteur"), fold("CATEGORIE D'AUTEUR"));
        // Written with a combining accent, as some exports do.
        assert_eq!(fold("re\u{301}gion"), "region");
        assert_eq!(fold("Cœur"), "coeur");
    }

    #[test]
    fn the_short_way_for_plain_letters_folds_as_names_are() {
        for text in ["P-code", "N'Koumandougou 2", "_ADM1_FR.", "", "---", "a\u{7f}B"] {
            assert_eq!(fold(text), NameKey::of(text).as_str(), "{text}");
        }
    }

    #[test]
    fn a_merged_label_brings_up_both_of_its_parts() {
        let types = ["Assassinat", "Meurtre", "Viol", "Menace"];
        assert_eq!(nearest("Assassinat, meurtre", types.into_iter()), ["Assassinat", "Meurtre"]);
        assert_eq!(nearest("menasse", types.into_iter()), ["Menace"]);
        assert!(nearest("???", types.into_iter()).is_empty());
    }
}
