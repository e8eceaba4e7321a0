//! The demonstration store: shipped files through the same door as anybody's.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::import::Job;
use super::open::{beside, create, remove};
use super::{AppError, shipped};
use crate::boundaries::{BoundarySet, Knowledge};
use crate::domain::{Lang, SetId};
use crate::store::{Store, Written};

/// One file of the demonstration, imported.
#[derive(Debug, Serialize)]
pub struct DemoImport {
    /// The theme.
    pub theme: String,
    /// What was written.
    pub written: Written,
}

/// Makes the demonstration store; one that is there is made anew, any other file is left alone.
pub fn make_demo(path: &Path, lang: Lang) -> Result<Vec<DemoImport>, AppError> {
    if path.exists() && !Store::open(path)?.is_synthetic()? {
        return Err(AppError::Input(lang.pick(
            format!("{} contient des données réelles : la démonstration ne le remplace pas. Nommez un autre fichier : --store", path.display()),
            format!("{} holds real data: the demonstration does not replace it. Name another file: --store", path.display()),
        )));
    }
    // Made beside and put in place whole: a demonstration that was interrupted leaves the one before, and who serves
    // that one sees another file in its place.
    let building = beside(path, ".building");
    remove(&building)?;
    let made = fill(&building, lang);
    if made.is_err() {
        remove(&building)?;
    }
    let made = made?;
    // The log beside belongs to the file that goes, and would be taken for the new one's.
    for companion in ["-wal", "-shm"] {
        remove(&beside(path, companion))?;
    }
    std::fs::rename(&building, path).map_err(|e| AppError::Input(format!("{}: {e}", path.display())))?;
    Ok(made)
}

fn fill(path: &Path, lang: Lang) -> Result<Vec<DemoImport>, AppError> {
    let mut store = create(path, true)?;
    let ground = store.ground()?;
    let sets: Vec<Arc<BoundarySet>> = ground.sets.into_iter().map(Arc::new).collect();
    let main: Vec<Arc<BoundarySet>> =
        sets.iter().filter(|s| Some(&s.info.id) == ground.default_set.as_ref()).cloned().collect();
    let mut out = Vec::new();
    for (theme, file, bytes) in shipped::DEMO {
        let theme = crate::ingest::shipped_theme(theme).ok_or_else(|| AppError::Fault(format!("theme {theme}")))?;
        // The population names its set row by row; the rest is of the default set.
        let sets = if theme.id == "population" { ordered(&sets, ground.default_set.as_ref()) } else { main.clone() };
        let job = Job {
            theme: &theme,
            bytes,
            file: file.to_owned(),
            source: super::layers::DEFAULT_SOURCE,
            reading: &super::Reading::default(),
            synthetic: true,
            replaces: None,
            by: "",
            progress: &|_| (),
            strict: false,
            dry: false,
            lang,
        };
        let written = job.run(&mut store, &sets, Knowledge::default())?.written;
        let written = written.ok_or_else(|| AppError::Fault(format!("{file} was not stored")))?;
        out.push(DemoImport { theme: theme.id.clone(), written });
    }
    store.close()?;
    Ok(out)
}

/// The default set first.
fn ordered(sets: &[Arc<BoundarySet>], first: Option<&SetId>) -> Vec<Arc<BoundarySet>> {
    let mut sets = sets.to_vec();
    sets.sort_by_key(|s| Some(&s.info.id) != first);
    sets
}
