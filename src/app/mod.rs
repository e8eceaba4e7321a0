//! The use cases. Only here do data, statistics and drawing meet.

mod layer;

pub use layer::{
    AppError, Detail, FeatureRow, FieldKind, FieldInfo, LayerGeometry, LayerInfo, LayerQuery, LayerSelection, LayerSource, PropertyValue,
};
