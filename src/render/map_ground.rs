//! The coverage of the communes as the ground of a map, and the mark of a report from uncovered ground.

use std::collections::BTreeMap;

use super::base::BaseMap;
use super::choropleth::Filled;
use super::frame::Point;
use super::ground::Ground;
use super::inks::OUTSIDE_INK;
use super::scene::{Item, Scene};
use crate::style::Styles;

/// What is known of a commune's coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// Its status word; `value` and `zero` are drawn alike: covered, report received.
    pub status: &'static str,
    /// A value came from it although it was not covered.
    pub outside_coverage: bool,
}

/// Fills the communes by their coverage.
pub(super) fn coverage(scene: &mut Scene, covered: &[Covered], styles: &Styles, ground: &Ground) {
    let mut by_status: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (k, commune) in covered.iter().enumerate() {
        let status = match commune.status {
            _ if commune.outside_coverage => "not_covered",
            "value" | "zero" => "zero",
            other => other,
        };
        by_status.entry(status).or_default().push(k);
    }
    for (status, units) in by_status {
        if let Some(symbol) = styles.status(status) {
            ground.fill_status(scene, Filled::Communes, &units, symbol);
        }
    }
}

/// A small diamond on communes that reported without being covered; whether there is any.
pub(super) fn outside_marks(scene: &mut Scene, base: &BaseMap, covered: &[Covered], ground: &Ground) -> bool {
    let mut any = false;
    for (commune, covered) in base.communes.iter().zip(covered) {
        if covered.outside_coverage {
            any = true;
            scene.push(Item::Area(vec![diamond(ground.frame.place(commune.label), 0.75)], OUTSIDE_INK));
        }
    }
    any
}

/// A diamond of a given half width.
pub(super) fn diamond((x, y): Point, r: f64) -> Vec<Point> {
    vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
}
