//! The arrows of the monthly report: higher, lower or level with the period before, by a named formula and tolerance.

/// How a change in percent is computed. Both are in use in the reports of the cluster, so an output names the one it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Formula {
    /// (new − old) ÷ old.
    #[default]
    Relative,
    /// (new − old) ÷ ((new + old) ÷ 2): between −200 and +200 %.
    Symmetric,
}

impl Formula {
    /// The word that asks for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Relative => "relative",
            Self::Symmetric => "symmetric",
        }
    }

    /// The formula that a word asks for.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Relative, Self::Symmetric].into_iter().find(|f| f.word() == word)
    }

    /// The change from `old` to `new` in percent. None where the formula divides by nothing: relative from 0, both from 0 to 0.
    ///
    /// ```
    /// use vigie::indicators::Formula;
    /// assert_eq!(Formula::Relative.percent(40, 50), Some(25.0));
    /// assert_eq!(Formula::Symmetric.percent(0, 50), Some(200.0));
    /// assert_eq!(Formula::Relative.percent(0, 50), None);
    /// ```
    pub fn percent(self, old: u64, new: u64) -> Option<f64> {
        let base = match self {
            Self::Relative => old as f64,
            Self::Symmetric => f64::midpoint(old as f64, new as f64),
        };
        (base > 0.0).then(|| (new as f64 - old as f64) * 100.0 / base)
    }
}

/// The change that still counts as level, in hundredths of a percent: 0 to 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tolerance(u16);

impl Default for Tolerance {
    /// ± 5 %: the reports never state theirs; this one fits all that they call « même niveau ».
    fn default() -> Self {
        Self(500)
    }
}

impl Tolerance {
    /// From percent, 0 to 100, at most two decimals kept.
    pub fn percent(value: f64) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10 000")]
        (0.0..=100.0).contains(&value).then(|| Self((value * 100.0).round() as u16))
    }

    /// In percent.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 100.0
    }
}

/// An arrow of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arrow {
    /// ↗ Higher than before.
    Up,
    /// ↘ Lower.
    Down,
    /// = Level.
    Level,
}

impl Arrow {
    /// The arrow from `old` to `new`. Whole numbers are compared exactly: a change of just the tolerance is level; 0 → 0 is level and
    /// 0 → n is higher under either formula.
    pub fn of(old: u64, new: u64, formula: Formula, tolerance: Tolerance) -> Self {
        let (o, n) = (u128::from(old), u128::from(new));
        let twice_base = match formula {
            Formula::Relative => 2 * o,
            Formula::Symmetric => o + n,
        };
        if o.abs_diff(n) * 20_000 <= twice_base * u128::from(tolerance.0) {
            Self::Level
        } else if new > old {
            Self::Up
        } else {
            Self::Down
        }
    }

    /// As the report prints it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Up => "↗",
            Self::Down => "↘",
            Self::Level => "=",
        }
    }

    /// As a program reads it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Level => "level",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arrow(old: u64, new: u64) -> &'static str {
        Arrow::of(old, new, Formula::Relative, Tolerance::default()).symbol()
    }

    #[test]
    fn what_the_reports_call_level_is_level_and_what_they_call_lower_is_lower() {
        // 126→121, 135→133 and 367→363 are « au même niveau » in the reports; 119→97 and 57→43 « légère réduction ».
        for (old, new) in [(126, 121), (135, 133), (367, 363)] {
            assert_eq!(arrow(old, new), "=", "{old} {new}");
        }
        for (old, new) in [(119, 97), (57, 43)] {
            assert_eq!(arrow(old, new), "↘", "{old} {new}");
        }
    }

    #[test]
    fn from_nothing_to_nothing_is_level_and_from_nothing_to_something_is_higher() {
        for formula in [Formula::Relative, Formula::Symmetric] {
            for tolerance in [0.0, 5.0, 100.0] {
                let tolerance = Tolerance::percent(tolerance).expect("in range");
                assert_eq!(Arrow::of(0, 0, formula, tolerance), Arrow::Level);
                assert_eq!(Arrow::of(0, 3, formula, tolerance), Arrow::Up);
            }
        }
        assert_eq!(Formula::Relative.percent(0, 0), None);
    }

    #[test]
    fn the_published_percentages_come_out_of_the_formula_that_each_note_used() {
        for (new, old, printed, formula) in [
            (8698, 2064, 321, Formula::Relative),
            (534, 39, 1269, Formula::Relative),
            (8312, 4004, 70, Formula::Symmetric),
            (672, 46, 174, Formula::Symmetric),
            (3434, 315, 166, Formula::Symmetric),
            (495, 68, 152, Formula::Symmetric),
            (6591, 7580, -13, Formula::Relative),
        ] {
            let percent = formula.percent(old, new).expect("a base");
            assert!((percent.round() - f64::from(printed)).abs() < 0.5, "{old} → {new}: {percent}");
        }
    }

    proptest! {
        #[test]
        fn an_arrow_agrees_with_its_percentage(old in 0_u64..5000, new in 0_u64..5000, hundredths in 0_u16..=10_000) {
            let tolerance = Tolerance::percent(f64::from(hundredths) / 100.0).expect("in range");
            for formula in [Formula::Relative, Formula::Symmetric] {
                let arrow = Arrow::of(old, new, formula, tolerance);
                if let Some(percent) = formula.percent(old, new) {
                    if percent.abs() > tolerance.value() + 1e-6 {
                        prop_assert_eq!(arrow, if percent > 0.0 { Arrow::Up } else { Arrow::Down });
                    } else if percent.abs() < tolerance.value() - 1e-6 {
                        prop_assert_eq!(arrow, Arrow::Level);
                    }
                }
                // A larger tolerance never turns level into an arrow.
                if arrow == Arrow::Level {
                    prop_assert_eq!(Arrow::of(old, new, formula, Tolerance(10_000.max(hundredths))), Arrow::Level);
                }
            }
        }
    }
}
