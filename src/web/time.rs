//! The `datetime` parameter: an instant or an interval, settled to whole days. Points know days; layers by unit know months.

use jiff::civil::{Date, date};
use jiff::fmt::temporal::Pieces;

use crate::app::Days;

/// The forms that `datetime` takes, for the answer to one that it does not.
pub(super) const FORMS: [&str; 6] = [
    "2021-06",
    "2021-06-17",
    "2021-06-17T00:00:00Z",
    "2021-01-01/2021-06-30",
    "../2021-06-30T23:59:59Z",
    "2021-01-01T00:00:00Z/..",
];

/// Reads a `datetime`. A year before 1900 opens the beginning and one after 2199 the end: clients write `0000-01-01` and
/// `9999-12-31` for « no bound ».
pub(super) fn parse(text: &str) -> Option<Days> {
    let Some((from, to)) = text.split_once('/') else {
        let only = bound(text)?;
        return Some((Some(clamped(only.first)), Some(clamped(only.last))));
    };
    // `..` and nothing are open.
    let end = |text: &str| (!matches!(text, "" | "..")).then(|| bound(text).ok_or(())).transpose().ok();
    let (from, to) = (end(from)?, end(to)?);
    // Compared as written, before a month is all of its days: an interval that ends before it begins is a mistake.
    if let (Some(from), Some(to)) = (&from, &to)
        && from.first > to.first
    {
        return None;
    }
    let first = from.map(|b| b.first).filter(|d| *d >= FIRST_DAY).map(clamped);
    let last = to.map(|b| b.last).filter(|d| *d <= LAST_DAY).map(clamped);
    Some((first, last))
}

const FIRST_DAY: Date = date(1900, 1, 1);
const LAST_DAY: Date = date(2199, 12, 31);

/// The nearest day that the calendar of months has.
fn clamped(day: Date) -> Date {
    day.clamp(FIRST_DAY, LAST_DAY)
}

/// One end of an interval: a day, or a month's first and last.
struct Bound {
    first: Date,
    last: Date,
}

/// A month, a date, or a date and time with its offset.
fn bound(text: &str) -> Option<Bound> {
    let date = match text.split_once(['T', 't']) {
        Some((date, _)) => {
            // Hours, seconds, fraction and offset are checked; the offset never moves the month, as the data know none.
            let pieces = Pieces::parse(text).ok()?;
            if pieces.time().is_none() || pieces.offset().is_none() || pieces.time_zone_annotation().is_some() {
                return None;
            }
            date
        }
        None => text,
    };
    match date.len() {
        10 => {
            let day: Date = date.parse().ok()?;
            Some(Bound { first: day, last: day })
        }
        7 if date == text => {
            let first: Date = format!("{date}-01").parse().ok()?;
            Some(Bound { first, last: first.last_of_month() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_a_client_sends_is_read() {
        let (first, last) = (Some(date(2021, 6, 1)), Some(date(2021, 6, 30)));
        let (day, jan) = (Some(date(2021, 6, 17)), Some(date(2021, 1, 1)));
        for (text, wanted) in [
            ("2021-06", (first, last)),
            ("2021-06-17", (day, day)),
            ("2021-06-17T12:00:00Z", (day, day)),
            ("2021-06-17T12:00:00.000Z", (day, day)),
            ("2021-06-17T12:00:00+02:00", (day, day)),
            ("2021-01-01/2021-06-30", (jan, last)),
            ("2021-01/2021-06", (jan, last)),
            ("2021-06-17/2021-06-30", (day, last)),
            ("../2021-06-30T23:59:59Z", (None, last)),
            ("/2021-06-30T23:59:59Z", (None, last)),
            ("2021-01-01T00:00:00Z/..", (jan, None)),
            ("2021-01-01T00:00:00Z/", (jan, None)),
            ("0000-01-01T00:00:00Z/2021-06-30T00:00:00Z", (None, last)),
            ("2021-01-01T00:00:00Z/9999-12-31T00:00:00Z", (jan, None)),
            ("../..", (None, None)),
            ("0000-01-01T00:00:00Z/9999-12-31T00:00:00Z", (None, None)),
        ] {
            assert_eq!(parse(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "juin",
            "2021-13",
            "2021-02-30",
            "2021-06-17T25:00:00Z",
            "2021-06-17T12:00:00",
            "2021-06-30/2021-06-01",
            "2021-06-01/2021-06-02/2021-06-03",
            "2021",
            "2021-06-17Tnoon",
            "...",
            "2021-06-17T",
            "17/06/2021",
            "TZ",
            "é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_instant_outside_the_calendar_of_months_matches_its_edge_only() {
        assert_eq!(parse("0001-05-05"), Some((Some(FIRST_DAY), Some(FIRST_DAY))));
        assert_eq!(parse("9999-05-05/.."), Some((Some(LAST_DAY), None)));
    }
}
