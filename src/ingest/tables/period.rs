//! Periods as headings, cells and file names write them.

use crate::domain::{Month, Period};
use crate::ingest::fold;

const MONTHS: [[&str; 5]; 12] = [
    ["janvier", "janv", "jan", "january", "jan"],
    ["fevrier", "fevr", "fev", "february", "feb"],
    ["mars", "mar", "mars", "march", "mar"],
    ["avril", "avr", "avr", "april", "apr"],
    ["mai", "mai", "mai", "may", "may"],
    ["juin", "juin", "jun", "june", "jun"],
    ["juillet", "juil", "jul", "july", "jul"],
    ["aout", "aout", "aou", "august", "aug"],
    ["septembre", "sept", "sep", "september", "sep"],
    ["octobre", "oct", "oct", "october", "oct"],
    ["novembre", "nov", "nov", "november", "nov"],
    ["decembre", "dec", "dec", "december", "dec"],
];

fn month_word(word: &str) -> Option<u8> {
    let key = fold(word);
    let at = MONTHS.iter().position(|names| names.contains(&key.as_str()))?;
    u8::try_from(at + 1).ok()
}

fn year(text: &str) -> Option<i16> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// Reads `2020-01`, `2020-Q1`, `T1 2020`, `2020-H1`, `2020-01..05`, `2023-10..2024-03`, `2020-01/2020-06`, `01/2020`,
/// `janvier 2020`, or `janvier` of the year given. A year alone is a period only where `years` says so.
pub fn period(text: &str, of_year: Option<i16>, years: bool) -> Option<Period> {
    let text = text.trim();
    if let Some((a, b)) = text.split_once("..") {
        let first = Month::of_iso(a).filter(|_| a.len() == 7)?;
        let last = if b.len() == 2 { Month::new(first.year(), b.parse().ok()?) } else { exact(b) }?;
        return Period::new(first, last);
    }
    if let Some(m) = exact(text) {
        return Some(Period::month(m));
    }
    if year(text).is_some() && !years {
        return None;
    }
    if let Ok(found) = Period::parse(text) {
        return Some(found);
    }
    let words: Vec<&str> = text.split([' ', '-', '/', '_', '\u{a0}']).filter(|w| !w.is_empty()).collect();
    match *words.as_slice() {
        [a, b] => {
            let (part, y) = year(a).map(|y| (b, y)).or_else(|| year(b).map(|y| (a, y)))?;
            run(part, y)
        }
        [one] => month_word(one).and_then(|m| Month::new(of_year?, m)).map(Period::month),
        _ => None,
    }
}

fn exact(text: &str) -> Option<Month> {
    (text.len() == 7).then(|| Month::of_iso(text)).flatten()
}

/// A month, quarter or half of a year.
fn run(part: &str, year: i16) -> Option<Period> {
    let months = |first: u8, n: i32| Month::new(year, first).and_then(|m| Period::new(m, m.plus(n - 1)));
    if let Some(m) = month_word(part).or_else(|| part.parse().ok().filter(|_| part.len() <= 2)) {
        return months(m, 1);
    }
    let (kind, n) = part.split_at_checked(1)?;
    let n: u8 = n.parse().ok()?;
    match kind.to_ascii_uppercase().as_str() {
        "Q" | "T" if (1..=4).contains(&n) => months(n * 3 - 2, 3),
        "H" | "S" if (1..=2).contains(&n) => months(n * 6 - 5, 6),
        _ => None,
    }
}

/// The month (`2020-09`) or the year (`_2020`) in a file's name.
pub fn of_name(name: &str) -> (Option<Period>, Option<i16>) {
    let bytes = name.as_bytes();
    let digits = |from: usize, n: usize| bytes.get(from..from + n).filter(|b| b.iter().all(u8::is_ascii_digit));
    let lone = |from: usize| from == 0 || !bytes[from - 1].is_ascii_digit();
    for at in 0..bytes.len() {
        let Some(y) = digits(at, 4).filter(|_| lone(at)).and_then(|_| year(name.get(at..at + 4)?)) else { continue };
        if !(1990..=2199).contains(&y) {
            continue;
        }
        let month = name.get(at..at + 7).and_then(exact).filter(|_| digits(at + 7, 1).is_none());
        return (month.map(Period::month), Some(y));
    }
    (None, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_as_tables_write_them() {
        let read = |t: &str| period(t, Some(2020), true).map(|p| p.to_string());
        for (text, expected) in [
            ("2020-01", "2020-01"),
            ("01/2020", "2020-01"),
            ("janvier 2020", "2020-01"),
            ("août", "2020-08"),
            ("Sept", "2020-09"),
            ("2020-01..05", "2020-01/2020-05"),
            ("2023-10..2024-03", "2023-10/2024-03"),
            ("2020-H1", "2020-01/2020-06"),
            ("T3 2024", "2024-Q3"),
            ("2023-Q4", "2023-Q4"),
            ("2019", "2019"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "total", "2020-13", "fin 2019 et après", "é", "Q9 2020", "2020-01..99"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(period("mars", None, true), None);
        assert_eq!(of_name("violations_subtype_2020-09.csv").0.map(|p| p.to_string()).as_deref(), Some("2020-09"));
        assert_eq!(of_name("violations_category_month_2021.csv"), (None, Some(2021)));
        assert_eq!(of_name("idp_2020-04-30é.csv").1, Some(2020));
    }
}
