//! The cube: unit × period × dimension → value and status.

mod table;

pub use table::{Cell, Table};
