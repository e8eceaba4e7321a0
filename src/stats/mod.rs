//! Spatial statistics: slices in, plain structs out; knows no incident.
//!
//! - [`Neighbours`]: who is whose neighbour. Boundaries make them (`boundaries::contiguity` and the others there).
//! - [`hotspots`]: the default method. Gi*, exact conditional permutation p, false discovery rate.
//! - Besides: [`scan`], [`knox`], [`emerging`], [`mann_kendall`], [`dbscan`], [`kde`], [`change`], [`concentration`],
//!   [`recurrence`], and [`breaks`] for classes on the map.
//! - One by one: [`local_g`], [`local_moran`]; p by [`exact_conditional`] and [`monte_carlo_conditional`]; [`adjusted`].
//!
//! No result is ever 0 for want of one: it is a [`Reason`]. Every p names its null ([`Null`]).
//!
//! Each statistic is a function on plain slices whose page says what it asks, by which formula, of what, and from which
//! source. A unit that was not observed is left out, never zero; what cannot be computed is a reason ([`Undefined`]),
//! never 0 and never a panic. Simulations draw from streams of (seed, simulation): the number of threads changes no digit.

mod alias;
pub mod breaks;
pub mod change;
pub mod concentration;
pub mod dbscan;
mod distributions;
pub mod emerging;
mod exact;
mod getis_ord;
mod hotspots;
pub mod kde;
pub mod knox;
mod local_moran;
pub mod mann_kendall;
mod monte_carlo;
mod multiple;
mod near;
mod neighbours;
mod parallel;
mod pool;
mod random;
mod reason;
pub mod recurrence;
pub mod scan;
mod tail;
mod tails;
mod threads;
mod undefined;

pub use distributions::{normal_two_sided, normal_upper};
pub use exact::{ExactLimits, NotExact, exact_conditional};
pub use getis_ord::{LocalG, LocalGKind, local_g};
pub use hotspots::{Cluster, Hotspot, HotspotOptions, HotspotSummary, Hotspots, Lisa, hotspots};
pub use local_moran::{LocalMoran, Moments, Quadrant, local_moran};
pub use monte_carlo::{MonteCarlo, monte_carlo_conditional, monte_carlo_global};
pub use multiple::{Correction, adjusted};
pub use near::{MAX_PAIRS, MAX_POINTS, Metric};
pub use neighbours::{NeighbourCounts, Neighbours, NeighboursError};
pub use reason::{Null, Reason};
pub use tail::{Side, Tail};
pub use undefined::{StatsError, Undefined};
