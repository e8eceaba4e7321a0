//! The audit: who changed what and who read what is restricted, each entry sealed to the one before by its hash.
//!
//! The chain shows that an entry was changed, left out or put in between; the head kept beside it shows that the last ones were cut
//! off. Whoever can write the file can make the whole chain anew: keep the head (`vigie audit --verify` prints it) elsewhere, and
//! what came before it cannot be rewritten unseen.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::{Store, StoreError, sets};
use crate::domain::hex;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub seq: i64,
    /// When, RFC 3339 UTC.
    pub time: String,
    /// Who: a name given with `--by`, or `token ID`. Empty where nobody said.
    pub actor: String,
    /// What: `import`, `undo`, `release`, `token-add`, `read`…
    pub action: String,
    /// About what, as JSON; no row of data, no secret.
    pub detail: String,
    /// SHA-256 of this entry and of the one before, hex.
    pub hash: String,
}

/// What is to be entered.
#[derive(Debug, Clone)]
pub struct NewEntry<'a> {
    /// When, RFC 3339 UTC.
    pub time: &'a str,
    /// Who.
    pub actor: &'a str,
    /// What.
    pub action: &'a str,
    /// About what.
    pub detail: serde_json::Value,
}

/// What a look at the chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditCheck {
    /// Entries.
    pub entries: i64,
    /// The last entry's hash: keep it elsewhere. Empty where there is none.
    pub head: String,
    /// The first entry that does not fit the one before it, and why.
    pub broken: Option<(i64, String)>,
}

const CREATE: &str = "
CREATE TABLE IF NOT EXISTS vigie_audit (
  seq INTEGER PRIMARY KEY, time TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL,
  hash TEXT NOT NULL);
CREATE TRIGGER IF NOT EXISTS vigie_audit_stays BEFORE UPDATE ON vigie_audit
  BEGIN SELECT raise(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER IF NOT EXISTS vigie_audit_keeps BEFORE DELETE ON vigie_audit
  BEGIN SELECT raise(ABORT, 'the audit is only added to'); END;";

/// Where the head is kept, as `seq hash`.
const HEAD: &str = "audit_head";

fn there(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'vigie_audit'", [], |r| r.get(0))
}

/// The hash of an entry after another. Each part is preceded by its length: no two entries are written alike.
fn sealed(before: &str, entry: &AuditEntry) -> String {
    let mut hasher = Sha256::new();
    for part in [before, &entry.seq.to_string(), &entry.time, &entry.actor, &entry.action, &entry.detail] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex(&hasher.finalize())
}

/// Adds an entry, in the transaction of what it tells of.
pub(super) fn append(db: &Connection, new: &NewEntry<'_>) -> rusqlite::Result<()> {
    if !there(db)? {
        db.execute_batch(CREATE)?;
    }
    let last: Option<(i64, String)> = db
        .query_row("SELECT seq, hash FROM vigie_audit ORDER BY seq DESC LIMIT 1", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    let (seq, before) = last.map_or((1, String::new()), |(seq, hash)| (seq + 1, hash));
    let mut entry = AuditEntry {
        seq,
        time: new.time.to_owned(),
        actor: new.actor.to_owned(),
        action: new.action.to_owned(),
        detail: new.detail.to_string(),
        hash: String::new(),
    };
    entry.hash = sealed(&before, &entry);
    db.execute(
        "INSERT INTO vigie_audit VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![entry.seq, entry.time, entry.actor, entry.action, entry.detail, entry.hash],
    )?;
    sets::set_meta(db, HEAD, &format!("{seq} {}", entry.hash))
}

impl Store {
    /// Adds entries: reads of restricted data, gathered over a moment.
    pub fn audit(&mut self, entries: &[NewEntry<'_>]) -> Result<(), StoreError> {
        self.write(|tx, fails| entries.iter().try_for_each(|e| append(tx, e).map_err(fails)))
    }

    /// The entries, oldest first, from a day on where one is given.
    pub fn audited(&self, since: Option<jiff::civil::Date>) -> Result<Vec<AuditEntry>, StoreError> {
        let fails = |e| StoreError::of(self.path(), e);
        let since = since.map(|d| d.to_string()).unwrap_or_default();
        read(self.db(), &since).map_err(fails)
    }

    /// Looks at the whole chain.
    pub fn verify_audit(&self) -> Result<AuditCheck, StoreError> {
        let entries = self.audited(None)?;
        let (mut before, mut broken) = (String::new(), None);
        for (k, entry) in entries.iter().enumerate() {
            let wanted = i64::try_from(k + 1).unwrap_or(i64::MAX);
            let why = if entry.seq != wanted {
                Some(format!("entry {wanted} is missing"))
            } else if sealed(&before, entry) != entry.hash {
                Some("it was changed, or the one before it".to_owned())
            } else {
                None
            };
            if let Some(why) = why {
                broken = Some((entry.seq, why));
                break;
            }
            before.clone_from(&entry.hash);
        }
        let last = entries.last();
        let head = last.map_or_else(String::new, |e| format!("{} {}", e.seq, e.hash));
        let kept = self.meta(HEAD)?.unwrap_or_default();
        if broken.is_none() && kept != head {
            let seq = kept.split(' ').next().and_then(|s| s.parse().ok()).unwrap_or(0);
            broken = Some((seq, "entries at the end were cut off".to_owned()));
        }
        let entries = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        Ok(AuditCheck { entries, head: last.map(|e| e.hash.clone()).unwrap_or_default(), broken })
    }
}

fn read(db: &Connection, since: &str) -> rusqlite::Result<Vec<AuditEntry>> {
    if !there(db)? {
        return Ok(Vec::new());
    }
    let mut statement =
        db.prepare("SELECT seq, time, actor, action, detail, hash FROM vigie_audit WHERE time >= ?1 ORDER BY seq")?;
    statement
        .query_map([since], |r| {
            Ok(AuditEntry {
                seq: r.get(0)?,
                time: r.get(1)?,
                actor: r.get(2)?,
                action: r.get(3)?,
                detail: r.get(4)?,
                hash: r.get(5)?,
            })
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_of_three(dir: &std::path::Path) -> Store {
        let mut store = Store::create(&dir.join("s.gpkg"), true).expect("a store");
        for k in 0..3 {
            let detail = serde_json::json!({"n": k});
            let entry = NewEntry { time: "2026-01-01T00:00:00Z", actor: "test", action: "read", detail };
            store.audit(&[entry]).expect("entered");
        }
        store
    }

    #[test]
    fn the_chain_holds_and_is_only_added_to() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = store_of_three(dir.path());
        let found = store.verify_audit().expect("read");
        assert_eq!((found.entries, found.broken), (3, None));
        assert!(store.db().execute("UPDATE vigie_audit SET actor = 'x'", []).is_err());
        assert!(store.db().execute("DELETE FROM vigie_audit", []).is_err());
    }

    #[test]
    fn an_entry_changed_left_out_or_cut_off_is_named() {
        for (harm, at) in [
            ("UPDATE vigie_audit SET actor = 'x' WHERE seq = 2", 2),
            ("DELETE FROM vigie_audit WHERE seq = 2", 3),
            ("DELETE FROM vigie_audit WHERE seq = 3", 3),
            ("DELETE FROM vigie_audit", 3),
        ] {
            let dir = tempfile::tempdir().expect("a folder");
            let store = store_of_three(dir.path());
            // Whoever can write the file can take the triggers away.
            store
                .db()
                .execute_batch(&format!("DROP TRIGGER vigie_audit_stays; DROP TRIGGER vigie_audit_keeps; {harm};"))
                .expect("done");
            let broken = store.verify_audit().expect("read").broken.expect("noticed");
            assert_eq!(broken.0, at, "{harm}: {}", broken.1);
        }
    }
}
