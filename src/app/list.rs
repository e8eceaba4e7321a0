//! Annex 4, « Liste des incidents »: rows of incidents by an allow-list of columns, as pages, workbook and CSV.

use serde::Deserialize;

use super::annex::AnnexRequest;
use super::trends::{badges, foot, in_period, origin_lines, page_fault, section};
use super::{AppError, Service, annex};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, ColumnKind, Fact, Lang, Level, Term, Theme};
use crate::formats::grid::{Grid, GridCell, GridColumn, GridRow, MetaLine};
use crate::formats::{write_list_csv, write_tables};
use crate::indicators::{Choice, Counted, counted, counted_as};
use crate::render::{Messages, Page, TableBook, Templates, table_pages};
use crate::style::grouped;

/// Most rows on pages; the rest is in the workbook, and the page says so.
const MOST_PAGE_ROWS: usize = 2_000;
/// Most rows in a workbook or CSV; beyond it a shorter period is asked for.
const MOST_FILE_ROWS: usize = 100_000;

/// `annex4.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    leave_out: Vec<String>,
    region_only_where_sensitive: bool,
    column: Vec<ListColumn>,
}

/// A column of the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListColumn {
    id: String,
    fr: String,
    en: String,
    weight: f64,
    #[serde(default)]
    hxl: Option<String>,
}

/// Columns that are no column of the theme's file.
const OWN: [&str; 6] = ["n", "date", "region", "cercle", "commune", "pcode"];
/// Columns that say where below region.
const BELOW_REGION: [&str; 3] = ["cercle", "commune", "pcode"];

impl Config {
    fn read(templates: &Templates, theme: &Theme) -> Result<Self, AppError> {
        let wrong = |reason: String| AppError::Input(format!("annex4.toml: {reason}"));
        let text = templates.text("annex4.toml").map_err(page_fault)?;
        let config: Self = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        if config.column.is_empty() || config.column.len() > 30 {
            return Err(wrong("from 1 to 30 columns".to_owned()));
        }
        for column in &config.column {
            if !(0.1..=100.0).contains(&column.weight) {
                return Err(wrong(format!("weight of « {} »: from 0.1 to 100", column.id)));
            }
            if !OWN.contains(&column.id.as_str()) && !may_be_listed(theme, &column.id) {
                return Err(wrong(format!(
                    "« {} » cannot be listed: counts and codes of the theme can, free text, ids, villages and coordinates cannot",
                    column.id
                )));
            }
        }
        let has = |id: &str| config.column.iter().any(|c| c.id == id);
        if has("perpetrator_class") && BELOW_REGION.iter().any(|id| has(id)) {
            return Err(wrong(
                "perpetrator_class is never shown below region: take out cercle, commune and pcode".to_owned(),
            ));
        }
        Ok(config)
    }
}

/// Whether a column of the theme may be in a list at all: counts and codes that are not withheld.
fn may_be_listed(theme: &Theme, id: &str) -> bool {
    let kind = |k: ColumnKind| matches!(k, ColumnKind::Count | ColumnKind::Flag | ColumnKind::Code);
    theme.column(id).is_some_and(|c| !c.withheld && kind(c.kind) && c.id != "sensitivity" && c.id != "geo_precision")
}

/// The pages of the list.
pub(super) fn page(service: &Service, request: &AnnexRequest) -> Result<Page, AppError> {
    List::new(service, request)?.page(service, request.created(service))
}

/// The list as `xlsx` or `csv`.
pub(super) fn table(service: &Service, request: &AnnexRequest, format: &str) -> Result<Vec<u8>, AppError> {
    let list = List::new(service, request)?;
    let grid = list.grid(list.whole()?, false);
    if format == "csv" {
        return write_list_csv(&grid, &list.meta, request.hxl).map_err(|e| AppError::Fault(e.to_string()));
    }
    write_tables(&list.title, &[grid], &list.meta, list.lang, request.hxl).map_err(|e| AppError::Fault(e.to_string()))
}

/// The rows with what must be said of them.
struct List<'a> {
    set: &'a BoundarySet,
    theme: &'a Theme,
    config: Config,
    words: Messages,
    lang: Lang,
    rows: Vec<Counted<'a>>,
    title: String,
    subtitle: String,
    notes: Vec<String>,
    badges: Vec<String>,
    meta: Vec<MetaLine>,
}

impl<'a> List<'a> {
    fn new(service: &'a Service, request: &AnnexRequest) -> Result<Self, AppError> {
        let (snapshot, asked) = (service.snapshot(), request.asked(service));
        let lang = asked.lang;
        let set = request.set(service)?;
        let (theme, measure) = service.theme_measure("incidents", "violations")?;
        let config = Config::read(&service.kit().templates, theme)?;
        let words = service.kit().words(lang).map_err(page_fault)?;
        let choice = Choice { period: asked.period, source: asked.source, basis: asked.basis };
        let all = counted(set, measure, snapshot.facts("incidents").iter(), &choice);
        let confidential = |r: &Counted<'_>| {
            r.fact.attr("sensitivity").and_then(Attr::text).is_some_and(|s| config.leave_out.iter().any(|l| l == s))
        };
        let (out, mut rows): (Vec<_>, Vec<_>) = all.into_iter().partition(confidential);
        rows.sort_by_cached_key(|r| {
            (r.fact.when, r.units, code(r.fact, "violation_type"), code(r.fact, "victim_status"))
        });
        let n = |x: usize| grouped(x as u64, lang);
        let victims = |rows: &[Counted<'_>]| grouped(rows.iter().map(|r| r.amount).sum(), lang);
        let mut notes = Vec::new();
        if !out.is_empty() {
            notes.push(words.say("list_left_out", &[("rows", &n(out.len())), ("victims", &victims(&out))]));
        }
        if config.region_only_where_sensitive && rows.iter().any(|r| sensitive(theme, r.fact)) {
            notes.push(words.say("list_sensitive", &[]));
        }
        if rows.is_empty() {
            notes.push(words.say("list_empty", &[("when", &in_period(asked.period, lang))]));
        }
        notes.push(words.say("list_columns", &[]));
        let (country, period) = (annex::country(set, lang), annex::period_text(asked.period, lang));
        let mut meta: Vec<MetaLine> = vec![("period", lang.pick("Période", "Period").into(), asked.period.to_string())];
        meta.extend(origin_lines(service, set, &asked, &words));
        Ok(Self {
            title: words.say("list_title", &[("country", &country), ("period", &period)]),
            subtitle: words.say("list_subtitle", &[("rows", &n(rows.len())), ("victims", &victims(&rows))]),
            badges: badges(service, set, asked.release, &words),
            set,
            theme,
            config,
            words,
            lang,
            rows,
            notes,
            meta,
        })
    }

    fn whole(&self) -> Result<&[Counted<'a>], AppError> {
        let n = self.rows.len();
        if n > MOST_FILE_ROWS {
            return Err(AppError::BadRequest(format!(
                "{n} rows; a list has {MOST_FILE_ROWS} at most: ask for a shorter period"
            )));
        }
        Ok(&self.rows)
    }

    fn grid(&self, rows: &[Counted<'_>], paper: bool) -> Grid {
        let column = |c: &ListColumn| GridColumn {
            id: c.id.clone(),
            label: self.lang.pick(c.fr.clone(), c.en.clone()),
            hxl: c.hxl.clone(),
        };
        let row = |(k, r): (usize, &Counted<'_>)| GridRow {
            code: (k + 1).to_string(),
            label: String::new(),
            cells: self.config.column.iter().map(|c| self.cell(c, k, r, paper)).collect(),
            total: false,
        };
        Grid {
            id: "incidents",
            title: self.title.clone(),
            unit: "violations".to_owned(),
            corner: String::new(),
            columns: self.config.column.iter().map(column).collect(),
            rows: rows.iter().enumerate().map(row).collect(),
            notes: std::iter::once(self.subtitle.clone()).chain(self.notes.iter().cloned()).collect(),
        }
    }

    fn cell(&self, column: &ListColumn, k: usize, row: &Counted<'_>, paper: bool) -> GridCell {
        let told = if self.config.region_only_where_sensitive && sensitive(self.theme, row.fact) { 1 } else { 3 };
        let unit = |l: Level| row.units[l.index()].filter(|_| l.index() < told).map(|u| &self.set.units(l)[u]);
        let text = |t: Option<String>| GridCell::Text(t.unwrap_or_default());
        match column.id.as_str() {
            "n" => GridCell::Text((k + 1).to_string()),
            "date" => GridCell::Text(date(&row.fact.when.iso(), self.lang, paper)),
            "region" => text(unit(Level::Region).map(|u| u.name.to_string())),
            "cercle" => text(unit(Level::Cercle).map(|u| u.name.to_string())),
            "commune" => text(unit(Level::Commune).map(|u| u.name.to_string())),
            "pcode" => text(Level::ALL.into_iter().rev().find_map(unit).map(|u| u.pcode.to_string())),
            "category" => GridCell::Text(code(row.fact, "category")),
            // What stands for an empty count of victims is the measure's own amount.
            "victims" => GridCell::count(counted_as(row.amount)),
            id => match row.fact.attr(id) {
                Some(Attr::Int(n)) => {
                    u64::try_from(*n).map_or(GridCell::Text(n.to_string()), |n| GridCell::count(counted_as(n)))
                }
                Some(Attr::Flag(b)) => GridCell::Text(u8::from(*b).to_string()),
                Some(Attr::Text(t)) => GridCell::Text(self.label(id, t)),
                _ => GridCell::Text(String::new()),
            },
        }
    }

    /// A term's label. One that the list does not know may hold anything that somebody wrote: it does not leave.
    fn label(&self, column: &str, code: &str) -> String {
        let term = self.theme.column(column).and_then(|c| c.terms.as_deref()).and_then(|l| term(self.theme, l, code));
        let other = self.lang.pick("autre (hors liste)", "other (not on the list)");
        term.map_or_else(
            || other.to_owned(),
            |t| self.lang.pick(&t.fr, if t.en.is_empty() { &t.fr } else { &t.en }).clone(),
        )
    }

    fn page(&self, service: &Service, created: Option<(i32, u8, u8)>) -> Result<Page, AppError> {
        let shown = self.rows.len().min(MOST_PAGE_ROWS);
        let mut grid = self.grid(&self.rows[..shown], true);
        let mut sentences = std::mem::take(&mut grid.notes).split_off(1);
        if shown < self.rows.len() {
            let n = |x: usize| grouped(x as u64, self.lang);
            sentences.insert(0, self.words.say("list_cut", &[("shown", &n(shown)), ("rows", &n(self.rows.len()))]));
        }
        let mut list = section(&grid, self.lang);
        // The list has no column of labels.
        list.columns.remove(0);
        list.rows.iter_mut().for_each(|r| drop(r.cells.remove(0)));
        list.title = String::new();
        list.weights = self.config.column.iter().map(|c| c.weight).collect();
        let book = TableBook {
            lang: self.lang,
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            badges: self.badges.clone(),
            sentences,
            sections: if self.rows.is_empty() { Vec::new() } else { vec![list] },
            foot: foot(&self.meta, created, &self.words, self.lang),
            disclaimer: self.words.say("disclaimer", &[]),
            page: self.words.say("page_total", &[]),
            created,
        };
        table_pages("annex4.typ", &book, &service.kit().templates).map_err(page_fault)
    }
}

fn code(fact: &Fact, column: &str) -> String {
    fact.attr(column).and_then(Attr::text).unwrap_or_default().to_owned()
}

fn term<'t>(theme: &'t Theme, list: &str, code: &str) -> Option<&'t Term> {
    theme.terms(list).iter().find(|t| t.code == code)
}

/// Whether a fact's type is one that is never told below region.
fn sensitive(theme: &Theme, fact: &Fact) -> bool {
    term(theme, "violation_type", &code(fact, "violation_type")).is_some_and(|t| t.sensitive)
}

/// A date: as ISO for programs, « 17/06/2021 » on French paper.
fn date(iso: &str, lang: Lang, paper: bool) -> String {
    match (lang, paper, iso.split('-').collect::<Vec<_>>().as_slice()) {
        (Lang::Fr, true, [y, m, d]) => format!("{d}/{m}/{y}"),
        (Lang::Fr, true, [y, m]) => format!("{m}/{y}"),
        _ => iso.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_ids_places_below_commune_and_perpetrators_below_region_are_refused() {
        let theme = crate::ingest::shipped_themes().iter().find(|t| t.id == "incidents").expect("shipped");
        let read = |columns: &[&str]| {
            let dir = tempfile::tempdir().expect("a folder");
            std::fs::create_dir(dir.path().join("annexes")).expect("made");
            let columns: String = columns
                .iter()
                .map(|c| format!("[[column]]\nid = \"{c}\"\nfr = \"x\"\nen = \"x\"\nweight = 1\n"))
                .collect();
            let text = format!("leave_out = []\nregion_only_where_sensitive = true\n{columns}");
            std::fs::write(dir.path().join("annexes/annex4.toml"), text).expect("written");
            Config::read(&Templates::new(Some(dir.path())).expect("a folder of templates"), theme)
        };
        for id in
            ["incident_id", "locality", "lon", "lat", "source", "sensitivity", "geo_precision", "narrative", "set"]
        {
            let error = read(&["region", id]).expect_err(id).to_string();
            assert!(error.contains(id) && error.contains("cannot be listed"), "{error}");
        }
        for place in BELOW_REGION {
            let error = read(&["perpetrator_class", place]).expect_err(place).to_string();
            assert!(error.contains("never shown below region"), "{error}");
        }
        read(&["region", "perpetrator_class"]).expect("a perpetrator by region may be told");
        assert!(read(&[]).is_err());
        Config::read(&Templates::default(), theme).expect("the shipped list is one");
    }

    #[test]
    fn dates_on_french_paper_have_the_day_first() {
        assert_eq!(date("2021-06-17", Lang::Fr, true), "17/06/2021");
        assert_eq!(date("2021-06", Lang::Fr, true), "06/2021");
        assert_eq!(date("2021-06-17", Lang::Fr, false), "2021-06-17");
    }
}
