//! Why there is no number, and under which null a p-value was computed.

use std::fmt;

/// Why a unit, or a whole map, has no result. A missing result is never 0: it is one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The unit was not observed: it is outside the mean, the pool, the neighbours and the number of tests.
    NotCovered,
    /// The value is not a number, or infinite.
    NotFinite,
    /// No neighbour of the unit was observed.
    NoNeighbours,
    /// Fewer observed neighbours than the test asks for.
    TooFewNeighbours {
        /// Observed neighbours.
        valid: usize,
        /// Neighbours asked for.
        needed: usize,
    },
    /// Fewer observed units than the statistic needs.
    TooFewUnits {
        /// Observed units.
        units: usize,
        /// Units needed.
        needed: usize,
    },
    /// Fewer observed units, points or periods than the statistic needs.
    TooFew,
    /// No observed value at all.
    NoData,
    /// Every count is zero: nothing to place, share or compare.
    AllZero,
    /// All values are equal: there is no variation to place on the map.
    AllEqual,
    /// Every other unit is a neighbour: the neighbours' sum is the same under every arrangement.
    FullNeighbourhood,
    /// The value is the mean itself: the local statistic is 0 whatever the neighbours are.
    AtTheMean,
    /// Population (or area, or exposure) missing, not a number, 0 or below.
    NoPopulation,
    /// A count that is negative or not whole.
    BadCount,
    /// A value that this statistic does not take (a negative one for the general G, for instance).
    BadValue,
    /// Values and units differ in number.
    WrongLength {
        /// Values given.
        values: usize,
        /// Units of the neighbour lists.
        units: usize,
    },
    /// The statistic's denominator or variance is 0 for these values and weights.
    Degenerate,
    /// The most recent period was not observed, so that nothing can be said about what goes on.
    LastNotObserved,
}

impl Reason {
    /// A stable word for machines: `not_covered`, `no_neighbours`…
    pub fn code(self) -> &'static str {
        match self {
            Self::NotCovered => "not_covered",
            Self::NotFinite => "not_finite",
            Self::NoNeighbours => "no_neighbours",
            Self::TooFewNeighbours { .. } => "too_few_neighbours",
            Self::TooFewUnits { .. } | Self::TooFew => "too_few_units",
            Self::NoData => "no_data",
            Self::AllZero => "all_zero",
            Self::AllEqual => "all_equal",
            Self::FullNeighbourhood => "full_neighbourhood",
            Self::AtTheMean => "at_the_mean",
            Self::NoPopulation => "no_population",
            Self::BadCount => "bad_count",
            Self::BadValue => "bad_value",
            Self::WrongLength { .. } => "wrong_length",
            Self::Degenerate => "degenerate",
            Self::LastNotObserved => "last_not_observed",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCovered => write!(f, "the unit was not observed"),
            Self::NotFinite => write!(f, "the value is not a finite number"),
            Self::NoNeighbours => write!(f, "no neighbour was observed"),
            Self::TooFewNeighbours { valid, needed } => {
                write!(f, "{valid} observed neighbours, {needed} needed")
            }
            Self::TooFewUnits { units, needed } => write!(f, "{units} observed units, {needed} needed"),
            Self::TooFew => write!(f, "too few observed values"),
            Self::NoData => write!(f, "no observed value"),
            Self::AllZero => write!(f, "every count is zero"),
            Self::AllEqual => write!(f, "all values are equal"),
            Self::FullNeighbourhood => write!(f, "every other unit is a neighbour"),
            Self::AtTheMean => write!(f, "the value equals the mean"),
            Self::NoPopulation => write!(f, "no population (or area, or exposure)"),
            Self::BadCount => write!(f, "the count is negative or not whole"),
            Self::BadValue => write!(f, "the statistic does not take this value"),
            Self::WrongLength { values, units } => write!(f, "{values} values for {units} units"),
            Self::Degenerate => write!(f, "the statistic has no variance here"),
            Self::LastNotObserved => write!(f, "the last period was not observed"),
        }
    }
}

impl std::error::Error for Reason {}

/// The null hypothesis behind a z or a p. Two p-values under different nulls are not comparable: an output names its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Null {
    /// Values are independent draws from one normal law.
    Normality,
    /// Every arrangement of the observed values over the units is equally likely; moments in closed form, normal tail.
    Randomisation,
    /// The unit's own value is held, every arrangement of the others is equally likely; moments in closed form, normal tail.
    ConditionalRandomisation,
    /// The unit's own value is held, every arrangement of the others is equally likely; p counted exactly over all of them.
    ConditionalExact,
    /// As [`Null::ConditionalExact`], over arrangements drawn at random; the smallest possible p is 1 / (permutations + 1).
    ConditionalMonteCarlo {
        /// Arrangements drawn.
        permutations: u32,
        /// Seed of the draws.
        seed: u64,
    },
    /// Every arrangement of all values is equally likely, over arrangements drawn at random.
    MonteCarlo {
        /// Arrangements drawn.
        permutations: u32,
        /// Seed of the draws.
        seed: u64,
    },
}

impl Null {
    /// A stable word for machines.
    pub fn code(self) -> &'static str {
        match self {
            Self::Normality => "normality",
            Self::Randomisation => "randomisation",
            Self::ConditionalRandomisation => "conditional_randomisation",
            Self::ConditionalExact => "conditional_permutation_exact",
            Self::ConditionalMonteCarlo { .. } => "conditional_permutation_monte_carlo",
            Self::MonteCarlo { .. } => "permutation_monte_carlo",
        }
    }
}
