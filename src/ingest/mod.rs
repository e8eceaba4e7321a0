//! Files become facts: tables are read, columns understood, rows checked one by one.
//!
//! Order of work: [`table`](self) turns bytes into cells whatever the format, `columns` maps headings to the theme's
//! columns, `rows` reads each row by topic (numbers, dates, codes, place, checks). A wrong row is a
//! finding and stays out; the rest goes in; `rows_in = facts + rejected_rows` always holds. A file that cannot be
//! used at all is an [`IngestError`]. Other dialects come in through [`Profile`].

#[macro_use]
mod say;
mod fold;
mod limits;
mod codes;
mod error;
mod themes;
mod vocabulary;
mod columns;
mod table;
pub mod tables;
mod place;
mod rows;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod demo_tests;

pub use codes::{ALL_CODES, IssueCode};
pub use columns::{DateOrder, Profile};
pub use error::{ContentKind, IngestError};
pub use fold::fold;
pub use limits::Limits;
pub use place::{PlaceResolver, SetPlaces};
pub use rows::{ImportContext, Ingested, Understood, read};
pub use themes::{shipped_theme, shipped_themes};
