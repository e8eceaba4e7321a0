//! A file from its bytes to facts, several rows at a time in several threads, in the order of the file whatever their number.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::identity::{Identities, Seen};
use super::plan::Row;
use super::report::Report;
use super::row::RowReader;
use super::{ImportContext, Issue, RejectedRow, Rejects, Understood, settle, understood};
use crate::domain::{Fact, Finding};
use crate::ingest::IngestError;
use crate::ingest::columns::{Headings, Mapping};
use crate::ingest::table::{self, Batch, RawTable, Rows};

/// Rows handed from thread to thread at once.
const BATCH: usize = 512;
/// Batches that wait before and behind each worker.
const WAITING: usize = 2;

/// What became of a fact once it was prepared for where it goes.
pub struct Ready<T> {
    /// What names the fact: two rows with one key tell of one fact.
    pub key: [u8; 16],
    /// What it says: two rows of one key and one digest say the same.
    pub digest: i64,
    /// The fact as its taker wants it.
    pub value: T,
}

/// What came of a file whose facts were handed on. `rows_in` = facts handed on + `rejects.rows` + `skipped_rows`.
#[derive(Debug)]
pub struct Streamed {
    /// What is wrong or worth saying, in the order of the file; several may concern one row.
    pub findings: Vec<Finding>,
    /// Rows that held anything, below the header.
    pub rows_in: usize,
    /// The rows that stayed out, to be corrected and imported again.
    pub rejects: Rejects,
    /// Rows that say nothing of their own: repeated ones of a file without ids.
    pub skipped_rows: usize,
    /// How the file was read.
    pub understood: Understood,
}

/// Why a file was not read to its end.
#[derive(Debug)]
pub enum StreamError<E> {
    /// The file cannot be used.
    File(IngestError),
    /// The taker of its facts failed.
    Taken(E),
}

/// Where in the file a fact was.
#[derive(Debug, Clone, Copy)]
pub struct Taken {
    /// Its line.
    pub line: u64,
    /// Rows read so far, it included.
    pub rows: usize,
}

/// A row that was read: its line, its fact where it has one, what there is to say.
struct Done<T> {
    line: u64,
    fact: Option<Ready<T>>,
    issues: Vec<Issue>,
}

/// Some rows, and what became of each of those that hold anything.
type Read<'a, T> = (Batch<'a>, Vec<Done<T>>);

/// Takes some rows with what became of them.
type Admit<'f, T, E> = dyn FnMut(&Batch<'_>, &mut [Done<T>]) -> Result<(), E> + 'f;

/// Reads a file and shows its facts, one by one and in the order of the file.
/// `prepare` runs in the threads that read the rows; it is told whether the fact's place waits for an officer.
///
/// # Errors
/// [`StreamError`] where no row can be used or `take` fails; what was handed on by then is void.
pub fn stream<T: Send, E>(
    bytes: &[u8],
    file_name: &str,
    ctx: &ImportContext<'_>,
    prepare: &(dyn Fn(Fact, bool) -> Ready<T> + Sync),
    take: &mut dyn FnMut(&T, Taken) -> Result<(), E>,
) -> Result<Streamed, StreamError<E>> {
    if ctx.sets.is_empty() {
        return Err(StreamError::File(IngestError::NoSet));
    }
    let headings = Headings::new(ctx.theme, ctx.profile);
    let known = |heading: &str| headings.find(heading).is_some();
    let opened = table::open(bytes, file_name, &ctx.limits).map_err(StreamError::File)?;
    let mut table = opened.table(&ctx.limits, ctx.lang, &known).map_err(|e| {
        StreamError::File(match e {
            IngestError::NoHeader { found, .. } => {
                let expected = ctx.theme.columns.iter().map(|c| c.id.clone()).take(6).collect();
                IngestError::NoHeader { found, expected }
            }
            other => other,
        })
    })?;
    let rows = std::mem::replace(&mut table.rows, Rows::Ready(Vec::new().into_iter()));
    let mapping = Mapping::new(ctx.theme, &headings, &table.headers).map_err(StreamError::File)?;
    let mut report = Report { file: file_name, table: &table, mapping: &mapping, findings: Vec::new() };
    report.about_file(ctx);
    let mut seen = Seen::new(Identities::without_ids(ctx.theme, &mapping));
    let (mut rows_in, mut skipped_rows) = (0, 0);
    let mut rejects = Rejects { headers: table.headers.clone(), rows: Vec::new() };
    let mut admit = |rows: &Batch<'_>, done: &mut [Done<T>]| {
        let rejected_before = rejects.rows.len();
        let mut stayed_out = Vec::new();
        for (k, done) in done.iter_mut().enumerate() {
            let Done { line, fact, issues } = done;
            rows_in += 1;
            let fact = fact.as_ref().filter(|fact| seen.admit(fact, *line, ctx.lang, issues));
            let rejected = fact.is_none() && issues.iter().any(Issue::rejects);
            let said_before = report.findings.len();
            report.about_row(*line, issues);
            match fact {
                Some(fact) => take(&fact.value, Taken { line: *line, rows: rows_in })?,
                None if rejected => {
                    rejects.rows.push(RejectedRow::new(*line, &report.findings[said_before..]));
                    stayed_out.push(k);
                }
                None => skipped_rows += 1,
            }
        }
        // The cells of those that stayed out, read once more.
        let mut k = 0;
        if !stayed_out.is_empty() {
            rows.each(|_, cells| {
                if let Ok(nth) = stayed_out.binary_search(&k)
                    && let Some(row) = rejects.rows.get_mut(rejected_before + nth)
                {
                    row.cells = cells.iter().map(|c| c.shown().into_owned()).collect();
                }
                k += 1;
            });
        }
        Ok(())
    };
    in_threads(rows, ctx, &table, &mapping, prepare, &mut admit)?;
    let findings = report.findings;
    let understood = understood(ctx.theme, &table, &mapping);
    Ok(Streamed { findings, rows_in, rejects, skipped_rows, understood })
}

/// One thread splits the text into rows, some turn rows into facts, this one takes them in order. Batches go round the
/// workers in turn and are taken in the same turn, so that no number of threads changes the order.
fn in_threads<T: Send, E>(
    mut rows: Rows<'_>,
    ctx: &ImportContext<'_>,
    table: &RawTable<'_>,
    mapping: &Mapping,
    prepare: &(dyn Fn(Fact, bool) -> Ready<T> + Sync),
    admit: &mut Admit<'_, T, E>,
) -> Result<(), StreamError<E>> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
    let columns = table.headers.len();
    std::thread::scope(|scope| {
        let (mut to, mut from) = (Vec::new(), Vec::new());
        for _ in 0..workers {
            // Facts go back to the thread that made them to be taken apart: memory freed in another thread than its own
            // costs a lock each time.
            let (spent, to_drop) = std::sync::mpsc::channel();
            let (send, batches) = sync_channel::<Batch<'_>>(WAITING);
            let (done, receive) = sync_channel::<Read<'_, T>>(WAITING);
            to.push(send);
            from.push((receive, spent));
            scope.spawn(move || work(ctx, mapping, columns, prepare, &batches, &done, &to_drop));
        }
        let splitter = scope.spawn(move || {
            for worker in to.iter().cycle() {
                let Some(batch) = rows.take(BATCH)? else { break };
                // A worker that is gone: the taker failed and says why.
                if worker.send(batch).is_err() {
                    break;
                }
            }
            Ok(())
        });
        for (worker, spent) in from.iter().cycle() {
            let Ok(mut batch) = worker.recv() else { break };
            admit(&batch.0, &mut batch.1).map_err(StreamError::Taken)?;
            // The last ones find nobody.
            let _ = spent.send(batch);
        }
        drop(from);
        match splitter.join() {
            Ok(split) => split.map_err(StreamError::File),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Turns rows into facts until there are no more, or nobody takes them.
fn work<'b, T>(
    ctx: &ImportContext<'_>,
    mapping: &Mapping,
    columns: usize,
    prepare: &(dyn Fn(Fact, bool) -> Ready<T> + Sync),
    batches: &Receiver<Batch<'b>>,
    done: &SyncSender<Read<'b, T>>,
    spent: &Receiver<Read<'b, T>>,
) {
    let mut reader = RowReader::new(ctx, mapping);
    let identities = Identities::new(ctx.theme, &reader.plan);
    while let Ok(batch) = batches.recv() {
        spent.try_iter().for_each(drop);
        let mut read = Vec::with_capacity(BATCH);
        batch.each(|line, cells| {
            let mut issues = Vec::new();
            let fact = reader.fact(&Row { cells, mapping }, columns, &mut issues);
            let mut to_review = reader.to_review();
            let fact = fact.map(|mut fact| {
                identities.name(&mut fact);
                if to_review && settle(&mut fact, ctx) {
                    // Where it lies may be part of what names it.
                    identities.name(&mut fact);
                    to_review = false;
                }
                prepare(fact, to_review)
            });
            read.push(Done { line, fact, issues });
        });
        if done.send((batch, read)).is_err() {
            return;
        }
    }
}
