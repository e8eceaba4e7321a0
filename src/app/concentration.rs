//! How concentrated a measure is: its share by each definition of a zone, how much the definition matters, how unevenly
//! it lies over the units.

use serde_json::{Map, Value, json};

use super::layers::theme_of;
use super::{AppError, LayerQuery, Service};
use crate::domain::{Lang, Level};
use crate::indicators::{Share, ZoneKind};
use crate::stats::StatsError;
use crate::stats::concentration::{concentration, location_quotients, theil_by_group, top_share};
use crate::style::decimal;

/// A question about concentration.
#[derive(Debug, Clone)]
pub struct ConcentrationQuery {
    /// Zone id, or `all`.
    pub zone: String,
    /// `violations`, `incidents`, `alerts`.
    pub measure: String,
    /// Level of the units that unevenness is measured over.
    pub level: Level,
    /// Period, sets, source, basis, language.
    pub layer: LayerQuery,
}

impl Default for ConcentrationQuery {
    /// Every zone, violations, over cercles: the finest level that populations ship for.
    fn default() -> Self {
        Self { zone: "all".into(), measure: "violations".into(), level: Level::Cercle, layer: LayerQuery::default() }
    }
}

/// Error probability of the quotients' intervals.
const ALPHA: f64 = 0.05;

/// How many of the most affected units the share is given of.
const TOP: [usize; 4] = [1, 3, 5, 10];

impl Service {
    /// Answers a question; every number that cannot be computed is null with its reason.
    pub fn concentration_answer(&self, query: &ConcentrationQuery) -> Result<Value, AppError> {
        let theme = theme_of(&query.measure)?;
        let asked = self.asked(&query.layer, Some(theme))?;
        let shares = self.concentration(&query.zone, (theme, &query.measure), &query.layer)?;
        let mut out = Map::new();
        out.insert("measure".into(), json!(query.measure));
        out.insert("period".into(), json!(asked.period.to_string()));
        out.insert("source".into(), json!(asked.source));
        let sets = self.sets(&query.layer)?;
        out.insert("sets".into(), json!(sets.iter().map(|s| s.info.id.as_str()).collect::<Vec<_>>()));
        out.insert("synthetic".into(), json!(self.snapshot.synthetic));
        out.insert("data_version".into(), json!(self.snapshot.version));
        out.insert("shares".into(), json!(shares));
        out.insert("sensitivity".into(), sensitivity(&shares, asked.lang));
        out.insert("unevenness".into(), self.unevenness((theme, &query.measure), query, &asked)?);
        Ok(Value::Object(out))
    }

    /// Gini, Hoover, Theil, top shares and quotients over the units; by unit only where single units may be shown.
    fn unevenness(
        &self,
        (theme, measure): (&str, &str),
        query: &ConcentrationQuery,
        asked: &super::layers::Asked<'_>,
    ) -> Result<Value, AppError> {
        let level = if asked.open { query.level } else { Level::Region };
        let study = self.study((theme, measure), level, super::Weights::Queen, &query.layer, asked)?;
        let base = study.populations(self, asked.period)?;
        let (mut region, mut regions) = (Vec::new(), std::collections::BTreeMap::new());
        for (set, unit, _) in study.units() {
            let code = set.chain(unit)[Level::Region.index()].clone();
            let next = u32::try_from(regions.len()).unwrap_or(u32::MAX);
            region.push(*regions.entry((set.info.id.clone(), code)).or_insert(next));
        }
        // Every observed unit needs a population; else the base is one unit, one weight, and the answer says so.
        let by_population =
            study.values.iter().zip(&base).all(|(v, b)| v.is_none() || b.is_some()) && base.iter().any(Option::is_some);
        let comparator = by_population.then_some(base.as_slice());
        let values = &study.values;
        let top: Map<String, Value> = TOP
            .iter()
            .map(|k| {
                (k.to_string(), number_or_reason(top_share(values, *k).map(|share| json!(round(share * 100.0, 1)))))
            })
            .collect();
        let spread = concentration(values, comparator).map(|c| {
            let lorenz: Vec<_> = c.lorenz.iter().map(|(x, y)| json!([round(*x, 6), round(*y, 6)])).collect();
            json!({"units": c.units, "gini": c.gini, "hoover": c.hoover, "theil": c.theil, "hhi": c.hhi, "lorenz": lorenz})
        });
        let theil = theil_by_group(values, comparator, &region)
            .map(|t| json!({"total": t.total, "between_regions": t.between, "within_regions": t.within}));
        let counts: Vec<Option<u64>> =
            study.units().zip(values).map(|((_, _, cell), v)| v.and_then(|_| cell.reading.number())).collect();
        let quotients = location_quotients(&counts, &base, ALPHA);
        let units: Value = match &quotients {
            Err(reason) => json!({"reason": reason_code(reason)}),
            Ok(found) => study
                .units()
                .zip(found)
                .map(|((set, unit, cell), q)| {
                    let head = json!({
                        "set": set.info.id.as_str(), "pcode": unit.pcode, "name": unit.name, "status": cell.reading.word(),
                        "value": cell.reading.number(),
                    });
                    let own = match q {
                        Ok(q) => json!({
                            "quotient": q.quotient, "lower": q.lower, "upper": q.upper, "expected": q.expected, "reason": null,
                        }),
                        Err(reason) => json!({
                            "quotient": null, "lower": null, "upper": null, "expected": null, "reason": reason.code(),
                        }),
                    };
                    merged(head, own)
                })
                .collect(),
        };
        Ok(json!({
            "level": level.number(),
            "base": if by_population { "population" } else { "units" },
            "units": study.values.len(),
            "units_observed": study.values.iter().flatten().count(),
            "interval": "Garwood 95 %",
            "spread": number_or_reason(spread),
            "theil_by_region": number_or_reason(theil),
            "top_share_percent": top,
            "location_quotients": units,
        }))
    }
}

/// How much the answer depends on which definition of the Liptako-Gourma is meant.
fn sensitivity(shares: &[Share], lang: Lang) -> Value {
    let mut definitions: Vec<&Share> =
        shares.iter().filter(|s| s.kind == ZoneKind::Definition && s.percent.is_some()).collect();
    definitions.sort_by(|a, b| {
        a.percent.partial_cmp(&b.percent).unwrap_or(std::cmp::Ordering::Equal).then(a.zone.cmp(&b.zone))
    });
    let (Some(low), Some(high)) = (definitions.first(), definitions.last()) else { return Value::Null };
    let percent = |s: &Share| decimal(s.percent.unwrap_or_default(), 1, lang);
    let sentence = match lang {
        Lang::Fr if low.zone == high.zone => format!("{}\u{a0}% dans le Liptako-Gourma ({}).", percent(low), low.zone),
        Lang::Fr => format!(
            "Entre {}\u{a0}% ({}) et {}\u{a0}% ({}) dans le Liptako-Gourma, selon la définition.",
            percent(low),
            low.zone,
            percent(high),
            high.zone
        ),
        Lang::En if low.zone == high.zone => format!("{}% in the Liptako-Gourma ({}).", percent(low), low.zone),
        Lang::En => format!(
            "Between {}% ({}) and {}% ({}) in the Liptako-Gourma, depending on the definition.",
            percent(low),
            low.zone,
            percent(high),
            high.zone
        ),
    };
    json!({
        "definitions": definitions.len(),
        "lowest": {"zone": low.zone, "percent": low.percent},
        "highest": {"zone": high.zone, "percent": high.percent},
        "sentence": sentence,
    })
}

/// The first object with the second's entries after its own.
pub(super) fn merged(mut head: Value, own: Value) -> Value {
    if let (Some(head), Value::Object(own)) = (head.as_object_mut(), own) {
        head.extend(own);
    }
    head
}

fn number_or_reason(result: Result<Value, StatsError>) -> Value {
    result.unwrap_or_else(|e| json!({"reason": reason_code(&e)}))
}

fn reason_code(error: &StatsError) -> String {
    match error {
        StatsError::Undefined(u) => u.code().to_owned(),
        other => other.to_string(),
    }
}

fn round(x: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (x * scale).round() / scale
}
