//! A uniform grid over the sets: most cells lie wholly in one unit, so that a point in them needs no test.

use geo::{Coord, MultiPolygon};

use super::slabs::{Slabs, edges_of};
use crate::spatial::Bbox;

/// Marks a list in a cell's word.
const LIST: u32 = 1 << 31;
/// Marks a unit that holds its whole cell in a list's word.
const WHOLE: u32 = 1 << 31;

/// The division of the box into rows and columns, counted from the south-west.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    bbox: Bbox,
    size: f64,
    per_degree: f64,
    columns: u32,
    rows: u32,
}

impl Grid {
    /// About `cells` square cells over a box that is not empty.
    pub fn over(bbox: Bbox, cells: u32) -> Self {
        let (width, height) = ((bbox.east - bbox.west).max(1e-6), (bbox.north - bbox.south).max(1e-6));
        // A very long and thin box gets larger cells rather than more of them.
        let size = (width * height / f64::from(cells)).sqrt().max(width.max(height) / f64::from(cells));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 to `cells`, by the size chosen")]
        let count = |length: f64| (length / size).ceil().max(1.0) as u32;
        Self { bbox, size, per_degree: 1.0 / size, columns: count(width), rows: count(height) }
    }

    // Both functions never decrease, whatever the rounding: an edge between two places covers the cells between theirs.

    /// Row of a latitude, the outermost where it lies outside.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` stops at 0 and at the largest")]
    pub fn row(&self, lat: f64) -> u32 {
        (((lat - self.bbox.south) * self.per_degree) as u32).min(self.rows - 1)
    }

    /// Column of a longitude, the outermost where it lies outside.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` stops at 0 and at the largest")]
    pub fn column(&self, lon: f64) -> u32 {
        (((lon - self.bbox.west) * self.per_degree) as u32).min(self.columns - 1)
    }

    fn centre(&self, row: u32, column: u32) -> (f64, f64) {
        (self.bbox.west + (f64::from(column) + 0.5) * self.size, self.bbox.south + (f64::from(row) + 0.5) * self.size)
    }
}

/// What a cell holds, one word a cell.
#[derive(Debug)]
pub struct Cells {
    grid: Grid,
    /// 0: no unit; a unit's number + 1: it holds the whole cell; [`LIST`] + place in `lists`.
    words: Vec<u32>,
    /// Lists one after the other: length, then the units in order, with [`WHOLE`] where they hold the whole cell.
    lists: Vec<u32>,
}

/// What is known of a point by its cell alone.
pub enum Cell<'a> {
    /// No unit.
    Nothing,
    /// This unit and no other.
    One(u32),
    /// These, in order; see [`candidate`].
    Some(&'a [u32]),
}

/// The unit of a list's word, and whether it holds the whole cell.
pub fn candidate(word: u32) -> (u32, bool) {
    (word & !WHOLE, word & WHOLE != 0)
}

impl Cells {
    /// Indexes units (their order is the order of the lists) and cuts their edges into slabs.
    pub fn build<'a>(
        grid: Grid,
        units: impl Iterator<Item = (&'a MultiPolygon<f64>, Bbox)>,
        slabs: &mut Slabs,
    ) -> Self {
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        let mut marked = Vec::new();
        for (number, (shape, bbox)) in (0_u32..).zip(units) {
            slabs.add(shape, grid.row(bbox.south)..=grid.row(bbox.north), &grid);
            cover(&grid, shape, bbox, slabs, number, &mut marked, &mut pairs);
        }
        let mut words = vec![0_u32; grid.rows as usize * grid.columns as usize];
        // First how many units each cell has; a lone unit that is not whole counts as several.
        for (cell, word) in &pairs {
            words[*cell as usize] += 1;
            if word & WHOLE == 0 {
                words[*cell as usize] |= LIST;
            }
        }
        let mut lists = Vec::new();
        for word in &mut words {
            let count = *word & !LIST;
            if *word & LIST != 0 || count > 1 {
                *word = LIST | u32::try_from(lists.len()).unwrap_or(!LIST);
                lists.resize(lists.len() + 1 + count as usize, 0);
            }
        }
        for (cell, word) in pairs {
            let held = &mut words[cell as usize];
            if *held & LIST == 0 {
                *held = (word & !WHOLE) + 1;
            } else {
                let at = (*held & !LIST) as usize;
                lists[at] += 1;
                let place = at + lists[at] as usize;
                lists[place] = word;
            }
        }
        Self { grid, words, lists }
    }

    /// The cell of a point, with its row; none outside the box.
    pub fn at(&self, x: f64, y: f64) -> Option<(Cell<'_>, u32)> {
        let b = &self.grid.bbox;
        if x < b.west || x > b.east || y < b.south || y > b.north {
            return None;
        }
        let row = self.grid.row(y);
        let word = self.words[row as usize * self.grid.columns as usize + self.grid.column(x) as usize];
        let cell = if word == 0 {
            Cell::Nothing
        } else if word & LIST == 0 {
            Cell::One(word - 1)
        } else {
            let at = (word & !LIST) as usize;
            Cell::Some(&self.lists[at + 1..=at + self.lists[at] as usize])
        };
        Some((cell, row))
    }
}

/// Finds the cells of a unit: those its edges touch, and by runs of the others those that it holds whole.
fn cover(
    grid: &Grid,
    shape: &MultiPolygon<f64>,
    bbox: Bbox,
    slabs: &Slabs,
    unit: u32,
    marked: &mut Vec<bool>,
    pairs: &mut Vec<(u32, u32)>,
) {
    // Far more than the rounding of the cuts below, far less than a cell.
    let slack = grid.size * 1e-6;
    let (west, east) = (grid.column(bbox.west - slack), grid.column(bbox.east + slack));
    let (south, north) = (grid.row(bbox.south), grid.row(bbox.north));
    let width = (east - west + 1) as usize;
    marked.clear();
    marked.resize(width * (north - south + 1) as usize, false);
    for [a, b] in edges_of(shape) {
        let (low, high): (Coord<f64>, Coord<f64>) = if a.y <= b.y { (a, b) } else { (b, a) };
        let (least, most) = (a.x.min(b.x), a.x.max(b.x));
        let slope = (high.x - low.x) / (high.y - low.y);
        let x_at = |y: f64| {
            // A horizontal edge has no slope: it covers its whole length.
            if slope.is_finite() { (low.x + (y - low.y) * slope).clamp(least, most) } else { low.x }
        };
        for row in grid.row(low.y)..=grid.row(high.y) {
            let floor = grid.bbox.south + f64::from(row) * grid.size;
            let (mut from, mut to) = if slope.is_finite() {
                let ends = (x_at((floor - slack).max(low.y)), x_at((floor + grid.size + slack).min(high.y)));
                (ends.0.min(ends.1), ends.0.max(ends.1))
            } else {
                (least, most)
            };
            from -= slack;
            to += slack;
            let start = (row - south) as usize * width;
            let (from, to) = ((grid.column(from) - west) as usize, (grid.column(to) - west) as usize);
            marked[start + from..=start + to].fill(true);
        }
    }
    for row in south..=north {
        let line = &marked[(row - south) as usize * width..][..width];
        // No edge lies between neighbouring unmarked cells of a row: they share one answer.
        let mut run: Option<bool> = None;
        for (k, edge) in (0_u32..).zip(line) {
            let cell = row * grid.columns + west + k;
            if *edge {
                run = None;
                pairs.push((cell, unit));
                continue;
            }
            let inside = *run.get_or_insert_with(|| {
                let (x, y) = grid.centre(row, west + k);
                slabs.holds(unit, row, x, y)
            });
            if inside {
                pairs.push((cell, unit | WHOLE));
            }
        }
    }
}
