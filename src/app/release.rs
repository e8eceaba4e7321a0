//! Making months public, or withdrawing them; the register of what was.

use std::collections::BTreeMap;
use std::path::Path;

use super::live::Past;
use super::open::{kit, now, themes};
use super::{AppError, ExportFormat, LayerQuery, LayerSource as _, Policy, Service, Snapshot};
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
}

/// Enters months into the register and gives its new entries.
///
/// # Errors
/// A period that cannot be read, an unknown theme, months without a fact of the themes, a store written to in between, a month
/// released before without a note of what changed.
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
    let again = |t: &String| months.iter().any(|m| releases.months(t).contains(m));
    if ask.state == ReleaseState::Released && ask.note.is_empty() && names.iter().any(again) {
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
        new.outputs = outputs(service, &new, version + 1, &mut store, policy)?;
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

/// Digests of what the public gets from the release: each of its layers as CSV, a month at a time.
fn outputs(
    service: Service,
    new: &NewRelease,
    version: i64,
    store: &mut Store,
    policy: &Policy,
) -> Result<BTreeMap<Month, Vec<ReleasedOutput>>, AppError> {
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
    // What the public will see once the register stands, at a version that is not written yet.
    let snapshot = service.into_snapshot().at_version(version, &new.created, releases);
    let public = Past::new(&snapshot, store).seen_by(Role::Public, policy, &kit(None)?)?;
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
