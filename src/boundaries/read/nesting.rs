//! Which unit lies in which: by the file's word, by code, by area; and whether the ground agrees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gdal::vector::{Geometry, ToGdal};
use geo::{Contains, Coord};

use super::super::{BoundaryError, Unit};
use super::complaints::listen;
use super::understand::Understood;
use super::{ParentSource, note};
use crate::domain::{Finding, Lang, Severity};
use crate::spatial::{Bbox, LonLat, label_point, polygon_area_km2};

/// The share of a unit's area outside its parent from which on it is said.
pub const OUTSIDE_SHARE: f64 = 0.01;

/// Makes the units of a layer, each with its parent among `above` (the units of the level above, empty where that
/// level was not given: then the file's word is kept as it is).
pub fn nest(
    layer: &mut Understood,
    above: &[Unit],
    lang: Lang,
    findings: &mut Vec<Finding>,
) -> Result<(Vec<Unit>, ParentSource), BoundaryError> {
    let file = layer.raw.file.clone();
    let known: BTreeMap<&str, &Unit> = above.iter().map(|u| (&*u.pcode, u)).collect();
    // How many parents each way found, to tell what was mainly done.
    let (mut by_column, mut by_prefix, mut by_area) = (0_usize, 0_usize, 0_usize);
    let mut unknown_parents = Vec::new();
    let mut units = Vec::with_capacity(layer.entries.len());
    for entry in std::mem::take(&mut layer.entries) {
        let shape = entry.shape.polygons;
        let label = label_point(&shape).ok_or_else(|| BoundaryError::NoPolygon {
            file: file.clone(),
            unit: entry.pcode.to_string(),
            found: "0 km²".to_owned(),
        })?;
        let parent: Option<Arc<str>> = if above.is_empty() {
            entry.stated_parent
        } else {
            let stated = entry.stated_parent.as_deref();
            if let Some(parent) = stated.and_then(|p| known.get(p)) {
                by_column += 1;
                Some(parent.pcode.clone())
            } else {
                if let Some(stated) = stated {
                    unknown_parents.push(format!("{} ({stated})", entry.pcode));
                }
                let prefix = known.keys().filter(|p| entry.pcode.starts_with(**p)).max_by_key(|p| p.len());
                if let Some(parent) = prefix.and_then(|p| known.get(p)) {
                    by_prefix += 1;
                    Some(parent.pcode.clone())
                } else {
                    by_area += 1;
                    let found = by_ground(&shape, label, above);
                    let unit = || entry.pcode.to_string();
                    Some(found.ok_or_else(|| BoundaryError::NoParent { file: file.clone(), unit: unit() })?)
                }
            }
        };
        units.push(Unit {
            pcode: entry.pcode,
            name: entry.name,
            level: layer.level,
            parent,
            area: polygon_area_km2(&shape),
            label,
            bbox: Bbox::of(&shape),
            shape,
        });
    }
    if !unknown_parents.is_empty() {
        findings.push(unknown_parent_finding(layer, &unknown_parents, lang));
    }
    check_ground(&file, &units, &known, lang, findings);
    let column = layer.parent.clone().map_or(ParentSource::None, ParentSource::Column);
    let source = if above.is_empty() || by_column >= by_prefix.max(by_area) {
        column
    } else if by_prefix >= by_area {
        ParentSource::CodePrefix
    } else {
        ParentSource::Area
    };
    Ok((units, source))
}

fn unknown_parent_finding(layer: &Understood, unknown: &[String], lang: Lang) -> Finding {
    let n = unknown.len();
    Finding {
        column: layer.parent.clone(),
        value: Some(unknown.iter().take(5).cloned().collect::<Vec<_>>().join(", ")),
        ..note(
            "PARENT_UNKNOWN",
            Severity::Warning,
            &layer.raw.file,
            lang.pick(
                format!("{n} unité(s) nomment un parent absent du niveau supérieur : le parent est pris du code ou de la surface. Les fichiers sont-ils du même découpage ?"),
                format!("{n} unit(s) name a parent that the level above does not have: it is taken from the code or the area. Are the files of one vintage?"),
            ),
        )
    }
}

/// The unit above that holds the label point; else the one with the largest overlap.
fn by_ground(shape: &geo::MultiPolygon<f64>, label: LonLat, above: &[Unit]) -> Option<Arc<str>> {
    let at = Coord { x: label.lon(), y: label.lat() };
    let near: Vec<&Unit> = above.iter().filter(|u| u.bbox.intersects(&Bbox::of(shape))).collect();
    if let Some(parent) = near.iter().find(|u| u.bbox.contains(label) && u.shape.contains(&at)) {
        return Some(parent.pcode.clone());
    }
    let child = shape.to_gdal().ok()?;
    let mut best: Option<(f64, &Unit)> = None;
    for unit in near {
        let shared = unit.shape.to_gdal().ok().and_then(|parent| shared_area(&child, &parent)).unwrap_or(0.0);
        if shared > best.map_or(0.0, |b| b.0) {
            best = Some((shared, unit));
        }
    }
    best.map(|(_, unit)| unit.pcode.clone())
}

/// Area that two geometries share, in square degrees; none where GEOS cannot tell.
fn shared_area(a: &Geometry, b: &Geometry) -> Option<f64> {
    listen(|| a.intersection(b)).0.map(|g| g.area())
}

/// Says which units reach out of their parents by more than [`OUTSIDE_SHARE`], and which parents have no unit below.
fn check_ground(file: &str, units: &[Unit], known: &BTreeMap<&str, &Unit>, lang: Lang, findings: &mut Vec<Finding>) {
    let mut by_parent: BTreeMap<&str, Vec<&Unit>> = BTreeMap::new();
    for unit in units {
        if let Some(parent) = unit.parent.as_deref().and_then(|p| known.get(p)) {
            by_parent.entry(&parent.pcode).or_default().push(unit);
        }
    }
    for (code, children) in &by_parent {
        let Some(parent) = known.get(code) else { continue };
        let Ok(ground) = parent.shape.to_gdal() else { continue };
        for unit in children {
            let Ok(child) = unit.shape.to_gdal() else { continue };
            let Some(shared) = shared_area(&child, &ground) else { continue };
            let outside = 1.0 - shared / child.area();
            if outside <= OUTSIDE_SHARE {
                continue;
            }
            let percent = (outside * 1000.0).round() / 10.0;
            let at = Coord { x: unit.label.lon(), y: unit.label.lat() };
            let label_out = !parent.shape.contains(&at);
            let fr = format!("{percent}").replace('.', ",");
            findings.push(Finding {
                value: Some(unit.pcode.to_string()),
                ..note(
                    "OUTSIDE_PARENT",
                    Severity::Warning,
                    file,
                    lang.pick(
                        format!(
                            "{} ({}) : {fr} % de sa surface est hors de {} ({}){}. Vérifiez que les niveaux sont du même découpage.",
                            unit.name, unit.pcode, parent.name, parent.pcode,
                            if label_out { ", son centre aussi" } else { "" },
                        ),
                        format!(
                            "{} ({}): {percent}% of its area lies outside {} ({}){}. Check that the levels are of one vintage.",
                            unit.name, unit.pcode, parent.name, parent.pcode,
                            if label_out { ", its centre too" } else { "" },
                        ),
                    ),
                )
            });
        }
    }
    let childless: BTreeSet<&str> = known.keys().filter(|k| !by_parent.contains_key(**k)).copied().collect();
    if !childless.is_empty() && !units.is_empty() {
        let n = childless.len();
        findings.push(Finding {
            value: Some(childless.into_iter().take(5).collect::<Vec<_>>().join(", ")),
            ..note(
                "NO_UNIT_BELOW",
                Severity::Warning,
                file,
                lang.pick(
                    format!("{n} unité(s) du niveau supérieur n’ont aucune unité en dessous."),
                    format!("{n} unit(s) of the level above have no unit below."),
                ),
            )
        });
    }
}
