//! Releases: which months of which theme the public may see, frozen as they were; who said so, when, and what it came to.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::batch::{self, BatchKind, NewBatch, Written};
use super::{Store, StoreError};
use crate::domain::Month;

/// How far a month is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReleaseState {
    /// Being worked on: shown to those who see all, as provisional. Of a released month: withdrawn.
    Draft,
    /// Checked, and not yet public.
    Validated,
    /// Public, as it was when it was released.
    Released,
}

impl ReleaseState {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Validated => "validated",
            Self::Released => "released",
        }
    }

    /// What a word means.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Draft, Self::Validated, Self::Released].into_iter().find(|s| s.word() == word)
    }
}

/// A file or answer that a release came to, told again by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedOutput {
    /// What it is: `violations-cercles 2021-06 csv`.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
}

/// One entry of the register: a month of a theme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Release {
    /// The batch, hence the data version, of the entry.
    pub batch: i64,
    /// Theme.
    pub theme: String,
    /// Month.
    pub month: Month,
    /// What it was made.
    pub state: ReleaseState,
    /// The data version whose facts are shown.
    pub frozen: i64,
    /// When, RFC 3339 UTC.
    pub created: String,
    /// Who; empty where nobody said.
    pub by: String,
    /// What changed; empty where nothing was said.
    pub note: String,
    /// What the public got, of the theme's month.
    pub outputs: Vec<ReleasedOutput>,
}

/// The register up to a version, oldest first; entries taken back are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Releases {
    /// The entries.
    pub entries: Vec<Release>,
    /// The last batch that is no release: the data stand as it left them.
    pub data: i64,
    /// Themes and months whose facts were changed after the entry that stands.
    changed: BTreeMap<(String, Month), bool>,
}

impl Releases {
    /// The data versions that the public saw of a month, oldest first; empty where it is withdrawn.
    fn shown(&self, theme: &str) -> BTreeMap<Month, Vec<i64>> {
        let mut out: BTreeMap<Month, Vec<i64>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|e| e.theme == theme) {
            match entry.state {
                ReleaseState::Released => out.entry(entry.month).or_default().push(entry.frozen),
                // What was public once counts for what is hidden should it be public again.
                ReleaseState::Draft => out.entry(entry.month).or_default().push(WITHDRAWN),
                ReleaseState::Validated => {}
            }
        }
        out.retain(|_, versions| versions.last() != Some(&WITHDRAWN));
        for versions in out.values_mut() {
            versions.retain(|v| *v != WITHDRAWN);
        }
        out
    }

    /// Months of a theme that are public.
    pub fn months(&self, theme: &str) -> Vec<Month> {
        self.shown(theme).into_keys().collect()
    }

    /// The data version of each public month, `back` releases before its last one; a month released less often is left out.
    pub fn versions(&self, theme: &str, back: usize) -> Vec<(Month, i64)> {
        let of = |(month, versions): (Month, Vec<i64>)| Some((month, versions.into_iter().rev().nth(back)?));
        self.shown(theme).into_iter().filter_map(of).collect()
    }

    /// How many releases lie before the last of the month that was released most often.
    pub fn most_times(&self, theme: &str) -> usize {
        self.shown(theme).values().map(|v| v.len().saturating_sub(1)).max().unwrap_or(0)
    }

    /// How far a month is: a draft again where its facts changed since.
    pub fn state(&self, theme: &str, month: Month) -> ReleaseState {
        let last = self.entries.iter().rev().find(|e| e.theme == theme && e.month == month);
        match last {
            Some(entry) if !self.changed.contains_key(&(theme.to_owned(), month)) => entry.state,
            _ => ReleaseState::Draft,
        }
    }
}

/// Marks a withdrawal among versions: no batch has this number.
const WITHDRAWN: i64 = 0;

const CREATE: &str = "
CREATE TABLE IF NOT EXISTS vigie_release (
  batch INTEGER NOT NULL REFERENCES vigie_batch(id), theme TEXT NOT NULL, month TEXT NOT NULL, state TEXT NOT NULL,
  frozen INTEGER NOT NULL, note TEXT NOT NULL, outputs TEXT NOT NULL, PRIMARY KEY (batch, theme, month)) WITHOUT ROWID;";

/// The register at a version.
pub(super) fn load(db: &Connection, version: i64) -> rusqlite::Result<Releases> {
    let data = db.query_row(
        "SELECT ifnull(max(id), 0) FROM vigie_batch WHERE id <= ?1 AND kind <> 'release'",
        [version],
        |r| r.get(0),
    )?;
    let there: bool =
        db.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'vigie_release'", [], |r| r.get(0))?;
    if !there {
        return Ok(Releases { data, ..Releases::default() });
    }
    let mut statement = db.prepare(
        "SELECT r.batch, r.theme, r.month, r.state, r.frozen, b.created, b.by, r.note, r.outputs
         FROM vigie_release r JOIN vigie_batch b ON b.id = r.batch
         WHERE b.id <= ?1 AND (b.undone_by IS NULL OR b.undone_by > ?1) ORDER BY r.batch, r.theme, r.month",
    )?;
    let bad = |k: usize| rusqlite::Error::InvalidColumnType(k, "vigie_release".into(), rusqlite::types::Type::Text);
    let entries = statement
        .query_map([version], |r| {
            Ok(Release {
                batch: r.get(0)?,
                theme: r.get(1)?,
                month: Month::of_iso(r.get_ref(2)?.as_str()?).ok_or_else(|| bad(2))?,
                state: ReleaseState::of(r.get_ref(3)?.as_str()?).ok_or_else(|| bad(3))?,
                frozen: r.get(4)?,
                created: r.get(5)?,
                by: r.get(6)?,
                note: r.get(7)?,
                outputs: serde_json::from_str(r.get_ref(8)?.as_str()?).map_err(|_| bad(8))?,
            })
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut out = Releases { entries, data, changed: BTreeMap::new() };
    // Statements of later batches about the month, or that a fact of it holds no longer. Undoing changes too.
    let mut later = db.prepare(
        "SELECT EXISTS (
           SELECT 1 FROM vigie_fact f JOIN vigie_batch b ON b.id = f.batch
           WHERE b.kind = 'facts' AND b.theme = ?1
             AND ((b.id > ?2 AND b.id <= ?4) OR (b.id <= ?2 AND b.undone_by > ?2 AND b.undone_by <= ?4))
             AND (f.body IS NULL OR json_extract(f.body, '$[2].month') = ?3
                  OR substr(json_extract(f.body, '$[2].day'), 1, 7) = ?3))",
    )?;
    let mut last: BTreeMap<(String, Month), i64> = BTreeMap::new();
    for entry in &out.entries {
        last.insert((entry.theme.clone(), entry.month), entry.frozen);
    }
    for ((theme, month), frozen) in last {
        if later.query_row(params![theme, frozen, month.to_string(), version], |r| r.get(0))? {
            out.changed.insert((theme, month), true);
        }
    }
    Ok(out)
}

/// What is to be entered.
#[derive(Debug, Clone)]
pub struct NewRelease {
    /// Themes.
    pub themes: Vec<String>,
    /// Months.
    pub months: Vec<Month>,
    /// What they are made.
    pub state: ReleaseState,
    /// Why, or what changed.
    pub note: String,
    /// Who.
    pub by: String,
    /// When, RFC 3339 UTC.
    pub created: String,
    /// Digests of what the public gets, by month.
    pub outputs: BTreeMap<Month, Vec<ReleasedOutput>>,
}

/// Enters released months as withdrawn, in the batch that changes what they stand on.
pub(super) fn withdraw(db: &Connection, batch: i64, months: &[(String, Month)], note: &str) -> rusqlite::Result<()> {
    if months.is_empty() {
        return Ok(());
    }
    let mut put = db.prepare("INSERT INTO vigie_release VALUES (?1, ?2, ?3, ?4, ?1, ?5, '[]')")?;
    months.iter().try_for_each(|(t, m)| {
        put.execute(params![batch, t, m.to_string(), ReleaseState::Draft.word(), note]).map(drop)
    })
}

impl Store {
    /// Enters months into the register, as one batch: all of them, or none. A released month is frozen as its facts stand now.
    ///
    /// `expected` is the data version that was looked at: an import in between is not released unseen.
    pub fn release(&mut self, new: &NewRelease, expected: i64) -> Result<Written, StoreError> {
        self.write(|tx, fails| {
            tx.execute_batch(CREATE).map_err(fails)?;
            let last: i64 =
                tx.query_row("SELECT ifnull(max(id), 0) FROM vigie_batch", [], |r| r.get(0)).map_err(fails)?;
            if last != expected {
                return Err(StoreError::Moved { expected, found: last });
            }
            let frozen: i64 = tx
                .query_row("SELECT ifnull(max(id), 0) FROM vigie_batch WHERE kind <> 'release'", [], |r| r.get(0))
                .map_err(fails)?;
            let id = batch::insert(tx, BatchKind::Release, &new.themes.join(","), &new.created).map_err(fails)?;
            let mut put = tx.prepare("INSERT INTO vigie_release VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)").map_err(fails)?;
            for theme in &new.themes {
                for month in &new.months {
                    let outputs = new.outputs.get(month).map(Vec::as_slice).unwrap_or_default();
                    let outputs = serde_json::to_string(outputs).unwrap_or_else(|_| "[]".to_owned());
                    let row = params![id, theme, month.to_string(), new.state.word(), frozen, new.note, outputs];
                    put.execute(row).map_err(fails)?;
                }
            }
            drop(put);
            let batch = NewBatch { created: new.created.clone(), by: new.by.clone(), ..NewBatch::default() };
            let done = Written { batch: id, ..Written::default() };
            batch::finish(tx, &batch, done).map_err(fails)?;
            Ok(done)
        })
    }

    /// The register as it stands.
    pub fn releases(&self) -> Result<Releases, StoreError> {
        let version = self.version()?;
        load(self.db(), version).map_err(|e| StoreError::of(self.path(), e))
    }
}
