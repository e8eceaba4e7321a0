//! Bringing data in: boundaries and facts, each import a batch, all of it or nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::AppError;
use super::file;
use super::open::{Target, now, themes};
use crate::boundaries::{BoundarySet, Knowledge, ReadOptions, SetInfo, parse_aliases, read_units};
use crate::domain::{Finding, GeometryKind, Lang, Level, Period, SetId, Theme, hex};
use crate::ingest::{ImportContext, Limits, Reading, Ready, Rejects, SetPlaces, StreamError, Taken, Understood};
use crate::store::{AsOf, Batch, Contents, DefaultSet, NewBatch, Prepared, Queued, Replaces, Store, Written};

/// Told of an import on its way: the number of rows done.
pub type Progress<'a> = &'a dyn Fn(usize);

/// Boundaries to import.
pub struct BoundaryImport<'a> {
    /// The store; made where there is none.
    pub store: &'a Path,
    /// Files, one level each (or one file with several).
    pub files: &'a [PathBuf],
    /// The set's name.
    pub set: SetId,
    /// What the officer knows better than the files.
    pub read: ReadOptions,
    /// Date the boundaries are valid from, ISO.
    pub valid_from: Option<String>,
    /// Makes it the default set.
    pub make_default: bool,
    /// Who imports.
    pub by: &'a str,
    /// Stores nothing.
    pub dry_run: bool,
    /// Language of the messages.
    pub lang: Lang,
}

/// A file of facts to import.
pub struct FactImport<'a> {
    /// The store; made where there is none.
    pub store: &'a Path,
    /// The theme's id.
    pub theme: &'a str,
    /// The file.
    pub file: &'a Path,
    /// Sets to locate on; empty = the default set and, where it was surveyed, those of the other countries.
    pub sets: &'a [SetId],
    /// Source of rows that name none.
    pub source: &'a str,
    /// How the file is to be read.
    pub reading: &'a Reading,
    /// Facts of the theme and source in this period that the file does not have hold no longer.
    pub replaces: Option<Period>,
    /// Who imports.
    pub by: &'a str,
    /// Told of every row.
    pub progress: Progress<'a>,
    /// Stores nothing.
    pub dry_run: bool,
    /// One reject and nothing is stored.
    pub strict: bool,
    /// Language of the messages.
    pub lang: Lang,
}

/// What an import did.
#[derive(Debug, Serialize)]
pub struct ImportOutcome {
    /// The theme, or the boundary set.
    pub theme: String,
    /// What was understood of the file, a line each.
    pub understood: Vec<String>,
    /// Rows (or units) read.
    pub rows_in: usize,
    /// Facts (or units) kept.
    pub accepted: usize,
    /// Rows that stayed out.
    pub rejected: usize,
    /// Rows that say nothing of their own.
    pub skipped: usize,
    /// Rows whose place waits for an officer; they are among the facts kept.
    pub to_review: usize,
    /// Facts known only above a level: to no region, no cercle, no commune.
    pub non_located: [usize; 3],
    /// How many findings of each code.
    pub codes: BTreeMap<String, usize>,
    /// Everything found.
    pub findings: Vec<Finding>,
    /// What was written; in a dry run what would be.
    pub written: Option<Written>,
    /// Whether nothing was stored because it was only tried.
    pub dry_run: bool,
    /// What is worth saying of the store after it, a sentence each.
    pub notes: Vec<String>,
    /// The rows that stayed out.
    #[serde(skip)]
    pub rejects: Rejects,
}

/// How many findings there are of each code.
pub(super) fn by_code(findings: &[Finding]) -> BTreeMap<String, usize> {
    let mut codes = BTreeMap::new();
    for finding in findings {
        *codes.entry(finding.code.to_string()).or_insert(0) += 1;
    }
    codes
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, AppError> {
    std::fs::read(path).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))
}

/// Refuses a demonstration store: real data never mix with made-up ones.
pub(super) fn refuse_synthetic(store: &Store, lang: Lang) -> Result<(), AppError> {
    if store.is_synthetic()? {
        let path = store.path();
        return Err(AppError::Input(lang.pick(
            format!("{} est un entrepôt de démonstration (données synthétiques) : il refuse les données réelles. Nommez un autre entrepôt : --store vigie.gpkg", path.display()),
            format!("{} is a demonstration store (synthetic data): it refuses real data. Name another store: --store vigie.gpkg", path.display()),
        )));
    }
    Ok(())
}

/// Opens a store of real data that is there.
pub(super) fn open_for_real(path: &Path, lang: Lang) -> Result<Store, AppError> {
    let store = Store::open(path)?;
    refuse_synthetic(&store, lang)?;
    Ok(store)
}

/// ISO 3166-1 alpha-3 of a p-code's country letters, for the countries around the Central Sahel.
fn country_of(pcode: &str) -> &'static str {
    match pcode.get(..2).map(str::to_ascii_uppercase).as_deref() {
        Some("ML") => "MLI",
        Some("BF") => "BFA",
        Some("NE") => "NER",
        Some("MR") => "MRT",
        Some("SN") => "SEN",
        Some("GN") => "GIN",
        Some("CI") => "CIV",
        Some("DZ") => "DZA",
        Some("TD") => "TCD",
        Some("NG") => "NGA",
        Some("BJ") => "BEN",
        Some("TG") => "TGO",
        Some("GH") => "GHA",
        _ => "",
    }
}

/// Imports boundaries as one batch.
pub fn import_boundaries(args: &BoundaryImport<'_>) -> Result<ImportOutcome, AppError> {
    // Read before the store is opened: a file that cannot be used leaves no store behind.
    let report = read_units(args.files, &args.read, args.lang).map_err(|e| AppError::Input(e.message(args.lang)))?;
    let count = |level: Level| report.units.iter().filter(|u| u.level == level).count();
    let counts: Vec<String> = Level::ALL
        .into_iter()
        .filter(|l| count(*l) > 0)
        .map(|l| {
            format!(
                "{} {}",
                count(l),
                if l == Level::Region { args.lang.pick("régions", "regions") } else { l.plural() }
            )
        })
        .collect();
    let mut understood: Vec<String> = report
        .files
        .iter()
        .map(|f| {
            let level = f.level.map_or_else(
                || args.lang.pick("contour du pays, laissé", "country outline, left aside").to_owned(),
                |l| format!("{} {}", args.lang.pick("niveau", "level"), l.number()),
            );
            format!(
                "{} : {level}, {} · {} · code « {} », {} « {} » · {}{}",
                f.file,
                f.count,
                f.crs,
                f.code,
                args.lang.pick("nom", "name"),
                f.names.join(", "),
                f.encoding,
                if f.repaired > 0 {
                    args.lang.pick(format!(" · {} réparés", f.repaired), format!(" · {} repaired", f.repaired))
                } else {
                    String::new()
                }
            )
        })
        .collect();
    understood.push(format!("{} : {}", args.set, counts.join(", ")));
    let rows_in = report.units.len();
    let mut outcome = ImportOutcome {
        theme: args.set.to_string(),
        understood,
        rows_in,
        accepted: rows_in,
        rejected: 0,
        skipped: 0,
        to_review: 0,
        non_located: [0; 3],
        codes: by_code(&report.findings),
        findings: report.findings,
        written: None,
        dry_run: args.dry_run,
        notes: Vec::new(),
        rejects: Rejects::default(),
    };
    if args.dry_run {
        return Ok(outcome);
    }
    let country = report.units.first().map_or("", |u| country_of(&u.pcode));
    let files: Vec<String> = args.files.iter().map(|f| name_of(f)).collect();
    let info = SetInfo {
        id: args.set.clone(),
        title_fr: format!("{} ({})", args.set, counts.join(", ")),
        title_en: format!("{} ({})", args.set, counts.join(", ")),
        country: country.into(),
        geometry: GeometryKind::Surveyed,
        valid_from: args.valid_from.clone(),
        origin: files.join(", "),
        licence: args.lang.pick("celle du fichier importé", "that of the file imported").into(),
    };
    let mut digest = Sha256::new();
    for file in args.files {
        digest.update(read_file(file)?);
    }
    let digest = hex(&digest.finalize());
    let batch = NewBatch {
        file: files.join(", "),
        sha256: digest,
        by: args.by.to_owned(),
        created: now(),
        rows_in,
        findings: outcome.findings.clone(),
        ..NewBatch::default()
    };
    let default = if args.make_default { DefaultSet::Make } else { DefaultSet::IfFree };
    let sets = [BoundarySet::new(info, report.units)];
    let (written, notes) = Target::of(args.store).write(false, |store| {
        refuse_synthetic(store, args.lang)?;
        let written = store.add_sets(&batch, &sets, default)?;
        Ok((written, default_notes(store, &args.set, args.make_default, args.lang)?))
    })?;
    (outcome.written, outcome.notes) = (Some(written), notes);
    Ok(outcome)
}

/// What the officer must know of the default set after boundaries came in.
fn default_notes(store: &mut Store, set: &SetId, asked: bool, lang: Lang) -> Result<Vec<String>, AppError> {
    let default = store.ground()?.default_set;
    let n = store.facts_elsewhere(default.as_ref().unwrap_or(set))?;
    let mut notes = Vec::new();
    if default.as_ref() != Some(set) {
        let now = default.as_ref().map_or(String::new(), SetId::to_string);
        notes.push(lang.pick(
            format!("Le découpage par défaut reste {now} : --default met {set} à sa place."),
            format!("The default boundary set stays {now}: --default puts {set} in its place."),
        ));
    }
    if n > 0 && (asked || default.as_ref() == Some(set)) {
        notes.push(super::snapshot::elsewhere(n, lang));
    }
    Ok(notes)
}

/// Every import up to a version, oldest first.
pub fn imports(store: &Path, as_of: AsOf) -> Result<Vec<Batch>, AppError> {
    Ok(Store::open(store)?.batches(as_of)?)
}

/// Takes an import back.
pub fn undo(store: &Path, number: i64, by: &str) -> Result<Written, AppError> {
    Ok(Store::open(store)?.undo(number, &now(), by, &themes())?)
}

/// Imports a file of facts as one batch.
pub fn import_facts(args: &FactImport<'_>) -> Result<ImportOutcome, AppError> {
    theme_named(args.theme)?;
    let (name, bytes) = file::read_file(args.file, args.lang)?;
    import_bytes(args, name, &bytes)
}

/// The themes that a file may be of: id and title.
pub fn import_themes(lang: Lang) -> Vec<(String, String)> {
    crate::ingest::shipped_themes()
        .iter()
        .map(|t| (t.id.clone(), lang.pick(&t.title_fr, &t.title_en).clone()))
        .collect()
}

/// Imports the content of a file that is at hand already, under its name; `args.file` is not read.
pub fn import_bytes(args: &FactImport<'_>, name: String, bytes: &[u8]) -> Result<ImportOutcome, AppError> {
    let theme = theme_named(args.theme)?;
    refuse_demonstration(bytes, args)?;
    let job = Job {
        theme: &theme,
        bytes,
        file: name,
        source: args.source,
        reading: args.reading,
        synthetic: false,
        replaces: args.replaces,
        by: args.by,
        progress: args.progress,
        strict: args.strict,
        dry: args.dry_run,
        lang: args.lang,
    };
    Target::of(args.store).write(args.dry_run, |store| {
        refuse_synthetic(store, args.lang)?;
        let ground = store.ground()?;
        job.run(store, &sets_for(&ground, args.sets)?, store.knowledge()?)
    })
}

fn theme_named(id: &str) -> Result<Arc<Theme>, AppError> {
    crate::ingest::shipped_theme(id).ok_or_else(|| {
        let known: Vec<String> = crate::ingest::shipped_themes().iter().map(|t| t.id.clone()).collect();
        AppError::Input(format!("« {id} »: boundaries, {}", known.join(", ")))
    })
}

/// A file that ships for the demonstration never enters a store of real data.
fn refuse_demonstration(bytes: &[u8], args: &FactImport<'_>) -> Result<(), AppError> {
    if super::shipped::DEMO.iter().any(|(_, name, content)| *name != "population_2021.csv" && *content == bytes) {
        return Err(AppError::Input(args.lang.pick(
            format!("{} : données de démonstration, synthétiques ; un entrepôt de données réelles les refuse. « vigie demo » fait le leur.", args.file.display()),
            format!("{}: demonstration data, synthetic; a store of real data refuses them. « vigie demo » makes theirs.", args.file.display()),
        )));
    }
    Ok(())
}

/// The sets to locate on: those named, else the default one and, where it was surveyed, a surveyed set of every
/// other country, so that a point across the border finds its commune.
fn sets_for(contents: &Contents, named: &[SetId]) -> Result<Vec<Arc<BoundarySet>>, AppError> {
    let find = |id: &SetId| {
        contents.sets.iter().find(|s| s.info.id == *id).cloned().map(Arc::new).ok_or_else(|| {
            let known: Vec<&str> = contents.sets.iter().map(|s| s.info.id.as_str()).collect();
            AppError::Input(format!("no boundary set « {id} » in this store; there are {}", known.join(", ")))
        })
    };
    if !named.is_empty() {
        return named.iter().map(find).collect();
    }
    let first = contents.default_set.as_ref().ok_or_else(|| AppError::Input("the store has no boundary set".into()))?;
    let mut sets = vec![find(first)?];
    if sets[0].info.geometry == GeometryKind::Surveyed {
        for set in contents.sets.iter().rev().filter(|s| s.info.geometry == GeometryKind::Surveyed) {
            let country = &set.info.country;
            if !country.is_empty() && sets.iter().all(|s| s.info.country != *country) {
                sets.push(Arc::new(set.clone()));
            }
        }
    }
    Ok(sets)
}

/// One file on its way in.
pub(super) struct Job<'a> {
    pub theme: &'a Theme,
    pub bytes: &'a [u8],
    pub file: String,
    pub source: &'a str,
    pub reading: &'a Reading,
    pub synthetic: bool,
    pub replaces: Option<Period>,
    pub by: &'a str,
    pub progress: Progress<'a>,
    pub strict: bool,
    pub dry: bool,
    pub lang: Lang,
}

impl Job<'_> {
    /// Reads the file against the sets, straight into the store: one transaction, all of it or nothing.
    /// `known` is what the store knows of places.
    pub(super) fn run(
        &self,
        store: &mut Store,
        sets: &[Arc<BoundarySet>],
        known: Knowledge,
    ) -> Result<ImportOutcome, AppError> {
        let aliases = parse_aliases(super::shipped::ALIASES).map_err(|e| AppError::Fault(e.to_string()))?;
        let places = SetPlaces::build(sets, &aliases, self.synthetic).with(known);
        let context = ImportContext {
            theme: self.theme,
            sets,
            places: &places,
            lang: self.lang,
            today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
            synthetic: self.synthetic,
            default_source: self.source,
            reading: self.reading,
            limits: Limits::default(),
        };
        let replaces = self.replaces.map(|period| Replaces { period, source: self.source.to_owned() });
        let (mut read, mut non_located, mut review) = (None, [0; 3], Vec::new());
        let prepare = |fact, to_review| {
            let mut prepared = Prepared::new(fact);
            prepared.to_review = to_review;
            Ready { key: prepared.key, digest: prepared.digest, value: prepared }
        };
        let done = store.import(self.theme, replaces.as_ref(), self.dry, |writer| {
            let mut take = |prepared: &Prepared, at: Taken| {
                (self.progress)(at.rows);
                let fact = prepared.fact();
                for (n, level) in non_located.iter_mut().zip(Level::ALL) {
                    *n += usize::from(fact.place.unit(level).is_none());
                }
                if prepared.to_review {
                    let (source, fact_id) = (fact.source.clone(), fact.id.clone());
                    review.push(Queued { line: at.line, source, fact_id });
                }
                writer.put(prepared)
            };
            let streamed = crate::ingest::stream(self.bytes, &self.file, &context, &prepare, &mut take);
            let streamed = streamed.map_err(|e| match e {
                StreamError::File(e) => AppError::Input(format!("{}: {}", self.file, e.message(self.lang))),
                StreamError::Taken(e) => AppError::from(e),
            })?;
            let refused = self.strict && !streamed.rejects.rows.is_empty();
            let batch = (!refused).then(|| NewBatch {
                file: self.file.clone(),
                sha256: sha256(self.bytes),
                by: self.by.to_owned(),
                created: now(),
                rows_in: streamed.rows_in,
                rejected: streamed.rejects.rows.len(),
                skipped: streamed.skipped_rows,
                findings: streamed.findings.clone(),
                review: std::mem::take(&mut review),
            });
            read = Some(streamed);
            Ok::<_, AppError>(batch)
        })?;
        let read = read.ok_or_else(|| AppError::Fault("an import that was stored unread".into()))?;
        let rejected = read.rejects.rows.len();
        let refused = self.strict && rejected > 0;
        Ok(ImportOutcome {
            theme: self.theme.id.clone(),
            understood: understood_lines(&read.understood, &self.file, self.lang),
            rows_in: read.rows_in,
            accepted: read.rows_in - rejected - read.skipped_rows,
            rejected,
            skipped: read.skipped_rows,
            to_review: done.to_review,
            non_located,
            codes: by_code(&read.findings),
            findings: read.findings,
            written: (!refused).then_some(done),
            dry_run: self.dry,
            notes: Vec::new(),
            rejects: read.rejects,
        })
    }
}

/// What was understood of a file, a line each.
fn understood_lines(understood: &Understood, file: &str, lang: Lang) -> Vec<String> {
    let mut how = vec![understood.format.to_owned()];
    how.extend(understood.encoding.map(str::to_owned));
    how.extend(understood.separator.map(|s| if s == '\t' { "tab".to_owned() } else { format!("« {s} »") }));
    how.extend(understood.sheet.as_ref().map(|s| format!("{} « {s} »", lang.pick("feuille", "sheet"))));
    let columns: Vec<String> = understood
        .columns
        .iter()
        .map(|(heading, column)| match column {
            Some(column) if column == heading => column.clone(),
            Some(column) => format!("{heading} → {column}"),
            None => format!("{heading} → {}", lang.pick("laissée", "left aside")),
        })
        .collect();
    let mut lines = vec![format!("{file} : {}", how.join(", "))];
    lines.extend(understood.notes.iter().cloned());
    lines.push(format!("{} : {}", lang.pick("colonnes", "columns"), columns.join(", ")));
    lines
}
