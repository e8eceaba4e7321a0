//! The stable codes of findings. Each has its cause and cure in `docs/rejects.md`.

use crate::domain::Severity;

/// A code and how much a finding of it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueCode {
    /// As reports write it: `UNKNOWN_PCODE`.
    pub name: &'static str,
    /// Info, warning or reject.
    pub severity: Severity,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident: $severity:ident;)*) => {
        $($(#[$doc])*
        pub const $name: IssueCode = IssueCode { name: stringify!($name), severity: Severity::$severity };)*
        /// Every code an import may use, in the order of `docs/rejects.md`.
        pub const ALL_CODES: &[IssueCode] = &[$($name),*];
    };
}

codes! {
    /// A required cell is empty.
    MISSING_VALUE: Reject;
    /// A count that is no number.
    BAD_NUMBER: Reject;
    /// A count that reads two ways.
    AMBIGUOUS_NUMBER: Reject;
    /// A count with a fraction.
    NOT_WHOLE: Reject;
    /// A count below zero.
    NEGATIVE: Reject;
    /// A day, month or year that cannot be read.
    BAD_DATE: Reject;
    /// After the day of the import.
    FUTURE_DATE: Reject;
    /// Before 1990.
    DATE_TOO_OLD: Reject;
    /// Neither yes nor no.
    BAD_FLAG: Reject;
    /// A term that its closed list does not have.
    UNKNOWN_TERM: Reject;
    /// The category contradicts the type.
    CATEGORY_MISMATCH: Reject;
    /// Parts that do not add up to their total.
    SUM_MISMATCH: Reject;
    /// Some answers are missing, and no total.
    INCOMPLETE_ANSWERS: Reject;
    /// An interval that ends before it begins.
    END_BEFORE_START: Reject;
    /// A boundary set that is not part of the import.
    UNKNOWN_SET: Reject;
    /// A level that is none.
    BAD_LEVEL: Reject;
    /// A code that its sets do not have.
    UNKNOWN_PCODE: Reject;
    /// A code that means different units in the import's sets.
    AMBIGUOUS_PCODE: Reject;
    /// A code of another level than the row says.
    LEVEL_MISMATCH: Reject;
    /// A longitude or latitude that is no number.
    BAD_COORDINATE: Reject;
    /// One of longitude and latitude without the other.
    INCOMPLETE_COORDINATES: Reject;
    /// Off the earth.
    COORDINATES_OUT_OF_RANGE: Reject;
    /// Longitude and latitude exchanged.
    SWAPPED_COORDINATES: Reject;
    /// Longitude 0, latitude 0.
    NULL_ISLAND: Reject;
    /// Real coordinates, but only a schematic set to locate them on.
    SCHEMATIC_SET: Reject;
    /// The same row again.
    DUPLICATE_ROW: Reject;
    /// The same identity with other contents.
    DUPLICATE_ID: Reject;
    /// A spreadsheet's error value.
    CELL_ERROR: Reject;
    /// A cell of more than 32,767 characters.
    CELL_TOO_LONG: Reject;
    /// A text of more than 500 characters.
    TEXT_TOO_LONG: Reject;
    /// Control characters in a text.
    CONTROL_CHARACTER: Reject;
    /// More cells than headings.
    TOO_MANY_CELLS: Reject;
    /// A stated level that is not the one the thresholds give the score.
    LEVEL_CONTRADICTION: Warning;
    /// The code and the names name different places.
    PCODE_NAME_MISMATCH: Warning;
    /// Names that no unit has.
    UNKNOWN_PLACE: Warning;
    /// Names that several units have.
    AMBIGUOUS_PLACE: Warning;
    /// A name that exists, but not below the parent stated.
    PLACE_CONTRADICTION: Warning;
    /// A place of a road that was not recognised.
    AXIS_PLACE_UNKNOWN: Warning;
    /// Nothing to locate the row by.
    NOT_LOCATED: Warning;
    /// Coordinates in another unit than the row names.
    POINT_ELSEWHERE: Warning;
    /// Coordinates a little outside every unit.
    NEAREST_UNIT: Warning;
    /// Coordinates far from every unit.
    POINT_OUTSIDE: Warning;
    /// Letters that were broken by an earlier program.
    BROKEN_LETTERS: Warning;
    /// A sheet or layer that has the theme's columns too, and was not read.
    OTHER_SHEET: Warning;
    /// Shapes that are no points.
    NO_POINTS: Warning;
    /// Two forms of one answer that differ.
    ANSWERS_DIFFER: Warning;
    /// Rows of one event that say different things.
    EVENT_DIFFERS: Warning;
    /// A file without ids.
    NO_IDS: Info;
    /// The same row again, in a file without ids.
    REPEATED_ROW: Info;
    /// A term outside its open list, kept as written.
    UNLISTED_TERM: Info;
    /// Titles above the header.
    TITLE_ROWS: Info;
    /// Empty rows between others.
    BLANK_ROWS: Info;
    /// A row of totals.
    TOTAL_ROW: Info;
    /// The header again, among the rows.
    REPEATED_HEADER: Info;
    /// A row that its source did not approve.
    NOT_APPROVED: Info;
    /// A further row of an event.
    MERGED_ROW: Info;
    /// An answer of a review queue whose question is settled already.
    NOT_WAITING: Info;
    /// A column that the theme does not know.
    UNKNOWN_COLUMN: Info;
    /// The encoding was not UTF-8.
    ENCODING: Info;
}
