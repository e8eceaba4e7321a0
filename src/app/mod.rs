//! The use cases. Only here do data, statistics and drawing meet.

mod layer;

pub use layer::{
    AppError, Detail, FeatureRow, FieldInfo, FieldKind, LayerGeometry, LayerInfo, LayerQuery, LayerSelection,
    LayerSource, PropertyValue,
};
