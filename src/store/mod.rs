//! The store: one GeoPackage, opened by SQLite alone (never by GDAL), WAL, one version number.
//!
//! Every import is a batch; history is only ever added to. The current state is the fold of the batches not
//! undone, in order, and is kept in registered GeoPackage tables that any GIS opens: `admin_units`, and one
//! table a theme. There is one implementation, so there is no trait before a second one asks for it.

mod error;
mod facts;
mod geopackage;
mod review;
mod schema;
mod units;

pub use error::StoreError;
pub use geopackage::{Batch, BatchKind, Contents, NewBatch, Store, Written};
pub use review::{Queued, Settled};
