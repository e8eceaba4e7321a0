//! The `datetime` parameter: an instant or an interval, settled to whole months, which is how finely the layers know time.

use jiff::fmt::temporal::Pieces;

use crate::domain::Month;

/// First and last month, each open where none.
pub(super) type Months = (Option<Month>, Option<Month>);

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
pub(super) fn parse(text: &str) -> Option<Months> {
    let Some((from, to)) = text.split_once('/') else {
        let month = bound(text)?.clamped()?;
        return Some((Some(month), Some(month)));
    };
    // `..` and nothing are open.
    let end = |text: &str| (!matches!(text, "" | "..")).then(|| bound(text).ok_or(())).transpose().ok();
    let (from, to) = (end(from)?, end(to)?);
    // Compared as written, before anything is rounded to months: an interval that ends before it begins is a mistake.
    if let (Some(from), Some(to)) = (&from, &to)
        && from.key > to.key
    {
        return None;
    }
    let first = from.filter(|b| b.year >= FIRST_YEAR).and_then(Bound::clamped);
    let last = to.filter(|b| b.year <= LAST_YEAR).and_then(Bound::clamped);
    Some((first, last))
}

const FIRST_YEAR: i16 = 1900;
const LAST_YEAR: i16 = 2199;

/// One end of an interval; `key` orders bounds written alike.
struct Bound {
    year: i16,
    month: u8,
    key: (i16, u8, u8),
}

impl Bound {
    /// Its month, the nearest one that the calendar of months has.
    fn clamped(self) -> Option<Month> {
        let year = self.year.clamp(FIRST_YEAR, LAST_YEAR);
        let month = if self.year < FIRST_YEAR {
            1
        } else if self.year > LAST_YEAR {
            12
        } else {
            self.month
        };
        Month::new(year, month)
    }
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
    let (year, month, day) = match date.len() {
        10 => {
            let date: jiff::civil::Date = date.parse().ok()?;
            (date.year(), date.month(), date.day())
        }
        7 if date == text => {
            let date: jiff::civil::Date = format!("{date}-01").parse().ok()?;
            (date.year(), date.month(), 1)
        }
        _ => return None,
    };
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    Some(Bound { year, month, key: (year, month, day) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        Month::of_iso(text).expect("a month")
    }

    #[test]
    fn every_form_a_client_sends_is_read() {
        let june = Some(month("2021-06"));
        let jan = Some(month("2021-01"));
        for (text, wanted) in [
            ("2021-06", (june, june)),
            ("2021-06-17", (june, june)),
            ("2021-06-17T12:00:00Z", (june, june)),
            ("2021-06-17T12:00:00.000Z", (june, june)),
            ("2021-06-17T12:00:00+02:00", (june, june)),
            ("2021-01-01/2021-06-30", (jan, june)),
            ("2021-01/2021-06", (jan, june)),
            ("../2021-06-30T23:59:59Z", (None, june)),
            ("/2021-06-30T23:59:59Z", (None, june)),
            ("2021-01-01T00:00:00Z/..", (jan, None)),
            ("2021-01-01T00:00:00Z/", (jan, None)),
            ("0000-01-01T00:00:00Z/2021-06-30T00:00:00Z", (None, june)),
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
        assert_eq!(parse("0001-05-05"), Some((Some(month("1900-01")), Some(month("1900-01")))));
        assert_eq!(parse("9999-05-05/.."), Some((Some(month("2199-12")), None)));
    }
}
