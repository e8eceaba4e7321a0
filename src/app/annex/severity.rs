//! Annex 6: « Évolution de la sévérité de protection ».

use super::coverage::year_to;
use super::ground::Setting;
use super::risk::{classes, levels};
use super::words::month_text;
use super::{AnnexError, AnnexRequest};
use crate::app::{AppError, Service};
use crate::domain::{Lang, Month, Period};
use crate::render::{Cell, ClassSymbol, Kit, Page, SeverityMap, severity_page};

/// Fewest months shown: a January looks back into the year before.
const LEAST_MONTHS: i32 = 6;

/// The months shown for a period: those of the year up to its last month, at least six.
pub(super) fn months_shown(period: Period) -> Period {
    let year = year_to(period);
    let back = period.last().plus(1 - LEAST_MONTHS);
    Period::new(year.first().min(back), period.last()).unwrap_or(year)
}

pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AnnexError> {
    let here = Setting::new(service, request)?;
    let shown = months_shown(request.period);
    let month = |m: Month| levels(&here, Period::month(m));
    let all = shown.months().map(month).collect::<Result<Vec<_>, AppError>>()?;
    let covered = all.last().and_then(|l| l.units_covered);
    let base = here.base(shown, ("risk", ""), covered);
    let change = match (all.first(), all.last()) {
        (Some(first), Some(last)) if all.len() > 1 => {
            Some(first.cells.iter().zip(&last.cells).map(|(a, b)| changed(a, b)).collect())
        }
        _ => None,
    };
    let theme = service.snapshot().theme("risk")?;
    let map = SeverityMap {
        coverage_known: all.last().is_some_and(|l| l.known),
        change,
        classes: classes(service.kit(), theme, base.notes.year, here.lang())?,
        change_classes: change_classes(service.kit(), here.lang())?,
        months: shown.months().map(|m| month_text(m, here.lang())).zip(all.into_iter().map(|l| l.cells)).collect(),
        base,
    };
    Ok(severity_page(&map, service.kit())?)
}

/// The change of a unit that has a level in both months: 1 down two or more, 3 unchanged, 5 up two or more.
fn changed(first: &Cell, last: &Cell) -> Cell {
    let (Some(a), Some(b)) = (first.class, last.class) else { return Cell::default() };
    let step = (i16::from(b) - i16::from(a)).clamp(-2, 2) + 3;
    Cell { class: u8::try_from(step).ok(), status: "value", ..Cell::default() }
}

/// The classes of change. Falls carry dots: in grey print they would look like rises.
fn change_classes(kit: &Kit, lang: Lang) -> Result<Vec<ClassSymbol>, AppError> {
    let style = kit.styles.get("risk-change").ok_or_else(|| AppError::Fault("no style risk-change".into()))?;
    let mut classes = ClassSymbol::of(style, lang);
    for class in classes.iter_mut().filter(|c| c.number < 3) {
        class.dot();
    }
    Ok(classes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_january_looks_back_and_a_december_shows_the_year() {
        let shown = |p: &str| months_shown(Period::parse(p).expect("a period")).to_string();
        assert_eq!(shown("2021-01"), "2020-08/2021-01");
        assert_eq!(shown("2021-06"), "2021-01/2021-06");
        assert_eq!(shown("2021-12"), "2021");
    }

    #[test]
    fn a_change_needs_both_months_and_stays_in_five_classes() {
        let level = |class| Cell { class, ..Cell::default() };
        assert_eq!(changed(&level(Some(1)), &level(Some(4))).class, Some(5));
        assert_eq!(changed(&level(Some(4)), &level(Some(3))).class, Some(2));
        assert_eq!(changed(&level(Some(2)), &level(Some(2))).class, Some(3));
        assert_eq!(changed(&level(None), &level(Some(2))).class, None);
    }
}
