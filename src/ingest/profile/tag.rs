//! HXL tags: `#adm1 +name +fr`. The order of attributes says nothing.

use std::collections::BTreeSet;

/// A tag with its attributes, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    base: String,
    attributes: BTreeSet<String>,
}

/// No tag is longer; a longer cell is a text.
const LONGEST: usize = 200;

impl Tag {
    /// Reads a tag; none where the text is no tag.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let mut words = text.strip_prefix('#')?.split('+').map(|w| w.trim().to_ascii_lowercase());
        let base = words.next().filter(|w| is_word(w))?;
        let attributes: BTreeSet<String> = words.collect();
        attributes.iter().all(|a| is_word(a)).then_some(Self { base, attributes })
    }

    /// How many attributes of the pattern a column with this tag has; none where it is another tag or lacks one of them.
    pub fn fits(&self, pattern: &Self) -> Option<usize> {
        let fits = self.base == pattern.base && pattern.attributes.is_subset(&self.attributes);
        fits.then_some(pattern.attributes.len())
    }
}

impl std::fmt::Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.base)?;
        self.attributes.iter().try_for_each(|a| write!(f, "+{a}"))
    }
}

fn is_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> Tag {
        Tag::parse(text).expect(text)
    }

    #[test]
    fn a_tag_is_read_whatever_the_order_blanks_and_case_of_its_attributes() {
        assert_eq!(tag("#adm1+name+fr"), tag(" #ADM1 +fr +name "));
        assert_eq!(tag("#affected+f+children").to_string(), "#affected+children+f");
        for text in ["adm1", "#", "#1", "n° 3 #adm1", "#adm1+", "#date occurred", "#é"] {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_pattern_fits_what_has_all_of_its_attributes() {
        assert_eq!(tag("#adm1+name+fr").fits(&tag("#adm1+name")), Some(1));
        assert_eq!(tag("#adm1").fits(&tag("#adm1+name")), None);
        assert_eq!(tag("#adm2+name").fits(&tag("#adm1+name")), None);
    }
}
