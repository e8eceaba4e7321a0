//! Both tails of a permutation distribution, ties counted in both.

/// Where an observation stands in its permutation distribution.
///
/// Question: how often does an arrangement give a statistic at least, or at most, as large as the observed one?
/// Ties count in **both** tails. Counting them in one (esda's `directed` rule) calls a third of all units significant on
/// counts full of zeros without any spatial structure (`methods.md`, F2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// P(statistic ≥ observed), in (0, 1].
    pub p_ge: f64,
    /// P(statistic ≤ observed), in (0, 1].
    pub p_le: f64,
    /// P(statistic = observed), in (0, 1].
    pub p_eq: f64,
}

impl Tail {
    /// From exact probabilities; `least` is the smallest probability one arrangement has (rounding goes no lower).
    pub(super) fn exact(p_ge: f64, p_le: f64, least: f64) -> Self {
        let p_ge = p_ge.clamp(least, 1.0);
        let p_le = p_le.clamp(least, 1.0);
        Self { p_ge, p_le, p_eq: (p_ge + p_le - 1.0).clamp(least, p_ge.min(p_le)) }
    }

    /// From `m` random arrangements of which `ge` reached and `le` did not pass the observation:
    /// (count + 1) / (m + 1), the observation being one arrangement more.
    pub(super) fn counted(ge: u32, le: u32, m: u32) -> Self {
        let (ge, le, m) = (f64::from(ge), f64::from(le), f64::from(m));
        Self { p_ge: (ge + 1.0) / (m + 1.0), p_le: (le + 1.0) / (m + 1.0), p_eq: (ge + le - m + 1.0) / (m + 1.0) }
    }

    /// min(1, 2·min(p_ge, p_le)).
    pub fn two_sided(self) -> f64 {
        (2.0 * self.p_ge.min(self.p_le)).min(1.0)
    }

    /// The two-sided mid-p: half of the ties taken out of the smaller tail before it is doubled. Less conservative than
    /// [`Tail::two_sided`] on counts with many ties; it does not guarantee the level.
    pub fn mid_p(self) -> f64 {
        (2.0 * self.p_ge.min(self.p_le) - self.p_eq).clamp(0.0, 1.0)
    }

    /// Which tail is the smaller one.
    pub fn side(self) -> Side {
        match self.p_ge.total_cmp(&self.p_le) {
            std::cmp::Ordering::Less => Side::High,
            std::cmp::Ordering::Greater => Side::Low,
            std::cmp::Ordering::Equal => Side::Middle,
        }
    }
}

/// On which side of its permutation distribution an observation lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The upper tail is the smaller one: more than by chance.
    High,
    /// The lower tail is the smaller one: less than by chance.
    Low,
    /// Neither.
    Middle,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_count_in_both_tails() {
        // 9 arrangements: 2 above, 3 tied, 4 below; the observation is a tie more.
        let tail = Tail::counted(5, 7, 9);
        assert_eq!((tail.p_ge, tail.p_le, tail.p_eq), (0.6, 0.8, 0.4));
        assert_eq!(tail.two_sided(), 1.0);
        assert!((tail.mid_p() - 0.8).abs() < 1e-15);
        assert_eq!(tail.side(), Side::High);
    }

    #[test]
    fn an_exact_tail_never_falls_below_one_arrangement() {
        let tail = Tail::exact(-1e-17, 1.0, 1e-9);
        assert_eq!(tail.p_ge, 1e-9);
        assert_eq!(tail.two_sided(), 2e-9);
        assert_eq!(tail.mid_p(), 1e-9);
    }
}
