//! A value is never a bare number: it is a status, with a number inside where there is one.

/// What is known of one unit in one period. Only [`Reading::Value`] and [`Reading::Zero`] carry a number;
/// an absence has none, so nobody can sum it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reading {
    /// Something was counted: at least 1.
    Value(u64),
    /// Covered, the report came, nothing to report.
    Zero,
    /// Covered, but no report came.
    CoveredNoReport,
    /// Not covered by the monitoring.
    NotCovered,
    /// Nobody said whether it was covered.
    Unknown,
    /// Known, and hidden to protect people.
    Suppressed,
    /// The month is not over yet.
    NotYetElapsed,
}

/// The status without its number, as the outside reads it.
pub type StatusWord = &'static str;

impl Reading {
    /// Every status word, in the order legends use.
    pub const WORDS: [StatusWord; 7] =
        ["value", "zero", "covered_no_report", "not_covered", "unknown", "suppressed", "not_yet_elapsed"];

    /// The number, where there is one.
    pub fn number(self) -> Option<u64> {
        match self {
            Self::Value(n) => Some(n),
            Self::Zero => Some(0),
            _ => None,
        }
    }

    /// The status as the contract writes it.
    pub fn word(self) -> StatusWord {
        match self {
            Self::Value(_) => "value",
            Self::Zero => "zero",
            Self::CoveredNoReport => "covered_no_report",
            Self::NotCovered => "not_covered",
            Self::Unknown => "unknown",
            Self::Suppressed => "suppressed",
            Self::NotYetElapsed => "not_yet_elapsed",
        }
    }
}
