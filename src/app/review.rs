//! Places that wait for an officer: the queue of a batch as a workbook, its answers back in, and the localities by which
//! villages find their commune.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::import::{by_code, name_of, open_for_real, read_file, refuse_synthetic, sha256};
use super::open::{Target, now, themes};
use super::{AppError, ImportOutcome, shipped};
use crate::boundaries::{BoundarySet, Learned, Settlement, Suggestion, parse_aliases, resolve_pcode, statement};
use crate::domain::{Fact, Finding, GeometryKind, Lang, Level, Match, Severity, Theme, hex};
use crate::formats::{QUEUE_CHOICE, QUEUE_KEY, QueueLine, write_queue};
use crate::ingest::{Question, Rejects, SetPlaces, codes, fact_id, read_localities, read_sheet};
use crate::store::{AsOf, Contents, NewBatch, Queued, Settled, Store, Written};

/// Lines of a file named in a question before « … ».
const LINES_SHOWN: usize = 12;

/// What was exported.
#[derive(Debug, Serialize)]
pub struct ReviewOutcome {
    /// The batch.
    pub batch: i64,
    /// Rows that wait.
    pub rows: usize,
    /// Questions: rows that say the same place are one, where one answer does for all of them.
    pub questions: usize,
}

/// A filled review queue to bring back.
pub struct SettleImport<'a> {
    /// The store.
    pub store: &'a Path,
    /// The workbook (or CSV).
    pub file: &'a Path,
    /// Stores nothing.
    pub dry_run: bool,
    /// Language of the messages.
    pub lang: Lang,
}

/// What bringing a queue back did.
#[derive(Debug, Serialize)]
pub struct SettleOutcome {
    /// The batch whose places were settled.
    pub of_batch: i64,
    /// Questions answered.
    pub answered: usize,
    /// Questions left empty.
    pub left: usize,
    /// Answers that cannot be taken.
    pub rejected: usize,
    /// Rows that are settled.
    pub rows: usize,
    /// Spellings learned for later imports.
    pub learned: usize,
    /// What was wrong.
    pub findings: Vec<Finding>,
    /// The new batch; none where nothing was settled.
    pub written: Option<Written>,
}

/// One question of a batch: the rows that wait for the same answer.
struct Open {
    key: String,
    rows: Vec<(u64, Fact)>,
    question: Question,
}

/// The open questions of a batch.
struct Queue {
    theme: Theme,
    contents: Contents,
    open: Vec<Open>,
}

/// Writes the questions of a batch as a workbook for an officer to fill in.
pub fn export_review(store: &Path, batch: i64, out: &Path, lang: Lang) -> Result<ReviewOutcome, AppError> {
    let queue = queue(&mut Store::open(store)?, batch, lang)?;
    let lines: Vec<QueueLine> = queue.open.iter().map(|o| line(o, &queue.contents, lang)).collect();
    std::fs::write(out, write_queue(&lines, lang)?).map_err(|e| AppError::Input(format!("{}: {e}", out.display())))?;
    let rows = queue.open.iter().map(|o| o.rows.len()).sum();
    Ok(ReviewOutcome { batch, rows, questions: lines.len() })
}

/// The questions of a batch.
pub fn review_lines(store: &Path, batch: i64, lang: Lang) -> Result<Vec<QueueLine>, AppError> {
    let queue = queue(&mut Store::open(store)?, batch, lang)?;
    Ok(queue.open.iter().map(|o| line(o, &queue.contents, lang)).collect())
}

/// The rows of a batch that still wait: their facts hold, and nobody has settled them.
fn queue(store: &mut Store, batch: i64, lang: Lang) -> Result<Queue, AppError> {
    let about = store.batch(batch)?;
    let theme = themes().into_iter().find(|t| t.id == about.theme).ok_or_else(|| {
        AppError::Input(lang.pick(
            format!("le lot {batch} n’est pas un import de données : « vigie imports list » les montre"),
            format!("batch {batch} is no import of data: « vigie imports list » shows them"),
        ))
    })?;
    let queued = store.queued(batch)?;
    let contents = store.contents(AsOf::Now)?;
    let known = store.knowledge()?;
    let done: BTreeSet<(Arc<str>, Arc<str>, String)> = (known.settled.iter().filter(|s| *s.theme == *theme.id))
        .map(|s| (s.source.clone(), s.fact_id.clone(), s.statement.clone()))
        .collect();
    let facts: BTreeMap<(Arc<str>, Arc<str>), &Fact> =
        contents.facts.get(&theme.id).into_iter().flatten().map(|f| ((f.source.clone(), f.id.clone()), f)).collect();
    let aliases = parse_aliases(shipped::ALIASES).map_err(|e| AppError::Fault(e.to_string()))?;
    let mut places: BTreeMap<String, SetPlaces> = BTreeMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut at: BTreeMap<String, usize> = BTreeMap::new();
    let mut asked: BTreeMap<String, Option<Question>> = BTreeMap::new();
    for Queued { line, source, fact_id } in queued {
        let Some(fact) = facts.get(&(source, fact_id)) else { continue };
        let words = statement(&fact.place);
        if about.undone_by.is_some() || done.contains(&(fact.source.clone(), fact.id.clone(), words.clone())) {
            continue;
        }
        // Rows of one statement have one question, unless their answer holds for the row alone.
        let (same, alone) = (key(batch, fact, &words, false), key(batch, fact, &words, true));
        if let Some(k) = at.get(&same) {
            open[*k].rows.push((line, (*fact).clone()));
            continue;
        }
        // Looking for near villages takes its time: once a statement, not once a row.
        let question = asked.entry(same.clone()).or_insert_with(|| {
            let resolver = places.entry(fact.place.set.to_string()).or_insert_with(|| {
                SetPlaces::build(&around(&contents, fact), &aliases, contents.synthetic).with(known.clone())
            });
            resolver.question(&fact.place, lang)
        });
        let Some(question) = question.clone() else { continue };
        let key = if question.teaches.is_some() {
            at.insert(same.clone(), open.len());
            same
        } else {
            alone
        };
        open.push(Open { key, rows: vec![(line, (*fact).clone())], question });
    }
    Ok(Queue { theme, contents, open })
}

/// What finds a question again: its batch, and a digest of what is asked.
fn key(batch: i64, fact: &Fact, words: &str, alone: bool) -> String {
    let units = fact.place.units.iter().map(|u| u.as_deref().unwrap_or_default()).collect::<Vec<_>>().join("|");
    let row = if alone { format!("{}\u{1f}{}", fact.source, fact.id) } else { String::new() };
    let text = format!("{}\u{1f}{}\u{1f}{units}\u{1f}{words}\u{1f}{row}", fact.theme, fact.place.set);
    format!("{batch}-{}", hex(&Sha256::digest(text.as_bytes())[..8]))
}

/// The set of a fact, and a surveyed one of every other country: a village across the border is not taken for one of here.
fn around(contents: &Contents, fact: &Fact) -> Vec<Arc<BoundarySet>> {
    let own = contents.sets.iter().find(|s| s.info.id == fact.place.set);
    let mut sets: Vec<Arc<BoundarySet>> = own.cloned().map(Arc::new).into_iter().collect();
    for set in contents.sets.iter().rev().filter(|s| s.info.geometry == GeometryKind::Surveyed) {
        if !set.info.country.is_empty() && sets.iter().all(|s| s.info.country != set.info.country) {
            sets.push(Arc::new(set.clone()));
        }
    }
    sets
}

fn line(open: &Open, contents: &Contents, lang: Lang) -> QueueLine {
    let mut lines: Vec<String> = open.rows.iter().take(LINES_SHOWN).map(|(n, _)| n.to_string()).collect();
    if open.rows.len() > LINES_SHOWN {
        lines.push(format!("… ({})", open.rows.len()));
    }
    let place = open.rows.first().map(|(_, f)| &f.place);
    let stated = [0, 1, 2, 3].map(|k| place.and_then(|p| p.stated[k].as_deref()).unwrap_or_default().to_owned());
    let set = place.and_then(|p| contents.sets.iter().find(|s| s.info.id == p.set));
    let unit = place.zip(set).and_then(|(p, s)| p.located().and_then(|l| s.unit(l, p.unit(l)?)));
    let nowhere = || lang.pick("nulle part", "nowhere").to_owned();
    QueueLine {
        key: open.key.clone(),
        lines: lines.join(", "),
        stated,
        known: unit.map_or_else(nowhere, |u| format!("{} · {}", u.pcode, u.name)),
        problem: format!("{} — {}", open.question.code, open.question.message),
        offers: open.question.suggestions.iter().map(|s| offer(s, lang)).collect(),
    }
}

/// « ML0506 · Haïré (Douentza, Mopti) · 85 % ».
fn offer(s: &Suggestion, lang: Lang) -> String {
    let name = s.names.first().map(ToString::to_string).unwrap_or_default();
    let above: Vec<&str> = s.names.iter().skip(1).map(|n| &**n).collect();
    let village = s
        .village
        .as_ref()
        .map_or(String::new(), |v| lang.pick(format!(" · localité {v}"), format!(" · village or town {v}")));
    let above = if above.is_empty() { String::new() } else { format!(" ({})", above.join(", ")) };
    format!("{} · {name}{above}{village} · {}{}", s.pcode, s.score, lang.pick("\u{a0}%", "%"))
}

/// Brings a filled queue back: its rows are put where the officer said, and what the answers teach is learned. One new
/// batch, which can be undone; an answer left empty keeps its question open, one that cannot be taken is told by its line.
pub fn settle(args: &SettleImport<'_>) -> Result<SettleOutcome, AppError> {
    let (lang, file) = (args.lang, name_of(args.file));
    let bytes = read_file(args.file)?;
    let rows = read_sheet(&bytes, &file, &[(&[QUEUE_KEY], true), (&QUEUE_CHOICE, true)], lang)
        .map_err(|e| AppError::Input(format!("{file}: {}", e.message(lang))))?;
    let batch_of = |key: &str| key.split_once('-').and_then(|(batch, _)| batch.parse::<i64>().ok());
    let batches: BTreeSet<i64> = rows.iter().filter_map(|r| batch_of(r.cells[0].as_deref()?)).collect();
    let [batch] = *batches.iter().copied().collect::<Vec<_>>().as_slice() else {
        return Err(AppError::Input(lang.pick(
            format!("{file}\u{a0}: ce n’est pas la liste à vérifier d’un import (vigie imports review ID --out FICHIER.xlsx)"),
            format!("{file}: not the review queue of one import (vigie imports review ID --out FILE.xlsx)"),
        )));
    };
    let given = Given {
        batch,
        file: &file,
        sha256: sha256(&bytes),
        rows: rows.iter().map(|r| (r.line, r.cells[0].as_deref(), r.cells[1].as_deref())).collect(),
        dry_run: args.dry_run,
        lang,
    };
    take(args.store, &given)
}

/// Takes answers to the questions of a batch: the key of each, and the unit chosen (a p-code, or the words of an offer).
pub fn settle_answers(
    store: &Path,
    batch: i64,
    answers: &[(String, String)],
    dry_run: bool,
    lang: Lang,
) -> Result<SettleOutcome, AppError> {
    let mut digest = Sha256::new();
    for (key, choice) in answers {
        digest.update(format!("{key}\u{1f}{choice}\n"));
    }
    let rows =
        answers.iter().zip(1..).map(|((key, choice), n)| (n, Some(&**key), Some(&**choice).filter(|c| !c.is_empty())));
    let file = lang.pick("page d’import", "import page");
    take(store, &Given { batch, file, sha256: hex(&digest.finalize()), rows: rows.collect(), dry_run, lang })
}

/// The answers to the questions of one batch.
struct Given<'a> {
    batch: i64,
    /// Where they come from.
    file: &'a str,
    sha256: String,
    /// Line, key of the question, choice.
    rows: Vec<(u64, Option<&'a str>, Option<&'a str>)>,
    dry_run: bool,
    lang: Lang,
}

fn take(store: &Path, given: &Given<'_>) -> Result<SettleOutcome, AppError> {
    let Given { batch, file, lang, .. } = *given;
    let mut store = open_for_real(store, lang)?;
    let queue = queue(&mut store, batch, lang)?;
    let mut answers =
        Answers { queue: &queue, file, lang, settled: Vec::new(), learned: BTreeSet::new(), findings: Vec::new() };
    let (mut answered, mut left) = (0, 0);
    for row in &given.rows {
        match *row {
            (line, Some(key), Some(choice)) => answered += usize::from(answers.take(line, key, choice)),
            _ => left += 1,
        }
    }
    let Answers { settled, learned, findings, .. } = answers;
    let learned: Vec<Learned> = learned.into_iter().collect();
    let rejected = findings.iter().filter(|f| f.severity == Severity::Reject).count();
    let written = if settled.is_empty() || given.dry_run {
        None
    } else {
        let new = NewBatch {
            file: file.to_owned(),
            sha256: given.sha256.clone(),
            created: now(),
            rows_in: settled.len() + rejected,
            rejected,
            findings: findings.clone(),
            ..NewBatch::default()
        };
        Some(store.settle(&new, &queue.theme, &settled, &learned)?)
    };
    let (rows, learned) = (settled.len(), learned.len());
    Ok(SettleOutcome { of_batch: batch, answered, left, rejected, rows, learned, findings, written })
}

/// The answers of a filled queue, as they are read.
struct Answers<'a> {
    queue: &'a Queue,
    file: &'a str,
    lang: Lang,
    settled: Vec<Settled>,
    learned: BTreeSet<Learned>,
    findings: Vec<Finding>,
}

impl Answers<'_> {
    /// Takes one answer, or says why not.
    fn take(&mut self, line: u64, key: &str, choice: &str) -> bool {
        let lang = self.lang;
        let Some(open) = self.queue.open.iter().find(|o| o.key == key) else {
            let message = lang.pick(
                "plus rien n’attend cette réponse : la ligne est déjà réglée, corrigée ou annulée",
                "nothing waits for this answer any more: its row is settled already, corrected or undone",
            );
            self.say(codes::NOT_WAITING, line, choice, message.to_owned());
            return false;
        };
        // « ML050601 · Haïré (Douentza, Mopti) · 85 % » or the bare code.
        let code = choice.split('·').next().unwrap_or_default().trim();
        let sets = &self.queue.contents.sets;
        let first = open.rows.first().and_then(|(_, f)| sets.iter().find(|s| s.info.id == f.place.set));
        let Some((set, unit)) = first.and_then(|s| Some((s, resolve_pcode(s, code)?))) else {
            let message = lang.pick(
                "ce code n’existe pas dans le découpage de la ligne : prenez une proposition, ou un p-code de ce découpage",
                "this code does not exist in the row's boundary set: take a suggestion, or a p-code of that set",
            );
            self.say(codes::UNKNOWN_PCODE, line, choice, message.to_owned());
            return false;
        };
        let mut moved = Vec::new();
        for (_, fact) in &open.rows {
            let mut at = fact.clone();
            at.place.units = set.chain(unit);
            at.place.matched = Match::Alias;
            at.id = fact_id(&self.queue.theme, &at);
            if at.id != fact.id && self.is_taken(&at, &moved) {
                let message = lang.pick(
                    format!("une autre ligne dit déjà quelque chose de {} au même moment : gardez la bonne", unit.name),
                    format!("another row says something of {} at the same time already: keep the right one", unit.name),
                );
                self.say(codes::DUPLICATE_ID, line, choice, message);
                return false;
            }
            let settlement = Settlement {
                theme: fact.theme.clone(),
                source: fact.source.clone(),
                fact_id: fact.id.clone(),
                statement: statement(&fact.place),
                set: set.info.id.clone(),
                pcode: unit.pcode.clone(),
            };
            moved.push(Settled { settlement, fact: at });
        }
        self.settled.append(&mut moved);
        // A coarser unit than the name's settles the row, but is no spelling of anything.
        let level = |l: &Learned| l.level.unwrap_or(Level::Commune);
        if let Some(teaches) = open.question.teaches.as_ref().filter(|t| level(t) == unit.level) {
            self.learned.insert(Learned { pcode: unit.pcode.clone(), ..teaches.clone() });
        }
        true
    }

    fn is_taken(&self, fact: &Fact, moved: &[Settled]) -> bool {
        let same = |f: &Fact| f.source == fact.source && f.id == fact.id;
        self.queue.contents.facts.get(&self.queue.theme.id).into_iter().flatten().any(same)
            || self.settled.iter().chain(moved).any(|s| same(&s.fact))
    }

    fn say(&mut self, code: crate::ingest::IssueCode, line: u64, value: &str, message: String) {
        self.findings.push(Finding {
            code: code.name.into(),
            severity: code.severity,
            file: self.file.to_owned(),
            sheet: None,
            line: Some(line),
            column: Some(self.lang.pick(QUEUE_CHOICE[0], QUEUE_CHOICE[1]).to_owned()),
            value: Some(value.chars().take(120).collect()),
            message,
        });
    }
}

/// Imports a list of villages and towns as one batch.
pub fn import_localities(
    store: &Path,
    file: &Path,
    dry_run: bool,
    strict: bool,
    lang: Lang,
) -> Result<ImportOutcome, AppError> {
    let (bytes, name) = (read_file(file)?, name_of(file));
    let (localities, findings) =
        read_localities(&bytes, &name, lang).map_err(|e| AppError::Input(format!("{name}: {}", e.message(lang))))?;
    let digest = sha256(&bytes);
    let rejected = findings.len();
    let rows_in = localities.len() + rejected;
    let accepted = localities.len();
    let written = Target::of(store).write(dry_run, |store| {
        refuse_synthetic(store, lang)?;
        let known = store
            .batches(AsOf::Now)?
            .into_iter()
            .any(|b| b.theme == "localities" && b.sha256 == digest && b.undone_by.is_none());
        let (added, same) = if known { (0, accepted) } else { (accepted, 0) };
        if strict && rejected > 0 {
            return Ok(None);
        }
        if known || dry_run {
            return Ok(Some(Written { batch: store.version()?, added, same, ..Written::default() }));
        }
        let batch = NewBatch {
            file: name.clone(),
            sha256: digest.clone(),
            created: now(),
            rows_in,
            rejected,
            findings: findings.clone(),
            ..NewBatch::default()
        };
        Ok(Some(store.add_localities(&batch, &localities)?))
    })?;
    Ok(ImportOutcome {
        theme: "localities".to_owned(),
        understood: vec![format!("{name} : {accepted} {}", lang.pick("localités", "villages and towns"))],
        rows_in,
        accepted,
        rejected,
        skipped: 0,
        to_review: 0,
        non_located: [0; 3],
        codes: by_code(&findings),
        findings,
        written,
        dry_run,
        notes: Vec::new(),
        rejects: Rejects::default(),
    })
}
