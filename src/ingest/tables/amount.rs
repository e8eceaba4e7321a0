//! Figures as published tables print them.

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// Nothing: the month has not elapsed, or nobody knows. Never 0.
    Absent,
    /// A number.
    Number {
        /// Its value.
        value: f64,
        /// Digits after the decimal mark.
        decimals: u8,
        /// Whether it has a % sign.
        percent: bool,
    },
    /// `1.877` is 1877 or 1,877: neither is taken.
    TwoWays,
    /// Something else.
    Other,
}

impl Amount {
    /// The number, where there is one.
    pub fn number(self) -> Option<f64> {
        if let Self::Number { value, .. } = self { Some(value) } else { None }
    }
}

const ABSENT: [&str; 10] = ["-", "–", "—", "n/a", "na", "nd", "n.d.", "ras", "…", "..."];

/// Blanks and apostrophes that group thousands.
fn groups(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' | '\'' | '’')
}

/// Reads a cell. `share`: the column holds percentages, where `2.875` can only be decimals.
pub fn amount(cell: &str, share: bool) -> Amount {
    let text = cell.trim();
    if text.is_empty() || ABSENT.contains(&text.to_lowercase().as_str()) {
        return Amount::Absent;
    }
    let (negative, text) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let bare = text.strip_suffix('%').map(|t| t.trim_end_matches(groups));
    let (percent, text) = (bare.is_some(), bare.unwrap_or(text));
    let marks: Vec<char> = text.chars().filter(|c| matches!(c, '.' | ',')).collect();
    let (whole, fraction) = match marks.as_slice() {
        [] => (text.to_owned(), String::new()),
        // 1.234.567: the same mark again can only group.
        [first, rest @ ..] if !rest.is_empty() && rest.iter().all(|m| m == first) => {
            (text.replace(*first, " "), String::new())
        }
        [.., last] => {
            let (whole, fraction) = text.rsplit_once(*last).unwrap_or((text, ""));
            (whole.replace(['.', ','], " "), fraction.to_owned())
        }
    };
    let parts: Vec<&str> = whole.split(groups).collect();
    let digits = parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
        && (parts.len() == 1 || (parts[0].len() <= 3 && parts[1..].iter().all(|p| p.len() == 3)));
    if !digits || !fraction.bytes().all(|b| b.is_ascii_digit()) || (fraction.is_empty() && marks.len() == 1) {
        return Amount::Other;
    }
    let whole = parts.concat();
    if whole.len() > 15 || fraction.len() > 9 {
        return Amount::Other;
    }
    if marks.len() == 1 && fraction.len() == 3 && whole.len() <= 3 && !whole.starts_with('0') && !share && !percent {
        return Amount::TwoWays;
    }
    let decimals = u8::try_from(fraction.len()).unwrap_or(0);
    let value: f64 = format!("{whole}.{fraction}0").parse().unwrap_or_default();
    Amount::Number { value: if negative { -value } else { value }, decimals, percent }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_are_read_as_tables_print_them() {
        let n = |t: &str| amount(t, false).number();
        for text in ["14171", "14 171", "14\u{a0}171", "14\u{202f}171", "+14171", "14171,0"] {
            assert_eq!(n(text), Some(14171.0), "{text}");
        }
        assert_eq!((n("-9"), n("−9"), n("2.8%"), n("12,5 %")), (Some(-9.0), Some(-9.0), Some(2.8), Some(12.5)));
        assert_eq!(amount("2.875", true).number(), Some(2.875));
        for text in ["1.877", "3,580"] {
            assert_eq!(amount(text, false), Amount::TwoWays, "{text}");
        }
        for text in ["", " ", "-", "N/A", "RAS"] {
            assert_eq!(amount(text, false), Amount::Absent, "{text}");
        }
        for text in ["49 puis 57", "0% (sic)", "18 77", "1e9", "NaN", "--1"] {
            assert_eq!(amount(text, false), Amount::Other, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_cell_is_read_without_a_fault(text in "\\PC{0,40}", share: bool) {
            let _ = amount(&text, share);
        }
    }
}
