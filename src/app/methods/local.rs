//! Of each unit: Gi, the local Moran, the local Geary.
//!
//! Of one unit, Gi, Gi* and the local Moran rise together with the sum over its neighbours: under conditional permutation
//! they have one p, which the default method computes exactly. The local Geary has no such form: its p is that of its
//! conditional moments, a normal approximation, and says so.

use serde_json::{Value, json};

use super::{Method, Nothing, Outcome, Task, object};
use crate::stats::{
    Cluster, Correction, HotspotOptions, LocalGKind, LocalMoran, adjusted, hotspots, local_g, local_geary, local_moran,
    normal_two_sided,
};

impl Task<'_> {
    pub(super) fn local(&self) -> Result<Outcome, Nothing> {
        if self.query.method == Method::LocalGeary {
            return self.geary_by_unit();
        }
        let alpha = self.query.alpha;
        let options = HotspotOptions { alpha, sampling: self.sampling(), ..HotspotOptions::default() };
        let spots = hotspots(&self.study.values, self.study.neighbours(), &options);
        if spots.summary.tested == 0 {
            let why = spots.units.iter().find_map(|u| u.as_ref().err().filter(|r| r.code() != "not_covered"));
            let why = why.or_else(|| spots.units.iter().find_map(|u| u.as_ref().err()));
            return Err(self.none(why.copied().unwrap_or(crate::stats::Reason::TooFewUnits { units: 0, needed: 3 })));
        }
        let (keep, values) = self.observed();
        let weights = self.study.neighbours().subset(&keep);
        // The statistic of each observed unit, in their order.
        let statistics: Vec<Value> = if self.query.method == Method::Gi {
            let found = local_g(&values, &weights, LocalGKind::Gi);
            found.iter().map(|g| json!({"z": g.as_ref().ok().map(|g| g.z)})).collect()
        } else {
            let found = local_moran(&values, &weights);
            found.iter().map(|m| moran_cells(m.as_ref().ok())).collect()
        };
        let unobserved = if self.query.method == Method::Gi { json!({"z": null}) } else { moran_cells(None) };
        let mut statistics = statistics.into_iter();
        let mut rows = self.unit_rows();
        let (mut high, mut low) = (0, 0);
        for (k, row) in rows.iter_mut().enumerate() {
            let spot = spots.units[k].as_ref();
            let (mut p, mut q, mut cluster) = (None, None, None);
            if let Ok(spot) = spot {
                (p, q) = (Some(spot.p), Some(spot.q));
                cluster = Some(spot.cluster.code());
                high += usize::from(spot.cluster == Cluster::Hot);
                low += usize::from(spot.cluster == Cluster::Cold);
            }
            let own = if keep[k] { statistics.next() } else { None };
            row.extend(object(own.unwrap_or_else(|| unobserved.clone())));
            row.extend(object(json!({
                "p": p, "q": q, "cluster": cluster, "tested": spot.is_ok(), "reason": spot.err().map(|r| r.code()),
            })));
        }
        let m = spots.summary.tested;
        let letter = if self.query.method == Method::Gi { "Gi" } else { "I" };
        let sentence = self.found_by_unit(letter, high, low, m);
        let about = json!({
            "m": m, "correction": spots.summary.correction.code(), "hot": high, "cold": low, "not_tested": spots.not_tested(),
            "mean": spots.summary.mean,
        });
        let null = spots.summary.null.map_or("", crate::stats::Null::code);
        Ok(Outcome { null, about, rows, sentence, ..Outcome::default() })
    }

    fn found_by_unit(&self, letter: &str, high: usize, low: usize, m: usize) -> String {
        let (hot, cold, all) = (self.count(high), self.count(low), self.count(m));
        self.say(
            format!(
                "{hot} aux valeurs hautes groupées, {cold} aux valeurs basses groupées, sur {all} au test ({letter})."
            ),
            format!("{hot} in clusters of high values, {cold} in clusters of low ones, of {all} tested ({letter})."),
        )
    }

    fn geary_by_unit(&self) -> Result<Outcome, Nothing> {
        let (keep, values) = self.observed();
        let found = local_geary(&values, &self.study.neighbours().subset(&keep).row_standardised());
        let tests: Vec<f64> = found.iter().flatten().map(|g| normal_two_sided(g.conditional.z)).collect();
        if tests.is_empty() {
            let why = found.iter().find_map(|g| g.as_ref().err().copied());
            return Err(self.none(why.unwrap_or(crate::stats::Reason::TooFewUnits { units: 0, needed: 3 })));
        }
        let mut q = adjusted(&tests, Correction::BenjaminiHochberg).into_iter();
        let mut rows = self.unit_rows();
        let mut found_at = found.iter();
        let (mut alike, mut unlike) = (0, 0);
        for (row, kept) in rows.iter_mut().zip(&keep) {
            let own = if *kept { found_at.next() } else { None };
            let cells = match own {
                Some(Ok(g)) => {
                    let q = q.next().unwrap_or(1.0);
                    let cluster = match (q <= self.query.alpha, g.conditional.z < 0.0) {
                        (false, _) => "none",
                        (true, true) => "alike",
                        (true, false) => "unlike",
                    };
                    alike += usize::from(cluster == "alike");
                    unlike += usize::from(cluster == "unlike");
                    json!({
                        "c": g.c, "z": g.conditional.z, "p": normal_two_sided(g.conditional.z), "q": q, "cluster": cluster,
                        "tested": true, "reason": null,
                    })
                }
                other => {
                    let why = other.and_then(|r| r.as_ref().err()).map_or("not_covered", |r| r.code());
                    json!({"c": null, "z": null, "p": null, "q": null, "cluster": null, "tested": false, "reason": why})
                }
            };
            row.extend(object(cells));
        }
        let (a, u, all) = (self.count(alike), self.count(unlike), self.count(tests.len()));
        let sentence = self.say(
            format!("{a} plus proches de leurs voisins que par hasard, {u} plus différents, sur {all} au test (c local, approximation normale)."),
            format!("{a} more like their neighbours than by chance, {u} more unlike, of {all} tested (local c, normal approximation)."),
        );
        let about = json!({"m": tests.len(), "correction": Correction::BenjaminiHochberg.code(), "alike": alike, "unlike": unlike});
        Ok(Outcome { null: "conditional_normal", about, rows, sentence, ..Outcome::default() })
    }
}

/// A unit's cells of the local Moran; empty where it has none.
fn moran_cells(found: Option<&LocalMoran>) -> Value {
    json!({
        "i": found.map(|m| m.i), "z": found.map(|m| m.conditional.z), "quadrant": found.map(|m| m.quadrant.code()),
    })
}
