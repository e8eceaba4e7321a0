//! Tails of the Poisson and binomial distributions, and the exact intervals that follow from them.
//!
//! Through the regularised incomplete gamma and beta functions, by their series and continued fractions (Abramowitz and
//! Stegun 6.5.29, 6.5.31, 26.5.8; evaluated by Lentz's method). Right to about 1e-12 relative for counts up to a
//! million. All transcendental functions are `libm`'s: the same bytes on every machine.

/// P(X ≥ x) for X Poisson of a mean ≥ 0.
pub(super) fn poisson_at_least(x: u64, mean: f64) -> f64 {
    if x == 0 {
        return 1.0;
    }
    gamma_p(x as f64, mean)
}

/// P(X ≥ x) for X binomial of n trials with probability `share`.
pub(super) fn binomial_at_least(x: u64, n: u64, share: f64) -> f64 {
    if x == 0 {
        return 1.0;
    }
    if x > n {
        return 0.0;
    }
    beta_i(x as f64, (n - x) as f64 + 1.0, share)
}

/// P(X = x) for X binomial of n trials with probability `share` strictly between 0 and 1.
pub(super) fn binomial_exactly(x: u64, n: u64, share: f64) -> f64 {
    let (x, n) = (x as f64, n as f64);
    let choose = libm::lgamma(n + 1.0) - libm::lgamma(x + 1.0) - libm::lgamma(n - x + 1.0);
    libm::exp(choose + x * libm::log(share) + (n - x) * libm::log1p(-share))
}

/// Garwood's exact interval (1936) for the mean of a Poisson count, confidence 1 − alpha: lower ≤ count ≤ upper.
pub(super) fn garwood(count: u64, alpha: f64) -> (f64, f64) {
    let x = count as f64;
    // Beyond ten standard deviations (and 40 for small counts) a tail is below any alpha that means something.
    let top = x + 10.0 * x.sqrt() + 40.0 - libm::log(alpha);
    let lower = if count == 0 { 0.0 } else { root(0.0, x, |mean| poisson_at_least(count, mean) - alpha / 2.0) };
    let upper = root(x, top, |mean| alpha / 2.0 - gamma_q(x + 1.0, mean));
    (lower, upper)
}

/// Clopper and Pearson's exact interval (1934) for a binomial share, confidence 1 − alpha.
pub(super) fn clopper_pearson(x: u64, n: u64, alpha: f64) -> (f64, f64) {
    let lower = if x == 0 { 0.0 } else { root(0.0, 1.0, |share| binomial_at_least(x, n, share) - alpha / 2.0) };
    let upper = if x >= n {
        1.0
    } else {
        root(0.0, 1.0, |share| alpha / 2.0 - beta_i((n - x) as f64, x as f64 + 1.0, 1.0 - share))
    };
    (lower, upper)
}

/// Where an increasing function crosses zero, by bisection until the interval cannot be halved.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high || (high - low) < 1e-15 * high {
            return middle;
        }
        if f(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Regularised lower incomplete gamma P(a, x), a > 0.
fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        gamma_series(a, x)
    } else {
        1.0 - gamma_fraction(a, x)
    }
}

/// Regularised upper incomplete gamma Q(a, x), a > 0.
fn gamma_q(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - gamma_series(a, x)
    } else {
        gamma_fraction(a, x)
    }
}

/// Terms enough for counts of some millions: both expansions converge in about √a steps.
const STEPS: u32 = 100_000;

fn gamma_series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0 / a, 1.0 / a);
    for k in 1..STEPS {
        term *= x / (a + f64::from(k));
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
    }
    sum * libm::exp(a * libm::log(x) - x - libm::lgamma(a))
}

fn gamma_fraction(a: f64, x: f64) -> f64 {
    let tiny = f64::MIN_POSITIVE / f64::EPSILON;
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / tiny, 1.0 / b);
    let mut h = d;
    for k in 1..STEPS {
        let k = f64::from(k);
        let an = -k * (k - a);
        b += 2.0;
        d = 1.0 / away_from_zero(an * d + b, tiny);
        c = away_from_zero(b + an / c, tiny);
        h *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    h * libm::exp(a * libm::log(x) - x - libm::lgamma(a))
}

/// Regularised incomplete beta I_x(a, b), a and b > 0.
fn beta_i(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x);
    // The fraction converges fast on the side of the mean where x is small.
    if x < (a + 1.0) / (a + b + 2.0) {
        libm::exp(front) * beta_fraction(a, b, x) / a
    } else {
        1.0 - libm::exp(front) * beta_fraction(b, a, 1.0 - x) / b
    }
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let tiny = f64::MIN_POSITIVE / f64::EPSILON;
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0), tiny);
    let mut h = d;
    for m in 1..STEPS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d, tiny);
        c = away_from_zero(1.0 + even / c, tiny);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d, tiny);
        c = away_from_zero(1.0 + odd / c, tiny);
        h *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    h
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * b.abs().max(1e-300), "{a:e} {b:e}");
    }

    #[test]
    fn poisson_tails_are_the_sums_of_their_terms() {
        for (x, mean) in [(1, 0.3), (5, 2.0), (13, 10.143_816_133_803_618), (40, 12.5), (3, 30.0)] {
            let (mut term, mut below) = (libm::exp(-mean), 0.0);
            for k in 0..x {
                below += term;
                term *= mean / (k as f64 + 1.0);
            }
            assert!((poisson_at_least(x, mean) - (1.0 - below)).abs() < 1e-13, "{x} {mean}");
        }
    }

    #[test]
    fn binomial_tails_are_the_sums_of_their_terms() {
        for (x, n, share) in [(1, 4, 0.3), (7, 10, 0.5), (20, 60, 0.21), (3, 3, 0.9)] {
            let sum: f64 = (x..=n).map(|k| binomial_exactly(k, n, share)).sum();
            close(binomial_at_least(x, n, share), sum);
        }
        close(binomial_exactly(2, 4, 0.5), 0.375);
    }

    #[test]
    fn garwood_bounds_put_half_of_alpha_in_each_tail() {
        // No event in a sample: the upper bound solves e^-u = 0.025.
        close(garwood(0, 0.05).1, -libm::log(0.025));
        // Garwood 1936, table: 10 events, 95 %: 4.7954 to 18.3904.
        let (low, high) = garwood(10, 0.05);
        assert!((low - 4.795_389).abs() < 1e-6 && (high - 18.390_356).abs() < 1e-6, "{low} {high}");
        for count in [1, 3, 250, 100_000] {
            let (low, high) = garwood(count, 0.05);
            assert!((poisson_at_least(count, low) - 0.025).abs() < 1e-10, "{count}");
            assert!((1.0 - poisson_at_least(count + 1, high) - 0.025).abs() < 1e-10, "{count}");
        }
    }

    #[test]
    fn clopper_pearson_bounds_put_half_of_alpha_in_each_tail() {
        // No success of n: the upper bound solves (1-u)^n = 0.025.
        close(clopper_pearson(0, 20, 0.05).1, 1.0 - libm::pow(0.025, 1.0 / 20.0));
        close(clopper_pearson(20, 20, 0.05).0, libm::pow(0.025, 1.0 / 20.0));
        let (low, high) = clopper_pearson(7, 50, 0.05);
        assert!((binomial_at_least(7, 50, low) - 0.025).abs() < 1e-12);
        assert!((1.0 - binomial_at_least(8, 50, high) - 0.025).abs() < 1e-12);
    }
}
