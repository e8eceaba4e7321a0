//! One row becomes one fact, or says why not.

use std::sync::Arc;

use super::check::{self, Verdict};
use super::identity::Identities;
use super::locate::Locator;
use super::number::Wrong;
use super::plan::{Plan, Row};
use super::{ImportContext, Issue, code, date, number, shown};
use crate::domain::{Attr, Attrs, Check, Column, ColumnKind, Fact, Lang, When};
use crate::ingest::codes;
use crate::ingest::columns::Mapping;
use crate::ingest::profile::{Dialect, Profile, Redistribution};
use crate::ingest::table::Cell;
use crate::ingest::vocabulary::{List, Vocabulary};

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
pub(super) struct RowReader<'a> {
    ctx: &'a ImportContext<'a>,
    pub(super) plan: Plan,
    vocabulary: Vocabulary<'a>,
    locator: Locator<'a>,
    /// Where a flow went is located by columns of its own.
    destination: Option<(Plan, Locator<'a>)>,
    sources: Sources,
    theme_id: Arc<str>,
    without_ids: bool,
    dialect: Dialect,
    /// The source of every row, whatever it says itself.
    only_source: Option<Arc<str>>,
    aggregates_only: bool,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(ctx: &'a ImportContext<'a>, mapping: &Mapping, profile: &Profile, dialect: Dialect) -> Self {
        Self {
            ctx,
            plan: Plan::new(ctx.theme),
            without_ids: Identities::without_ids(ctx.theme, mapping),
            vocabulary: Vocabulary::new(ctx.theme),
            locator: Locator::new(ctx),
            destination: Plan::destination(ctx.theme).map(|plan| (plan, Locator::new(ctx))),
            sources: Sources::new(ctx.default_source),
            theme_id: ctx.theme.id.as_str().into(),
            dialect,
            only_source: profile.source.as_deref().map(Arc::from),
            aggregates_only: profile.redistribution == Redistribution::AggregatesOnly,
        }
    }

    /// The row's fact (its id still empty), or none where an issue rejects it.
    pub(super) fn fact(&mut self, row: &Row<'_>, columns: usize, issues: &mut Vec<Issue>) -> Option<Fact> {
        self.check_shape(row, columns, issues);
        let mut bad = vec![false; self.plan.ids.len()];
        let mut attrs = self.attributes(row, &mut bad, issues);
        let when = self.time(row, issues);
        let source = self.source(row, issues);
        self.place_texts(row, issues);
        let precision = attrs.get("geo_precision").and_then(Attr::text).map(str::to_owned);
        let place = self.locator.place(&self.plan, row, precision.as_deref(), issues);
        self.destination(row, &mut attrs, issues);
        self.checks(&mut attrs, &bad, issues);
        if let Some(when) = when {
            self.check_end(when, &attrs, issues);
        }
        self.complete(row, &mut attrs, &bad, issues);
        if issues.iter().any(Issue::rejects) {
            return None;
        }
        if self.aggregates_only {
            attrs.insert(Fact::ONWARD_SHARING.into(), Attr::Text(Fact::AGGREGATES_ONLY.into()));
        }
        let theme = self.theme_id.clone();
        Some(Fact { theme, id: "".into(), source, when: when?, place, attrs, synthetic: self.ctx.synthetic })
    }

    /// Puts the p-code of the finest unit that the destination's columns settle where a flow keeps it, with its set where
    /// that is not the first of the import. What they leave open is said, and stays text.
    fn destination(&mut self, row: &Row<'_>, attrs: &mut Attrs, issues: &mut Vec<Issue>) {
        let (Some((plan, locator)), Some(to)) = (&mut self.destination, &self.ctx.theme.destination) else { return };
        let mut own = Vec::new();
        let place = locator.place(plan, row, None, &mut own);
        // A flow may have an origin alone.
        issues.extend(own.into_iter().filter(|i| i.wrong.0 != codes::NOT_LOCATED));
        if let Some(code) = place.located().and_then(|level| place.unit(level)) {
            let first = place.set == self.ctx.sets[0].info.id;
            let code = if first { code.clone() } else { format!("{}:{code}", place.set).into() };
            attrs.insert(to.pcode.as_str().into(), Attr::Text(code));
        }
    }

    /// An interval ends when it began or later.
    fn check_end(&self, start: When, attrs: &Attrs, issues: &mut Vec<Issue>) {
        let Some(column) = &self.ctx.theme.end else { return };
        let Some(end) = attrs.get(column.as_str()).and_then(Attr::text) else { return };
        // ISO dates compare as text, as far as both are known.
        let start = start.iso();
        let known = start.len().min(end.len());
        if end[..known] < start[..known] {
            let message = say!(
                self.ctx.lang,
                "finit avant de commencer ({start}) : corrigez l’une des deux dates, ou laissez la fin vide si cela dure encore",
                "ends before it begins ({start}): correct one of the two dates, or leave the end empty where it still holds"
            );
            let value = Some(end.to_owned());
            issues.push(Issue { column: self.position(column), value, wrong: (codes::END_BEFORE_START, message) });
        }
    }

    /// Whether the last row's place is for an officer to settle.
    pub(super) fn to_review(&self) -> bool {
        self.locator.to_review
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
        let mut read = Vec::with_capacity(self.ctx.theme.columns.len());
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
                    read.push((k, value));
                }
                Err(wrong) => {
                    bad[k] = true;
                    issues.push(Issue::of(k, cell, wrong));
                }
            }
        }
        // A map is made from what is in order in one go.
        read.sort_unstable_by_key(|(k, _)| self.plan.rank[*k]);
        read.into_iter().map(|(k, value)| (self.plan.ids[k].clone(), value)).collect()
    }

    fn value(&self, column: &Column, cell: &Cell) -> code::Read {
        let (lang, limits) = (self.ctx.lang, &self.ctx.limits);
        let plain = |value: Result<Attr, Wrong>| value.map(|v| (v, None));
        let list = column.terms.as_deref().and_then(|l| self.vocabulary.list(l));
        match (column.kind, list) {
            (ColumnKind::Count, _) => plain(number::count(cell, self.dialect.decimal, lang).map(Attr::Int)),
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
        let (order, lang) = (self.dialect.dates, self.ctx.lang);
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
        if let Some(source) = &self.only_source {
            return source.clone();
        }
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
        let any_bad = bad.contains(&true);
        let is_bad = |id: &String| any_bad && self.position(id).is_some_and(|k| bad[k]);
        for check in &self.ctx.theme.checks {
            let skip = match check {
                Check::Sum { total, parts, .. } => parts.iter().chain([total]).any(is_bad),
                Check::Parent { column, parent } => is_bad(column) || is_bad(parent),
                Check::Level { score, level } => is_bad(score) || is_bad(level),
            };
            if skip {
                continue;
            }
            match check::run(check, self.ctx.theme, attrs, |c| self.list_of(c), self.ctx.lang) {
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
            let wanted = column.required || column.default.is_some();
            if !wanted || bad[k] || k == self.plan.time || attrs.contains_key(id) {
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
            } else if column.required
                && !(self.without_ids && column.kind == ColumnKind::Id)
                && !issues.iter().any(|i| i.column == Some(k) && i.rejects())
            {
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
