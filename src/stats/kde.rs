//! Kernel density: a smooth map of where events happen, in events per km².
//!
//! **Question**: how thick do events lie around each place? **Formula**: f(x) = Σᵢ wᵢ·k((x − xᵢ)/hᵢ)/qᵢ with the quartic
//! kernel k(u) = (1 − |u|²)² for |u| < 1, and qᵢ the kernel's mass inside the area studied (Diggle's edge correction: what
//! would fall outside is given back), summed over the same grid, so that the map's integral is the events' total to the
//! last digits. Adaptive (Abramson): hᵢ = h₀·√(g/f₀(xᵢ)), f₀ the density with h₀ everywhere, g the geometric mean of f₀ at
//! the points: narrow where events are many, wide where they are few; kept between h₀/4 and 4·h₀ and not below a cell.
//!
//! **Input**: places in metres of an equal-area projection, weights ≥ 0 (violations, say), a grid of square cells and which
//! of them are inside the area. **Output**: a density ≥ 0 for each cell inside, NaN outside (never 0: nothing was asked
//! there). **Assumptions**: places are exact; events known only to their commune pile up on one point and make a hill
//! there. A hill is not significant by itself. **Sources**: Silverman 1986, *Density Estimation*, eq. 4.5 (kernel) and
//! 5.3.1 (adaptive); Abramson 1982, Ann. Statist. 10; Diggle 1985, Applied Statistics 34 (edge).
//!
//! ```
//! use vigie::stats::kde::{Grid, Options, density};
//! let grid = Grid { west_m: 0.0, north_m: 4_000.0, cell_m: 1_000.0, columns: 4, rows: 4 };
//! let inside = [true; 16];
//! let found = density(&[[500.0, 500.0]], None, &grid, &inside, &Options { bandwidth_m: 1_000.0, adaptive: false })?;
//! // The one event lies on the centre of the lowest left cell, and no other centre is nearer than the bandwidth.
//! assert_eq!(found.per_km2[12], 1.0);
//! assert_eq!(found.per_km2.iter().sum::<f64>(), 1.0);
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use super::error::{StatsError, positive, same_length, within};
use super::reason::Reason;

/// The most points.
pub const MAX_POINTS: usize = 200_000;
/// The most cells.
pub const MAX_CELLS: usize = 4_000_000;
/// The most looks at a cell, over all points.
pub const MAX_WORK: usize = 2_000_000_000;

/// Square cells, row by row from the north-west corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    /// Easting of the left edge, metres.
    pub west_m: f64,
    /// Northing of the upper edge, metres.
    pub north_m: f64,
    /// Side of a cell, metres.
    pub cell_m: f64,
    /// Cells from west to east.
    pub columns: usize,
    /// Cells from north to south.
    pub rows: usize,
}

/// How to smooth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Radius of the kernel, metres, at least a cell's side; [`reference_bandwidth_m`] gives one.
    pub bandwidth_m: f64,
    /// Narrower where events are many, wider where they are few.
    pub adaptive: bool,
}

/// A map of density.
#[derive(Debug, Clone, PartialEq)]
pub struct Density {
    /// The grid.
    pub grid: Grid,
    /// Events (or weight) per km² in each cell, row by row; NaN outside the area.
    pub per_km2: Vec<f64>,
    /// Points inside the area; the others take no part.
    pub points: usize,
    /// Points outside the area or the grid.
    pub outside: usize,
    /// Smallest and largest kernel radius used, metres.
    pub bandwidths_m: (f64, f64),
}

/// A point inside the area.
struct Event {
    place: [f64; 2],
    cell: usize,
    weight: f64,
}

/// Density of points on a grid; see the module's page. `inside` has one flag a cell; without `weights` each point counts 1.
pub fn density(
    points: &[[f64; 2]],
    weights: Option<&[f64]>,
    grid: &Grid,
    inside: &[bool],
    options: &Options,
) -> Result<Density, StatsError> {
    within("points", points.len(), MAX_POINTS)?;
    within("cells", grid.columns.saturating_mul(grid.rows), MAX_CELLS)?;
    same_length("cells inside", grid.columns * grid.rows, inside.len())?;
    positive("side of a cell in metres", grid.cell_m)?;
    let h0 = options.bandwidth_m;
    if !(h0 >= grid.cell_m && h0.is_finite()) {
        let allowed = "at least the side of a cell";
        return Err(StatsError::OutOfRange { what: "bandwidth in metres", given: h0, allowed });
    }
    let events = events(points, weights, grid, inside)?;
    if events.iter().all(|e| e.weight <= 0.0) {
        return Err(if events.is_empty() { Reason::NoData } else { Reason::AllZero }.into());
    }
    let fixed = vec![h0; events.len()];
    let mut per_km2 = spread(&events, &fixed, grid, inside)?;
    let mut radii = fixed;
    if options.adaptive {
        // A point's own kernel is part of the pilot: it is positive at every point that weighs anything.
        let pilot: Vec<f64> = events.iter().map(|e| per_km2[e.cell]).collect();
        let weight: f64 = events.iter().map(|e| e.weight).sum();
        let mean_log = events.iter().zip(&pilot).filter(|(e, _)| e.weight > 0.0);
        let mean_log = mean_log.map(|(e, f)| e.weight * libm::log(*f)).sum::<f64>() / weight;
        let g = libm::exp(mean_log);
        for (radius, f) in radii.iter_mut().zip(&pilot) {
            let factor = if *f > 0.0 { (g / f).sqrt() } else { 1.0 };
            *radius = (h0 * factor.clamp(0.25, 4.0)).max(grid.cell_m);
        }
        per_km2 = spread(&events, &radii, grid, inside)?;
    }
    let range = |(low, high): (f64, f64), r: &f64| (low.min(*r), high.max(*r));
    Ok(Density {
        grid: *grid,
        per_km2,
        points: events.len(),
        outside: points.len() - events.len(),
        bandwidths_m: radii.iter().fold((f64::INFINITY, 0.0), range),
    })
}

/// The points that lie in a cell inside the area.
fn events(
    points: &[[f64; 2]],
    weights: Option<&[f64]>,
    grid: &Grid,
    inside: &[bool],
) -> Result<Vec<Event>, StatsError> {
    if let Some(weights) = weights {
        same_length("weights", points.len(), weights.len())?;
        if let Some(w) = weights.iter().find(|w| !(**w >= 0.0 && w.is_finite())) {
            return Err(StatsError::OutOfRange { what: "weight", given: *w, allowed: "0 or more" });
        }
    }
    if points.iter().flatten().any(|c| !c.is_finite()) || !grid.west_m.is_finite() || !grid.north_m.is_finite() {
        return Err(Reason::NotFinite.into());
    }
    let found = points.iter().enumerate().filter_map(|(k, place)| {
        let column = cell((place[0] - grid.west_m) / grid.cell_m, grid.columns)?;
        let row = cell((grid.north_m - place[1]) / grid.cell_m, grid.rows)?;
        let cell = row * grid.columns + column;
        inside[cell].then(|| Event { place: *place, cell, weight: weights.map_or(1.0, |w| w[k]) })
    });
    Ok(found.collect())
}

/// The whole number below a position, where it is one of `cells` cells.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..cells")]
fn cell(position: f64, cells: usize) -> Option<usize> {
    (position >= 0.0 && position < cells as f64).then_some(position as usize)
}

/// Gives each event's weight to the cells inside its radius and the area, in proportion to the kernel there.
fn spread(events: &[Event], radii: &[f64], grid: &Grid, inside: &[bool]) -> Result<Vec<f64>, StatsError> {
    let boxed = |h: &f64| (2.0 * h / grid.cell_m + 2.0).min(grid.columns.max(grid.rows) as f64).powi(2);
    let work = radii.iter().map(boxed).sum::<f64>();
    if work > MAX_WORK as f64 {
        return Err(StatsError::OutOfRange {
            what: "cells within the bandwidth of all points",
            given: work,
            allowed: "two billion at most: take larger cells or a smaller bandwidth",
        });
    }
    let area_km2 = grid.cell_m * grid.cell_m / 1e6;
    let mut out: Vec<f64> = inside.iter().map(|i| if *i { 0.0 } else { f64::NAN }).collect();
    let mut reached: Vec<(usize, f64)> = Vec::new();
    for (event, h) in events.iter().zip(radii) {
        reached.clear();
        // Position of the event in cells, from the centre of the first.
        let x = (event.place[0] - grid.west_m) / grid.cell_m - 0.5;
        let y = (grid.north_m - event.place[1]) / grid.cell_m - 0.5;
        let r = h / grid.cell_m;
        for row in range(y, r, grid.rows) {
            let dy = (row as f64 - y) / r;
            for column in range(x, r, grid.columns) {
                let dx = (column as f64 - x) / r;
                let left = 1.0 - dx * dx - dy * dy;
                let cell = row * grid.columns + column;
                if left > 0.0 && inside[cell] {
                    reached.push((cell, left * left));
                }
            }
        }
        // The event's own cell is inside and its centre nearer than a cell's side: the mass is positive.
        let mass: f64 = reached.iter().map(|(_, k)| k).sum();
        for (cell, k) in &reached {
            out[*cell] += event.weight * k / (mass * area_km2);
        }
    }
    Ok(out)
}

/// The cells whose centres lie within `r` of a position, both in cells.
fn range(position: f64, r: f64, cells: usize) -> std::ops::Range<usize> {
    let from = cell((position - r).ceil().max(0.0), cells).unwrap_or(cells);
    let to = cell((position + r).floor(), cells).map_or(cells, |c| c + 1);
    from..to.max(from)
}

/// A bandwidth to start from: that of a normal cloud, σ·n^(−1/6) with σ² the mean of the two variances (Scott 1992, eq.
/// 6.42), times √8, which gives the quartic kernel the same spread as a normal one. Metres; at least two different places.
pub fn reference_bandwidth_m(points: &[[f64; 2]]) -> Result<f64, StatsError> {
    within("points", points.len(), MAX_POINTS)?;
    if points.iter().flatten().any(|c| !c.is_finite()) {
        return Err(Reason::NotFinite.into());
    }
    if points.len() < 2 {
        return Err(Reason::TooFew.into());
    }
    if points.iter().flatten().zip(points[0].iter().cycle()).all(|(a, b)| a.total_cmp(b).is_eq()) {
        return Err(Reason::AllEqual.into());
    }
    let n = points.len() as f64;
    let variance = |axis: usize| {
        let mean = points.iter().map(|p| p[axis]).sum::<f64>() / n;
        points.iter().map(|p| (p[axis] - mean) * (p[axis] - mean)).sum::<f64>() / (n - 1.0)
    };
    let sigma = f64::midpoint(variance(0), variance(1)).sqrt();
    Ok(8.0_f64.sqrt() * sigma * libm::pow(n, -1.0 / 6.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grid(columns: usize, rows: usize) -> Grid {
        Grid { west_m: -5_000.0, north_m: 20_000.0, cell_m: 1_000.0, columns, rows }
    }

    proptest! {
        #[test]
        fn the_map_holds_every_event_however_close_to_the_edge(
            points in prop::collection::vec((-4_900.0..14_900.0_f64, 100.0..19_900.0_f64), 1..40),
            bandwidth_m in 1_000.0..9_000.0_f64,
            adaptive in any::<bool>(),
            hole in 0_usize..400,
        ) {
            let points: Vec<[f64; 2]> = points.into_iter().map(|(x, y)| [x, y]).collect();
            let mut inside = vec![true; 400];
            inside[hole] = false;
            let options = Options { bandwidth_m, adaptive };
            match density(&points, None, &grid(20, 20), &inside, &options) {
                Ok(found) => {
                    let total: f64 = found.per_km2.iter().filter(|d| !d.is_nan()).sum();
                    prop_assert!((total - found.points as f64).abs() < 1e-9, "{} {}", total, found.points);
                    prop_assert_eq!(found.points + found.outside, points.len());
                    prop_assert!(found.per_km2[hole].is_nan());
                    prop_assert!(found.per_km2.iter().all(|d| d.is_nan() || *d >= 0.0));
                }
                Err(e) => prop_assert_eq!(e, Reason::NoData.into()),
            }
        }
    }

    #[test]
    fn far_from_the_edge_the_kernel_is_the_quartic() {
        let found = density(
            &[[5_500.0, 9_500.0]],
            None,
            &grid(20, 20),
            &[true; 400],
            &Options { bandwidth_m: 6_000.0, adaptive: false },
        )
        .expect("a point");
        // k(0) = 3/(π h²) per km²; the sum over cells stands for the integral, to a part in a thousand here.
        let peak = 3.0 / (std::f64::consts::PI * 36.0);
        assert!((found.per_km2[10 * 20 + 10] / peak - 1.0).abs() < 2e-3, "{}", found.per_km2[210]);
        let beside = peak * (1.0 - 9.0 / 36.0_f64).powi(2);
        assert!((found.per_km2[10 * 20 + 13] / beside - 1.0).abs() < 2e-3);
        assert!(found.per_km2[10 * 20 + 16] <= 0.0);
    }

    #[test]
    fn adaptive_kernels_are_narrow_in_the_crowd_and_wide_outside() {
        let mut points = vec![[0.0, 10_000.0]; 30];
        points.push([12_000.0, 10_000.0]);
        let options = Options { bandwidth_m: 4_000.0, adaptive: true };
        let found = density(&points, None, &grid(20, 20), &[true; 400], &options).expect("points");
        let (low, high) = found.bandwidths_m;
        assert!(low < 4_000.0 && high > 4_000.0 && low >= 1_000.0 && high <= 16_000.0, "{low} {high}");
    }

    #[test]
    fn what_cannot_be_mapped_is_refused_with_a_reason() {
        let plain = Options { bandwidth_m: 2_000.0, adaptive: true };
        let go = |points: &[[f64; 2]], weights: Option<&[f64]>, options: &Options| {
            density(points, weights, &grid(20, 20), &[true; 400], options)
        };
        let place = [[0.0, 10_000.0]];
        assert_eq!(go(&[], None, &plain), Err(Reason::NoData.into()));
        assert_eq!(go(&[[1e9, 0.0]], None, &plain), Err(Reason::NoData.into()));
        assert_eq!(go(&[[f64::NAN, 0.0]], None, &plain), Err(Reason::NotFinite.into()));
        assert_eq!(go(&place, Some(&[0.0]), &plain), Err(Reason::AllZero.into()));
        assert!(matches!(go(&place, Some(&[-1.0]), &plain), Err(StatsError::OutOfRange { .. })));
        assert!(matches!(go(&place, Some(&[]), &plain), Err(StatsError::Lengths { .. })));
        let thin = Options { bandwidth_m: 999.0, adaptive: false };
        assert!(matches!(go(&place, None, &thin), Err(StatsError::OutOfRange { .. })));
        let huge = Grid { columns: 4_000, rows: 1_001, ..grid(1, 1) };
        assert!(matches!(density(&place, None, &huge, &[], &plain), Err(StatsError::TooMany { .. })));
        let wide = Options { bandwidth_m: 1e6, adaptive: false };
        let big = Grid { columns: 1_500, rows: 1_500, ..grid(1, 1) };
        let many = vec![[0.0, 10_000.0]; 1_000];
        let refused = density(&many, None, &big, &vec![true; 2_250_000], &wide);
        assert!(matches!(refused, Err(StatsError::OutOfRange { .. })), "more work than the limit");
        assert_eq!(density(&place, None, &grid(0, 0), &[], &plain), Err(Reason::NoData.into()));
    }

    #[test]
    fn the_reference_bandwidth_grows_with_the_spread() {
        let near = [[0.0, 0.0], [1_000.0, 0.0], [0.0, 1_000.0], [1_000.0, 1_000.0]];
        let far = near.map(|p| [p[0] * 3.0, p[1] * 3.0]);
        let (a, b) = (reference_bandwidth_m(&near).expect("points"), reference_bandwidth_m(&far).expect("points"));
        // σ² = 10⁶/3 on both axes, n = 4.
        assert!((a - (8.0 * 1e6 / 3.0_f64).sqrt() * 4.0_f64.powf(-1.0 / 6.0)).abs() < 1e-9, "{a}");
        assert!((b / a - 3.0).abs() < 1e-12);
        assert_eq!(reference_bandwidth_m(&near[..1]), Err(Reason::TooFew.into()));
        assert_eq!(reference_bandwidth_m(&[near[0]; 3]), Err(Reason::AllEqual.into()));
    }
}
