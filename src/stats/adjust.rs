//! Benjamini–Hochberg, as small as the statistics beside it need it.
// `stats::fdr` offers it to the outside; this private copy goes once that one is merged.

/// The largest p-value that is rejected at false discovery rate `alpha`, of `tested` hypotheses of which `small` holds
/// every p ≤ alpha (others cannot be rejected); none where nothing is rejected. Benjamini and Hochberg 1995, eq. 1.
pub(super) fn cutoff(mut small: Vec<f64>, tested: usize, alpha: f64) -> Option<f64> {
    small.sort_unstable_by(f64::total_cmp);
    small.iter().enumerate().rev().find(|(k, p)| **p <= (k + 1) as f64 * alpha / tested as f64).map(|(_, p)| *p)
}

/// Adjusted p-values (q), in the order given: the smallest false discovery rate at which each is rejected.
pub(super) fn q_values(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let (mut q, mut least) = (vec![1.0; p.len()], 1.0_f64);
    for (rank, unit) in order.iter().enumerate().rev() {
        least = least.min(p[*unit] * p.len() as f64 / (rank + 1) as f64);
        q[*unit] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_example_of_benjamini_and_hochberg_rejects_four() {
        // Benjamini and Hochberg 1995, section 3.1: 15 p-values, four rejected at 5 %.
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        assert_eq!(cutoff(p.to_vec(), 15, 0.05), Some(0.0095));
        assert_eq!(q_values(&p).iter().filter(|q| **q <= 0.05).count(), 4);
        assert_eq!(cutoff(vec![0.04], 15, 0.05), None);
    }
}
