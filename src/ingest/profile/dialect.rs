//! How a file writes dates and numbers. It is declared, or it shows in the whole file; it is never guessed from a row.

use serde::Deserialize;

use crate::domain::Lang;
use crate::ingest::IngestError;
use crate::ingest::rows::{Mark, readings_of_day, readings_of_number};

/// How days that are not written in ISO form are read, for the whole file: 03/04/2021 is one day or another by this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// 17/06/2021, as in French.
    #[default]
    DayFirst,
    /// 06/17/2021.
    MonthFirst,
    /// Only 2021-06-17.
    IsoOnly,
}

/// What the single mark of a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ingest) enum Decimal {
    /// 1.877 is 1877, 12,5 is twelve and a half.
    Comma,
    /// 1,877 is 1877, 12.5 is twelve and a half.
    Point,
    /// Nothing in the file needs to know.
    #[default]
    Unsettled,
}

/// A declared way to write dates and numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Locale {
    /// 17/06/2021 and 1.877,5.
    #[serde(rename = "fr")]
    Fr,
    /// 17/06/2021 and 1,877.5.
    #[serde(rename = "en-GB")]
    EnGb,
    /// 06/17/2021 and 1,877.5.
    #[serde(rename = "en-US")]
    EnUs,
    /// 2021-06-17 only, and 1877.5.
    #[serde(rename = "iso")]
    Iso,
}

impl std::str::FromStr for Locale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "fr" | "fr-fr" | "fr-ml" => Ok(Self::Fr),
            "en-gb" => Ok(Self::EnGb),
            "en-us" => Ok(Self::EnUs),
            "iso" => Ok(Self::Iso),
            _ => Err("fr (17/06/2021, 1.877,5), en-GB (17/06/2021, 1,877.5), en-US (06/17/2021, 1,877.5), iso".into()),
        }
    }
}

impl Locale {
    fn name(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::EnGb => "en-GB",
            Self::EnUs => "en-US",
            Self::Iso => "iso",
        }
    }
}

/// How dates and numbers of one file are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::ingest) struct Dialect {
    pub(in crate::ingest) dates: DateOrder,
    pub(in crate::ingest) decimal: Decimal,
}

impl Dialect {
    /// What a locale declares, and the sentence that says so.
    pub(in crate::ingest) fn declared(locale: Locale, lang: Lang) -> (Self, Vec<String>) {
        let (dates, decimal) = match locale {
            Locale::Fr => (DateOrder::DayFirst, Decimal::Comma),
            Locale::EnGb => (DateOrder::DayFirst, Decimal::Point),
            Locale::EnUs => (DateOrder::MonthFirst, Decimal::Point),
            Locale::Iso => (DateOrder::IsoOnly, Decimal::Point),
        };
        let name = locale.name();
        let said = say!(lang, "dates et nombres : {name}, déclaré", "dates and numbers: {name}, declared");
        (Self { dates, decimal }, vec![said])
    }
}

/// A cell that tells something: its line and text.
type Sign = (u64, Box<str>);

/// What a file's cells show of how it writes dates and numbers; the first sign of each kind is kept.
#[derive(Debug, Default)]
pub(in crate::ingest) struct Evidence {
    day_first: Option<Sign>,
    month_first: Option<Sign>,
    either_order: Option<Sign>,
    comma: Option<Sign>,
    point: Option<Sign>,
    either_mark: Option<Sign>,
}

fn keep(sign: &mut Option<Sign>, line: u64, text: &str) {
    if sign.is_none() {
        *sign = Some((line, text.trim().chars().take(40).collect()));
    }
}

impl Evidence {
    /// Takes up a cell of a column of dates.
    pub(in crate::ingest) fn date(&mut self, line: u64, text: &str) {
        let Some((a, b)) = readings_of_day(text) else { return };
        match (a > 12, b > 12) {
            (true, false) => keep(&mut self.day_first, line, text),
            (false, true) => keep(&mut self.month_first, line, text),
            // 31/06: no reading is right, the row says so.
            (true, true) => {}
            (false, false) if a == b => {}
            (false, false) => keep(&mut self.either_order, line, text),
        }
    }

    /// Takes up a cell of a column of counts.
    pub(in crate::ingest) fn count(&mut self, line: u64, text: &str) {
        match readings_of_number(text) {
            Some(Mark::Comma) => keep(&mut self.comma, line, text),
            Some(Mark::Point) => keep(&mut self.point, line, text),
            Some(Mark::Either) => keep(&mut self.either_mark, line, text),
            None => {}
        }
    }

    /// Takes up a cell of a column of degrees. A decimal comma shows a file that writes numbers so; a decimal point shows
    /// nothing, since every device writes coordinates with one.
    pub(in crate::ingest) fn degrees(&mut self, line: u64, text: &str) {
        if text.contains(',') && !text.contains('.') {
            keep(&mut self.comma, line, text);
        }
    }

    /// What the cells show, and the sentences that say so.
    ///
    /// # Errors
    /// Where a cell reads two ways and no other settles which, or where cells contradict each other.
    pub(in crate::ingest) fn settle(&self, lang: Lang) -> Result<(Dialect, Vec<String>), IngestError> {
        let mut said = Vec::new();
        let dates = match (&self.day_first, &self.month_first, &self.either_order) {
            (Some(day), Some(month), _) => {
                return Err(IngestError::MixedDates { day_first: day.clone(), month_first: month.clone() });
            }
            (None, None, Some((line, text))) => {
                return Err(IngestError::AmbiguousDates { line: *line, text: text.clone() });
            }
            (Some((line, text)), None, _) => {
                said.push(say!(
                    lang,
                    "dates : le jour d’abord, d’après « {text} » (ligne {line})",
                    "dates: day first, by “{text}” (line {line})"
                ));
                DateOrder::DayFirst
            }
            (None, Some((line, text)), _) => {
                said.push(say!(
                    lang,
                    "dates : le mois d’abord, d’après « {text} » (ligne {line})",
                    "dates: month first, by “{text}” (line {line})"
                ));
                DateOrder::MonthFirst
            }
            (None, None, None) => DateOrder::DayFirst,
        };
        let decimal = match (&self.either_mark, &self.comma, &self.point) {
            (None, ..) => Decimal::Unsettled,
            (Some(_), Some((line, text)), None) => {
                said.push(say!(
                    lang,
                    "nombres : virgule décimale, le point sépare les milliers, d’après « {text} » (ligne {line})",
                    "numbers: decimal comma, the point groups thousands, by “{text}” (line {line})"
                ));
                Decimal::Comma
            }
            (Some(_), None, Some((line, text))) => {
                said.push(say!(
                    lang,
                    "nombres : point décimal, la virgule sépare les milliers, d’après « {text} » (ligne {line})",
                    "numbers: decimal point, the comma groups thousands, by “{text}” (line {line})"
                ));
                Decimal::Point
            }
            (Some((line, text)), ..) => {
                return Err(IngestError::AmbiguousNumbers { line: *line, text: text.clone() });
            }
        };
        Ok((Dialect { dates, decimal }, said))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(dates: &[&str], counts: &[&str], degrees: &[&str]) -> Result<Dialect, IngestError> {
        let mut evidence = Evidence::default();
        for text in dates {
            evidence.date(2, text);
        }
        for text in counts {
            evidence.count(3, text);
        }
        for text in degrees {
            evidence.degrees(4, text);
        }
        evidence.settle(Lang::En).map(|(dialect, _)| dialect)
    }

    #[test]
    fn a_day_above_twelve_settles_the_order_of_the_whole_file() {
        let order = |dates: &[&str]| settled(dates, &[], &[]).map(|d| d.dates);
        assert_eq!(order(&["03/04/2021", "17/04/2021"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["03/04/2021", "04/17/2021 08:30"]), Ok(DateOrder::MonthFirst));
        assert_eq!(order(&["03/03/2021", "2021-04-03", "juin 2021"]), Ok(DateOrder::DayFirst));
        assert!(matches!(order(&["03/04/2021"]), Err(IngestError::AmbiguousDates { line: 2, .. })));
        assert!(matches!(order(&["17/04/2021", "04/17/2021"]), Err(IngestError::MixedDates { .. })));
    }

    #[test]
    fn a_mark_that_can_only_be_one_thing_settles_what_it_is_in_the_whole_file() {
        let decimal = |counts: &[&str], degrees: &[&str]| settled(&[], counts, degrees).map(|d| d.decimal);
        assert_eq!(decimal(&["1.877", "1.234.567"], &[]), Ok(Decimal::Comma));
        assert_eq!(decimal(&["1,877", "12.5"], &[]), Ok(Decimal::Point));
        assert_eq!(decimal(&["1.877"], &["-4,1875"]), Ok(Decimal::Comma));
        assert_eq!(decimal(&["1877", "1 877", "12.0", "12,0"], &[]), Ok(Decimal::Unsettled));
        for (counts, degrees) in
            [(&["1.877"][..], &["-4.1875"][..]), (&["1,877"], &[]), (&["1.877", "2,5", "2.5"], &[])]
        {
            let error = decimal(counts, degrees).expect_err("two readings");
            let message = error.message(Lang::En);
            assert!(message.contains("1877") && message.contains("--locale"), "{message}");
        }
    }
}
