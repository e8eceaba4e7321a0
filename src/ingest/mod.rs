//! Files become facts: tables are read, columns understood, rows checked one by one.
//!
//! Order of work: [`table`](self) turns bytes into cells whatever the format, `columns` maps headings to the theme's
//! columns (by way of the tool's [`Profile`] it comes from), `rows` reads each row by topic (numbers, dates, codes, place, checks). A wrong row is a
//! finding and stays out; the rest goes in; `rows_in = facts + rejected_rows + skipped_rows` always holds. A file that cannot be
//! used at all is an [`IngestError`]. Rows whose names leave their place open go in as far as they are known, and become
//! a [`Question`] for an officer.

#[macro_use]
mod say;
mod fold;
mod limits;
pub mod codes;
mod error;
mod themes;
mod vocabulary;
mod columns;
mod profile;
mod table;
pub mod tables;
mod place;
mod rows;
mod review;
mod sheet;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod demo_tests;
#[cfg(test)]
mod fuzz_tests;

pub use codes::{ALL_CODES, IssueCode};
pub use error::{ContentKind, IngestError};
pub use fold::fold;
pub use limits::Limits;
pub use place::{LocalityAnswer, PlaceResolver, PointAnswer, SetPlaces};
pub use profile::{
    DateOrder, Detect, Keep, Locale, Profile, ProfileError, Reading, Redistribution, Tag, shipped_profile,
    shipped_profiles,
};
pub use review::Question;
#[cfg(any(test, fuzzing))]
pub use rows::read_cells;
pub use rows::{
    ImportContext, Ingested, REJECT_COLUMNS, Ready, RejectedRow, Rejects, StreamError, Streamed, Taken, ToReview,
    Understood, fact_id, read, stream,
};
pub use sheet::{SheetRow, read_localities, read_sheet};
pub use themes::{OwnThemesError, load_own_themes, shipped_theme, shipped_themes};
