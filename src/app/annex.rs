//! Annex 1 from a boundary set and the month's tables: « Carte des incidents de protection ».

use std::path::Path;

use crate::boundaries::{BoundarySet, Unit};
use crate::domain::{GeometryKind, Lang, Level, Period, Reading};
use crate::indicators::{Cell, Table};
use crate::render::{
    Area, Category, Context, Count, Ground, IncidentMap, Notes, Page, Paper, RenderError, Zone, incident_page,
};
use crate::style::{StyleError, Styles};

/// An annex that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum AnnexError {
    /// A style file does not fit.
    #[error(transparent)]
    Style(#[from] StyleError),
    /// The page could not be drawn.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The tables are not of this set or not of one period.
    #[error("annex 1: {0}")]
    Mismatch(String),
}

/// Everything annex 1 is made from. The three tables are of one measure, source, basis and period.
#[derive(Debug, Clone)]
pub struct AnnexInput<'a> {
    /// The boundary set.
    pub set: &'a BoundarySet,
    /// The measure by region: what is known to the region only is its difference to the cercles.
    pub regions: &'a Table,
    /// The measure by cercle, with its categories.
    pub cercles: &'a Table,
    /// The measure by commune (or the set's finest level): which ground is covered.
    pub communes: &'a Table,
    /// Labels of the tables' terms, in the page's language and the terms' order.
    pub categories: &'a [String],
    /// What is counted, with a capital: « Violations documentées (une victime × un type de violation) ».
    pub measure: &'a str,
    /// Where the data come from, without a full stop.
    pub sources: &'a str,
    /// A zone to outline: its title and the codes of its units in this set, of any level.
    pub zone: Option<(&'a str, &'a [String])>,
    /// Language of the page.
    pub lang: Lang,
    /// The sheet.
    pub paper: Paper,
    /// Day of creation: year, month 1–12, day. From the data version, never from a clock.
    pub created: Option<(i32, u8, u8)>,
    /// The data version.
    pub version: Option<i64>,
    /// The data are made up.
    pub synthetic: bool,
    /// The month is not released.
    pub provisional: bool,
    /// Number of this page and of all pages of the print.
    pub page: (u32, u32),
    /// An office's own styles: `DIR/palettes.toml`, `DIR/layers`, `DIR/annexes`.
    pub styles: Option<&'a Path>,
}

/// The three formats of a page.
#[derive(Debug, Clone)]
pub struct AnnexFiles {
    /// PDF, fonts embedded, tagged.
    pub pdf: Vec<u8>,
    /// PNG.
    pub png: Vec<u8>,
    /// SVG with text as text.
    pub svg: String,
}

impl AnnexFiles {
    /// Writes all three; `dpi` from 30 to 600 is the PNG's.
    pub fn of(page: &Page, dpi: f64) -> Result<Self, RenderError> {
        Ok(Self { pdf: page.pdf()?, png: page.png(dpi)?, svg: page.svg()? })
    }
}

/// Lays annex 1 out. A set of two levels (or one) is drawn with what it has.
pub fn annex1(input: &AnnexInput) -> Result<Page, AnnexError> {
    let set = input.set;
    let finest = set.finest();
    let middle = finest.min(Level::Cercle);
    check(input, middle, finest)?;
    let regions = areas(set, Level::Region, Level::Region);
    let cercles = areas(set, middle, Level::Region);
    let communes = areas(set, finest, middle);
    let counts: Vec<Count> = input.cercles.cells.iter().map(count).collect();
    let zone = input.zone.map(|(title, codes)| Zone { title: title.to_owned(), members: members(set, finest, codes) });
    let nowhere = input.regions.non_located;
    let notes = Notes {
        country: country(set, input.lang),
        iso3: set.info.country.clone(),
        period: period_text(input.cercles.period, input.lang),
        year: input.cercles.period.first().year(),
        measure: input.measure.to_owned(),
        sources: input.sources.to_owned(),
        set_title: input.lang.pick(&set.info.title_fr, &set.info.title_en).clone(),
        created: input.created,
        created_text: input.created.map_or_else(|| "–".to_owned(), |d| day_text(d, input.lang)),
        version: input.version,
        synthetic: input.synthetic,
        schematic: set.info.geometry == GeometryKind::Schematic,
        provisional: input.provisional,
        page: input.page,
    };
    let letters = input.cercles.terms.iter().zip(&input.cercles.total_by).enumerate();
    let map = IncidentMap {
        lang: input.lang,
        paper: input.paper,
        region_only: region_only(&input.regions.cells, &cercles, &counts),
        regions,
        cercles,
        communes,
        ground: input.communes.cells.iter().map(ground).collect(),
        counts,
        nowhere,
        total: input.cercles.total,
        categories: letters
            .map(|(k, (letter, total))| Category {
                letter: letter.to_string(),
                label: input.categories.get(k).cloned().unwrap_or_default(),
                total: *total,
            })
            .collect(),
        // The page says « unknown » where the whole ground is.
        units_covered: input.communes.units_covered.unwrap_or(0),
        units_total: input.communes.units_total,
        zone,
        context: Context::shipped(),
        notes,
    };
    let styles = Styles::load(input.styles)?;
    Ok(incident_page(&map, &styles, input.styles)?)
}

fn check(input: &AnnexInput, middle: Level, finest: Level) -> Result<(), AnnexError> {
    for (table, level) in [(input.regions, Level::Region), (input.cercles, middle), (input.communes, finest)] {
        let units = input.set.units(level).len();
        if table.set != input.set.info.id || table.level != level || table.cells.len() != units {
            return Err(AnnexError::Mismatch(format!(
                "a table of {} {} ({} cells) for {} ({units} {})",
                table.set,
                table.level.plural(),
                table.cells.len(),
                input.set.info.id,
                level.plural()
            )));
        }
        if table.period != input.cercles.period || table.measure != input.cercles.measure {
            return Err(AnnexError::Mismatch("tables of several periods or measures".to_owned()));
        }
    }
    Ok(())
}

/// The units of a level, each with the position of the unit above it at level `above`; a level above itself is its own.
fn areas(set: &BoundarySet, level: Level, above: Level) -> Vec<Area<'_>> {
    let area = |(k, unit): (usize, &'_ Unit)| {
        let parent = if level == above {
            k
        } else {
            set.chain(unit)[above.index()].as_deref().and_then(|code| set.position(above, code)).unwrap_or(0)
        };
        (parent, k)
    };
    let parents = set.units(level).iter().enumerate().map(area).map(|(parent, _)| parent);
    set.units(level)
        .iter()
        .zip(parents)
        .map(|(unit, parent)| Area { name: &unit.name, shape: &unit.shape, label: unit.label, parent })
        .collect()
}

/// The ground shows coverage: a report alone does not say that its commune was covered.
fn ground(cell: &Cell) -> Ground {
    let nobody_said =
        cell.reading.number().is_some() && cell.months_covered.unwrap_or(0) == 0 && !cell.outside_coverage;
    let status = if nobody_said { Reading::Unknown.word() } else { cell.reading.word() };
    Ground { status, outside_coverage: cell.outside_coverage }
}

fn count(cell: &Cell) -> Count {
    let number = match cell.reading {
        Reading::Value(n) => Some(n),
        _ => None,
    };
    Count { number, status: cell.reading.word(), outside_coverage: cell.outside_coverage, by: cell.by.clone() }
}

/// What each region counts beyond its cercles. Where a cercle's number is withheld, the difference is too.
fn region_only(regions: &[Cell], cercles: &[Area], counts: &[Count]) -> Vec<u64> {
    let mut rest: Vec<u64> = regions.iter().map(|c| c.reading.number().unwrap_or(0)).collect();
    for (cercle, count) in cercles.iter().zip(counts) {
        if let Some(rest) = rest.get_mut(cercle.parent) {
            *rest = if count.status == "suppressed" { 0 } else { rest.saturating_sub(count.number.unwrap_or(0)) };
        }
    }
    let withheld = |r: usize| cercles.iter().zip(counts).any(|(c, n)| c.parent == r && n.status == "suppressed");
    rest.into_iter().enumerate().map(|(r, n)| if withheld(r) { 0 } else { n }).collect()
}

fn members(set: &BoundarySet, finest: Level, codes: &[String]) -> Vec<bool> {
    let listed =
        |unit: &Unit| set.chain(unit).iter().flatten().any(|code| codes.iter().any(|c| c.as_str() == code.as_ref()));
    set.units(finest).iter().map(listed).collect()
}

fn country(set: &BoundarySet, lang: Lang) -> String {
    Context::shipped().countries.iter().find(|c| c.iso3 == set.info.country).map_or_else(
        || lang.pick(&set.info.title_fr, &set.info.title_en).clone(),
        |c| lang.pick(&c.name_fr, &c.name_en).clone(),
    )
}

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

/// A period as a title writes it: « juin 2021 », « janvier–juin 2021 », « 2021 ».
pub fn period_text(period: Period, lang: Lang) -> String {
    let (a, b) = (period.first(), period.last());
    let name = |m: crate::domain::Month| month_name(m.month(), lang);
    if a == b {
        format!("{} {}", name(a), a.year())
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
    use std::sync::Arc;

    use super::*;
    use crate::boundaries::SetInfo;
    use crate::domain::SetId;
    use crate::spatial::{Bbox, LonLat, SquareKm};

    fn unit(pcode: &str, level: Level, parent: Option<&str>, x: f64, width: f64) -> Unit {
        let ring = vec![(x, 14.0), (x + width, 14.0), (x + width, 16.0), (x, 16.0), (x, 14.0)];
        let shape = geo::MultiPolygon(vec![geo::Polygon::new(ring.into(), vec![])]);
        Unit {
            pcode: pcode.into(),
            name: format!("Unité {pcode}").into(),
            level,
            parent: parent.map(Into::into),
            bbox: Bbox::of(&shape),
            area: SquareKm(1.0),
            label: LonLat::new(x + width / 2.0, 15.0).expect("on earth"),
            shape,
        }
    }

    fn set(levels: usize) -> BoundarySet {
        let info = SetInfo {
            id: SetId::new("tst-1").expect("a name"),
            title_fr: "Jeu d’essai".into(),
            title_en: "Test set".into(),
            country: "MLI".into(),
            geometry: GeometryKind::Surveyed,
            valid_from: None,
            origin: String::new(),
            licence: String::new(),
        };
        let mut units = vec![unit("R1", Level::Region, None, -4.0, 2.0), unit("R2", Level::Region, None, -2.0, 2.0)];
        if levels > 1 {
            units.push(unit("R1C1", Level::Cercle, Some("R1"), -4.0, 1.0));
            units.push(unit("R1C2", Level::Cercle, Some("R1"), -3.0, 1.0));
            units.push(unit("R2C1", Level::Cercle, Some("R2"), -2.0, 2.0));
        }
        BoundarySet::new(info, units)
    }

    fn table(set: &BoundarySet, level: Level, readings: &[Reading], non_located: u64, total: u64) -> Table {
        let cell = |reading: &Reading| Cell {
            reading: *reading,
            outside_coverage: false,
            by: reading.number().map(|n| vec![n]).unwrap_or_default(),
            units_covered: Some(1),
            units_total: 1,
            months_covered: Some(1),
            months_total: 1,
        };
        Table {
            set: set.info.id.clone(),
            level,
            period: Period::parse("2021-06").expect("a month"),
            measure: "violations".into(),
            source: "monitoring".into(),
            terms: vec![Arc::from("A")],
            cells: readings.iter().map(cell).collect(),
            non_located,
            non_located_by: vec![non_located],
            total,
            total_by: vec![total],
            unquantified: 0,
            units_covered: Some(2),
            units_total: 3,
        }
    }

    fn input<'a>(set: &'a BoundarySet, regions: &'a Table, cercles: &'a Table, communes: &'a Table) -> AnnexInput<'a> {
        AnnexInput {
            set,
            regions,
            cercles,
            communes,
            categories: &[],
            measure: "Violations documentées",
            sources: "essai",
            zone: None,
            lang: Lang::Fr,
            paper: Paper::A4,
            created: Some((2021, 7, 1)),
            version: Some(1),
            synthetic: false,
            provisional: true,
            page: (1, 1),
            styles: None,
        }
    }

    #[test]
    fn a_set_of_two_levels_or_one_still_makes_its_page() {
        let two = set(2);
        let regions = table(&two, Level::Region, &[Reading::Value(40), Reading::Zero], 2, 42);
        let cercles =
            table(&two, Level::Cercle, &[Reading::Value(31), Reading::Suppressed, Reading::NotCovered], 11, 42);
        let page = annex1(&input(&two, &regions, &cercles, &cercles)).expect("a page");
        let svg = page.svg().expect("SVG");
        for words in ["juin 2021", "Provisoire", "Nombre masqué", ">31<"] {
            assert!(svg.contains(words), "{words}");
        }
        let one = set(1);
        let regions = table(&one, Level::Region, &[Reading::Value(40), Reading::Zero], 2, 42);
        annex1(&input(&one, &regions, &regions, &regions)).expect("a page of regions");
    }

    #[test]
    fn what_only_the_region_knows_is_the_difference_and_is_withheld_with_its_cercles() {
        let two = set(2);
        let cercles = areas(&two, Level::Cercle, Level::Region);
        let regions = table(&two, Level::Region, &[Reading::Value(40), Reading::Value(5)], 0, 45);
        let counts = |a, b, c| [a, b, c].map(|r| count(&table(&two, Level::Cercle, &[r], 0, 0).cells[0])).to_vec();
        let plain = counts(Reading::Value(30), Reading::Value(9), Reading::Value(5));
        assert_eq!(region_only(&regions.cells, &cercles, &plain), [1, 0]);
        let withheld = counts(Reading::Suppressed, Reading::Value(9), Reading::Value(3));
        assert_eq!(region_only(&regions.cells, &cercles, &withheld), [0, 2]);
    }

    #[test]
    fn tables_of_another_set_or_period_are_refused() {
        let two = set(2);
        let regions = table(&two, Level::Region, &[Reading::Zero, Reading::Zero], 0, 0);
        let cercles = table(&two, Level::Cercle, &[Reading::Zero, Reading::Zero, Reading::Zero], 0, 0);
        let mut other = cercles.clone();
        other.period = Period::parse("2021-05").expect("a month");
        assert!(matches!(annex1(&input(&two, &regions, &cercles, &other)), Err(AnnexError::Mismatch(_))));
        assert!(matches!(annex1(&input(&two, &regions, &regions, &cercles)), Err(AnnexError::Mismatch(_))));
        annex1(&input(&two, &regions, &cercles, &cercles)).expect("no incident at all is a page too");
    }

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
