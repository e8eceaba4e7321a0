//! Names folded for comparison, and how far apart two are.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name folded for comparison: accents, case, apostrophes, hyphens, underscores and spaces make no difference, so
/// that `N’Koumandougou` = `n'koumandougou` and `Gourma-Rharous` = `GOURMA_RHAROUS`. Whole names are compared,
/// never parts of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameKey(String);

impl NameKey {
    /// Folds a name; empty where it has no letter or digit.
    pub fn of(name: &str) -> Self {
        Self(fold(name))
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Insertions, deletions, replacements and exchanges of neighbouring letters that lead from one to the other.
    pub fn distance(&self, other: &Self) -> usize {
        strsim::osa_distance(&self.0, &other.0)
    }

    /// How alike two names are, 0 to 100: the mean of Damerau-Levenshtein, taken relative to the longer name, and
    /// Jaro-Winkler, which forgives endings more than beginnings. 100 only where they are equal.
    pub fn likeness(&self, other: &Self) -> u8 {
        if self == other {
            return 100;
        }
        let edits = strsim::normalized_damerau_levenshtein(&self.0, &other.0);
        let mean = f64::midpoint(edits, strsim::jaro_winkler(&self.0, &other.0));
        // Both lie in 0..=1; what is not the same is never a full hundred.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 99")]
        let likeness = libm::floor(mean * 100.0).clamp(0.0, 99.0) as u8;
        likeness
    }
}

/// NFKD without marks, lower case, letters and digits only.
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            c if c.is_alphanumeric() => folded.extend(c.to_lowercase()),
            _ => {}
        }
    }
    folded
}

/// The name before a `_CER` suffix, by which field workbooks mark a cercle that has homonyms at other levels.
pub fn without_cercle_suffix(name: &str) -> Option<&str> {
    let name = name.trim();
    let cut = name.len().checked_sub(4)?;
    let (head, tail) = name.split_at_checked(cut)?;
    let marked =
        tail.eq_ignore_ascii_case("_cer") || tail.eq_ignore_ascii_case("-cer") || tail.eq_ignore_ascii_case(" cer");
    (marked && !head.is_empty()).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_apostrophes_and_hyphens_make_no_difference() {
        for (a, b) in [
            ("N’Koumandougou", "N'koumandougou"),
            ("Gourma-Rharous", "GOURMA_RHAROUS"),
            ("Ségou", "SEGOU"),
            ("Tin-Essako", "tin essako"),
            ("Sœur\u{a0}X", "soeur x"),
            ("Se\u{301}gou", "Ségou"),
        ] {
            assert_eq!(NameKey::of(a), NameKey::of(b), "{a} {b}");
        }
        assert_ne!(NameKey::of("San"), NameKey::of("Sanankoroba"));
        assert!(NameKey::of(" - ").is_empty());
    }

    #[test]
    fn distances_count_letters() {
        let d = |a: &str, b: &str| NameKey::of(a).distance(&NameKey::of(b));
        assert_eq!((d("Dioila", "Diolila"), d("Gao", "Gao"), d("", "Gao"), d("kitten", "sitting")), (1, 0, 3, 3));
        assert_eq!(d("Moondoro", "Monodoro"), 1, "neighbours exchanged");
    }

    #[test]
    fn likeness_ranks_the_misspelt_name_before_the_other_one() {
        let l = |a: &str, b: &str| NameKey::of(a).likeness(&NameKey::of(b));
        assert_eq!((l("Hairé", "HAIRE"), l("", "Gao")), (100, 0));
        assert!(
            l("Hayré", "Hairé") > 80 && l("Hayré", "Hombori") < 60,
            "{} {}",
            l("Hayré", "Hairé"),
            l("Hayré", "Hombori")
        );
        assert_eq!(l("Dioila", "Diolila"), l("Diolila", "Dioila"));
    }

    #[test]
    fn the_cercle_suffix_is_seen_whole() {
        assert_eq!(without_cercle_suffix("GAO_CER"), Some("GAO"));
        assert_eq!(without_cercle_suffix("Cer"), None);
        assert_eq!(without_cercle_suffix("Soncer"), None);
        assert_eq!(without_cercle_suffix("é_CE"), None);
    }
}
