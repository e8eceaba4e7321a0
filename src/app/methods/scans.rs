//! Kulldorff's scans: circles with more than they should have, in space, or in space and time.

use serde_json::{Map, Value, json};

use super::{Method, Nothing, Outcome, Rows, Task, object, threads};
use crate::stats::Metric;
use crate::stats::scan::{Cluster, Options, Scan, permutation, poisson};

impl Task<'_> {
    pub(super) fn scan(&self) -> Result<Outcome, Nothing> {
        let places = self.places();
        let options = Options {
            simulations: self.query.permutations as usize,
            seed: self.query.seed,
            threads: threads(),
            ..Options::default()
        };
        let in_time = self.query.method != Method::Scan;
        let months = if in_time { self.history()? } else { Vec::new() };
        let periods = months.len().max(1);
        let counts = if in_time { self.by_month(&months)? } else { self.study.values.clone() };
        let cases: Vec<Option<u32>> = counts.iter().map(|v| v.map(whole)).collect();
        let found = if self.query.method == Method::ScanPermutation {
            permutation(&places, Metric::Earth, periods, &cases, &options)
        } else {
            let people = self.study.populations(self.service, self.asked.period)?;
            let exposure: Vec<Option<f64>> = people.iter().flat_map(|p| std::iter::repeat_n(*p, periods)).collect();
            poisson(&places, Metric::Earth, periods, &cases, &exposure, &options)
        };
        let found = found.map_err(|e| self.undefined(e))?;
        let units: Vec<(String, String)> =
            self.study.units().map(|(_, unit, _)| (unit.pcode.to_string(), unit.name.to_string())).collect();
        let rows: Vec<Map<String, Value>> = found
            .clusters
            .iter()
            .enumerate()
            .map(|(k, c)| {
                let name = |unit: &usize| units[*unit].1.clone();
                let code = |unit: &usize| units[*unit].0.clone();
                let window = |k: usize| months.get(k).map(ToString::to_string);
                object(json!({
                    "cluster": k + 1, "centre": name(&c.centre), "centre_pcode": code(&c.centre), "units": c.members.len(),
                    "members": c.members.iter().map(code).collect::<Vec<_>>(),
                    "names": c.members.iter().map(name).collect::<Vec<_>>(),
                    "from": window(c.periods.0), "to": window(c.periods.1), "cases": c.cases, "expected": c.expected,
                    "relative_risk": c.relative_risk, "llr": c.llr, "p": c.p, "p_gumbel": c.p_gumbel,
                    "significant": c.p.is_some_and(|p| p <= self.query.alpha),
                }))
            })
            .collect();
        let sentence = self.of_scan(&found, &units, &months);
        let outside = found.outside.iter().fold(std::collections::BTreeMap::new(), |mut counts, (_, why)| {
            *counts.entry(why.code()).or_insert(0_usize) += 1;
            counts
        });
        let about = json!({
            "m": found.tested, "cases": found.cases, "simulations": found.simulations, "seed": self.query.seed,
            "max_share": options.max_share, "months": months.len(), "not_tested": outside,
        });
        let null = if self.query.method == Method::ScanPermutation { "space_time_permutation" } else { "poisson" };
        let rows_are = Rows::Clusters(found.clusters.iter().map(|c| c.members.clone()).collect());
        Ok(Outcome { null, about, rows, rows_are, sentence, raster: None })
    }

    fn of_scan(&self, found: &Scan, units: &[(String, String)], months: &[crate::domain::Month]) -> String {
        let hits: Vec<&Cluster> =
            found.clusters.iter().filter(|c| c.p.is_some_and(|p| p <= self.query.alpha)).collect();
        let all = self.count(found.tested);
        let Some(first) = hits.first() else {
            return self.say(
                format!("Aucun amas significatif parmi {all} au test ({} simulations).", found.simulations),
                format!("No significant cluster among {all} tested ({} simulations).", found.simulations),
            );
        };
        let near = &units[first.centre].1;
        let (cases, expected) = (first.cases, self.decimal(first.expected, 1));
        let p = self.p(first.p.unwrap_or(1.0));
        let members = self.count(first.members.len());
        let window = match (months.get(first.periods.0), months.get(first.periods.1)) {
            (Some(a), Some(b)) if a == b => self.say(format!(", en {a}"), format!(", in {a}")),
            (Some(a), Some(b)) => self.say(format!(", de {a} à {b}"), format!(", from {a} to {b}")),
            _ => String::new(),
        };
        let others = hits.len() - 1;
        let more = match others {
            0 => String::new(),
            n => self
                .say(format!(" {n} amas secondaires significatifs."), format!(" {n} significant secondary clusters.")),
        };
        self.say(
            format!("Amas significatif autour de {near}{window} : {members}, {cases} pour {expected} attendus ({p}).{more}"),
            format!("A significant cluster around {near}{window}: {members}, {cases} where {expected} are expected ({p}).{more}"),
        )
    }
}

/// A count as the scan takes it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and clamped")]
fn whole(count: f64) -> u32 {
    count.clamp(0.0, f64::from(u32::MAX)) as u32
}
