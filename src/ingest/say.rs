//! One sentence in two languages, formatted only in the one that is asked for.

/// `say!(lang, "fr…", "en…")`: both are format strings with captured variables. The French one is typeset.
macro_rules! say {
    ($lang:expr, $fr:literal, $en:literal $(,)?) => {
        match $lang {
            $crate::domain::Lang::Fr => $crate::ingest::say::typeset(&format!($fr)),
            $crate::domain::Lang::En => format!($en),
        }
    };
}

/// French spacing: no-break spaces inside « » and before : ; ? !
pub(super) fn typeset(text: &str) -> String {
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
