//! Why a statistic has no value: a null always carries its reason, and is never a zero.

/// What is missing in the data for the statistic to mean something. The caller shows it in place of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Undefined {
    /// No observed value at all.
    #[error("no observed value")]
    NoData,
    /// Fewer observed units, points or periods than the statistic needs.
    #[error("too few observed values")]
    TooFew,
    /// Every count is zero: nothing to place, share or compare.
    #[error("every count is zero")]
    AllZero,
    /// All values are equal, so that nothing varies.
    #[error("all values are equal")]
    AllEqual,
    /// The unit (or bin) was not observed.
    #[error("not observed")]
    NotObserved,
    /// A value is not a finite number.
    #[error("not a finite number")]
    NotFinite,
    /// The denominator (population, area, monitored days) is missing, zero or negative.
    #[error("no denominator: population, area or exposure is missing or zero")]
    NoDenominator,
    /// No observed neighbour.
    #[error("no observed neighbour")]
    NoNeighbour,
    /// The neighbourhood covers every observed value: nothing is left to compare it with.
    #[error("the neighbourhood is the whole data set")]
    WholeSet,
    /// The most recent period was not observed, so that nothing can be said about what goes on.
    #[error("the last period was not observed")]
    LastNotObserved,
    /// A variance came out as zero or negative.
    #[error("the variance is not positive")]
    NoVariance,
}

impl Undefined {
    /// A stable word for files and interfaces.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::TooFew => "too_few_units",
            Self::AllZero => "all_zero",
            Self::AllEqual => "all_equal",
            Self::NotObserved => "not_covered",
            Self::NotFinite => "not_finite",
            Self::NoDenominator => "no_population",
            Self::NoNeighbour => "no_neighbours",
            Self::WholeSet => "full_neighbourhood",
            Self::LastNotObserved => "last_not_observed",
            Self::NoVariance => "degenerate",
        }
    }
}

/// Why a statistic was not computed: the data say nothing ([`Undefined`]), or the question is not one it can take.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum StatsError {
    /// The data do not allow a value.
    #[error("no value: {0}")]
    Undefined(#[from] Undefined),
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
