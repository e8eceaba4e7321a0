//! The use cases. Only here do data, statistics and drawing meet.

mod geometry;
mod layer;
mod layers;
mod shipped;
mod snapshot;

pub use layers::Service;
pub use snapshot::Snapshot;
pub use layer::{
    AppError, Detail, FeatureRow, FieldKind, FieldInfo, LayerGeometry, LayerInfo, LayerQuery, LayerSelection, LayerSource, PropertyValue,
};
