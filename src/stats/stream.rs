//! Seeded random streams of our own: one for each (seed, simulation), so that the number of threads changes no digit.

/// SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators", figure 16).
#[derive(Debug, Clone)]
pub(super) struct Stream(u64);

impl Stream {
    /// The stream of one simulation under one seed.
    pub fn new(seed: u64, simulation: u64) -> Self {
        // Both numbers are mixed, so that neighbouring seeds and simulations start far apart.
        Self(mix(seed ^ mix(simulation.wrapping_add(0x9E37_79B9_7F4A_7C15))))
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// A number below `n` (> 0) and what is left of the randomness, by Lemire's multiplication; its bias is below n/2⁶⁴.
    #[expect(clippy::cast_possible_truncation, reason = "the product is split into its two halves on purpose")]
    pub fn below(&mut self, n: usize) -> (usize, u64) {
        let product = u128::from(self.next()) * n as u128;
        ((product >> 64) as usize, product as u64)
    }

    /// Fisher–Yates.
    pub fn shuffle<T>(&mut self, values: &mut [T]) {
        for k in (1..values.len()).rev() {
            let (other, _) = self.below(k + 1);
            values.swap(k, other);
        }
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

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
    pub fn draw(&self, stream: &mut Stream) -> usize {
        let (place, rest) = stream.below(self.keep.len());
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

    #[test]
    fn streams_of_neighbouring_simulations_and_seeds_differ() {
        let first = |seed, simulation| Stream::new(seed, simulation).next();
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(1, 0), first(0, 1));
        assert_eq!(first(3, 9), first(3, 9));
    }

    #[test]
    fn a_shuffle_keeps_every_value() {
        let mut values: Vec<u32> = (0..50).collect();
        Stream::new(1, 2).shuffle(&mut values);
        assert_ne!(values, (0..50).collect::<Vec<_>>());
        values.sort_unstable();
        assert_eq!(values, (0..50).collect::<Vec<_>>());
    }
}
