//! Bringing data in: boundaries and facts, each import a batch, all of it or nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::AppError;
use super::open::{now, open_or_create, themes};
use crate::boundaries::{BoundarySet, Knowledge, ReadOptions, SetInfo, parse_aliases, read_units};
use crate::domain::{Fact, Finding, GeometryKind, Lang, Level, SetId, Theme};
use crate::ingest::{ImportContext, Limits, Profile, Rejects, SetPlaces, ToReview, Understood};
use crate::store::{Batch, Contents, NewBatch, Queued, Store, Written};

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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, b| {
        use std::fmt::Write as _;
        let _ = write!(hex, "{b:02x}");
        hex
    })
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, AppError> {
    std::fs::read(path).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))
}

/// Opens the store for a real import: a demonstration store refuses it.
pub(super) fn open_for_real(path: &Path, lang: Lang) -> Result<Store, AppError> {
    let store = open_or_create(path, false)?;
    if store.is_synthetic()? {
        return Err(AppError::Input(lang.pick(
            format!("{} est un entrepôt de démonstration (données synthétiques) : il refuse les données réelles. Nommez un autre entrepôt : --store vigie.gpkg", path.display()),
            format!("{} is a demonstration store (synthetic data): it refuses real data. Name another store: --store vigie.gpkg", path.display()),
        )));
    }
    Ok(store)
}

/// Opens the store to try something out; where there is none, a new one in memory.
pub(super) fn open_to_try(path: &Path, lang: Lang) -> Result<Store, AppError> {
    if path.exists() { open_for_real(path, lang) } else { open_or_create(Path::new(":memory:"), false) }
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
        to_review: 0,
        non_located: [0; 3],
        codes: by_code(&report.findings),
        findings: report.findings,
        written: None,
        dry_run: args.dry_run,
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
        created: now(),
        rows_in,
        rejected: 0,
        findings: outcome.findings.clone(),
        review: Vec::new(),
    };
    let mut store = open_for_real(args.store, args.lang)?;
    outcome.written =
        Some(store.add_sets(&batch, &[BoundarySet::new(info, report.units)], args.make_default, false)?);
    Ok(outcome)
}

/// Every import, oldest first.
pub fn imports(store: &Path) -> Result<Vec<Batch>, AppError> {
    Ok(Store::open(store)?.batches()?)
}

/// Takes an import of data back.
pub fn undo(store: &Path, number: i64) -> Result<Written, AppError> {
    Ok(Store::open(store)?.undo(number, &now(), &themes())?)
}

/// Imports a file of facts as one batch.
pub fn import_facts(args: &FactImport<'_>) -> Result<ImportOutcome, AppError> {
    let theme = theme_named(args.theme)?;
    let bytes = read_file(args.file)?;
    refuse_demonstration(&bytes, args)?;
    let mut store =
        if args.dry_run { open_to_try(args.store, args.lang)? } else { open_for_real(args.store, args.lang)? };
    let sets = sets_for(&store.contents()?, args.sets)?;
    let job = Job {
        theme: &theme,
        bytes: &bytes,
        file: name_of(args.file),
        source: args.source,
        synthetic: false,
        known: store.knowledge()?,
        lang: args.lang,
    };
    let read = job.read(&sets)?;
    if args.strict && read.rejected > 0 {
        return Ok(read.outcome(&theme, None, args.dry_run));
    }
    let batch = read.batch();
    let written = if args.dry_run {
        store.try_facts(&batch, &theme, &read.facts)?
    } else {
        store.add_facts(&batch, &theme, &read.facts)?
    };
    Ok(read.outcome(&theme, Some(written), args.dry_run))
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
    pub synthetic: bool,
    /// What the store knows of places.
    pub known: Knowledge,
    pub lang: Lang,
}

/// A file read, before anything is stored.
pub(super) struct Read {
    pub facts: Vec<Fact>,
    findings: Vec<Finding>,
    understood: Vec<String>,
    rows_in: usize,
    rejected: usize,
    review: Vec<ToReview>,
    rejects: Rejects,
    file: String,
    sha256: String,
}

impl Job<'_> {
    /// Reads the file against the sets.
    pub(super) fn read(&self, sets: &[Arc<BoundarySet>]) -> Result<Read, AppError> {
        let aliases = parse_aliases(super::shipped::ALIASES).map_err(|e| AppError::Fault(e.to_string()))?;
        let places = SetPlaces::build(sets, &aliases, self.synthetic).with(self.known.clone());
        let context = ImportContext {
            theme: self.theme,
            sets,
            places: &places,
            lang: self.lang,
            today: jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date(),
            synthetic: self.synthetic,
            default_source: self.source,
            profile: &Profile::default(),
            limits: Limits::default(),
        };
        let read = crate::ingest::read(self.bytes, &self.file, &context)
            .map_err(|e| AppError::Input(format!("{}: {}", self.file, e.message(self.lang))))?;
        Ok(Read {
            facts: read.facts,
            findings: read.findings,
            understood: understood_lines(&read.understood, &self.file, self.lang),
            rows_in: read.rows_in,
            rejected: read.rejected_rows,
            review: read.review,
            rejects: read.rejects,
            file: self.file.clone(),
            sha256: sha256(self.bytes),
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
    vec![
        format!("{file} : {}", how.join(", ")),
        format!("{} : {}", lang.pick("colonnes", "columns"), columns.join(", ")),
    ]
}

impl Read {
    /// The batch to store.
    pub(super) fn batch(&self) -> NewBatch {
        NewBatch {
            file: self.file.clone(),
            sha256: self.sha256.clone(),
            created: now(),
            rows_in: self.rows_in,
            rejected: self.rejected,
            findings: self.findings.clone(),
            review: (self.review.iter())
                .filter_map(|r| {
                    let fact = self.facts.get(r.fact)?;
                    Some(Queued { line: r.line, source: fact.source.clone(), fact_id: fact.id.clone() })
                })
                .collect(),
        }
    }

    fn outcome(self, theme: &Theme, written: Option<Written>, dry_run: bool) -> ImportOutcome {
        let above = |level: Level| self.facts.iter().filter(|f| f.place.unit(level).is_none()).count();
        ImportOutcome {
            theme: theme.id.clone(),
            understood: self.understood,
            rows_in: self.rows_in,
            accepted: self.facts.len(),
            rejected: self.rejected,
            to_review: self.review.len(),
            non_located: Level::ALL.map(above),
            codes: by_code(&self.findings),
            findings: self.findings,
            written,
            dry_run,
            rejects: self.rejects,
        }
    }
}
