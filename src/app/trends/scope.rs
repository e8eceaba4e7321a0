//! What all trend tables of one answer share: the months, the facts, who was covered, the words.

use serde::Deserialize;

use super::super::annex::{AnnexError, country, period_text};
use super::super::layers::{Asked, DEFAULT_SOURCE};
use super::super::{AppError, Service};
use super::{MOST_MONTHS, TrendsQuery};
use crate::boundaries::{BoundarySet, NameKey};
use crate::domain::{GeometryKind, Lang, Level, Measure, Month, Period, Reading, Term, Theme};
use crate::formats::grid::{Grid, GridColumn, MetaLine, absence};
use crate::indicators::{Basis, Choice, Counted, Formula, Table, Tolerance, counted, counted_as, part_of, together};
use crate::render::{Messages, RenderError};
use crate::style::decimal;

/// `trends.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    table_order: Vec<String>,
    arrow_order: Vec<String>,
    #[serde(default)]
    group: Vec<Group>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    id: String,
    fr: String,
    en: String,
    regions: Vec<String>,
}

/// Regions that share their arrows.
pub(in crate::app) struct RegionGroup {
    pub id: String,
    pub label: String,
    /// Positions in the set.
    pub regions: Vec<usize>,
}

/// Everything settled.
pub(in crate::app) struct Scope<'a> {
    pub service: &'a Service,
    pub set: &'a BoundarySet,
    pub theme: &'a Theme,
    pub asked: Asked<'a>,
    pub lang: Lang,
    pub words: Messages,
    pub formula: Formula,
    pub tolerance: Tolerance,
    /// The months of tables by month.
    pub months: Vec<Month>,
    /// The period asked and the one of the same length before it.
    pub now: Period,
    pub before: Period,
    /// Violations by region: of each month, of the two periods.
    pub by_month: Vec<Table>,
    pub regions_now: Table,
    pub regions_before: Table,
    /// Every fact of the months and the two periods.
    pub rows: Vec<Counted<'a>>,
    pub groups: Vec<RegionGroup>,
    table_order: Vec<String>,
    arrow_order: Vec<String>,
    /// The months' own period.
    span: Period,
}

/// What trends count.
pub(in crate::app) const MEASURE: (&str, &str) = ("incidents", "violations");

impl<'a> Scope<'a> {
    pub fn new(service: &'a Service, query: &'a TrendsQuery) -> Result<Self, AppError> {
        let snapshot = service.snapshot();
        let set = match query.layer.sets.as_slice() {
            [] => snapshot.set(&snapshot.default_set)?,
            [one] => snapshot.set(one)?,
            _ => return Err(AppError::BadRequest("trends are of one boundary set: give one in `set`".into())),
        };
        let asked = service.asked(&query.layer, Some(MEASURE.0))?;
        let (theme, measure) = service.theme_measure(MEASURE.0, MEASURE.1)?;
        let lang = query.layer.lang;
        let now = asked.period;
        if now.len() > MOST_MONTHS {
            return Err(AppError::BadRequest(format!("{} months; trend tables have {MOST_MONTHS} at most", now.len())));
        }
        let span = if now.len() == 1 {
            Month::new(now.first().year(), 1).and_then(|january| Period::new(january, now.last())).unwrap_or(now)
        } else {
            now
        };
        let before = earlier(now, now.len())?;
        let table = |period| {
            let asked = Asked { period, ..asked };
            service.measure_table(set, MEASURE, Level::Region, &asked)
        };
        let months: Vec<Month> = span.months().collect();
        let by_month = months.iter().map(|m| table(Period::month(*m))).collect::<Result<Vec<_>, _>>()?;
        let (regions_now, regions_before) = (table(now)?, table(before)?);
        let rows = rows(service, set, measure, &asked, before, span, now);
        let text = service.kit().templates.text("trends.toml").map_err(page_fault)?;
        let config: Config = toml::from_str(&text).map_err(|e| AppError::Input(format!("trends.toml: {e}")))?;
        let words = service.kit().words(lang).map_err(page_fault)?;
        let mut scope = Self {
            service,
            set,
            theme,
            asked,
            lang,
            words,
            formula: query.formula,
            tolerance: query.tolerance,
            months,
            now,
            before,
            by_month,
            regions_now,
            regions_before,
            rows,
            groups: Vec::new(),
            table_order: config.table_order,
            arrow_order: config.arrow_order,
            span,
        };
        scope.groups = scope.region_groups(&config.group);
        Ok(scope)
    }

    fn region_groups(&self, groups: &[Group]) -> Vec<RegionGroup> {
        let units = self.set.units(Level::Region);
        let mut free = vec![true; units.len()];
        let mut out = Vec::new();
        for group in groups {
            let names: Vec<NameKey> = group.regions.iter().map(|r| NameKey::of(r)).collect();
            let regions: Vec<usize> =
                (0..units.len()).filter(|k| free[*k] && names.contains(&NameKey::of(&units[*k].name))).collect();
            for k in &regions {
                free[*k] = false;
            }
            if !regions.is_empty() {
                let label = self.lang.pick(group.fr.clone(), group.en.clone());
                out.push(RegionGroup { id: group.id.clone(), label, regions });
            }
        }
        // A region with data that nobody grouped speaks for itself; one without is no row.
        let spoken = |k: usize| {
            [&self.regions_now, &self.regions_before]
                .into_iter()
                .any(|t| t.cells[k].reading.number().is_some_and(|n| n > 0))
        };
        for k in (0..units.len()).filter(|k| free[*k] && spoken(*k)) {
            let unit = &units[k];
            out.push(RegionGroup { id: unit.pcode.to_string(), label: unit.name.to_string(), regions: vec![k] });
        }
        out
    }

    /// A measure by region in a period.
    pub fn table(&self, measure: (&str, &str), period: Period) -> Result<Table, AppError> {
        self.service.measure_table(self.set, measure, Level::Region, &Asked { period, ..self.asked })
    }

    /// The facts of a period.
    pub fn rows_of(&self, period: Period) -> Vec<Counted<'a>> {
        self.rows.iter().filter(|r| period.contains(r.month)).copied().collect()
    }

    /// The column of a month.
    pub fn month_column(&self, month: Month) -> Option<usize> {
        self.months.iter().position(|m| *m == month)
    }

    /// A table of regions taken together, with what is in no region.
    pub fn national(table: &Table) -> Reading {
        let (regions, _) = together(table.cells.iter().map(|c| c.reading));
        match regions.number() {
            _ if table.total.is_none() => Reading::Suppressed,
            None if table.total == Some(0) => regions,
            _ => counted_as(table.total.unwrap_or(0)),
        }
    }

    /// A term's number in the country.
    pub fn national_by(table: &Table, term: usize) -> Reading {
        match table.total_by.get(term).copied() {
            Some(Some(n)) => part_of(Self::national(table), n),
            _ => Reading::Suppressed,
        }
    }

    /// Categories in the order of the tables by month, or of the arrows; others after them.
    pub fn categories(&self, arrows: bool) -> Vec<&'a Term> {
        let order = if arrows { &self.arrow_order } else { &self.table_order };
        let terms = self.theme.terms("category");
        let place = |t: &Term| order.iter().position(|c| *c == t.code).unwrap_or(order.len());
        let mut list: Vec<&Term> = terms.iter().collect();
        list.sort_by_key(|t| place(t));
        list
    }

    /// A term's label.
    pub fn label(&self, term: &Term) -> String {
        let en = if term.en.is_empty() { &term.fr } else { &term.en };
        self.lang.pick(&term.fr, en).clone()
    }

    /// Columns of the months: « juin », or « juin 2021 » where they are of several years.
    pub fn month_columns(&self) -> Vec<GridColumn> {
        let years = self.span.first().year() != self.span.last().year();
        let column = |m: &Month| {
            let full = period_text(Period::month(*m), self.lang);
            let name = full.split(' ').next().unwrap_or_default().to_owned();
            GridColumn::new(m.to_string(), if years { full } else { name })
        };
        self.months.iter().map(column).collect()
    }

    /// What the letters and asterisks of a table mean.
    pub fn key(&self, table: &Grid) -> Vec<String> {
        let mut out = Vec::new();
        let letters: Vec<String> = table
            .absences()
            .into_iter()
            .map(|w| absence(w, self.lang))
            .map(|(letters, meaning)| {
                self.lang.pick(format!("{letters}\u{a0}: {meaning}"), format!("{letters}: {meaning}"))
            })
            .collect();
        if !letters.is_empty() {
            out.push(format!("{}.", letters.join(self.lang.pick("\u{a0}; ", "; "))));
        }
        if table.partial() {
            out.push(self.words.say("partial_note", &[]));
        }
        out
    }

    pub fn country(&self) -> String {
        country(self.set, self.lang)
    }

    pub fn period(&self, period: Period) -> String {
        period_text(period, self.lang)
    }

    pub fn title(&self) -> String {
        self.words.say("trends_title", &[("country", &self.country()), ("period", &self.period(self.now))])
    }

    pub fn measure_label(&self) -> String {
        let all = self.asked.basis == Basis::All;
        self.lang
            .pick(
                if all { "Violations documentées et non documentées" } else { "Violations documentées" },
                if all { "Documented and undocumented violations" } else { "Documented violations" },
            )
            .to_owned()
    }

    pub fn subtitle(&self) -> String {
        self.words.say(
            "trends_subtitle",
            &[
                ("measure", &self.measure_label()),
                ("months", &self.period(self.span)),
                ("period", &self.period(self.now)),
                ("before", &self.period(self.before)),
            ],
        )
    }

    pub fn formula_words(&self) -> String {
        let key = if self.formula == Formula::Relative { "formula_relative" } else { "formula_symmetric" };
        self.words.say(key, &[])
    }

    pub fn badges(&self) -> Vec<String> {
        badges(self.service, self.set, self.asked.release, &self.words)
    }

    pub fn meta(&self) -> Vec<MetaLine> {
        let l = self.lang;
        let tolerance = decimal(self.tolerance.value(), usize::from(self.tolerance.value().fract() != 0.0), l);
        let mut out: Vec<MetaLine> = vec![
            ("counts", l.pick("Ce qui est compté", "What is counted").into(), self.unit()),
            ("period", l.pick("Période", "Period").into(), self.now.to_string()),
            ("compared_with", l.pick("Comparée à", "Compared with").into(), self.before.to_string()),
            ("formula", l.pick("Formule des évolutions", "Formula of changes").into(), self.formula_words()),
            ("tolerance", l.pick("« = » jusqu’à un écart de (%)", "“=” up to a change of (%)").into(), tolerance),
        ];
        out.extend(origin_lines(self.service, self.set, &self.asked, &self.words));
        out
    }

    fn unit(&self) -> String {
        let measure = self.theme.measure(MEASURE.1);
        measure.map(|m| self.lang.pick(m.unit_fr.clone(), m.unit_en.clone())).unwrap_or_default()
    }
}

/// The words every page owes: provisional, synthetic, schematic.
pub(in crate::app) fn badges(service: &Service, set: &BoundarySet, release: &str, words: &Messages) -> Vec<String> {
    let mut out = Vec::new();
    if release != "released" {
        out.push(words.say("provisional", &[]));
    }
    if service.snapshot().synthetic {
        out.push(words.say("synthetic", &[]));
    }
    if set.info.geometry == GeometryKind::Schematic {
        out.push(words.say("schematic", &[]));
    }
    out
}

/// Where figures come from: set, source, basis, state of the data, licences, limits.
pub(in crate::app) fn origin_lines(
    service: &Service,
    set: &BoundarySet,
    asked: &Asked<'_>,
    words: &Messages,
) -> Vec<MetaLine> {
    let (l, snapshot) = (asked.lang, service.snapshot());
    let basis = match asked.basis {
        Basis::Documented => l.pick("documenté", "documented"),
        Basis::All => l.pick("documenté et non documenté", "documented and undocumented"),
    };
    // The sentence of the pages starts with what is the label here.
    let limits = words.say("annex1_limits", &[]);
    let limits = limits.split_once(": ").map_or(limits.clone(), |(_, said)| said.to_owned());
    let synthetic = if snapshot.synthetic { l.pick("oui", "yes") } else { l.pick("non", "no") };
    let licence = if snapshot.synthetic {
        l.pick("Données synthétiques de Vigie (MIT OR Apache-2.0)", "Vigie’s synthetic data (MIT OR Apache-2.0)")
            .to_owned()
    } else {
        l.pick(
            "Données de la source nommée : à partager selon son protocole de partage de l’information",
            "Data of the source named: to be shared under its information sharing protocol",
        )
        .to_owned()
    };
    vec![
        (
            "set",
            l.pick("Découpage utilisé", "Boundary set").into(),
            format!("{} – {}", set.info.id, l.pick(&set.info.title_fr, &set.info.title_en)),
        ),
        ("source", l.pick("Source", "Source").into(), source_name(asked.source, l)),
        ("basis", l.pick("Base", "Basis").into(), basis.into()),
        (
            "as_of",
            l.pick("État des données", "State of the data").into(),
            format!("{} (version {})", snapshot.created.get(..10).unwrap_or_default(), snapshot.version),
        ),
        ("synthetic", l.pick("Données de démonstration", "Demonstration data").into(), synthetic.into()),
        ("licence", l.pick("Licence des données", "Licence of the data").into(), licence),
        (
            "boundary_licence",
            l.pick("Licence des limites", "Licence of the boundaries").into(),
            set.info.licence.clone(),
        ),
        ("limits", l.pick("Limites", "Limits").into(), limits),
    ]
}

/// A source as a page names it.
pub(in crate::app) fn source_name(source: &str, lang: Lang) -> String {
    match source {
        DEFAULT_SOURCE => lang
            .pick("monitoring de protection, Cluster Protection Mali", "protection monitoring, Protection Cluster Mali")
            .into(),
        other => other.to_owned(),
    }
}

/// What a page that could not be made means: an office's own file that does not fit, or a fault.
pub(in crate::app) fn page_fault(error: RenderError) -> AppError {
    AnnexError::Render(error).into()
}

/// The period `months` earlier.
pub(in crate::app) fn earlier(period: Period, months: u32) -> Result<Period, AppError> {
    period.earlier(months).ok_or_else(|| AppError::BadRequest("nothing lies before this period".into()))
}

fn rows<'a>(
    service: &'a Service,
    set: &BoundarySet,
    measure: &Measure,
    asked: &Asked<'_>,
    before: Period,
    span: Period,
    now: Period,
) -> Vec<Counted<'a>> {
    let (first, last) = (before.first().min(span.first()), now.last());
    let period = Period::new(first, last).unwrap_or(now);
    let choice = Choice { period, source: asked.source, basis: asked.basis };
    counted(set, measure, service.snapshot().facts(MEASURE.0).iter(), &choice)
}

/// A period in a sentence: « en juin 2021 », « d’avril à juin 2021 ».
pub(in crate::app) fn in_period(period: Period, lang: Lang) -> String {
    let text = period_text(period, lang);
    let Some((first, last)) = text.split_once(" – ").or_else(|| text.split_once('–')) else {
        return format!("{} {text}", lang.pick("en", "in"));
    };
    match lang {
        Lang::Fr if first.starts_with(['a', 'o']) => format!("d’{first} à {last}"),
        Lang::Fr => format!("de {first} à {last}"),
        Lang::En => format!("from {first} to {last}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_read_as_a_sentence_says_them() {
        let said = |p: &str, lang| in_period(Period::parse(p).expect("a period"), lang);
        assert_eq!(said("2021-06", Lang::Fr), "en juin 2021");
        assert_eq!(said("2021-Q2", Lang::Fr), "d’avril à juin 2021");
        assert_eq!(said("2021-Q1", Lang::Fr), "de janvier à mars 2021");
        assert_eq!(said("2020-11/2021-02", Lang::Fr), "de novembre 2020 à février 2021");
        assert_eq!(said("2021-Q2", Lang::En), "from April to June 2021");
    }

    #[test]
    fn the_period_before_has_the_same_length() {
        let period = |p: &str| Period::parse(p).expect("a period");
        assert_eq!(earlier(period("2021-Q1"), 3).expect("before").to_string(), "2020-Q4");
        assert_eq!(earlier(period("2021-Q1"), 12).expect("before").to_string(), "2020-Q1");
        assert!(earlier(period("1900-01"), 1).is_err());
    }
}
