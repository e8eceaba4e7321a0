//! Numbers as the two languages print them.

use crate::domain::Lang;

/// A whole number with its thousands grouped: `1 237` with a narrow no-break space in French, `1,237` in English.
pub fn grouped(n: u64, lang: Lang) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 6);
    for (k, d) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push(lang.pick('\u{202f}', ','));
        }
        out.push(d);
    }
    out
}

/// A decimal number with a fixed number of digits after the comma (the point in English).
pub fn decimal(x: f64, digits: usize, lang: Lang) -> String {
    let text = format!("{x:.digits$}");
    lang.pick(text.replace('.', ",").replace('-', "\u{2212}"), text)
}

/// The share of `part` in `whole` with one decimal: `12,5 %` with a no-break space in French, `12.5%` in English;
/// a dash where there is no whole to share.
pub fn percent(part: u64, whole: u64, lang: Lang) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let share = decimal(100.0 * part as f64 / whole as f64, 1, lang);
    lang.pick(format!("{share}\u{a0}%"), format!("{share}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_and_decimals_follow_the_language() {
        assert_eq!(grouped(1237, Lang::Fr), "1\u{202f}237");
        assert_eq!(grouped(999, Lang::Fr), "999");
        assert_eq!(grouped(1_234_567, Lang::En), "1,234,567");
        assert_eq!(percent(1, 8, Lang::Fr), "12,5\u{a0}%");
        assert_eq!(percent(1, 0, Lang::Fr), "–");
    }
}
