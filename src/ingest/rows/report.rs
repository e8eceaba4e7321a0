//! Issues become findings: with file, sheet, line and heading.

use super::identity::Identities;
use super::number::Wrong;
use super::{ImportContext, Issue};
use crate::domain::{Finding, Lang};
use crate::ingest::codes;
use crate::ingest::fold::nearest;
use crate::ingest::profile::Shape;
use crate::ingest::table::RawTable;

/// Turns issues into findings with file, sheet, line and heading.
pub(super) struct Report<'a> {
    pub(super) file: &'a str,
    pub(super) table: &'a RawTable<'a>,
    pub(super) shape: &'a Shape,
    pub(super) findings: Vec<Finding>,
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

    pub(super) fn about_file(&mut self, ctx: &ImportContext<'_>) {
        for (code, message) in self.table.notes.clone() {
            self.push(None, None, None, (code, message));
        }
        if let Some((first, last)) = self.table.header.above {
            let (lines, header) = (range(first, last), self.table.header.line);
            let message = say!(
                ctx.lang,
                "L’en-tête est à la ligne {header} ; au-dessus, des titres laissés de côté (lignes {lines}).",
                "The header is on line {header}; above it, titles left aside (lines {lines})."
            );
            self.push(Some(header), None, None, (codes::TITLE_ROWS, message));
        }
        if Identities::without_ids(ctx.theme, &self.shape.mapping) {
            let message = say!(
                ctx.lang,
                "Aucune colonne de numéros : une ligne est reconnue à son contenu. Pour remplacer un mois corrigé : --replaces 2021-06.",
                "No column of ids: a row is known by its content. To replace a corrected month: --replaces 2021-06."
            );
            self.push(None, None, None, (codes::NO_IDS, message));
        }
        for place in self.shape.mapping.unknown.clone() {
            let heading = self.shape.headers[place].clone();
            if heading.is_empty() || super::REJECT_COLUMNS.contains(&heading.as_str()) {
                continue;
            }
            let columns = ctx.theme.columns.iter().map(|c| c.id.as_str());
            let near = nearest(&heading, columns).join(", ");
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
            self.push(Some(self.table.header.line), Some(heading), None, (codes::UNKNOWN_COLUMN, message));
        }
    }

    pub(super) fn about_row(&mut self, line: u64, issues: &mut Vec<Issue>) {
        for issue in issues.drain(..) {
            let place = issue.column.and_then(|k| self.shape.mapping.at[k]);
            let heading = place.and_then(|p| self.shape.headers.get(p)).cloned();
            self.push(Some(line), heading, issue.value, issue.wrong);
        }
    }

    /// Empty lines between rows: how many, and which ones first.
    pub(super) fn about_blanks(&mut self, blanks: &Blanks, lang: Lang) {
        if blanks.lines == 0 {
            return;
        }
        let (n, mut which) = (blanks.lines, blanks.first.join(", "));
        if blanks.more {
            which.push_str(", …");
        }
        let message = say!(
            lang,
            "Lignes vides entre les données, passées : {n} ({which}).",
            "Empty rows between the data, skipped: {n} ({which})."
        );
        self.push(None, None, None, (codes::BLANK_ROWS, message));
    }
}

/// Empty lines of a file.
#[derive(Default)]
pub(super) struct Blanks {
    lines: u64,
    first: Vec<String>,
    more: bool,
}

/// Gaps that are named.
const NAMED: usize = 20;

impl Blanks {
    /// Takes up the empty lines above a row.
    pub(super) fn above(&mut self, at: u64, blanks: u64) {
        if blanks == 0 {
            return;
        }
        self.lines += blanks;
        if self.first.len() < NAMED {
            self.first.push(range(at.saturating_sub(blanks), at.saturating_sub(1)));
        } else {
            self.more = true;
        }
    }
}

fn range(first: u64, last: u64) -> String {
    if first == last { first.to_string() } else { format!("{first}–{last}") }
}
