//! Random streams of our own: one for each (seed, unit of work), so that no digit depends on the number of threads.

/// SplitMix64 (Steele, Lea & Flood 2014) started from a seed and a key.
#[derive(Debug, Clone)]
pub(super) struct Stream(u64);

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of one unit of work (a permutation, say) under a seed.
    pub fn new(seed: u64, key: u64) -> Self {
        Self(mix(seed.wrapping_add(GOLDEN)) ^ mix(mix(key.wrapping_add(GOLDEN)).wrapping_add(GOLDEN)))
    }

    /// 64 random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Uniform in 0..n, without bias (Lemire 2019, algorithm 5); `n` above 0.
    pub fn below(&mut self, n: u32) -> u32 {
        let mut wide = (self.next() >> 32) * u64::from(n);
        let mut low = wide & 0xFFFF_FFFF;
        if low < u64::from(n) {
            let threshold = u64::from(n.wrapping_neg() % n);
            while low < threshold {
                wide = (self.next() >> 32) * u64::from(n);
                low = wide & 0xFFFF_FFFF;
            }
        }
        high_word(wide)
    }

    /// The first `out.len()` places of a random order of 0..order.len() (partial Fisher–Yates). `order` must hold 0..n and
    /// holds it again afterwards.
    pub fn draw(&mut self, order: &mut [u32], out: &mut [u32], swaps: &mut Vec<u32>) {
        swaps.clear();
        let n = low_u32(order.len());
        for (k, slot) in out.iter_mut().enumerate() {
            let at = low_u32(k) + self.below(n - low_u32(k));
            order.swap(k, at as usize);
            swaps.push(at);
            *slot = order[k];
        }
        for (k, at) in swaps.iter().enumerate().rev() {
            order.swap(k, *at as usize);
        }
    }

    /// Shuffles a slice (Fisher–Yates).
    pub fn shuffle<T>(&mut self, slice: &mut [T]) {
        for k in (1..slice.len()).rev() {
            let at = self.below(low_u32(k + 1));
            slice.swap(k, at as usize);
        }
    }
}

fn high_word(wide: u64) -> u32 {
    (wide >> 32) as u32
}

/// Units are numbered by u32: `Neighbours` refuses more.
#[expect(clippy::cast_possible_truncation, reason = "lengths come from Neighbours, which holds fewer than 2^32 units")]
fn low_u32(length: usize) -> u32 {
    length as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_uniform_over_ordered_pairs_and_restores_the_order() {
        let mut order: Vec<u32> = (0..4).collect();
        let (mut out, mut swaps) = ([0; 2], Vec::new());
        let mut seen = [[0_u32; 4]; 4];
        for key in 0..120_000 {
            Stream::new(7, key).draw(&mut order, &mut out, &mut swaps);
            seen[out[0] as usize][out[1] as usize] += 1;
        }
        assert_eq!(order, [0, 1, 2, 3]);
        for (a, row) in seen.iter().enumerate() {
            for (b, count) in row.iter().enumerate() {
                // 10,000 expected, standard deviation 96.
                assert!(if a == b { *count == 0 } else { count.abs_diff(10_000) < 480 }, "{a} {b} {count}");
            }
        }
    }

    #[test]
    fn streams_of_neighbouring_keys_differ() {
        let first: Vec<u32> = (0..64).map(|key| Stream::new(1, key).below(1 << 30)).collect();
        let mut unique = first.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 64);
        assert_eq!(Stream::new(1, 5).below(1 << 30), first[5]);
    }
}
