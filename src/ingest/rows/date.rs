//! Days, months and years. The order of day and month is the file's, declared, never guessed from a row.

use jiff::civil::Date;

use super::number::Wrong;
use crate::domain::{Lang, Month, When};
use crate::ingest::codes;
use crate::ingest::fold::fold;
use crate::ingest::profile::DateOrder;
use crate::ingest::table::Cell;

/// The monitoring began long after; a year before this is a typing error.
const OLDEST_YEAR: i16 = 1990;

/// Month words, French and English, folded; the short ones are the starts that are used.
const MONTHS: [&[&str]; 12] = [
    &["janvier", "janv", "january", "jan"],
    &["fevrier", "fevr", "fev", "february", "feb"],
    &["mars", "march", "mar"],
    &["avril", "avr", "april", "apr"],
    &["mai", "may"],
    &["juin", "june", "jun"],
    &["juillet", "juil", "july", "jul"],
    &["aout", "august", "aug"],
    &["septembre", "sept", "september", "sep"],
    &["octobre", "oct", "october"],
    &["novembre", "nov", "november"],
    &["decembre", "dec", "december"],
];

/// Reads a day, or a month where the day is not known.
pub(super) fn day(cell: &Cell, order: DateOrder, lang: Lang) -> Result<When, Wrong> {
    let when = match cell {
        Cell::Date(date) => Some(When::Day(*date)),
        Cell::Text(text) => day_of(text, order).map(When::Day).or_else(|| month_of(text).map(When::Month)),
        _ => None,
    };
    when.ok_or_else(|| {
        let message = match order {
            DateOrder::DayFirst => say!(
                lang,
                "ce n’est pas une date : écrivez 2021-06-17 ou 17/06/2021 (le jour d’abord, l’année en quatre chiffres)",
                "no date: write 2021-06-17 or 17/06/2021 (day first, year in four digits)"
            ),
            DateOrder::MonthFirst => say!(
                lang,
                "ce n’est pas une date : écrivez 2021-06-17 ou 06/17/2021 (le mois d’abord, comme déclaré)",
                "no date: write 2021-06-17 or 06/17/2021 (month first, as declared)"
            ),
            DateOrder::IsoOnly => {
                say!(lang, "ce n’est pas une date : écrivez 2021-06-17", "no date: write 2021-06-17")
            }
        };
        (codes::BAD_DATE, message)
    })
}

/// Reads a month; a whole date stands for its month (a spreadsheet makes one of 2021-06).
pub(super) fn month(cell: &Cell, order: DateOrder, lang: Lang) -> Result<When, Wrong> {
    let of_day = |d: Date| Month::new(d.year(), u8::try_from(d.month()).unwrap_or(0));
    let month = match cell {
        Cell::Date(date) => of_day(*date),
        Cell::Text(text) => month_of(text).or_else(|| day_of(text, order).and_then(of_day)),
        _ => None,
    };
    month.map(When::Month).ok_or_else(|| {
        let message = say!(
            lang,
            "ce n’est pas un mois : écrivez 2021-06, 06/2021 ou juin 2021",
            "no month: write 2021-06, 06/2021 or June 2021"
        );
        (codes::BAD_DATE, message)
    })
}

/// Reads a year of four digits.
pub(super) fn year(cell: &Cell, lang: Lang) -> Result<When, Wrong> {
    let text = cell.shown();
    let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    let year = text.parse::<i16>().ok().filter(|y| digits && (1900..=2199).contains(y));
    year.map(When::Year).ok_or_else(|| {
        let message = say!(lang, "ce n’est pas une année : écrivez 2021", "no year: write 2021");
        (codes::BAD_DATE, message)
    })
}

/// Refuses what lies after the day of the import or long before the monitoring. Years are left alone: populations are
/// projected ahead and counted long ago.
pub(super) fn plausible(when: When, today: Date, lang: Lang) -> Result<(), Wrong> {
    let (future, year) = match when {
        When::Day(d) => (d > today, d.year()),
        When::Month(m) => ((m.year(), m.month()) > (today.year(), u8::try_from(today.month()).unwrap_or(12)), m.year()),
        When::Year(_) => return Ok(()),
    };
    if future {
        let message = say!(
            lang,
            "après le jour de l’import ({today}) : corrigez la date ou l’horloge de l’ordinateur",
            "after the day of the import ({today}): correct the date or the computer’s clock"
        );
        return Err((codes::FUTURE_DATE, message));
    }
    if year < OLDEST_YEAR {
        let message = say!(lang, "avant {OLDEST_YEAR} : corrigez l’année", "before {OLDEST_YEAR}: correct the year");
        return Err((codes::DATE_TOO_OLD, message));
    }
    Ok(())
}

/// The text without a time of day behind it.
fn without_time(text: &str) -> &str {
    let text = text.split_once('T').map_or(text, |(date, time)| if time.contains(':') { date } else { text });
    text.split_once(' ').map_or(text, |(date, time)| if time.contains(':') { date } else { text })
}

/// The first two numbers of a day like 03/04/2021, which the order alone tells apart; none for any other text.
pub(in crate::ingest) fn readings_of_day(text: &str) -> Option<(u8, u8)> {
    // An ISO date needs no look at all.
    if text.as_bytes().get(4) == Some(&b'-') {
        return None;
    }
    let mut parts = without_time(text.trim()).split(['-', '/', '.']);
    let (a, b, year) = (parts.next()?, parts.next()?, parts.next()?);
    let number = |s: &str| s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse().ok()).flatten();
    let whole = parts.next().is_none() && year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    whole.then_some((number(a)?, number(b)?))
}

/// The date of a text; a time of day behind it is left off.
fn day_of(text: &str, order: DateOrder) -> Option<Date> {
    let text = without_time(text);
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    if let [a, b, c] = parts.as_slice() {
        if a.len() == 4 {
            return date(a, b, c);
        }
        return match order {
            DateOrder::DayFirst => date(c, b, a),
            DateOrder::MonthFirst => date(c, a, b),
            DateOrder::IsoOnly => None,
        };
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [day, month, year] = words.as_slice() else { return None };
    let month = month_word(month)?.to_string();
    date(year, &month, day.strip_suffix("er").unwrap_or(day))
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let small = |s: &str| (1..=2).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit());
    if !(year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) && small(month) && small(day)) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// The month of `2021-06`, `06/2021` or `juin 2021`.
fn month_of(text: &str) -> Option<Month> {
    let of = |year: &str, month: &str| {
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        (year.len() == 4 && digits(year) && month.len() <= 2 && digits(month))
            .then(|| Month::new(year.parse().ok()?, month.parse().ok()?))
            .flatten()
    };
    let parts: Vec<&str> = text.split(['-', '/', '.']).map(str::trim).collect();
    if let [a, b] = parts.as_slice() {
        return of(a, b).or_else(|| of(b, a));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let [month, year] = words.as_slice() else { return None };
    of(year, &month_word(month)?.to_string())
}

fn month_word(word: &str) -> Option<usize> {
    let word = fold(word);
    MONTHS.iter().position(|names| names.contains(&word.as_str())).map(|k| k + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, order: DateOrder) -> Option<String> {
        day(&Cell::text(text), order, Lang::Fr).ok().map(When::iso)
    }

    #[test]
    fn days_are_read_in_iso_form_and_day_first() {
        for text in [
            "2021-06-17",
            "17/06/2021",
            "17-06-2021",
            "17.6.2021",
            "2021-06-17T08:30:00.000+00:00",
            "17/06/2021 08:30",
            "17 juin 2021",
            "17 June 2021",
        ] {
            assert_eq!(read(text, DateOrder::DayFirst).as_deref(), Some("2021-06-17"), "{text}");
        }
        assert_eq!(read("1er août 2021", DateOrder::DayFirst).as_deref(), Some("2021-08-01"));
        assert_eq!(read("juin 2021", DateOrder::DayFirst).as_deref(), Some("2021-06"));
        assert_eq!(read("2021-06", DateOrder::DayFirst).as_deref(), Some("2021-06"));
    }

    #[test]
    fn a_date_of_two_readings_is_settled_by_the_declared_order_alone() {
        assert_eq!(read("03/04/2021", DateOrder::DayFirst).as_deref(), Some("2021-04-03"));
        assert_eq!(read("03/04/2021", DateOrder::MonthFirst).as_deref(), Some("2021-03-04"));
        assert_eq!(read("03/04/2021", DateOrder::IsoOnly), None);
        // Not even a day that could be no month turns the order round.
        assert_eq!(read("06/17/2021", DateOrder::DayFirst), None);
    }

    #[test]
    fn what_is_no_day_of_the_calendar_is_rejected() {
        for text in [
            "31/06/2021",
            "29/02/2021",
            "17/06/21",
            "2021",
            "44364",
            "2021-6",
            "hier",
            "2021-13",
            "17/juin/2021",
            "é-é-é",
        ] {
            let read = read(text, DateOrder::DayFirst);
            assert!(read.is_none() || text == "2021-6", "{text}: {read:?}");
        }
        assert!(day(&Cell::Number(44364.0), DateOrder::DayFirst, Lang::Fr).is_err());
    }

    #[test]
    fn the_future_and_the_distant_past_are_refused() {
        let today = Date::constant(2021, 7, 1);
        let check = |text: &str| {
            let when = day(&Cell::text(text), DateOrder::DayFirst, Lang::Fr).expect(text);
            plausible(when, today, Lang::Fr).map_err(|(code, _)| code.name)
        };
        assert_eq!(check("2021-07-01"), Ok(()));
        assert_eq!(check("2021-07-02"), Err("FUTURE_DATE"));
        assert_eq!(check("2021-07"), Ok(()));
        assert_eq!(check("2021-08"), Err("FUTURE_DATE"));
        assert_eq!(check("1989-12-31"), Err("DATE_TOO_OLD"));
        assert_eq!(plausible(When::Year(2030), today, Lang::Fr), Ok(()));
    }

    #[test]
    fn a_month_is_read_from_what_spreadsheets_make_of_it() {
        let read = |cell: Cell| month(&cell, DateOrder::DayFirst, Lang::Fr).ok().map(When::iso);
        for text in ["2021-06", "06/2021", "6/2021", "juin 2021", "2021-06-01", "01/06/2021"] {
            assert_eq!(read(Cell::text(text)).as_deref(), Some("2021-06"), "{text}");
        }
        assert_eq!(read(Cell::Date(Date::constant(2021, 6, 1))).as_deref(), Some("2021-06"));
        assert_eq!(read(Cell::text("T2 2021")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_a_reject_and_never_a_fault(text in "\\PC{0,30}") {
            let cell = Cell::text(&text);
            let _ = (day(&cell, DateOrder::DayFirst, Lang::Fr), month(&cell, DateOrder::IsoOnly, Lang::En), year(&cell, Lang::Fr));
        }
    }
}
