//! The store: one GeoPackage, opened by SQLite alone (never by GDAL), WAL, one version number.
//!
//! Every import is a batch; history is only ever added to. A batch says of a fact (or set) what it is, or that it holds
//! no longer; what repeats a known version to the letter is one entry for a whole run of them (`vigie_said`). The
//! state at a version is the fold of the batches not undone by then, in order: of each fact the last statement. The
//! current state is kept in registered GeoPackage tables that any GIS opens, `admin_units` and one table a theme, and
//! follows the fold row by row: `fid` is the number of the version shown. There is one implementation, so there is no
//! trait before a second one asks for it.

mod audit;
mod batch;
mod check;
mod error;
mod facts;
mod fold;
mod geopackage;
mod mask;
mod prepared;
mod publish;
mod purge;
mod release;
mod review;
mod schema;
mod sets;
mod token;
mod units;

pub use audit::{AuditCheck, AuditEntry, NewEntry};
pub use batch::{Batch, BatchKind, NewBatch, Written};
pub use check::{Check, Fault};
pub use error::StoreError;
pub use facts::{FactWriter, Replaces};
pub use geopackage::{AsOf, Contents, Store};
pub use mask::MaskSecret;
pub use prepared::{Key, Prepared};
pub use purge::{NewPurge, Purged, PurgedFacts};
pub use release::{NewRelease, Release, ReleaseState, ReleasedOutput, Releases};
pub use review::{Queued, Settled};
pub use sets::DefaultSet;
pub use token::{LABEL_CHARS, NewToken, Token, Tokens};
