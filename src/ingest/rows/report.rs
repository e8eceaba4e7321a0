//! Issues become findings: with file, sheet, line and heading.

use super::identity::Identities;
use super::number::Wrong;
use super::{ImportContext, Issue};
use crate::domain::Finding;
use crate::ingest::codes;
use crate::ingest::columns::Mapping;
use crate::ingest::fold::nearest;
use crate::ingest::table::RawTable;

/// Turns issues into findings with file, sheet, line and heading.
pub(super) struct Report<'a> {
    pub(super) file: &'a str,
    pub(super) table: &'a RawTable<'a>,
    pub(super) mapping: &'a Mapping,
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
        if Identities::without_ids(ctx.theme, self.mapping) {
            let message = say!(
                ctx.lang,
                "Aucune colonne de numéros : une ligne est reconnue à son contenu. Pour remplacer un mois corrigé : --replaces 2021-06.",
                "No column of ids: a row is known by its content. To replace a corrected month: --replaces 2021-06."
            );
            self.push(None, None, None, (codes::NO_IDS, message));
        }
        for place in self.mapping.unknown.clone() {
            let heading = self.table.headers[place].clone();
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
            self.push(Some(self.table.header_line), Some(heading), None, (codes::UNKNOWN_COLUMN, message));
        }
    }

    pub(super) fn about_row(&mut self, line: u64, issues: &mut Vec<Issue>) {
        for issue in issues.drain(..) {
            let place = issue.column.and_then(|k| self.mapping.at[k]);
            let heading = place.and_then(|p| self.table.headers.get(p)).cloned();
            self.push(Some(line), heading, issue.value, issue.wrong);
        }
    }
}
