//! Counts and coordinates as the field writes them.

use crate::domain::Lang;
use crate::ingest::codes::{self, IssueCode};
use crate::ingest::profile::Decimal;
use crate::ingest::table::Cell;

/// What is wrong with a cell: its code and the sentence for the officer.
pub(in crate::ingest) type Wrong = (IssueCode, String);

/// No count of people is above this; a longer number is a typing error or an id in the wrong column.
const LARGEST: i64 = 1_000_000_000_000;

/// Blanks and apostrophes that group thousands: space, no-break, narrow no-break, thin, figure space.
fn is_group_mark(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' | '\'' | '’')
}

/// Reads a whole number ≥ 0.
///
/// Thousands may be grouped by blanks (1 877). A single point or comma before three digits (1.877) is read by the file's
/// decimal mark; where that is not settled (a workbook's number) it is rejected with both readings. A fraction is rejected, but for one of zeros (12.0 is how some programs export 12).
pub(super) fn count(cell: &Cell, decimal: Decimal, lang: Lang) -> Result<i64, Wrong> {
    // A workbook's number has no marks: what it shows is a decimal point.
    let decimal = if matches!(cell, Cell::Number(_)) { Decimal::Unsettled } else { decimal };
    let text = match cell {
        Cell::Date(_) => {
            let message = say!(
                lang,
                "une date dans une colonne de nombres : mettez la cellule au format nombre et retapez-la",
                "a date in a column of numbers: format the cell as a number and type it again"
            );
            return Err((codes::BAD_NUMBER, message));
        }
        _ => cell.shown(),
    };
    let text = text.trim();
    if let Some(rest) = text.strip_prefix(['-', '−']) {
        if unsigned(rest, decimal, lang).is_ok() {
            let message = say!(
                lang,
                "un nombre négatif ne compte personne : corrigez-le",
                "a negative number counts nobody: correct it"
            );
            return Err((codes::NEGATIVE, message));
        }
        return Err(no_number(lang));
    }
    unsigned(text, decimal, lang)
}

/// What a number's marks can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ingest) enum Mark {
    /// The comma can only be decimal, or the point only group thousands.
    Comma,
    /// The point can only be decimal, or the comma only group thousands.
    Point,
    /// 1.877: both ways.
    Either,
}

/// What a text shows of its file's marks; none where it has no mark, or is no number.
pub(in crate::ingest) fn readings_of_number(text: &str) -> Option<Mark> {
    let text = text.trim().trim_start_matches(['-', '−']);
    let first = text.find(['.', ','])?;
    let mark = text.as_bytes()[first];
    if !text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',' || is_group_mark(c)) {
        return None;
    }
    let (decimal, grouping) = if mark == b',' { (Mark::Comma, Mark::Point) } else { (Mark::Point, Mark::Comma) };
    let (whole, rest) = (&text[..first], &text[first + 1..]);
    match rest.find(['.', ',']) {
        // 1.234.567 and 1.234,5: the first one groups.
        Some(_) => Some(grouping),
        None if !rest.bytes().all(|b| b.is_ascii_digit()) || rest.is_empty() || whole.is_empty() => None,
        None if rest.len() == 3 && whole.len() <= 3 && !whole.starts_with('0') => Some(Mark::Either),
        None => Some(decimal),
    }
}

fn no_number(lang: Lang) -> Wrong {
    let message = say!(
        lang,
        "un nombre entier est attendu, en chiffres ; laissez vide si l’on ne sait pas",
        "a whole number in digits is expected; leave it empty where unknown"
    );
    (codes::BAD_NUMBER, message)
}

fn unsigned(text: &str, decimal: Decimal, lang: Lang) -> Result<i64, Wrong> {
    let grouped;
    let text = match (decimal, readings_of_number(text)) {
        (Decimal::Comma, Some(Mark::Either)) if text.contains('.') => {
            grouped = text.replace('.', "");
            &grouped
        }
        (Decimal::Point, Some(Mark::Either)) if text.contains(',') => {
            grouped = text.replace(',', "");
            &grouped
        }
        _ => text,
    };
    let marks: Vec<char> = text.chars().filter(|c| matches!(c, '.' | ',')).collect();
    let (whole, fraction) = match marks.as_slice() {
        [] => (text.to_owned(), ""),
        // 1.234.567: the same mark again can only group.
        [first, rest @ ..] if !rest.is_empty() && rest.iter().all(|m| m == first) => (text.replace(*first, " "), ""),
        [.., last] => {
            let (whole, fraction) = text.rsplit_once(*last).unwrap_or((text, ""));
            (whole.replace(['.', ','], " "), fraction)
        }
    };
    let digits = ungrouped(&whole).ok_or_else(|| no_number(lang))?;
    if !fraction.bytes().all(|b| b.is_ascii_digit()) || (fraction.is_empty() && marks.len() == 1) {
        return Err(no_number(lang));
    }
    let two_ways = marks.len() == 1 && fraction.len() == 3 && digits.len() <= 3 && !digits.starts_with('0');
    if two_ways && decimal == Decimal::Unsettled {
        let message = say!(
            lang,
            "se lit {digits}{fraction} (milliers) ou {digits},{fraction} (décimales) : écrivez {digits}{fraction} sans point ni virgule si c’est le premier",
            "reads {digits}{fraction} (thousands) or {digits}.{fraction} (decimals): write {digits}{fraction} without point or comma if it is the former"
        );
        return Err((codes::AMBIGUOUS_NUMBER, message));
    }
    if fraction.bytes().any(|b| b != b'0') {
        let message = say!(
            lang,
            "un nombre entier est attendu, sans décimales : corrigez-le",
            "a whole number is expected, without decimals: correct it"
        );
        return Err((codes::NOT_WHOLE, message));
    }
    digits.parse().ok().filter(|n| *n <= LARGEST).ok_or_else(|| no_number(lang))
}

/// The digits of `1 877` or `1877`; none where the groups are not of three.
fn ungrouped(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split(is_group_mark).collect();
    let digits = groups.iter().all(|g| !g.is_empty() && g.bytes().all(|b| b.is_ascii_digit()));
    let grouped = groups.len() == 1 || (groups[0].len() <= 3 && groups[1..].iter().all(|g| g.len() == 3));
    (digits && grouped).then(|| groups.concat())
}

/// Reads degrees, with a decimal point or comma.
pub(in crate::ingest) fn degrees(cell: &Cell, lang: Lang) -> Result<f64, Wrong> {
    let text = cell.shown().replace('−', "-").replace(',', ".");
    let text = text.trim_end_matches(['°', ' ', '\u{a0}']);
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'-' || b == b'.');
    let value = text.parse::<f64>().ok().filter(|x| plain && x.is_finite());
    value.filter(|_| !matches!(cell, Cell::Date(_) | Cell::Flag(_))).ok_or_else(|| {
        let message = say!(
            lang,
            "des degrés décimaux sont attendus, comme −4,1875 ou -4.1875, sans lettres ni minutes",
            "decimal degrees are expected, like -4.1875, without letters or minutes"
        );
        (codes::BAD_COORDINATE, message)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<i64, &'static str> {
        count(&Cell::text(text), Decimal::Unsettled, Lang::Fr).map_err(|(code, _)| code.name)
    }

    #[test]
    fn thousands_are_read_as_french_files_write_them() {
        for text in ["1877", "1 877", "1\u{a0}877", "1\u{202f}877", "01877", "1877.0", "1 877,00", "1’877"] {
            assert_eq!(read(text), Ok(1877), "{text}");
        }
        assert_eq!(read("1.234.567"), Ok(1_234_567));
        assert_eq!(read("1.234,00"), Ok(1234));
        assert_eq!(count(&Cell::Number(12.0), Decimal::Comma, Lang::Fr).ok(), Some(12));
    }

    #[test]
    fn a_number_that_reads_two_ways_is_rejected_with_both_readings() {
        for text in ["1.877", "1,877", "12,345"] {
            assert_eq!(read(text), Err("AMBIGUOUS_NUMBER"), "{text}");
        }
        let (_, message) = count(&Cell::text("1.877"), Decimal::Unsettled, Lang::Fr).expect_err("ambiguous");
        assert!(message.contains("1877") && message.contains("1,877"), "{message}");
        // A workbook that took the point for a decimal mark is no better.
        assert!(count(&Cell::Number(1.877), Decimal::Comma, Lang::En).is_err());
    }

    #[test]
    fn a_settled_mark_gives_a_number_one_reading() {
        let read = |text: &str, decimal| count(&Cell::text(text), decimal, Lang::En).map_err(|(code, _)| code.name);
        assert_eq!(read("1.877", Decimal::Comma), Ok(1877));
        assert_eq!(read("1,877", Decimal::Comma), Err("NOT_WHOLE"));
        assert_eq!(read("1,877", Decimal::Point), Ok(1877));
        assert_eq!(read("1.877", Decimal::Point), Err("NOT_WHOLE"));
        assert_eq!(read("-1.877", Decimal::Comma), Err("NEGATIVE"));
        assert_eq!(read("12,0", Decimal::Comma), Ok(12));
    }

    #[test]
    fn what_is_no_count_is_rejected_under_its_own_code() {
        for (text, code) in [
            ("-3", "NEGATIVE"),
            ("−3", "NEGATIVE"),
            ("2,5", "NOT_WHOLE"),
            ("0.125", "NOT_WHOLE"),
            ("une trentaine", "BAD_NUMBER"),
            ("18 77", "BAD_NUMBER"),
            ("1 87", "BAD_NUMBER"),
            ("12.", "BAD_NUMBER"),
            (".5", "BAD_NUMBER"),
            ("1e3", "BAD_NUMBER"),
            ("99999999999999999999", "BAD_NUMBER"),
            ("-", "BAD_NUMBER"),
            ("٣", "BAD_NUMBER"),
        ] {
            assert_eq!(read(text), Err(code), "{text}");
        }
    }

    #[test]
    fn degrees_take_a_point_or_a_comma_and_nothing_else() {
        let read = |text: &str| degrees(&Cell::text(text), Lang::Fr).ok();
        for text in ["-4.1875", "-4,1875", "−4,1875", "-4.1875°"] {
            assert_eq!(read(text), Some(-4.1875), "{text}");
        }
        for text in ["4°11'W", "inf", "NaN", "1e2", "--4", "14.5 N"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_count_or_a_reject_and_never_a_fault(text in "\\PC{0,40}") {
            let _ = read(&text);
            let _ = degrees(&Cell::text(&text), Lang::En);
        }

        #[test]
        fn a_written_count_is_read_back(n in 0_i64..1_000_000_000_000) {
            prop_assert_eq!(read(&n.to_string()), Ok(n));
        }
    }
}
