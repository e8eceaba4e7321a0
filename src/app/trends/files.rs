//! A report of trends as text, JSON, CSV, a workbook and pages.

use serde_json::{Map, Value, json};

use super::super::annex::day_text;
use super::super::{AppError, Service};
use super::TrendsReport;
use super::scope::page_fault;
use crate::domain::Lang;
use crate::formats::grid::{Grid, GridCell, MetaLine};
use crate::formats::{write_tables, write_tidy_csv};
use crate::render::{Messages, TableBook, TableCell, TableColumn, TableRow, TableSection, table_pages};

use super::TrendsFormat as F;

/// Most rows of all tables together on pages; beyond it the workbook is the place.
const MOST_PAGE_ROWS: usize = 3_000;

impl TrendsReport {
    /// The report in a form; `service` has the templates of its pages.
    pub fn write(&self, service: &Service, format: F, lang: Lang, hxl: bool) -> Result<Vec<u8>, AppError> {
        let fault = |e: String| AppError::Fault(e);
        match format {
            F::Text => Ok(format!("{}\n", self.text(lang).join("\n")).into_bytes()),
            F::Json => serde_json::to_vec_pretty(&self.json()).map_err(|e| fault(e.to_string())),
            F::Csv => write_tidy_csv(&self.tables, &self.meta).map_err(|e| fault(e.to_string())),
            F::Xlsx => write_tables(&self.title, &self.tables, &self.meta, lang, hxl).map_err(|e| fault(e.to_string())),
            F::Pdf => self.pdf(service, lang),
        }
    }

    /// As lines of plain text.
    pub fn text(&self, lang: Lang) -> Vec<String> {
        let mut out = vec![self.title.clone(), self.subtitle.clone()];
        if !self.badges.is_empty() {
            out.push(self.badges.join(" – "));
        }
        for table in &self.tables {
            out.push(String::new());
            out.extend(table.text(lang));
        }
        out.push(String::new());
        out.extend(self.sentences.iter().cloned());
        out.push(String::new());
        out.extend(self.meta.iter().map(|(_, label, value)| format!("{label}{} {value}", lang.pick("\u{a0}:", ":"))));
        out
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let meta: Map<String, Value> =
            self.meta.iter().map(|(key, _, value)| ((*key).to_owned(), json!(value))).collect();
        json!({
            "title": self.title, "subtitle": self.subtitle, "synthetic": self.synthetic, "meta": meta,
            "sentences": self.sentences, "tables": self.tables.iter().map(Grid::json).collect::<Vec<_>>(),
        })
    }

    fn pdf(&self, service: &Service, lang: Lang) -> Result<Vec<u8>, AppError> {
        let rows: usize = self.tables.iter().map(|t| t.rows.len()).sum();
        if rows > MOST_PAGE_ROWS {
            return Err(AppError::BadRequest(format!(
                "{rows} rows; pages take {MOST_PAGE_ROWS}: ask for xlsx, or for fewer tables"
            )));
        }
        let words = service.kit().words(lang).map_err(page_fault)?;
        let book = TableBook {
            lang,
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            badges: self.badges.clone(),
            sentences: self.sentences.clone(),
            sections: self.tables.iter().map(|t| section(t, lang)).collect(),
            foot: foot(&self.meta, self.created, &words, lang),
            disclaimer: words.say("disclaimer", &[]),
            page: words.say("page_total", &[]),
            created: self.created,
        };
        table_pages("trends.typ", &book, &service.kit().templates).and_then(|page| page.pdf()).map_err(page_fault)
    }
}

/// The lines of sources and limits as the foot of a page, with the day of creation.
pub(in crate::app) fn foot(
    meta: &[MetaLine],
    created: Option<(i32, u8, u8)>,
    words: &Messages,
    lang: Lang,
) -> Vec<String> {
    let colon = lang.pick("\u{a0}:", ":");
    let day = created.map(|d| words.say("created", &[("date", &day_text(d, lang))]));
    meta.iter().map(|(_, label, value)| format!("{label}{colon} {value}")).chain(day).collect()
}

/// A table as the page sets it.
pub(in crate::app) fn section(grid: &Grid, lang: Lang) -> TableSection {
    let right = |k: usize| grid.rows.iter().all(|r| !matches!(r.cells.get(k), Some(GridCell::Text(_))));
    let mut columns = vec![TableColumn { label: grid.corner.clone(), right: false }];
    columns
        .extend(grid.columns.iter().enumerate().map(|(k, c)| TableColumn { label: c.label.clone(), right: right(k) }));
    let cell = |c: &GridCell| TableCell {
        text: match c {
            GridCell::Change(Some(c)) => {
                format!("{} › {}", crate::style::grouped(c.counts.0, lang), crate::style::grouped(c.counts.1, lang))
            }
            c => c.printed(lang),
        },
        mark: if let GridCell::Change(Some(c)) = c { Some((c.word, c.spoken.clone())) } else { None },
        quiet: matches!(c, GridCell::Count { reading, .. } if reading.number().is_none_or(|n| n == 0)),
    };
    let rows = grid.rows.iter().map(|r| TableRow {
        cells: std::iter::once(TableCell { text: r.label.clone(), mark: None, quiet: false })
            .chain(r.cells.iter().map(cell))
            .collect(),
        total: r.total,
    });
    TableSection {
        title: grid.title.clone(),
        columns,
        rows: rows.collect(),
        notes: grid.notes.clone(),
        weights: Vec::new(),
    }
}
