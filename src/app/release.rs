//! Making months public, or withdrawing them; the register of what was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use super::live::Past;
use super::open::{kit, now, themes};
use super::{AppError, ExportFormat, LayerQuery, LayerSource as _, Policy, Service, Snapshot, correction};
use crate::domain::{Month, Period, Role};
use crate::store::{AsOf, NewRelease, Release, ReleaseState, ReleasedOutput, Releases, Store, Written};

/// What is to be released.
#[derive(Debug, Clone)]
pub struct ReleaseAsk<'a> {
    /// Months, as a period is written.
    pub period: &'a str,
    /// Themes; all that have facts of the months where none is named.
    pub themes: &'a [String],
    /// What the months are made.
    pub state: ReleaseState,
    /// Why, or what changed.
    pub note: &'a str,
    /// Who.
    pub by: &'a str,
    /// Releases a correction even where it gives a few cases away to whoever kept the earlier release.
    pub even_small: bool,
}

/// Enters months into the register and gives its new entries.
///
/// # Errors
/// A period that cannot be read, an unknown theme, months without a fact of the themes, a store written to in between, a month
/// released before without a note of what changed, or whose small numbers follow from the two releases.
pub fn release(path: &Path, ask: &ReleaseAsk<'_>, policy: &Policy) -> Result<(Written, Vec<Release>), AppError> {
    let mut store = Store::open(path)?;
    let contents = store.contents(AsOf::Now)?;
    let version = contents.version;
    let snapshot = Snapshot::new(contents, themes())?;
    let service = Service::with_kit(snapshot, kit(None)?)?;
    let period = service.parse_period(ask.period)?;
    let months: Vec<Month> = period.months().collect();
    let names = named(service.snapshot(), ask, &months)?;
    let releases = service.snapshot().releases();
    let again = names.iter().any(|t| months.iter().any(|m| releases.months(t).contains(m)));
    if ask.state == ReleaseState::Released && ask.note.is_empty() && again {
        return Err(AppError::Input("one of these months was released before: say what changed, with --note".into()));
    }
    let mut new = NewRelease {
        themes: names,
        months,
        state: ask.state,
        note: ask.note.to_owned(),
        by: ask.by.to_owned(),
        created: now(),
        outputs: BTreeMap::new(),
    };
    if ask.state == ReleaseState::Released {
        let before = again.then(|| views(service.snapshot(), &mut store, policy)).transpose()?;
        let snapshot = standing(service, &new, version + 1);
        let after = views(&snapshot, &mut store, policy)?;
        if let Some(before) = before.filter(|_| !ask.even_small) {
            refuse_small(&new, &before, &after, policy.least)?;
        }
        new.outputs = outputs(&new, &after[0])?;
    }
    let written = store.release(&new, version)?;
    let entries = store.releases()?.entries.into_iter().filter(|e| e.batch == written.batch).collect();
    Ok((written, entries))
}

/// The register, oldest first.
pub fn releases(path: &Path) -> Result<Vec<Release>, AppError> {
    Ok(Store::open(path)?.releases()?.entries)
}

fn named(snapshot: &Snapshot, ask: &ReleaseAsk<'_>, months: &[Month]) -> Result<Vec<String>, AppError> {
    let has = |theme: &str| snapshot.facts(theme).iter().any(|f| f.when.month().is_some_and(|m| months.contains(&m)));
    let named: Vec<String> = if ask.themes.is_empty() {
        snapshot.themes.keys().filter(|t| has(t)).cloned().collect()
    } else {
        for theme in ask.themes {
            snapshot.theme(theme)?;
        }
        ask.themes.to_vec()
    };
    if !named.iter().any(|t| has(t)) {
        return Err(AppError::Input(format!("nothing to release: the store has no fact of {}", ask.period)));
    }
    Ok(named)
}

/// What the public and partners see.
fn views(snapshot: &Snapshot, store: &mut Store, policy: &Policy) -> Result<[Arc<Service>; 2], AppError> {
    let (past, kit) = (Past::new(snapshot, store), kit(None)?);
    Ok([past.seen_by(Role::Public, policy, &kit)?, past.seen_by(Role::Partner, policy, &kit)?])
}

/// Refuses a correction from which a small number follows for whoever kept the release before.
fn refuse_small(
    new: &NewRelease,
    before: &[Arc<Service>; 2],
    after: &[Arc<Service>; 2],
    least: u64,
) -> Result<(), AppError> {
    let mut names = BTreeSet::new();
    for (before, after) in before.iter().zip(after) {
        let snapshot = after.snapshot();
        let measures = new.themes.iter().filter_map(|t| snapshot.themes.get(t)).flat_map(|t| &t.measures);
        for measure in measures {
            for set in snapshot.sets() {
                for month in &new.months {
                    names.extend(correction::given_away((before, after), set, &measure.id, *month, least)?);
                }
            }
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let names = names.into_iter().collect::<Vec<_>>().join(", ");
    Err(AppError::Input(format!(
        "whoever kept the earlier release could work out the few cases that this correction brings to {names}: release it with later \
         corrections together, or say --even-small"
    )))
}

/// The data as they stand once the register does, at a version that is not written yet.
fn standing(service: Service, new: &NewRelease, version: i64) -> Snapshot {
    let mut releases = Releases::clone(service.snapshot().releases());
    for theme in &new.themes {
        for month in &new.months {
            releases.entries.push(Release {
                batch: version,
                theme: theme.clone(),
                month: *month,
                state: new.state,
                frozen: releases.data,
                created: new.created.clone(),
                by: String::new(),
                note: String::new(),
                outputs: Vec::new(),
            });
        }
    }
    service.into_snapshot().at_version(version, &new.created, releases)
}

/// Digests of what the public gets from the release: each of its layers as CSV, a month at a time.
fn outputs(new: &NewRelease, public: &Service) -> Result<BTreeMap<Month, Vec<ReleasedOutput>>, AppError> {
    let mut out = BTreeMap::new();
    for month in &new.months {
        let query = LayerQuery { period: Some(Period::month(*month)), ..LayerQuery::default() };
        let mut files = Vec::new();
        for layer in public.layers().into_iter().filter(|l| l.by_period && !l.is_monthly()) {
            let bytes = public.download(&layer.id, &query, ExportFormat::Csv)?;
            let sha256 = super::import::sha256(&bytes);
            files.push(ReleasedOutput { name: format!("{}.csv", layer.id), sha256 });
        }
        out.insert(*month, files);
    }
    Ok(out)
}
