//! The colours of everything on a map that carries no data.

use crate::style::Colour;

const fn rgb(r: u8, g: u8, b: u8) -> Colour {
    Colour { r, g, b }
}

/// Neighbouring countries.
pub(super) const NEIGHBOUR: Colour = rgb(228, 226, 221);
/// Their borders.
pub(super) const NEIGHBOUR_LINE: Colour = rgb(168, 162, 152);
/// Their names.
pub(super) const NEIGHBOUR_INK: Colour = rgb(104, 98, 90);
/// The sea.
pub(super) const SEA: Colour = rgb(222, 233, 240);
/// Rivers.
pub(super) const WATER: Colour = rgb(122, 166, 194);
/// Lakes.
pub(super) const LAKE: Colour = rgb(196, 220, 234);
/// Borders of communes.
pub(super) const COMMUNE_LINE: Colour = rgb(200, 195, 186);
/// Borders of cercles.
pub(super) const CERCLE_LINE: Colour = rgb(120, 120, 120);
/// Borders of regions.
pub(super) const REGION_LINE: Colour = rgb(64, 64, 64);
/// The State's border and the map's frame.
pub(super) const STATE_LINE: Colour = rgb(20, 20, 20);
/// Plain words.
pub(super) const INK: Colour = rgb(26, 26, 26);
/// Names of regions and towns, leaders.
pub(super) const REGION_INK: Colour = rgb(70, 70, 70);
/// Letters of categories, squares of what only a region knows.
pub(super) const LETTER_INK: Colour = rgb(122, 40, 12);
/// The mark of a report from a commune that was not covered.
pub(super) const OUTSIDE_INK: Colour = rgb(60, 60, 60);
