//! A file from its bytes to facts, several rows at a time in several threads, in the order of the file whatever their number.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::identity::{Identities, Seen};
use super::plan::Row;
use super::prepare::{self, Prepared};
use super::report::{Blanks, Report};
use super::row::RowReader;
use super::{ImportContext, Issue, RejectedRow, Rejects, Understood, settle, skip, understood};
use crate::domain::{Fact, Finding};
use crate::ingest::IngestError;
use crate::ingest::profile::{Dialect, Goes, Profile, Shape};
use crate::ingest::table::{self, Batch, Line, Rows};

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
    /// Empty lines above it.
    blanks: u64,
    fact: Option<Ready<T>>,
    issues: Vec<Issue>,
}

/// Some rows, and what became of each of those that hold anything.
type Read<'a, T> = (Batch<'a>, Vec<Done<T>>);

/// Takes some rows with what became of them.
type Admit<'f, T, E> = dyn FnMut(&Batch<'_>, &mut [Done<T>]) -> Result<(), StreamError<E>> + 'f;

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
    let (bytes, file_name) = table::unpack(bytes, file_name, &ctx.limits).map_err(StreamError::File)?;
    let opened = table::open(&bytes, &file_name, &ctx.limits).map_err(StreamError::File)?;
    let Prepared { mut table, profile, shape, dialect, notes } =
        Prepared::new(&opened, ctx).map_err(StreamError::File)?;
    let rows = std::mem::replace(&mut table.rows, Rows::Ready(Vec::new().into_iter()));
    let rows = prepare::one_per_event(rows, &shape).map_err(StreamError::File)?;
    let mut report = Report { file: &file_name, table: &table, shape: &shape, findings: Vec::new() };
    report.about_file(ctx);
    let mapping = &shape.mapping;
    let mut seen = Seen::new(Identities::without_ids(ctx.theme, mapping));
    let (mut rows_in, mut skipped_rows) = (0, 0);
    let mut empty = Blanks::default();
    let mut rejects = Rejects { headers: table.header.names.clone(), rows: Vec::new() };
    let mut admit = |rows: &Batch<'_>, done: &mut [Done<T>]| {
        let rejected_before = rejects.rows.len();
        let mut stayed_out = Vec::new();
        for (k, done) in done.iter_mut().enumerate() {
            let Done { line, blanks, fact, issues } = done;
            empty.above(*line, *blanks);
            rows_in += 1;
            let fact = fact.as_ref().filter(|fact| seen.admit(fact, *line, ctx.lang, issues));
            let rejected = fact.is_none() && issues.iter().any(Issue::rejects);
            let said_before = report.findings.len();
            report.about_row(*line, issues);
            match fact {
                Some(fact) => take(&fact.value, Taken { line: *line, rows: rows_in }).map_err(StreamError::Taken)?,
                None if rejected => {
                    rejects.rows.push(RejectedRow::new(*line, &report.findings[said_before..]));
                    stayed_out.push(k);
                }
                None => skipped_rows += 1,
            }
        }
        if rejects.rows.len() > ctx.limits.rejected {
            return Err(StreamError::File(too_many(&rejects, ctx.limits.rejected)));
        }
        // The cells of those that stayed out, read once more.
        let mut k = 0;
        if !stayed_out.is_empty() {
            rows.each(|line| {
                if let Ok(nth) = stayed_out.binary_search(&k)
                    && let Some(row) = rejects.rows.get_mut(rejected_before + nth)
                {
                    row.cells = line.cells.iter().map(|c| c.shown().into_owned()).collect();
                }
                k += 1;
            });
        }
        Ok(())
    };
    in_threads(rows, &Work { ctx, shape: &shape, profile: &profile, dialect, prepare }, &mut admit)?;
    report.about_blanks(&empty, ctx.lang);
    let findings = report.findings;
    let understood = understood(ctx.theme, &table, &shape, &profile.id, notes);
    Ok(Streamed { findings, rows_in, rejects, skipped_rows, understood })
}

/// Refuses a file that is wrong as a whole, by what most of its rows have in common.
fn too_many(rejects: &Rejects, limit: usize) -> IngestError {
    let mut times: BTreeMap<&str, (usize, &RejectedRow)> = BTreeMap::new();
    for row in &rejects.rows {
        times.entry(&row.codes).or_insert((0, row)).0 += 1;
    }
    let commonest = times.into_values().max_by_key(|(times, row)| (*times, std::cmp::Reverse(row.line)));
    let (code, line, said) =
        commonest.map_or_else(Default::default, |(_, row)| (row.codes.clone(), row.line, row.messages.clone()));
    IngestError::TooManyRejected { limit, code, line, said }
}

/// One thread splits the text into rows, some turn rows into facts, this one takes them in order. Batches go round the
/// workers in turn and are taken in the same turn, so that no number of threads changes the order.
fn in_threads<T: Send, E>(
    mut rows: Rows<'_>,
    work: &Work<'_, T>,
    admit: &mut Admit<'_, T, E>,
) -> Result<(), StreamError<E>> {
    let Some(first) = rows.take(BATCH).map_err(StreamError::File)? else { return Ok(()) };
    if first.len() < BATCH {
        // A small file is read sooner than threads are started.
        let mut done = work.worker().each(&first);
        // What is wrong with the file as a whole shows at its end.
        rows.take(BATCH).map_err(StreamError::File)?;
        return admit(&first, &mut done);
    }
    let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
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
            scope.spawn(move || work.run(&batches, &done, &to_drop));
        }
        let splitter = scope.spawn(move || {
            let mut first = Some(first);
            for worker in to.iter().cycle() {
                let batch = match first.take() {
                    None => rows.take(BATCH)?,
                    first => first,
                };
                let Some(batch) = batch else { break };
                // A worker that is gone: the taker failed and says why.
                if worker.send(batch).is_err() {
                    break;
                }
            }
            Ok(())
        });
        for (worker, spent) in from.iter().cycle() {
            let Ok(mut batch) = worker.recv() else { break };
            admit(&batch.0, &mut batch.1)?;
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

/// What a thread needs to turn rows into facts.
struct Work<'a, T> {
    ctx: &'a ImportContext<'a>,
    shape: &'a Shape,
    profile: &'a Profile,
    dialect: Dialect,
    prepare: &'a (dyn Fn(Fact, bool) -> Ready<T> + Sync),
}

impl<'a, T> Work<'a, T> {
    fn worker(&'a self) -> Worker<'a, T> {
        let reader = RowReader::new(self.ctx, &self.shape.mapping, self.profile, self.dialect);
        let identities = Identities::new(self.ctx.theme, &reader.plan);
        Worker { work: self, reader, identities }
    }

    /// Turns rows into facts until there are no more, or nobody takes them.
    fn run<'b>(&self, batches: &Receiver<Batch<'b>>, done: &SyncSender<Read<'b, T>>, spent: &Receiver<Read<'b, T>>) {
        let mut worker = self.worker();
        while let Ok(batch) = batches.recv() {
            spent.try_iter().for_each(drop);
            let read = worker.each(&batch);
            if done.send((batch, read)).is_err() {
                return;
            }
        }
    }
}

/// What a thread turns rows into facts with.
struct Worker<'a, T> {
    work: &'a Work<'a, T>,
    reader: RowReader<'a>,
    identities: Identities,
}

impl<T> Worker<'_, T> {
    fn each(&mut self, batch: &Batch<'_>) -> Vec<Done<T>> {
        let mut read = Vec::with_capacity(batch.len());
        batch.each(|line| read.push(self.row(line)));
        read
    }

    fn row(&mut self, line: Line<'_>) -> Done<T> {
        let Work { ctx, shape, prepare, .. } = self.work;
        let (lang, headers) = (ctx.lang, &shape.headers);
        let Line { at, blanks, mut cells, merged } = line;
        let skip = |wrong| Done { line: at, blanks, fact: None, issues: vec![Issue::of_row(wrong)] };
        if let Some((first, differ)) = merged {
            return skip(prepare::merged(first, &differ, lang));
        }
        let mut issues = Vec::new();
        match shape.row(&mut cells, lang) {
            Goes::Out(wrong) => return skip(wrong),
            Goes::On(wrong) => issues.extend(wrong.map(Issue::of_row)),
        }
        let row = Row { cells: &cells, mapping: &shape.mapping };
        if let Some(wrong) = skip::reason(&row, &self.reader.plan, headers, lang) {
            return skip(wrong);
        }
        let fact = self.reader.fact(&row, headers.len(), &mut issues);
        let mut to_review = self.reader.to_review();
        let fact = fact.map(|mut fact| {
            self.identities.name(&mut fact);
            if to_review && settle(&mut fact, ctx) {
                // Where it lies may be part of what names it.
                self.identities.name(&mut fact);
                to_review = false;
            }
            prepare(fact, to_review)
        });
        Done { line: at, blanks, fact, issues }
    }
}
