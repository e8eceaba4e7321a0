//! The layers: what each one is called, which fields it has, how its features are made.

mod boundaries;
mod by_unit;
mod catalogue;
mod coverage;
mod fields;
mod monthly;
mod points;
mod risk;
mod service;

pub(super) use by_unit::{ByUnit, unit_layer_fields};
pub(super) use catalogue::theme_of;
pub(super) use coverage::class as coverage_class;
pub(super) use fields::{FieldRow, int, text_or_null};
pub use service::Service;
pub(super) use service::{Asked, DEFAULT_SOURCE};
