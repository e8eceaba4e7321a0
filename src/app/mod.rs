//! The use cases. Only here do data, statistics and drawing meet.

mod annex;
mod layer;

pub use annex::{AnnexError, AnnexFiles, AnnexInput, annex1, day_text, period_text};

pub use layer::{
    AppError, Detail, FeatureRow, FieldKind, FieldInfo, LayerGeometry, LayerInfo, LayerQuery, LayerSelection, PropertyValue,
};
