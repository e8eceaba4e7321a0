//! Spatial statistics: slices in, plain structs out; knows no incident.
//!
//! - [`Neighbours`]: who is whose neighbour. Boundaries make them (`boundaries::contiguity` and the others there).
//! - [`hotspots`]: the default method. Gi*, exact conditional permutation p, false discovery rate.
//! - One by one: [`local_g`], [`local_moran`]; p by [`exact_conditional`] and [`monte_carlo_conditional`]; [`adjusted`].
//!
//! No result is ever 0 for want of one: it is a [`Reason`]. Every p names its null ([`Null`]).

mod distributions;
mod exact;
mod getis_ord;
mod hotspots;
mod local_moran;
mod monte_carlo;
mod multiple;
mod neighbours;
mod parallel;
mod pool;
mod random;
mod reason;
mod tail;

pub use distributions::{normal_two_sided, normal_upper};
pub use exact::{ExactLimits, NotExact, exact_conditional};
pub use getis_ord::{LocalG, LocalGKind, local_g};
pub use hotspots::{Cluster, Hotspot, HotspotOptions, HotspotSummary, Hotspots, Lisa, hotspots};
pub use local_moran::{LocalMoran, Moments, Quadrant, local_moran};
pub use monte_carlo::{MonteCarlo, monte_carlo_conditional, monte_carlo_global};
pub use multiple::{Correction, adjusted};
pub use neighbours::{NeighbourCounts, Neighbours, NeighboursError};
pub use reason::{Null, Reason};
pub use tail::{Side, Tail};
