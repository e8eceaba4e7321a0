//! What a table is made of: which columns label, count, total or give shares; which rows are totals.

use std::collections::BTreeSet;

use super::amount::{Amount, amount};
use super::period::{of_name, period};
use super::{At, Theme};
use crate::domain::{Lang, Period};
use crate::ingest::fold;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Words that name the row.
    Label,
    /// Remarks and sources: not looked at.
    Note,
    /// A period; of the compared figures where `compared`.
    Period {
        /// Of the figures compared with, not of the row's own.
        compared: bool,
    },
    /// Counts; of a month where the heading is one.
    Value(Option<Period>),
    /// The sum of the row's counts.
    Total,
    /// The figures that others are compared with.
    Old,
    /// Percentages.
    Percent(Formula),
}

/// How a percentage is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// Not said: a share of a total, or a change.
    Unsaid,
    /// Change relative to the old figure.
    Relative,
    /// Change relative to the mean of both.
    Symmetric,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A figure of its own.
    Detail,
    /// The sum of others.
    Total,
    /// A difference between others (« écart »): not looked at.
    Derived,
}

/// A row.
#[derive(Debug)]
pub struct Row {
    /// Line in the file.
    pub line: u64,
    /// What it is.
    pub kind: Kind,
    /// As many as columns.
    pub cells: Vec<String>,
    /// Its period, in a long table.
    pub period: Option<Period>,
    /// The period of what it is compared with.
    pub compared: Option<Period>,
}

/// A table understood.
#[derive(Debug)]
pub struct Table {
    pub file: String,
    pub sheet: Option<String>,
    pub header_line: u64,
    pub headers: Vec<String>,
    pub roles: Vec<Role>,
    pub rows: Vec<Row>,
    /// The month in the file's name.
    pub of_name: Option<Period>,
}

/// Words of a text, folded.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).map(fold).filter(|w| !w.is_empty()).collect()
}

fn any(words: &[String], of: &[&str]) -> bool {
    words.iter().any(|w| of.contains(&w.as_str()))
}

const NOTE: [&str; 12] = [
    "note",
    "notes",
    "source",
    "sources",
    "comment",
    "commentaire",
    "comments",
    "remarque",
    "certainty",
    "certitude",
    "convention",
    "observation",
];
const PERIOD: [&str; 9] = ["period", "periode", "mois", "month", "date", "trimestre", "quarter", "annee", "year"];
const ORDER: [&str; 5] = ["rank", "rang", "seq", "ordre", "rn"];
const PERCENT: [&str; 11] = [
    "pct",
    "percent",
    "percentage",
    "pourcent",
    "pourcentage",
    "taux",
    "part",
    "share",
    "proportion",
    "change",
    "evolution",
];
const OLD: [&str; 6] = ["old", "ancien", "precedent", "comparison", "comparaison", "avant"];
const NEW: [&str; 6] = ["new", "nouveau", "actuel", "value", "valeur", "n"];
const TOTAL: [&str; 6] = ["total", "totaux", "ensemble", "cumul", "somme", "sum"];

/// Whether a text names a total: as a whole word.
pub fn is_total(text: &str) -> bool {
    any(&words(text), &TOTAL)
}

/// Whether a heading tells that this is a table's header.
pub fn is_known(heading: &str) -> bool {
    let w = words(heading);
    let lists: [&[&str]; 7] = [&NOTE, &PERIOD, &ORDER, &PERCENT, &OLD, &NEW, &TOTAL];
    let dimensions = [
        "region",
        "cercle",
        "commune",
        "category",
        "categorie",
        "type",
        "label",
        "fr",
        "violations",
        "incidents",
        "alertes",
        "pdi",
        "age",
        "sexe",
        "indicator",
        "indicateur",
        "secteur",
        "measure",
        "mesure",
        "kind",
    ];
    lists.iter().any(|l| any(&w, l)) || any(&w, &dimensions) || period(heading, Some(2000), false).is_some()
}

impl Table {
    /// Understands rows of cells by their headings and by what the cells hold.
    pub fn understand(
        file: &str,
        sheet: Option<String>,
        header_line: u64,
        headers: Vec<String>,
        rows: Vec<(u64, Vec<String>)>,
        theme: &Theme,
    ) -> Self {
        let (month, year) = of_name(file);
        let width = headers.len();
        let rows: Vec<(u64, Vec<String>)> = rows
            .into_iter()
            .map(|(line, mut cells)| {
                cells.resize(width, String::new());
                (line, cells)
            })
            .collect();
        let mut roles: Vec<Role> = headers
            .iter()
            .enumerate()
            .map(|(k, heading)| role(heading, year, rows.iter().map(|(_, cells)| cells[k].as_str())))
            .collect();
        // « value » is the new figure only beside an old one; without, it is a count like any other.
        if !roles.contains(&Role::Old) {
            for role in roles.iter_mut().filter(|r| matches!(r, Role::Period { compared: true })) {
                *role = Role::Period { compared: false };
            }
        }
        let at = |wanted: Role| roles.iter().position(|r| *r == wanted);
        let (own, compared) = (at(Role::Period { compared: false }), at(Role::Period { compared: true }));
        let labels: Vec<usize> = (0..width).filter(|k| roles[*k] == Role::Label).collect();
        let rows = rows
            .into_iter()
            .map(|(line, cells)| {
                let texts = || labels.iter().map(|k| words(&cells[*k]));
                let kind = if texts().any(|w| any(&w, &["ecart", "difference"])) {
                    Kind::Derived
                } else if labels.iter().any(|k| is_total(&cells[*k]) && !is_term(&cells[*k], theme)) {
                    Kind::Total
                } else {
                    Kind::Detail
                };
                let read = |k: Option<usize>| k.and_then(|k| period(&cells[k], year, true));
                let (period, compared) = (read(own), read(compared));
                Row { line, kind, cells, period, compared }
            })
            .collect();
        Self { file: file.to_owned(), sheet, header_line, headers, roles, rows, of_name: month }
    }

    /// Columns of a role.
    pub fn columns(&self, wanted: impl Fn(Role) -> bool) -> Vec<usize> {
        (0..self.roles.len()).filter(|k| wanted(self.roles[*k])).collect()
    }

    /// Whether a column holds counts.
    pub fn values(&self) -> Vec<usize> {
        self.columns(|r| matches!(r, Role::Value(_)))
    }

    /// Whether rows have periods.
    pub fn is_long(&self) -> bool {
        self.roles.contains(&Role::Period { compared: false })
    }

    /// The figure in a cell.
    pub fn amount(&self, row: &Row, column: usize) -> Amount {
        amount(&row.cells[column], matches!(self.roles[column], Role::Percent(_)))
    }

    /// Where a cell stands.
    pub fn at(&self, line: u64, column: usize) -> At {
        let column = self.headers.get(column).cloned().unwrap_or_default();
        At { file: self.file.clone(), sheet: self.sheet.clone(), line, column }
    }

    /// A row as sentences name it.
    pub fn title(&self, row: &Row) -> String {
        let labels = self.columns(|r| r == Role::Label);
        let mut seen = BTreeSet::new();
        let parts = labels.iter().map(|k| row.cells[*k].as_str()).filter(|c| !c.is_empty() && seen.insert(fold(c)));
        let parts: Vec<&str> = parts.collect();
        if parts.is_empty() { format!("ligne {}", row.line) } else { parts.join(", ") }
    }

    /// One line on what was understood.
    pub fn understood(&self, checks: usize, lang: Lang) -> String {
        let count = |wanted: fn(Role) -> bool| self.columns(wanted).len();
        let months = count(|r| matches!(r, Role::Value(Some(_))));
        let values = count(|r| matches!(r, Role::Value(None)));
        let totals = count(|r| r == Role::Total);
        let percents = count(|r| matches!(r, Role::Percent(_)));
        let total_rows = self.rows.iter().filter(|r| r.kind == Kind::Total).count();
        let (file, rows) = (&self.file, self.rows.len());
        say!(
            lang,
            "{file} : {rows} lignes dont {total_rows} de total ; colonnes : {months} de périodes, {values} d’effectifs, {totals} de total, {percents} de pourcentages ; {checks} vérifications.",
            "{file}: {rows} rows, {total_rows} of them totals; columns: {months} of periods, {values} of counts, {totals} of totals, {percents} of percentages; {checks} checks."
        )
    }
}

/// Whether a text is one of the theme's terms, whatever words it has.
fn is_term(text: &str, theme: &Theme) -> bool {
    let key = fold(text);
    theme.terms.values().flatten().any(|t| fold(&t.fr) == key || fold(&t.en) == key)
}

fn role<'a>(heading: &str, year: Option<i16>, cells: impl Iterator<Item = &'a str> + Clone) -> Role {
    let w = words(heading);
    if let Some(p) = period(heading, year, true) {
        return Role::Value(Some(p));
    }
    let old = any(&w, &OLD);
    if any(&w, &PERIOD) {
        return Role::Period { compared: old };
    }
    if any(&w, &ORDER) {
        return Role::Note;
    }
    let share = |w: &[String]| any(w, &["relative", "relatif", "symmetric", "symetrique"]);
    if heading.contains('%') || any(&w, &PERCENT) || share(&w) {
        return Role::Percent(match () {
            () if any(&w, &["relative", "relatif"]) => Formula::Relative,
            () if any(&w, &["symmetric", "symetrique"]) => Formula::Symmetric,
            () => Formula::Unsaid,
        });
    }
    if any(&w, &NOTE) {
        return Role::Note;
    }
    // A code that happens to be a number labels; so does whatever is mostly words.
    let filled = cells.map(|c| amount(c, false)).filter(|a| *a != Amount::Absent);
    let (numbers, all) = filled.fold((0, 0), |(n, all), a| (n + usize::from(!matches!(a, Amount::Other)), all + 1));
    if any(&w, &["code", "id", "pcode"]) || all == 0 || numbers * 2 < all {
        return Role::Label;
    }
    if old {
        Role::Old
    } else if any(&w, &TOTAL) {
        Role::Total
    } else {
        Role::Value(None)
    }
}
