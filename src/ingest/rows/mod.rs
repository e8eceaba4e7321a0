//! Rows become facts, one by one, or rejects that say what is wrong where and how to cure it.

mod check;
mod code;
mod date;
mod identity;
mod locate;
mod number;
mod plan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::civil::Date;

use self::check::{Attrs, Verdict};
use self::identity::Identities;
use self::locate::Locator;
use self::number::Wrong;
use self::plan::{Plan, Row};
use super::columns::{Headings, Mapping};
use super::place::PlaceResolver;
use super::table::{self, Cell, RawTable};
use super::vocabulary::{List, Vocabulary};
use super::{IngestError, Limits, Profile, codes};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Column, ColumnKind, Fact, Finding, Lang, Severity, Theme, When};

/// What an import knows besides the file.
pub struct ImportContext<'a> {
    /// What the file's rows are.
    pub theme: &'a Theme,
    /// The sets its codes and names belong to: the import's own first.
    pub sets: &'a [Arc<BoundarySet>],
    /// Settles names and points on these sets, in the same order.
    pub places: &'a dyn PlaceResolver,
    /// Language of the findings.
    pub lang: Lang,
    /// The day of the import: nothing may lie after it.
    pub today: Date,
    /// Whether the rows are made up.
    pub synthetic: bool,
    /// The source of rows that state none; `monitoring` where nobody said.
    pub default_source: &'a str,
    /// The file's dialect.
    pub profile: &'a Profile,
    /// Ceilings.
    pub limits: Limits,
}

/// What was understood of a file before its rows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Understood {
    /// `CSV`, `XLSX`, `XLS` or `ODS`.
    pub format: &'static str,
    /// Encoding of a text file.
    pub encoding: Option<&'static str>,
    /// Separator of a text file.
    pub separator: Option<char>,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Line of the header.
    pub header_line: u64,
    /// Each heading and the column it was taken for; none where it was left aside.
    pub columns: Vec<(String, Option<String>)>,
}

/// What came of a file. `rows_in` is always `facts.len() + rejected_rows`.
#[derive(Debug)]
pub struct Ingested {
    /// The rows that went in.
    pub facts: Vec<Fact>,
    /// What is wrong or worth saying, in the order of the file; several may concern one row.
    pub findings: Vec<Finding>,
    /// Rows that held anything, below the header.
    pub rows_in: usize,
    /// Rows that stayed out.
    pub rejected_rows: usize,
    /// How the file was read.
    pub understood: Understood,
}

/// Something to say about a row: a column (by its place in the theme), a value, a code with its sentence.
#[derive(Debug, Clone)]
struct Issue {
    column: Option<usize>,
    value: Option<String>,
    wrong: Wrong,
}

impl Issue {
    fn of(column: usize, cell: &Cell, wrong: Wrong) -> Self {
        let value = (*cell != Cell::Empty).then(|| cell.shown().into_owned());
        Self { column: Some(column), value, wrong }
    }

    fn of_row(wrong: Wrong) -> Self {
        Self { column: None, value: None, wrong }
    }

    fn rejects(&self) -> bool {
        self.wrong.0.severity == Severity::Reject
    }
}

/// Reads a file: its table, its columns, its rows.
///
/// # Errors
/// [`IngestError`] where no row of the file can be used; a wrong row is no error but a finding.
pub fn read(bytes: &[u8], file_name: &str, ctx: &ImportContext<'_>) -> Result<Ingested, IngestError> {
    if ctx.sets.is_empty() {
        return Err(IngestError::NoSet);
    }
    let headings = Headings::new(ctx.theme, ctx.profile);
    let known = |heading: &str| headings.find(heading).is_some();
    let table = table::read(bytes, file_name, &ctx.limits, ctx.lang, &known).map_err(|e| match e {
        IngestError::NoHeader { found, .. } => {
            let expected = ctx.theme.columns.iter().map(|c| c.id.clone()).take(6).collect();
            IngestError::NoHeader { found, expected }
        }
        other => other,
    })?;
    let mapping = Mapping::new(ctx.theme, &headings, &table.headers)?;
    let mut report = Report { file: file_name, table: &table, mapping: &mapping, findings: Vec::new() };
    report.about_file(ctx);
    let mut reader = RowReader {
        ctx,
        plan: Plan::new(ctx.theme),
        vocabulary: Vocabulary::new(ctx.theme),
        locator: Locator::new(ctx),
        sources: Sources::new(ctx.default_source),
        theme_id: ctx.theme.id.as_str().into(),
    };
    let mut identities = Identities::new(ctx.theme, &reader.plan);
    let mut facts = Vec::with_capacity(table.rows.len());
    let mut rejected_rows = 0;
    let mut issues = Vec::new();
    for (line, cells) in &table.rows {
        let row = Row { cells, mapping: &mapping };
        let fact = reader.fact(&row, table.headers.len(), &mut issues);
        let fact = fact.and_then(|f| identities.admit(f, *line, &facts, ctx.lang, &mut issues));
        report.about_row(*line, &mut issues);
        match fact {
            Some(fact) => facts.push(fact),
            None => rejected_rows += 1,
        }
    }
    let findings = report.findings;
    let understood = understood(ctx.theme, &table, &mapping);
    Ok(Ingested { facts, findings, rows_in: table.rows.len(), rejected_rows, understood })
}

fn understood(theme: &Theme, table: &RawTable, mapping: &Mapping) -> Understood {
    let column = |place: usize| {
        let k = mapping.at.iter().position(|p| *p == Some(place))?;
        Some(theme.columns[k].id.clone())
    };
    Understood {
        format: table.format,
        encoding: table.encoding,
        separator: table.separator,
        sheet: table.sheet.clone(),
        header_line: table.header_line,
        columns: table.headers.iter().enumerate().map(|(place, h)| (h.clone(), column(place))).collect(),
    }
}

/// Turns issues into findings with file, sheet, line and heading.
struct Report<'a> {
    file: &'a str,
    table: &'a RawTable,
    mapping: &'a Mapping,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn push(&mut self, line: Option<u64>, column: Option<String>, value: Option<String>, (code, message): Wrong) {
        self.findings.push(Finding {
            code: code.name.into(),
            severity: code.severity,
            file: self.file.to_owned(),
            sheet: self.table.sheet.clone(),
            line,
            column,
            value: value.map(|v| v.chars().take(120).collect()),
            message,
        });
    }

    fn about_file(&mut self, ctx: &ImportContext<'_>) {
        for (code, message) in self.table.notes.clone() {
            self.push(None, None, None, (code, message));
        }
        for place in self.mapping.unknown.clone() {
            let heading = self.table.headers[place].clone();
            if heading.is_empty() {
                continue;
            }
            let columns = ctx.theme.columns.iter().map(|c| c.id.as_str());
            let near = super::fold::nearest(&heading, columns).join(", ");
            let message = if near.is_empty() {
                say!(
                    ctx.lang,
                    "Colonne inconnue, laissée de côté : renommez-la d’après docs/columns.md si elle doit être lue.",
                    "Unknown column, left aside: rename it after docs/columns.md if it is to be read."
                )
            } else {
                say!(
                    ctx.lang,
                    "Colonne inconnue, laissée de côté ; est-ce {near} ?",
                    "Unknown column, left aside; is it {near}?"
                )
            };
            self.push(Some(self.table.header_line), Some(heading), None, (codes::UNKNOWN_COLUMN, message));
        }
    }

    fn about_row(&mut self, line: u64, issues: &mut Vec<Issue>) {
        for issue in issues.drain(..) {
            let place = issue.column.and_then(|k| self.mapping.at[k]);
            let heading = place.and_then(|p| self.table.headers.get(p)).cloned();
            self.push(Some(line), heading, issue.value, issue.wrong);
        }
    }
}

/// Source names, each kept once.
struct Sources {
    default: Arc<str>,
    last: Option<Arc<str>>,
}

impl Sources {
    fn new(default: &str) -> Self {
        Self { default: if default.trim().is_empty() { "monitoring" } else { default.trim() }.into(), last: None }
    }

    fn get(&mut self, text: &str) -> Arc<str> {
        if *self.default == *text {
            return self.default.clone();
        }
        match &self.last {
            Some(last) if **last == *text => last.clone(),
            _ => self.last.insert(text.into()).clone(),
        }
    }
}

/// Reads one row after the other.
struct RowReader<'a> {
    ctx: &'a ImportContext<'a>,
    plan: Plan,
    vocabulary: Vocabulary<'a>,
    locator: Locator<'a>,
    sources: Sources,
    theme_id: Arc<str>,
}

impl RowReader<'_> {
    /// The row's fact (its id still empty), or none where an issue rejects it.
    fn fact(&mut self, row: &Row<'_>, columns: usize, issues: &mut Vec<Issue>) -> Option<Fact> {
        self.check_shape(row, columns, issues);
        let mut bad = vec![false; self.plan.ids.len()];
        let mut attrs = self.attributes(row, &mut bad, issues);
        let when = self.time(row, issues);
        let source = self.source(row, issues);
        self.place_texts(row, issues);
        let precision = attrs.get("geo_precision").and_then(Attr::text).map(str::to_owned);
        let place = self.locator.place(&self.plan, row, precision.as_deref(), issues);
        self.checks(&mut attrs, &bad, issues);
        self.complete(row, &mut attrs, &bad, issues);
        if issues.iter().any(Issue::rejects) {
            return None;
        }
        let theme = self.theme_id.clone();
        Some(Fact { theme, id: "".into(), source, when: when?, place, attrs, synthetic: self.ctx.synthetic })
    }

    /// Cells where no heading is, cells that are too long, a spreadsheet's errors: in any column.
    fn check_shape(&self, row: &Row<'_>, columns: usize, issues: &mut Vec<Issue>) {
        let (lang, limit) = (self.ctx.lang, self.ctx.limits.cell_chars);
        let column_of = |place: usize| row.mapping.at.iter().position(|p| *p == Some(place));
        for (place, cell) in row.cells.iter().enumerate() {
            let wrong = match cell {
                Cell::Empty => continue,
                _ if place >= columns => {
                    let message = say!(
                        lang,
                        "plus de cellules que d’en-têtes : un séparateur sans guillemets a décalé la ligne, ou un en-tête manque",
                        "more cells than headings: an unquoted separator shifted the row, or a heading is missing"
                    );
                    (codes::TOO_MANY_CELLS, message)
                }
                Cell::Text(t) if t.len() > limit && t.chars().count() > limit => {
                    let message = say!(
                        lang,
                        "plus de {limit} caractères dans une cellule : abrégez, ou fermez le guillemet qui manque",
                        "more than {limit} characters in a cell: shorten it, or close the missing quotation mark"
                    );
                    (codes::CELL_TOO_LONG, message)
                }
                Cell::Error(_) if column_of(place).is_some() => {
                    let message = say!(
                        lang,
                        "le tableur y montre une erreur : corrigez la formule ou videz la cellule",
                        "the spreadsheet shows an error there: correct the formula or empty the cell"
                    );
                    (codes::CELL_ERROR, message)
                }
                _ => continue,
            };
            let rejected = wrong.0 == codes::TOO_MANY_CELLS;
            issues.push(Issue {
                column: column_of(place),
                value: Some(cell.shown().chars().take(120).collect()),
                wrong,
            });
            if rejected {
                return;
            }
        }
    }

    fn attributes(&self, row: &Row<'_>, bad: &mut [bool], issues: &mut Vec<Issue>) -> Attrs {
        let mut attrs = Attrs::new();
        for (k, column) in self.ctx.theme.columns.iter().enumerate() {
            let cell = row.cell(k);
            if !self.plan.is_attribute(k) || *cell == Cell::Empty {
                continue;
            }
            if let Cell::Error(_) = cell {
                bad[k] = true;
                continue;
            }
            match self.value(column, cell) {
                Ok((value, note)) => {
                    issues.extend(note.map(|wrong| Issue::of(k, cell, wrong)));
                    attrs.insert(self.plan.ids[k].clone(), value);
                }
                Err(wrong) => {
                    bad[k] = true;
                    issues.push(Issue::of(k, cell, wrong));
                }
            }
        }
        attrs
    }

    fn value(&self, column: &Column, cell: &Cell) -> code::Read {
        let (lang, limits) = (self.ctx.lang, &self.ctx.limits);
        let plain = |value: Result<Attr, Wrong>| value.map(|v| (v, None));
        let list = column.terms.as_deref().and_then(|l| self.vocabulary.list(l));
        match (column.kind, list) {
            (ColumnKind::Count, _) => plain(number::count(cell, lang).map(Attr::Int)),
            (ColumnKind::Flag, _) => code::flag(cell, lang),
            (ColumnKind::Code, Some(list)) => code::code(cell, list, column.open, limits, lang),
            (ColumnKind::Codes, Some(list)) => code::codes(cell, list, lang),
            (ColumnKind::Date | ColumnKind::Month | ColumnKind::Year, _) => {
                plain(self.when(column.kind, cell).map(|w| Attr::Text(w.iso().into())))
            }
            _ => plain(code::text(cell, limits, lang)),
        }
    }

    fn when(&self, kind: ColumnKind, cell: &Cell) -> Result<When, Wrong> {
        let (order, lang) = (self.ctx.profile.dates, self.ctx.lang);
        let when = match kind {
            ColumnKind::Month => date::month(cell, order, lang),
            ColumnKind::Year => date::year(cell, lang),
            _ => date::day(cell, order, lang),
        }?;
        date::plausible(when, self.ctx.today, lang)?;
        Ok(when)
    }

    fn time(&self, row: &Row<'_>, issues: &mut Vec<Issue>) -> Option<When> {
        let k = self.plan.time;
        let cell = row.cell(k);
        let wrong = match cell {
            Cell::Empty => missing(&self.ctx.theme.columns[k].id, self.ctx.lang),
            Cell::Error(_) => return None,
            _ => match self.when(self.ctx.theme.columns[k].kind, cell) {
                Ok(when) => return Some(when),
                Err(wrong) => wrong,
            },
        };
        issues.push(Issue::of(k, cell, wrong));
        None
    }

    fn source(&mut self, row: &Row<'_>, issues: &mut Vec<Issue>) -> Arc<str> {
        let Some((k, cell)) = self.plan.source.map(|k| (k, row.cell(k))).filter(|(_, c)| **c != Cell::Empty) else {
            return self.sources.default.clone();
        };
        match code::text(cell, &self.ctx.limits, self.ctx.lang) {
            Ok(_) => self.sources.get(&cell.shown()),
            Err(wrong) => {
                issues.push(Issue::of(k, cell, wrong));
                self.sources.default.clone()
            }
        }
    }

    /// Names are kept as stated, so they keep to what texts may hold.
    fn place_texts(&self, row: &Row<'_>, issues: &mut Vec<Issue>) {
        for k in self.plan.names.into_iter().chain([self.plan.locality, self.plan.unit_name]).flatten() {
            if let cell @ Cell::Text(_) = row.cell(k)
                && let Err(wrong) = code::text(cell, &self.ctx.limits, self.ctx.lang)
            {
                issues.push(Issue::of(k, cell, wrong));
            }
        }
    }

    fn list_of(&self, column: &str) -> Option<&List<'_>> {
        self.vocabulary.list(self.ctx.theme.column(column)?.terms.as_deref()?)
    }

    fn position(&self, column: &str) -> Option<usize> {
        self.ctx.theme.columns.iter().position(|c| c.id == column)
    }

    /// Runs the theme's checks; one that a bad cell takes part in has nothing to say.
    fn checks(&self, attrs: &mut Attrs, bad: &[bool], issues: &mut Vec<Issue>) {
        let is_bad = |id: &String| self.position(id).is_some_and(|k| bad[k]);
        for check in &self.ctx.theme.checks {
            let skip = match check {
                crate::domain::Check::Sum { total, parts, .. } => parts.iter().chain([total]).any(is_bad),
                crate::domain::Check::Parent { column, parent } => is_bad(column) || is_bad(parent),
            };
            if skip {
                continue;
            }
            match check::run(check, attrs, |c| self.list_of(c), self.ctx.lang) {
                Verdict::Holds => {}
                Verdict::Fills(id, value) => {
                    if let Some(k) = self.position(&id) {
                        attrs.insert(self.plan.ids[k].clone(), value);
                    }
                }
                Verdict::Fails(id, wrong) => {
                    let value = attrs.get(id.as_str()).map(shown);
                    issues.push(Issue { column: self.position(&id), value, wrong });
                }
            }
        }
    }

    /// Puts in defaults, and asks for what is required and still missing.
    fn complete(&self, row: &Row<'_>, attrs: &mut Attrs, bad: &[bool], issues: &mut Vec<Issue>) {
        for (k, column) in self.ctx.theme.columns.iter().enumerate() {
            let id = &self.plan.ids[k];
            if bad[k] || k == self.plan.time || attrs.contains_key(id) {
                continue;
            }
            if !self.plan.is_attribute(k) {
                if column.required && *row.cell(k) == Cell::Empty {
                    issues.push(Issue::of(k, &Cell::Empty, missing(&column.id, self.ctx.lang)));
                }
                continue;
            }
            let default = column.default.as_deref().map(|text| self.value(column, &Cell::text(text)));
            if let Some(Ok((value, _))) = default {
                attrs.insert(id.clone(), value);
            } else if column.required && !issues.iter().any(|i| i.column == Some(k) && i.rejects()) {
                issues.push(Issue::of(k, &Cell::Empty, missing(&column.id, self.ctx.lang)));
            }
        }
    }
}

fn missing(column: &str, lang: Lang) -> Wrong {
    let message = say!(
        lang,
        "{column} est vide, et nécessaire : remplissez la cellule",
        "{column} is empty, and required: fill the cell in"
    );
    (codes::MISSING_VALUE, message)
}

fn shown(value: &Attr) -> String {
    match value {
        Attr::Flag(b) => u8::from(*b).to_string(),
        Attr::Int(n) => n.to_string(),
        Attr::Real(x) => x.to_string(),
        Attr::Text(t) => t.to_string(),
        Attr::Codes(codes) => codes.join("|"),
    }
}
