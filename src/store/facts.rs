//! Facts in and out: history is only ever added to, the current state follows.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, Statement, params};

use super::batch::Written;
use super::prepared::{self, Key, Prepared};
use super::publish::{self, Publisher};
use super::{StoreError, fold};
use crate::domain::{Fact, Period, Theme};

/// What a file replaces: the facts of a source in a period that the file does not have hold no longer.
#[derive(Debug, Clone)]
pub struct Replaces {
    /// The period.
    pub period: Period,
    /// The source.
    pub source: String,
}

/// Takes the facts of one import one by one. Each key may come once; who reads the file sees to that.
pub struct FactWriter<'a> {
    db: &'a Connection,
    path: &'a Path,
    find: Statement<'a>,
    /// None where the import only says what it would do.
    insert: Option<(Statement<'a>, Publisher<'a>)>,
    /// Whether the store holds anything that a fact could repeat.
    any_current: bool,
    next_seq: i64,
    current: Vec<(Key, i64, i64)>,
    same: Vec<i64>,
    /// Facts that a replacement may end, until the file names them.
    ending: HashMap<Key, i64>,
    done: Written,
}

impl std::fmt::Debug for FactWriter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FactWriter").field("done", &self.done).finish_non_exhaustive()
    }
}

impl<'a> FactWriter<'a> {
    pub(super) fn new(
        db: &'a Connection,
        path: &'a Path,
        batch: i64,
        theme: &'a Theme,
        replaces: Option<&Replaces>,
        dry: bool,
    ) -> Result<Self, StoreError> {
        let fails = |e| StoreError::of(path, e);
        let number = |sql| db.query_row(sql, [], |r| r.get::<_, i64>(0)).map_err(fails);
        let insert = if dry {
            None
        } else {
            let insert =
                db.prepare("INSERT INTO vigie_fact(seq, batch, key, body) VALUES (?1, ?2, ?3, ?4)").map_err(fails)?;
            Some((insert, Publisher::new(db, theme).map_err(fails)?))
        };
        let mut ending = HashMap::new();
        if let Some(replaces) = replaces {
            each_current(db, path, Some(&theme.id), |seq, fact| {
                let inside = fact.when.month().is_some_and(|m| replaces.period.contains(m));
                if inside && *fact.source == *replaces.source {
                    ending.insert(Prepared::new(fact).key, seq);
                }
            })?;
        }
        Ok(Self {
            db,
            path,
            find: db.prepare("SELECT seq, digest FROM vigie_current WHERE key = ?1").map_err(fails)?,
            insert,
            any_current: number("SELECT EXISTS (SELECT 1 FROM vigie_current)")? == 1,
            next_seq: number("SELECT ifnull(max(seq), 0) + 1 FROM vigie_fact")?,
            current: Vec::new(),
            same: Vec::new(),
            ending,
            done: Written { batch, ..Written::default() },
        })
    }

    /// Takes one fact: new, a new version of a known one, or the same to the letter.
    pub fn put(&mut self, prepared: &Prepared) -> Result<(), StoreError> {
        self.write(prepared).map_err(|e| StoreError::of(self.path, e))
    }

    fn write(&mut self, p: &Prepared) -> rusqlite::Result<()> {
        self.ending.remove(&p.key);
        let before: Option<(i64, i64)> = if self.any_current {
            self.find.query_map([&p.key], |r| Ok((r.get(0)?, r.get(1)?)))?.next().transpose()?
        } else {
            None
        };
        let (same, done) = (before.is_some_and(|(_, digest)| digest == p.digest), &mut self.done);
        *match before {
            _ if p.to_review => &mut done.to_review,
            Some(_) if same => &mut done.same,
            Some(_) => &mut done.changed,
            None => &mut done.added,
        } += 1;
        if let Some((seq, _)) = before.filter(|_| same) {
            if self.insert.is_some() {
                self.same.push(seq);
            }
            return Ok(());
        }
        if let Some((insert, publisher)) = &mut self.insert {
            let seq = self.next_seq;
            self.next_seq += 1;
            insert.execute(params![seq, self.done.batch, &p.key, p.body])?;
            if let Some((old, _)) = before {
                publisher.remove(old)?;
            }
            publisher.put(seq, &p.fact)?;
            self.current.push((p.key, seq, p.digest));
        }
        Ok(())
    }

    /// A fact that holds no longer, as a file that replaces its period would end it.
    pub(super) fn end(&mut self, theme: &str, source: &str, id: &str) -> rusqlite::Result<()> {
        let key = prepared::key(theme, source, id);
        let current = self.find.query_map([&key], |r| r.get(0))?.next().transpose()?;
        self.ending.extend(current.map(|seq: i64| (key, seq)));
        Ok(())
    }

    /// Ends what the file replaces and does not have, and brings the current state up to date.
    pub(super) fn finish(mut self) -> rusqlite::Result<Written> {
        let mut ended: Vec<(i64, Key)> = self.ending.drain().map(|(key, seq)| (seq, key)).collect();
        ended.sort_unstable();
        self.done.ended = ended.len();
        let Some((_, mut publisher)) = self.insert else { return Ok(self.done) };
        {
            let mut end = self.db.prepare("INSERT INTO vigie_fact(seq, batch, key, body) VALUES (?1, ?2, ?3, NULL)")?;
            let mut forget = self.db.prepare("DELETE FROM vigie_current WHERE key = ?1")?;
            for (old, key) in ended {
                end.execute(params![self.next_seq, self.done.batch, key])?;
                self.next_seq += 1;
                forget.execute([key])?;
                publisher.remove(old)?;
            }
            // In the order of the keys: pages are filled one after the other.
            self.current.sort_unstable();
            let mut insert = self.db.prepare("INSERT OR REPLACE INTO vigie_current VALUES (?1, ?2, ?3)")?;
            for (key, seq, digest) in &self.current {
                insert.execute(params![key, seq, digest])?;
            }
            let mut said = self.db.prepare("INSERT INTO vigie_said VALUES (?1, ?2, ?3)")?;
            for (first, last) in runs(self.same) {
                said.execute(params![self.done.batch, first, last])?;
            }
        }
        publisher.finish()?;
        Ok(self.done)
    }
}

/// Whole numbers as runs of consecutive ones.
fn runs(mut numbers: Vec<i64>) -> Vec<(i64, i64)> {
    numbers.sort_unstable();
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for n in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 >= n => *last = n,
            _ => runs.push((n, n)),
        }
    }
    runs
}

/// Brings the current state of a theme to what the fold gives at a version.
pub(super) fn refold(db: &Connection, path: &Path, theme: &Theme, version: i64) -> Result<(), StoreError> {
    let fails = |e| StoreError::of(path, e);
    let wanted = fold::seqs(db, version, Some(&theme.id)).map_err(fails)?;
    let mut have: Vec<i64> = db
        .prepare(
            "SELECT c.seq FROM vigie_current c JOIN vigie_fact f ON f.seq = c.seq JOIN vigie_batch b ON b.id = f.batch
             WHERE b.theme = ?1",
        )
        .and_then(|mut s| s.query_map([&theme.id], |r| r.get(0))?.collect())
        .map_err(fails)?;
    have.sort_unstable();
    let mut publisher = Publisher::new(db, theme).map_err(fails)?;
    let mut forget = db
        .prepare("DELETE FROM vigie_current WHERE key = (SELECT key FROM vigie_fact WHERE seq = ?1)")
        .map_err(fails)?;
    for gone in have.iter().filter(|s| wanted.binary_search(s).is_err()) {
        forget.execute([gone]).and_then(|_| publisher.remove(*gone)).map_err(fails)?;
    }
    let id: Arc<str> = theme.id.as_str().into();
    let mut read = db.prepare("SELECT key, body FROM vigie_fact WHERE seq = ?1").map_err(fails)?;
    let mut keep = db.prepare("INSERT OR REPLACE INTO vigie_current VALUES (?1, ?2, ?3)").map_err(fails)?;
    for back in wanted.iter().filter(|s| have.binary_search(s).is_err()) {
        let (key, body): (Key, String) = read.query_row([back], |r| Ok((r.get(0)?, r.get(1)?))).map_err(fails)?;
        let fact = prepared::read(&id, &body).map_err(|e| unreadable(path, *back, &e))?;
        keep.execute(params![key, back, prepared::digest(&body)])
            .and_then(|_| publisher.put(*back, &fact))
            .map_err(fails)?;
    }
    publisher.finish().map_err(fails)
}

/// Makes a theme's registered table anew from the current state.
pub(super) fn republish(db: &Connection, path: &Path, theme: &Theme) -> Result<(), StoreError> {
    publish::drop_table(db, &theme.id).map_err(|e| StoreError::of(path, e))?;
    let mut publisher = Publisher::new(db, theme).map_err(|e| StoreError::of(path, e))?;
    let mut failed = None;
    each_current(db, path, Some(&theme.id), |seq, fact| {
        if failed.is_none() {
            failed = publisher.put(seq, &fact).err();
        }
    })?;
    failed.map_or(Ok(()), Err).and_then(|()| publisher.finish()).map_err(|e| StoreError::of(path, e))
}

fn unreadable(path: &Path, row: i64, error: &serde_json::Error) -> StoreError {
    StoreError::Unreadable { path: path.into(), table: "vigie_fact", row, detail: error.to_string() }
}

/// Every current fact, in the order they came.
fn each_current(
    db: &Connection,
    path: &Path,
    theme: Option<&str>,
    take: impl FnMut(i64, Fact),
) -> Result<(), StoreError> {
    let sql = "SELECT f.seq, b.theme, f.body FROM vigie_fact f JOIN vigie_batch b ON b.id = f.batch
               WHERE f.seq IN (SELECT seq FROM vigie_current) AND (?1 IS NULL OR b.theme = ?1) ORDER BY f.seq";
    let fails = |e| StoreError::of(path, e);
    let mut statement = db.prepare(sql).map_err(fails)?;
    each(statement.query([theme]).map_err(fails)?, path, take)
}

fn each(mut rows: rusqlite::Rows<'_>, path: &Path, mut take: impl FnMut(i64, Fact)) -> Result<(), StoreError> {
    let fails = |e| StoreError::of(path, e);
    let mut theme: Arc<str> = "".into();
    while let Some(r) = rows.next().map_err(fails)? {
        let seq: i64 = r.get(0).map_err(fails)?;
        let name = r.get_ref(1).map_err(fails)?.as_str().map_err(|e| fails(e.into()))?;
        if *theme != *name {
            theme = name.into();
        }
        let body = r.get_ref(2).map_err(fails)?.as_str().map_err(|e| fails(e.into()))?;
        take(seq, prepared::read(&theme, body).map_err(|e| unreadable(path, seq, &e))?);
    }
    Ok(())
}

/// The facts that hold at a version, by theme, in the order they came; `latest` spares the fold.
pub(super) fn load(
    db: &Connection,
    path: &Path,
    version: i64,
    latest: bool,
) -> Result<BTreeMap<String, Vec<Fact>>, StoreError> {
    let mut out: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    let take = |_, fact: Fact| match out.get_mut(&*fact.theme) {
        Some(list) => list.push(fact),
        None => {
            out.insert(fact.theme.to_string(), vec![fact]);
        }
    };
    if latest {
        each_current(db, path, None, take)?;
        return Ok(out);
    }
    let fails = |e| StoreError::of(path, e);
    let mut take = take;
    let mut one = db
        .prepare(
            "SELECT f.seq, b.theme, f.body FROM vigie_fact f JOIN vigie_batch b ON b.id = f.batch WHERE f.seq = ?1",
        )
        .map_err(fails)?;
    for seq in fold::seqs(db, version, None).map_err(fails)? {
        each(one.query([seq]).map_err(fails)?, path, &mut take)?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::runs;

    proptest! {
        #[test]
        fn runs_hold_every_number_and_no_other(mut numbers in proptest::collection::btree_set(0_i64..200, 0..80)) {
            let shuffled: Vec<i64> = numbers.iter().rev().copied().collect();
            for (first, last) in runs(shuffled) {
                for n in first..=last {
                    prop_assert!(numbers.remove(&n));
                }
            }
            prop_assert!(numbers.is_empty());
        }
    }
}
