//! What an import found wrong or worth saying: data in a report, never an error that stops the rest.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A stable code such as `UNKNOWN_PCODE`; documented in `docs/rejects.md`.
pub type Code = Cow<'static, str>;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Said, nothing to do.
    Info,
    /// The row went in; look at it.
    Warning,
    /// The row stayed out.
    Reject,
}

/// One finding about one cell, row or file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable code.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// The file's name as given.
    pub file: String,
    /// The sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sheet: Option<String>,
    /// Line in the file (row in the sheet), counted from 1; none where it concerns the whole file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// The column's heading as in the file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
    /// The offending value as in the file, cut at 120 characters.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
    /// A sentence in the officer's language that says the cure.
    pub message: String,
}
