//! Spatial statistics: slices in, plain structs out; knows no incident. Comes with the hotspots.
