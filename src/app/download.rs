//! Files written for people: templates.

use std::path::Path;

use super::{AppError, open};
use crate::boundaries::BoundarySet;
use crate::domain::{Lang, Level, SetId};
use crate::formats::TemplateUnits;
use crate::store::Store;

/// Writes an empty workbook for a theme, with lists of the units of a boundary set: the one named, else the store's default,
/// else (where there is no store yet) the first that ships.
pub fn write_template(theme: &str, store: &Path, set: Option<&SetId>, out: &Path, lang: Lang) -> Result<(), AppError> {
    let theme = crate::ingest::shipped_theme(theme).ok_or_else(|| {
        let known: Vec<String> = crate::ingest::shipped_themes().iter().map(|t| t.id.clone()).collect();
        AppError::Input(format!("no theme « {theme} »; there are {}", known.join(", ")))
    })?;
    let (sets, default) = if store.exists() {
        let contents = Store::open(store)?.ground()?;
        (contents.sets, contents.default_set)
    } else {
        (open::shipped_sets()?, None)
    };
    let wanted = set.or(default.as_ref());
    let found = sets.iter().find(|s| wanted.is_none_or(|id| s.info.id == *id)).ok_or_else(|| {
        let known: Vec<&str> = sets.iter().map(|s| s.info.id.as_str()).collect();
        let wanted = wanted.map_or("", SetId::as_str);
        AppError::Input(lang.pick(
            format!("pas de découpage «\u{a0}{wanted}\u{a0}»\u{a0}; il y a {}", known.join(", ")),
            format!("no boundary set “{wanted}”; there are {}", known.join(", ")),
        ))
    })?;
    let bytes =
        crate::formats::write_template(&theme, &units(found), lang).map_err(|e| AppError::Fault(e.to_string()))?;
    std::fs::write(out, bytes).map_err(|e| AppError::Input(format!("{}: {e}", out.display())))
}

fn units(set: &BoundarySet) -> TemplateUnits {
    let parent = |level: Level, code: Option<&str>| {
        let unit = level.parent().and_then(|p| set.unit(p, code?));
        unit.map_or(String::new(), |u| u.name.to_string())
    };
    TemplateUnits {
        regions: set.units(Level::Region).iter().map(|u| u.name.to_string()).collect(),
        cercles: (set.units(Level::Cercle).iter())
            .map(|u| [parent(Level::Cercle, u.parent.as_deref()), u.name.to_string()])
            .collect(),
        communes: (set.units(Level::Commune).iter())
            .map(|u| [parent(Level::Commune, u.parent.as_deref()), u.name.to_string(), u.pcode.to_string()])
            .collect(),
    }
}
