//! Why a statistic was not computed, and the checks that come before any.

use super::reason::Reason;

/// Why a statistic was not computed: the data say nothing ([`Reason`]), or the question is not one it can take.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// The data do not allow a value.
    #[error("no value: {0}")]
    Undefined(#[from] Reason),
    /// Two slices that belong together differ in length.
    #[error("{what}: {given} given, {expected} expected; give one for each unit")]
    Lengths {
        /// Which slice.
        what: &'static str,
        /// The length it must have.
        expected: usize,
        /// The length it has.
        given: usize,
    },
    /// More work than the stated limit.
    #[error("{what}: {given} is beyond the limit of {limit}; ask for less at a time")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How much was given (an estimate where it stands for work).
        given: u64,
        /// The limit.
        limit: u64,
    },
    /// An option outside its range.
    #[error("{what} is {given}; give {allowed}")]
    OutOfRange {
        /// Which option.
        what: &'static str,
        /// Its value.
        given: f64,
        /// What is allowed, in words.
        allowed: &'static str,
    },
}

/// Refuses slices of unequal length.
pub(super) fn same_length(what: &'static str, expected: usize, given: usize) -> Result<(), StatsError> {
    if expected == given { Ok(()) } else { Err(StatsError::Lengths { what, expected, given }) }
}

/// Refuses what is beyond a limit.
pub(super) fn within(what: &'static str, given: usize, limit: usize) -> Result<(), StatsError> {
    if given <= limit { Ok(()) } else { Err(StatsError::TooMany { what, given: given as u64, limit: limit as u64 }) }
}

/// Refuses a length or bandwidth that is not a positive finite number.
pub(super) fn positive(what: &'static str, given: f64) -> Result<(), StatsError> {
    if given > 0.0 && given.is_finite() {
        Ok(())
    } else {
        Err(StatsError::OutOfRange { what, given, allowed: "a positive number" })
    }
}

/// Refuses an error rate that is not strictly between 0 and 1.
pub(super) fn rate(what: &'static str, given: f64) -> Result<(), StatsError> {
    if given > 0.0 && given < 1.0 {
        Ok(())
    } else {
        Err(StatsError::OutOfRange { what, given, allowed: "a number between 0 and 1, such as 0.05" })
    }
}
