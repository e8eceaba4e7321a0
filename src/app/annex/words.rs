//! Periods and days as pages print them.

use crate::domain::{Lang, Month, Period};

const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn month_name(month: u8, lang: Lang) -> &'static str {
    lang.pick(MONTHS_FR, MONTHS_EN)[usize::from(month.clamp(1, 12) - 1)]
}

/// A month as a title writes it: « juin 2021 ».
pub(super) fn month_text(month: Month, lang: Lang) -> String {
    format!("{} {}", month_name(month.month(), lang), month.year())
}

/// A period as a title writes it: « juin 2021 », « janvier–juin 2021 », « 2021 ».
pub fn period_text(period: Period, lang: Lang) -> String {
    let (a, b) = (period.first(), period.last());
    let name = |m: Month| month_name(m.month(), lang);
    if a == b {
        month_text(a, lang)
    } else if a.year() == b.year() && (a.month(), b.month()) == (1, 12) {
        a.year().to_string()
    } else if a.year() == b.year() {
        format!("{}–{} {}", name(a), name(b), b.year())
    } else {
        format!("{} {} – {} {}", name(a), a.year(), name(b), b.year())
    }
}

/// A day as a page writes it: « 12 juillet 2021 », « 1er juillet 2021 ».
pub fn day_text((year, month, day): (i32, u8, u8), lang: Lang) -> String {
    let number = if day == 1 { lang.pick("1er".to_owned(), "1".to_owned()) } else { day.to_string() };
    format!("{number}\u{a0}{} {year}", month_name(month, lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_days_read_as_a_page_prints_them() {
        let text = |p: &str| period_text(Period::parse(p).expect("a period"), Lang::Fr);
        assert_eq!(
            [text("2021-06"), text("2021-Q2"), text("2021"), text("2020-11/2021-02")],
            ["juin 2021", "avril–juin 2021", "2021", "novembre 2020 – février 2021"]
        );
        assert_eq!(day_text((2021, 8, 1), Lang::Fr), "1er\u{a0}août 2021");
        assert_eq!(day_text((2021, 8, 1), Lang::En), "1\u{a0}August 2021");
    }
}
