//! Tails and quantiles of the normal and the Poisson law.

/// P(|Z| ≥ |z|) for a standard normal Z.
pub fn normal_two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// P(Z ≥ z) for a standard normal Z.
pub fn normal_upper(z: f64) -> f64 {
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// Regularised incomplete gamma functions (P(a, x), Q(a, x)), which sum to 1; a > 0, x ≥ 0.
///
/// Series below a + 1, continued fraction (modified Lentz) above (Abramowitz & Stegun 6.5.29 and 6.5.31).
fn incomplete_gamma(a: f64, x: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut k) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            k += 1.0;
            term *= x / k;
            sum += term;
        }
        let p = (front * sum).min(1.0);
        return (p, 1.0 - p);
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1e300, 1.0 / b);
    let mut fraction = d;
    // Converges within some √a steps; the bound is never met for a below 10^10.
    for k in 1..1_000_000 {
        let k = f64::from(k);
        let numerator = k * (a - k);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    let q = (front * fraction).clamp(0.0, 1.0);
    (1.0 - q, q)
}

/// P(X ≥ count) and P(X ≤ count) of a Poisson X with mean above 0.
pub(super) fn poisson_tails(count: f64, mean: f64) -> (f64, f64) {
    let at_least = if count > 0.0 { incomplete_gamma(count, mean).0 } else { 1.0 };
    (at_least, incomplete_gamma(count + 1.0, mean).1)
}

/// The mean at which a function that falls (rises) with it crosses a level: bisection down to neighbouring doubles.
pub(super) fn crossing(mut low: f64, mut high: f64, above: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if above(middle) { high = middle } else { low = middle }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_tails_equal_the_sums_they_stand_for() {
        for mean in [0.01, 0.7, 5.0, 13.5, 80.0, 900.0] {
            for count in [0_u32, 1, 2, 5, 12, 13, 14, 100, 870] {
                let mass = |k: u32| {
                    let k = f64::from(k);
                    libm::exp(k * libm::log(mean) - mean - libm::lgamma(k + 1.0))
                };
                let le: f64 = (0..=count).map(mass).sum();
                let ge: f64 = (count..count + 2_000).map(mass).sum();
                let (at_least, at_most) = poisson_tails(f64::from(count), mean);
                assert!(
                    (at_least - ge).abs() < 1e-12 && (at_most - le).abs() < 1e-12,
                    "{count} {mean} {at_least} {ge}"
                );
            }
        }
    }

    #[test]
    fn normal_tails_are_those_of_the_tables() {
        assert!((normal_two_sided(1.959_963_984_540_054) - 0.05).abs() < 1e-15);
        assert!((normal_upper(-1.0) - 0.841_344_746_068_543).abs() < 1e-14);
    }
}
