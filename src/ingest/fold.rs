//! Keys under which headings and terms are compared, and the nearest of them.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The text without accents, case, spaces and punctuation: « P-code », `p_code` and `PCODE` fold to `pcode`.
pub fn fold(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    if text.is_ascii() {
        key.extend(text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
        return key;
    }
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => key.push_str("oe"),
            'æ' => key.push_str("ae"),
            c if c.is_alphanumeric() => key.push(c),
            _ => {}
        }
    }
    key
}

/// Number of characters to insert, delete or replace to make one key of the other; keys are cut at 80 characters.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(80).collect();
    let b: Vec<char> = b.chars().take(80).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// The up to three candidates whose folded text is nearest to `text`, the nearest first; candidates that hold it, or
/// that it holds, count as near. Nothing comparable, nothing returned.
pub(super) fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let key = fold(text);
    if key.is_empty() {
        return Vec::new();
    }
    let mut near: Vec<(usize, usize, &str)> = Vec::new();
    for (order, candidate) in candidates.enumerate() {
        let other = fold(candidate);
        let longest = key.chars().count().min(80).max(other.chars().count().min(80));
        let contained = key.len().min(other.len()) >= 4 && (key.contains(&other) || other.contains(&key));
        let d = distance(&key, &other);
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
    fn a_merged_label_brings_up_both_of_its_parts() {
        let types = ["Assassinat", "Meurtre", "Viol", "Menace"];
        assert_eq!(nearest("Assassinat, meurtre", types.into_iter()), ["Assassinat", "Meurtre"]);
        assert_eq!(nearest("menasse", types.into_iter()), ["Menace"]);
        assert!(nearest("???", types.into_iter()).is_empty());
    }
}
