//! Spatial statistics: slices in, plain structs out; knows no incident.
//!
//! - [`Neighbours`]: who is whose neighbour. Boundaries make them (`boundaries::contiguity` and the others there).
//! - [`hotspots()`]: the default method. Gi*, exact conditional permutation p, false discovery rate.
//! - Of each unit: [`local_g`], [`local_moran()`], [`local_geary`]; p by [`exact_conditional`] and
//!   [`monte_carlo_conditional`]; many tests at once: [`adjusted`].
//! - Of the whole map: [`moran()`], [`geary()`], [`general_g()`], [`join_counts()`]; p also by [`monte_carlo_global`].
//! - Of counts over populations: [`raw_rate`], [`eb_global`], [`eb_local`], [`eb_standardised`], [`eb_moran`], [`choynowski`].
//! - Besides: [`scan`], [`knox`], [`emerging`], [`mann_kendall`], [`dbscan`], [`kde`], [`change`], [`concentration`],
//!   [`recurrence`], and [`breaks`] for classes on the map.
//!
//! No result is ever 0 for want of one: it is a [`Reason`]. Every p names its null ([`Null`]).
//!
//! Each statistic is a function on plain slices whose page says what it asks, by which formula, of what, and from which
//! source. A unit that was not observed is left out, never zero; what cannot be computed is a reason ([`Reason`]),
//! never 0 and never a panic. Simulations draw from streams of (seed, simulation): the number of threads changes no digit.

#![allow(clippy::float_cmp, reason = "ties, equal values and equal weights are exact questions here")]

mod alias;
pub mod breaks;
pub mod change;
pub mod concentration;
pub mod dbscan;
mod discrete;
mod distributions;
pub mod emerging;
mod error;
mod exact;
mod geary;
mod general_g;
mod getis_ord;
mod hotspots;
pub mod kde;
pub mod knox;
mod join_counts;
mod local_moran;
pub mod mann_kendall;
mod monte_carlo;
mod moran;
mod multiple;
mod near;
mod neighbours;
mod pool;
mod random;
mod rates;
mod reason;
pub mod recurrence;
pub mod scan;
mod tail;
mod threads;

pub use distributions::{normal_two_sided, normal_upper};
pub use error::StatsError;
pub use exact::{ExactLimits, NotExact, exact_conditional};
pub use geary::{GlobalGeary, LocalGeary, geary, geary_monte_carlo, local_geary};
pub use general_g::{GeneralG, general_g, general_g_monte_carlo};
pub use getis_ord::{LocalG, LocalGKind, local_g};
pub use hotspots::{Cluster, Hotspot, HotspotOptions, HotspotSummary, Hotspots, Lisa, hotspots};
pub use join_counts::{JoinCounts, Joins, join_counts};
pub use local_moran::{LocalMoran, Moments, Quadrant, local_moran};
pub use monte_carlo::{MonteCarlo, monte_carlo_conditional, monte_carlo_global};
pub use moran::{GlobalMoran, Islands, moran, moran_monte_carlo};
pub use multiple::{Correction, adjusted};
pub use near::{MAX_PAIRS, MAX_POINTS, Metric};
pub use neighbours::{NeighbourCounts, Neighbours, NeighboursError};
pub use rates::{
    Choynowski, Marshall, NegativeVariance, Rate, choynowski, eb_global, eb_local, eb_moran, eb_standardised, raw_rate,
};
pub use reason::{Null, Reason};
pub use tail::{Side, Tail};

#[cfg(test)]
mod tests;
