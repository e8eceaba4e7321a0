//! What can go wrong with a store, each with its cure.

use std::path::PathBuf;

/// A store that cannot be opened, read or written. Nothing of a failed write stays.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No file there.
    #[error(
        "no store at {path}: make one with « vigie import boundaries … » or « vigie demo », or name it with --store"
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file, but none that Vigie made.
    #[error("{path} is not a Vigie store: name another file with --store (nothing was changed)")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Made by a newer program.
    #[error("{path} was written by a newer Vigie (layout {found}, this one knows {known}): update the program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The layout found.
        found: i64,
        /// The layout known.
        known: i64,
    },
    /// Made by an earlier program, whose layout this one does not read.
    #[error(
        "{path} was written by an earlier Vigie (layout {found}, this one knows {known}): import the files anew into another --store"
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// The layout found.
        found: i64,
        /// The layout known.
        known: i64,
    },
    /// Nothing was known then.
    #[error(
        "no data version « {asked} »: the first import is of {first}, the last has number {last} (« vigie imports list »)"
    )]
    NoVersion {
        /// What was asked.
        asked: String,
        /// Day of the first batch.
        first: String,
        /// Number of the last batch.
        last: i64,
    },
    /// Another process is writing.
    #[error("another process is writing to {path}: wait until it has finished, then try again (nothing was changed)")]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// No room left.
    #[error(
        "no room to write {path}: free some disk space (or raise the file size limit), then try again (the store is as it was)"
    )]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// A file that SQLite finds damaged.
    #[error("{path} is damaged: restore a copy (sqlite: {detail})")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        detail: String,
    },
    /// The path cannot be written or read.
    #[error("{path} cannot be opened: {detail}")]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A set of that name is there already.
    #[error(
        "the store already has a boundary set « {0} » with other units: choose another --set, or undo its import first (all levels of a set come in one command)"
    )]
    SetExists(String),
    /// No such batch.
    #[error("no import number {0}: « vigie imports list » shows them")]
    NoBatch(i64),
    /// The store was written to since it was looked at.
    #[error("the store went from version {expected} to {found} in the meantime: look again, then release")]
    Moved {
        /// The version looked at.
        expected: i64,
        /// The version found.
        found: i64,
    },
    /// A purge that would leave a month half.
    #[error("--before {0}: a month is purged whole or not at all; give the first of a month, such as {first}", first = .0.first_of_month())]
    HalfMonth(jiff::civil::Date),
    /// A purge that would change what is public.
    #[error(
        "released months would change ({0}): choose an earlier day, or --even-released, which withdraws them (nothing was changed)"
    )]
    Released(String),
    /// Facts are purged, and their bytes not yet cleared.
    #[error(
        "{path}: the facts are removed, but their bytes may still lie in the file or the log beside it ({detail}): stop what reads the store, then run « vigie check », which finishes it"
    )]
    PurgeUnfinished {
        /// The file.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// No token of that id.
    #[error("no token {0}: « vigie token list » lists them")]
    NoToken(String),
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers: {0}")]
    NoRandom(String),
    /// The secret by which points are moved was changed from outside.
    #[error(
        "the store’s secret for moved points (vigie_meta, mask_secret) is not what Vigie wrote: restore the store from a backup"
    )]
    BadSecret,
    /// A batch that cannot be undone.
    #[error("import {0} cannot be undone: {1}")]
    CannotUndo(i64, &'static str),
    /// A row that does not read back.
    #[error("{path}: row {row} of {table} does not read back: {detail}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// The row's number.
        row: i64,
        /// Why.
        detail: String,
    },
    /// Anything else SQLite says.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// Sorts what SQLite says into what an officer can act on.
    pub(super) fn of(path: &std::path::Path, error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as E;
        let path = path.to_path_buf();
        match error.sqlite_error_code() {
            Some(E::DatabaseBusy | E::DatabaseLocked) => Self::Busy { path },
            Some(E::DiskFull | E::SystemIoFailure | E::FileLockingProtocolFailed) => Self::Full { path },
            Some(E::NotADatabase) => Self::Foreign { path },
            Some(E::DatabaseCorrupt) => Self::Damaged { path, detail: error.to_string() },
            Some(E::CannotOpen | E::ReadOnly | E::PermissionDenied) => {
                Self::Unreachable { path, detail: error.to_string() }
            }
            _ => Self::Sqlite { path, source: error },
        }
    }
}
