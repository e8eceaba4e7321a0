//! Many tests at once: adjusted p-values.

/// How p-values are adjusted for the number of tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Correction {
    /// Benjamini & Hochberg 1995: the expected share of false among the called units stays below α (independent or
    /// positively dependent tests). What Caldas de Castro & Singer 2006 recommend for local statistics.
    #[default]
    BenjaminiHochberg,
    /// Benjamini & Yekutieli 2001: the same under any dependence; stricter by Σ 1/i.
    BenjaminiYekutieli,
    /// The chance of any false call stays below α: p · m.
    Bonferroni,
    /// No adjustment: q = p.
    None,
}

impl Correction {
    /// A stable word for machines.
    pub fn code(self) -> &'static str {
        match self {
            Self::BenjaminiHochberg => "fdr_bh",
            Self::BenjaminiYekutieli => "fdr_by",
            Self::Bonferroni => "bonferroni",
            Self::None => "none",
        }
    }
}

/// Adjusted p-values: a unit is called at level α where its q ≤ α.
///
/// Question: how strict a level still calls this unit, given that m units were tested? Input: the m p-values of the units
/// **tested** (no islands, no uncovered units), in \[0, 1\]. Output: q in \[p, 1\], the same order; equal p have equal q.
/// Benjamini–Hochberg: q₍ₖ₎ = min over j ≥ k of p₍ⱼ₎·m/j (Benjamini & Hochberg 1995, procedure (1), turned into
/// adjusted p-values).
///
/// ```
/// use vigie::stats::{Correction, adjusted};
/// let q = adjusted(&[0.01, 0.04, 0.03, 0.50], Correction::BenjaminiHochberg);
/// assert!((q[0] - 0.04).abs() < 1e-15 && (q[1] - 0.16 / 3.0).abs() < 1e-15 && q[1] == q[2] && q[3] == 0.5);
/// ```
pub fn adjusted(p: &[f64], correction: Correction) -> Vec<f64> {
    let m = p.len() as f64;
    match correction {
        Correction::None => p.to_vec(),
        Correction::Bonferroni => p.iter().map(|p| (p * m).min(1.0)).collect(),
        Correction::BenjaminiHochberg => step_up(p, m),
        Correction::BenjaminiYekutieli => step_up(p, m * (1..=p.len()).map(|i| 1.0 / i as f64).sum::<f64>()),
    }
}

fn step_up(p: &[f64], scale: f64) -> Vec<f64> {
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, at) in ascending(p).into_iter().enumerate().rev() {
        // Rounding must not bring q below p.
        least = least.min((p[at] * scale / (rank + 1) as f64).max(p[at]));
        q[at] = least;
    }
    q
}

/// Places in ascending order of p. p-values spread over 0..1, so they are dealt into as many buckets as there are and the
/// few of a bucket sorted: several times faster than one sort on 100,000 of them.
fn ascending(p: &[f64]) -> Vec<usize> {
    let buckets = p.len().max(1);
    let bucket = |p: f64| bucket(p, buckets);
    let mut ends = vec![0; buckets + 1];
    for p in p {
        ends[bucket(*p) + 1] += 1;
    }
    for k in 0..buckets {
        ends[k + 1] += ends[k];
    }
    let mut order = vec![0; p.len()];
    for (at, p) in p.iter().enumerate() {
        let slot = &mut ends[bucket(*p)];
        order[*slot] = at;
        *slot += 1;
    }
    // Each bucket now begins where the one before it ends.
    let mut start = 0;
    for end in &ends[..buckets] {
        order[start..*end].sort_unstable_by(|a, b| p[*a].total_cmp(&p[*b]));
        start = *end;
    }
    order
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to buckets − 1; casts saturate")]
fn bucket(p: f64, buckets: usize) -> usize {
    ((p * buckets as f64) as usize).min(buckets - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_p_have_equal_q_and_no_q_is_below_its_p() {
        let p = [0.02, 0.5, 0.02, 0.9, 0.0001, 0.02];
        for correction in [Correction::BenjaminiHochberg, Correction::BenjaminiYekutieli, Correction::Bonferroni] {
            let q = adjusted(&p, correction);
            assert!(q[0] == q[2] && q[0] == q[5], "{correction:?}");
            assert!(p.iter().zip(&q).all(|(p, q)| q >= p && *q <= 1.0), "{correction:?}");
        }
        assert!((adjusted(&p, Correction::BenjaminiHochberg)[0] - 0.03).abs() < 1e-15);
        assert!((adjusted(&p, Correction::BenjaminiYekutieli)[4] - 0.0006 * 2.45).abs() < 1e-15);
        assert!((adjusted(&p, Correction::Bonferroni)[0] - 0.12).abs() < 1e-15);
        assert!(adjusted(&[], Correction::BenjaminiHochberg).is_empty());
    }
}
