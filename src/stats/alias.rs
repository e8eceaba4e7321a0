//! Draws from a finite distribution, for simulations that throw events over units.

use super::random::Stream;

/// Draws from a finite distribution in constant time (Walker 1977, with Vose's 1991 construction).
#[derive(Debug)]
pub(super) struct Alias {
    /// Below this share of 2⁶⁴ the drawn place stands, else its alias.
    keep: Vec<u64>,
    alias: Vec<u32>,
}

impl Alias {
    /// For weights ≥ 0 with a positive sum, at most 2³² of them.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share in 0..1 scaled to 64 bits")]
    pub fn new(weights: &[f64]) -> Self {
        let n = weights.len();
        let total: f64 = weights.iter().sum();
        let mut scaled: Vec<f64> = weights.iter().map(|w| w / total * n as f64).collect();
        let (mut keep, mut alias) = (vec![u64::MAX; n], (0..n as u32).collect::<Vec<_>>());
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..n).partition(|k| scaled[*k] < 1.0);
        while let (Some(s), Some(l)) = (small.pop(), large.last().copied()) {
            keep[s] = (scaled[s] * 2f64.powi(64)) as u64;
            alias[s] = l as u32;
            scaled[l] -= 1.0 - scaled[s];
            if scaled[l] < 1.0 {
                large.pop();
                small.push(l);
            }
        }
        // What rounding left over in `small` is within rounding of 1, except a weight of 0, which must never be drawn.
        let heaviest = (0..n).max_by(|a, b| weights[*a].total_cmp(&weights[*b])).unwrap_or(0);
        for s in small {
            if weights[s] <= 0.0 {
                keep[s] = 0;
                alias[s] = heaviest as u32;
            }
        }
        Self { keep, alias }
    }

    /// One draw: the number of a weight.
    #[expect(clippy::cast_possible_truncation, reason = "the product is split into its two halves on purpose")]
    pub fn draw(&self, stream: &mut Stream) -> usize {
        // The whole part of random × n is the place, the fraction decides; the bias is below n/2⁶⁴.
        let product = u128::from(stream.next()) * self.keep.len() as u128;
        let (place, rest) = ((product >> 64) as usize, product as u64);
        if rest < self.keep[place] { place } else { self.alias[place] as usize }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_weights_and_a_weight_of_zero_is_never_drawn() {
        let weights = [0.0, 1.0, 2.0, 7.0, 0.0];
        let alias = Alias::new(&weights);
        let mut stream = Stream::new(7, 0);
        let mut seen = [0_u32; 5];
        for _ in 0..100_000 {
            seen[alias.draw(&mut stream)] += 1;
        }
        assert_eq!((seen[0], seen[4]), (0, 0));
        for (n, w) in seen.iter().zip(weights) {
            // Five standard errors of a share of 100,000 draws are below 0.008.
            assert!((f64::from(*n) / 1e5 - w / 10.0).abs() < 0.008, "{seen:?}");
        }
    }
}
