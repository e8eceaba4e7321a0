//! Months and the periods made of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A calendar month, 1900-01 to 2199-12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(i32);

/// The first month there is.
const FIRST: Month = Month(1900 * 12);

impl Month {
    /// A checked month; `month` counts from 1.
    pub fn new(year: i16, month: u8) -> Option<Self> {
        ((1900..=2199).contains(&year) && (1..=12).contains(&month))
            .then(|| Self(i32::from(year) * 12 + i32::from(month) - 1))
    }

    /// The year.
    pub fn year(self) -> i16 {
        i16::try_from(self.0 / 12).unwrap_or(i16::MAX)
    }

    /// The month of the year, 1 to 12.
    pub fn month(self) -> u8 {
        u8::try_from(self.0 % 12 + 1).unwrap_or(1)
    }

    /// The month `n` later (earlier where negative).
    #[must_use]
    pub fn plus(self, n: i32) -> Self {
        Self(self.0 + n)
    }

    /// The month of an ISO date, `2021-06-17` or `2021-06`.
    pub fn of_iso(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (y, m) = (parts.next()?, parts.next()?);
        if y.len() != 4 || m.len() != 2 {
            return None;
        }
        Self::new(y.parse().ok()?, m.parse().ok()?)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl TryFrom<String> for Month {
    type Error = String;
    fn try_from(s: String) -> Result<Self, String> {
        (s.len() == 7).then(|| Self::of_iso(&s)).flatten().ok_or_else(|| format!("« {s} » is no month (2021-06)"))
    }
}

impl From<Month> for String {
    fn from(m: Month) -> String {
        m.to_string()
    }
}

/// A period that cannot be read, with the forms that can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("« {0} » is no period: write 2021-06, 2021-Q2, 2021, 2021-01/2021-06 or latest")]
pub struct PeriodError(pub String);

/// A run of whole months, first to last, at most 50 years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    first: Month,
    last: Month,
}

impl Period {
    /// One month.
    pub fn month(month: Month) -> Self {
        Self { first: month, last: month }
    }

    /// From `first` to `last`, both included.
    pub fn new(first: Month, last: Month) -> Option<Self> {
        (first <= last && last.0 - first.0 < 600).then_some(Self { first, last })
    }

    /// Reads `2021-06`, `2021-Q2`, `2021` or `2021-01/2021-06`. (`latest` depends on the data and is settled above.)
    pub fn parse(text: &str) -> Result<Self, PeriodError> {
        let bad = || PeriodError(text.chars().take(60).collect());
        if let Some((a, b)) = text.split_once('/') {
            let month = |s: &str| (s.len() == 7).then(|| Month::of_iso(s)).flatten();
            return month(a).zip(month(b)).and_then(|(a, b)| Self::new(a, b)).ok_or_else(bad);
        }
        if let Some((year, quarter)) = text.split_once("-Q").or_else(|| text.split_once("-T")) {
            let quarter: u8 = quarter.parse().ok().filter(|q| (1..=4).contains(q)).ok_or_else(bad)?;
            let year: i16 = year.parse().map_err(|_| bad())?;
            let first = Month::new(year, quarter * 3 - 2).ok_or_else(bad)?;
            return Ok(Self { first, last: first.plus(2) });
        }
        match text.len() {
            4 => {
                let first = text.parse().ok().and_then(|y| Month::new(y, 1)).ok_or_else(bad)?;
                Ok(Self { first, last: first.plus(11) })
            }
            7 => Month::of_iso(text).map(Self::month).ok_or_else(bad),
            _ => Err(bad()),
        }
    }

    /// The period `months` earlier, of the same length; none where it would begin before the first month there is.
    pub fn earlier(self, months: u32) -> Option<Self> {
        let back = i32::try_from(months).ok()?;
        let (first, last) = (self.first.0.checked_sub(back)?, self.last.0.checked_sub(back)?);
        (first >= FIRST.0).then_some(Self { first: Month(first), last: Month(last) })
    }

    /// So many months, 1 or more, of which `last` is the last; none where that is more than a period holds.
    pub fn ending(last: Month, months: u32) -> Option<Self> {
        let first = last.0.checked_sub(i32::try_from(months).ok()?.checked_sub(1)?)?;
        (first >= FIRST.0).then(|| Self::new(Month(first), last)).flatten()
    }

    /// The first month.
    pub fn first(self) -> Month {
        self.first
    }

    /// The last month.
    pub fn last(self) -> Month {
        self.last
    }

    /// Whether the month belongs to the period.
    pub fn contains(self, month: Month) -> bool {
        (self.first..=self.last).contains(&month)
    }

    /// Every month, in order.
    pub fn months(self) -> impl Iterator<Item = Month> {
        (self.first.0..=self.last.0).map(Month)
    }

    /// Number of months, at least 1.
    pub fn len(self) -> u32 {
        (self.last.0 - self.first.0 + 1).unsigned_abs()
    }

    /// Never: a period holds one month at least.
    pub fn is_empty(self) -> bool {
        false
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, months) = (self.first, self.len());
        if months == 1 {
            write!(f, "{first}")
        } else if months == 12 && first.month() == 1 {
            write!(f, "{:04}", first.year())
        } else if months == 3 && first.month() % 3 == 1 {
            write!(f, "{:04}-Q{}", first.year(), first.month() / 3 + 1)
        } else {
            write!(f, "{first}/{}", self.last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_before_ends_where_the_months_begin() {
        let period = |text| Period::parse(text).expect("a period");
        assert_eq!(period("2021-Q1").earlier(3), Some(period("2020-Q4")));
        assert_eq!(period("2021-Q1").earlier(12), Some(period("2020-Q1")));
        assert_eq!(period("1900-01").earlier(1), None);
        assert_eq!(period("2021-01").earlier(u32::MAX), None);
        let june = period("2021-06").last();
        assert_eq!(Period::ending(june, 3), Some(period("2021-04/2021-06")));
        assert_eq!(Period::ending(june, 1), Some(period("2021-06")));
        assert_eq!([0, 601, 100_000, u32::MAX].map(|n| Period::ending(june, n)), [None; 4]);
    }

    #[test]
    fn every_written_form_of_a_period_is_read_and_written_back() {
        for (text, months) in [("2021-06", 1), ("2021-Q2", 3), ("2021", 12), ("2021-01/2021-06", 6)] {
            let period = Period::parse(text).expect(text);
            assert_eq!(period.len(), months, "{text}");
            assert_eq!(period.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_period_is_refused_with_the_forms_that_are() {
        for text in ["2021-13", "juin 2021", "", "2021-06/2021-01", "2021-Q5", "2021-6", "1800"] {
            assert!(Period::parse(text).is_err(), "{text}");
        }
    }
}
