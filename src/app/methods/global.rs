//! Of the whole map: is like beside like more than chance would have it?

use serde_json::{Value, json};

use super::{Method, Nothing, Outcome, Task, threads};
use crate::stats::{
    Islands, Moments, MonteCarlo, NegativeVariance, Tail, eb_standardised, geary, geary_monte_carlo, general_g,
    general_g_monte_carlo, join_counts, moran, moran_monte_carlo, normal_two_sided,
};

fn moments(m: &Moments) -> Value {
    json!({"expected": m.expected, "variance": m.variance, "z": m.z, "p": normal_two_sided(m.z)})
}

fn sampled(tail: &Tail, how: &MonteCarlo) -> Value {
    json!({
        "p": tail.two_sided(), "p_ge": tail.p_ge, "p_le": tail.p_le, "permutations": how.permutations, "seed": how.seed,
    })
}

impl Task<'_> {
    pub(super) fn sampling(&self) -> MonteCarlo {
        MonteCarlo { permutations: self.query.permutations, seed: self.query.seed, threads: threads() }
    }

    pub(super) fn global(&self) -> Result<Outcome, Nothing> {
        let (mut keep, mut values) = self.observed();
        if self.query.method == Method::EbMoran {
            let z = eb_standardised(
                &self.study.values,
                &self.study.populations(self.service, self.asked.period)?,
                NegativeVariance::Cut,
            );
            if let (false, Some(Err(why))) = (z.iter().any(Result::is_ok), z.iter().find(|z| z.is_err())) {
                return Err(self.none(*why));
            }
            keep = z.iter().map(Result::is_ok).collect();
            values = z.into_iter().flatten().collect();
        }
        let binary = self.study.neighbours().subset(&keep);
        let rows = binary.row_standardised();
        let how = self.sampling();
        let none = |e| self.none(e);
        let n = values.len();
        // (statistic, its letter, p, whether like is beside like, all numbers)
        let (statistic, letter, p, alike, about) = match self.query.method {
            Method::Geary => {
                let found = geary(&values, &rows, Islands::NotCounted).map_err(none)?;
                let tail = geary_monte_carlo(&values, &rows, &how).map_err(none)?;
                let about = json!({
                    "c": found.c, "n": found.n, "standardisation": "rows", "normality": moments(&found.normality),
                    "randomisation": moments(&found.randomisation), "permutation": sampled(&tail, &how),
                });
                (found.c, "c", tail.two_sided(), found.c < 1.0, about)
            }
            Method::GeneralG => {
                let found = general_g(&values, &binary).map_err(none)?;
                let tail = general_g_monte_carlo(&values, &binary, &how).map_err(none)?;
                let about = json!({
                    "g": found.g, "n": found.n, "standardisation": "binary", "randomisation": moments(&found.randomisation),
                    "permutation": sampled(&tail, &how),
                });
                (found.g, "G", tail.two_sided(), found.randomisation.z > 0.0, about)
            }
            Method::JoinCounts => {
                let black: Vec<bool> = values.iter().map(|v| *v > 0.0).collect();
                let found = join_counts(&black, &binary).map_err(none)?;
                let joins = |j: &crate::stats::Joins| match &j.randomisation {
                    Ok(m) => json!({"count": j.count, "randomisation": moments(m), "reason": null}),
                    Err(why) => json!({"count": j.count, "randomisation": null, "reason": why.code()}),
                };
                let m = found.black_black.randomisation.map_err(none)?;
                let about = json!({
                    "black": "at least one", "black_units": black.iter().filter(|b| **b).count(), "n": n, "standardisation": "binary",
                    "black_black": joins(&found.black_black), "white_white": joins(&found.white_white),
                    "black_white": joins(&found.black_white),
                });
                (found.black_black.count, "BB", normal_two_sided(m.z), m.z > 0.0, about)
            }
            _ => {
                let found = moran(&values, &rows, Islands::NotCounted).map_err(none)?;
                let tail = moran_monte_carlo(&values, &rows, &how).map_err(none)?;
                let about = json!({
                    "i": found.i, "n": found.n, "standardisation": "rows", "normality": moments(&found.normality),
                    "randomisation": moments(&found.randomisation), "permutation": sampled(&tail, &how),
                });
                (found.i, "I", tail.two_sided(), found.i > found.randomisation.expected, about)
            }
        };
        let numbers = self.say(
            format!("{letter} = {} ; {}", self.decimal(statistic, 3), self.p(p)),
            format!("{letter} = {}; {}", self.decimal(statistic, 3), self.p(p)),
        );
        let units = self.count(n);
        let (fr, en) = match (self.query.method, p <= self.query.alpha, alike) {
            (Method::GeneralG, true, true) => {
                ("Les valeurs hautes se groupent plus que par hasard", "High values cluster more than by chance")
            }
            (Method::GeneralG, true, false) => {
                ("Les valeurs basses se groupent plus que par hasard", "Low values cluster more than by chance")
            }
            (Method::JoinCounts, true, true) => {
                ("Les unités touchées se jouxtent plus que par hasard", "Affected units adjoin more than by chance")
            }
            (Method::JoinCounts, true, false) => {
                ("Les unités touchées se jouxtent moins que par hasard", "Affected units adjoin less than by chance")
            }
            (_, true, true) => {
                ("Les unités voisines se ressemblent plus que par hasard", "Neighbours are more alike than by chance")
            }
            (_, true, false) => {
                ("Les unités voisines diffèrent plus que par hasard", "Neighbours differ more than by chance")
            }
            (_, false, _) => ("Rien de groupé au-delà du hasard", "Nothing clusters beyond chance"),
        };
        let sentence = self.say(format!("{fr} ({units} ; {numbers})."), format!("{en} ({units}; {numbers})."));
        let null = if self.query.method == Method::JoinCounts { "randomisation" } else { "total_permutation" };
        Ok(Outcome { null, about: json!({"m": n, "result": about}), sentence, ..Outcome::default() })
    }
}
