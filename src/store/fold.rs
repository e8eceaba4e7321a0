//! The fold: of each fact the last version that a batch not undone says, in the order of batches.

use rusqlite::Connection;

/// Which batches count at version `?1`: those up to it that were not undone by then.
const LIVE: &str = "SELECT id FROM vigie_batch WHERE id <= ?1 AND (undone_by IS NULL OR undone_by > ?1)";

/// Numbers of the versions that hold at a version, of one theme or (where `theme` is none) of all, ascending.
pub(super) fn seqs(db: &Connection, version: i64, theme: Option<&str>) -> rusqlite::Result<Vec<i64>> {
    let mut statement = db.prepare(&format!(
        "WITH live(id) AS ({LIVE} AND kind = 'facts' AND (?2 IS NULL OR theme = ?2)),
              said(key, batch, seq, holds) AS (
                SELECT key, batch, seq, body IS NOT NULL FROM vigie_fact WHERE batch IN (SELECT id FROM live)
                UNION ALL
                SELECT f.key, s.batch, f.seq, 1 FROM vigie_said s CROSS JOIN vigie_fact f
                ON f.seq BETWEEN s.first AND s.last WHERE s.batch IN (SELECT id FROM live))
         SELECT seq FROM (SELECT max(batch), seq, holds FROM said GROUP BY key) WHERE holds ORDER BY seq"
    ))?;
    statement.query_map(rusqlite::params![version, theme], |r| r.get(0))?.collect()
}

/// Sets that hold at a version: id, the batch that brought its units, what is known of it; by id.
pub(super) fn sets(db: &Connection, version: i64) -> rusqlite::Result<Vec<(String, i64, String)>> {
    let mut statement = db.prepare(&format!(
        "SELECT id, units, info FROM (SELECT id, units, info, max(batch) FROM vigie_set WHERE batch IN ({LIVE}) GROUP BY id)
         ORDER BY id"
    ))?;
    statement.query_map([version], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?.collect()
}

/// The default set at a version: the last that was made one, and how (see `sets`).
pub(super) fn default_set(db: &Connection, version: i64) -> rusqlite::Result<Option<(String, i64)>> {
    let mut statement = db.prepare(&format!(
        "SELECT id, made_default FROM vigie_set WHERE made_default > 0 AND batch IN ({LIVE}) ORDER BY batch DESC, id LIMIT 1"
    ))?;
    let mut rows = statement.query([version])?;
    rows.next()?.map(|r| Ok((r.get(0)?, r.get(1)?))).transpose()
}
