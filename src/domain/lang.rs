//! The two languages of the interface.

use serde::{Deserialize, Serialize};

/// French first, English too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Français.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// `fr` or `en`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// Picks the text of this language.
    pub fn pick<T>(self, fr: T, en: T) -> T {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }
}

/// French spacing: no-break spaces inside « » and before : ; ? !
pub fn typeset(text: &str) -> String {
    let mut set = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let before_mark = rest.peek().is_some_and(|next| matches!(next, ':' | ';' | '?' | '!' | '»' | '%'));
        let glued = c == ' ' && (before_mark || set.ends_with('«'));
        set.push(if glued { '\u{a0}' } else { c });
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_marks_do_not_go_to_the_next_line_alone() {
        assert_eq!(typeset("« a » : b ; c ?"), "«\u{a0}a\u{a0}»\u{a0}: b\u{a0}; c\u{a0}?");
    }
}
