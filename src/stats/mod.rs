//! Spatial statistics: slices in, plain structs out; knows no incident.
//!
//! Each statistic is a function on plain slices whose page says what it asks, by which formula, of what, and from which
//! source. A unit that was not observed is left out, never zero; what cannot be computed is a reason ([`Undefined`]),
//! never 0 and never a panic. Simulations draw from streams of (seed, simulation): the number of threads changes no digit.

mod adjust;
pub mod breaks;
pub mod change;
pub mod concentration;
pub mod dbscan;
pub mod emerging;
pub mod kde;
pub mod knox;
pub mod mann_kendall;
mod near;
pub mod recurrence;
pub mod scan;

mod stream;
mod tails;
mod threads;
mod undefined;

pub use near::{Lists, MAX_PAIRS, MAX_POINTS, Metric};
pub use undefined::{StatsError, Undefined};
