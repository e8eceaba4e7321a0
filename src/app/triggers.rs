//! Triggers of early warning: what came back, what rose, what stays high, by the office's thresholds. As long as nobody
//! approved them every answer says so.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::concentration::merged;
use super::hotspots::observed;
use super::layers::{Asked, theme_of};
use super::trends::earlier;
use super::{AppError, LayerQuery, Service};
use crate::domain::{Attr, Lang, Level, Period, RecurrenceTrigger, SeverityTrigger, StreakTrigger, Triggers, typeset};
use crate::stats::Metric;
use crate::stats::recurrence::{LevelChange, level_changes, periods_in_a_row, recurrences};

/// The shipped thresholds: examples of Vigie's own.
const SHIPPED: &str = include_str!("../../geodata/triggers.toml");

/// Reads thresholds: an office's file, or the shipped examples.
///
/// # Errors
/// A file that is no file of triggers, with what is wrong in it.
pub fn read_triggers(text: Option<&str>) -> Result<Triggers, AppError> {
    Triggers::from_toml(text.unwrap_or(SHIPPED)).map_err(|e| AppError::Input(e.to_string()))
}

impl Service {
    /// What fired in the period.
    ///
    /// # Errors
    /// Real data asked for by who may not see units below region; an unknown set or source.
    pub fn triggers(&self, triggers: &Triggers, query: &LayerQuery) -> Result<Value, AppError> {
        let alerts = self.asked(query, Some("alerts"))?;
        if !alerts.open {
            return Err(AppError::Forbidden(
                alerts
                    .lang
                    .pick(
                        "Les déclencheurs nomment des communes : ils ne sont pas donnés à ce niveau d’accès.",
                        "Triggers name communes: they are not given at this level of access.",
                    )
                    .into(),
            ));
        }
        let lang = alerts.lang;
        let mut fired = Vec::new();
        for t in &triggers.recurrence {
            fired.push(self.recurring(t, query, &alerts)?);
        }
        let risk = self.asked(query, Some("risk"))?;
        for t in &triggers.severity {
            fired.push(self.risen(t, query, &risk)?);
        }
        let incidents = self.asked(query, Some(theme_of("violations")?))?;
        for t in &triggers.streak {
            fired.push(self.in_a_row(t, query, &incidents)?);
        }
        let notice = triggers.notice(lang);
        for one in &mut fired {
            one["notice"] = json!(notice);
        }
        Ok(json!({
            "approved": triggers.approval().is_some(),
            "approved_by": triggers.approval().map(|a| a.by.as_str()),
            "approved_on": triggers.approval().map(|a| a.on.to_string()),
            "notice": notice,
            "triggers": fired,
            "synthetic": self.snapshot.synthetic,
            "data_version": self.snapshot.version,
        }))
    }

    /// Alerts that are at least the n-th of their kind around their place.
    fn recurring(&self, t: &RecurrenceTrigger, query: &LayerQuery, asked: &Asked<'_>) -> Result<Value, AppError> {
        let sets = self.sets(query)?;
        let (mut points, mut days, mut whose) = (Vec::new(), Vec::new(), Vec::new());
        let (mut without_place, mut without_day, mut by_commune) = (0, 0, 0);
        for fact in self.snapshot.facts("alerts").iter().filter(|f| *f.source == *asked.source) {
            let is = |a: &Attr| match a {
                Attr::Codes(kinds) => kinds.iter().any(|k| **k == *t.kind),
                other => other.text() == Some(&t.kind),
            };
            if !fact.attr("kinds").is_some_and(is) || fact.when.month().is_none_or(|m| m > asked.period.last()) {
                continue;
            }
            let Some(day) = fact.when.day_number() else {
                without_day += 1;
                continue;
            };
            let set = sets.iter().find(|s| s.info.id == fact.place.set);
            let unit = set.and_then(|s| s.unit(Level::Commune, fact.place.unit(Level::Commune)?).map(|u| (*s, u)));
            let point = fact.place.point.or_else(|| {
                by_commune += usize::from(unit.is_some());
                unit.map(|(_, u)| u.label)
            });
            let Some(point) = point else {
                without_place += 1;
                continue;
            };
            points.push([point.lon(), point.lat()]);
            days.push(day);
            whose.push((fact.when, unit));
        }
        let found = recurrences(&points, Metric::Earth, &days, t.count, t.days, t.radius_km * 1000.0);
        let found = found.map_err(|e| AppError::BadRequest(e.to_string()))?;
        let rows: Vec<Value> = found
            .iter()
            .filter(|r| whose[r.event].0.month().is_some_and(|m| asked.period.contains(m)))
            .map(|r| {
                let (when, unit) = &whose[r.event];
                json!({
                    "set": unit.map(|(s, _)| s.info.id.as_str()), "pcode": unit.map(|(_, u)| u.pcode.to_string()),
                    "name": unit.map(|(_, u)| u.name.to_string()), "date": when.iso(), "events": r.with.len(),
                })
            })
            .collect();
        let (n, km) = (rows.len(), crate::style::decimal(t.radius_km, 0, asked.lang));
        let sentence = match asked.lang {
            Lang::Fr => format!(
                "{} : {n} {} au moins la {}e en {} jours à moins de {km}\u{a0}km.",
                t.title_fr,
                if n > 1 { "alertes sont" } else { "alerte est" },
                t.count,
                t.days
            ),
            Lang::En => format!(
                "{}: {n} {} at least number {} within {} days and {km} km.",
                t.title_en,
                if n == 1 { "alert is" } else { "alerts are" },
                t.count,
                t.days
            ),
        };
        Ok(report(
            &t.id,
            "recurrence",
            asked,
            &sentence,
            json!({
                "threshold": {"kind": t.kind, "count": t.count, "days": t.days, "radius_km": t.radius_km},
                "alerts": points.len(), "at_commune_point": by_commune, "without_place": without_place,
                "without_day": without_day, "found": rows,
            }),
        ))
    }

    /// Communes whose index rose to a level or above since the period before.
    fn risen(&self, t: &SeverityTrigger, query: &LayerQuery, asked: &Asked<'_>) -> Result<Value, AppError> {
        let before = earlier(asked.period, asked.period.len())?;
        let theme = self.snapshot.theme("risk")?;
        let level = Level::Commune;
        let (mut rows, mut first_seen, mut stays, mut not_observed) = (Vec::new(), 0, 0, 0);
        for set in self.sets(query)? {
            let of = |period| -> Vec<Option<u8>> {
                let scores = self.latest_scores(set, level, &Asked { period, ..*asked });
                scores.into_iter().map(|s| s.and_then(|(_, s)| theme.threshold(s)).map(|t| t.level)).collect()
            };
            let changes = level_changes(&of(before), &of(asked.period), t.level);
            let changes = changes.map_err(|e| AppError::Fault(e.to_string()))?;
            for (unit, change) in set.units(level).iter().zip(changes) {
                match change {
                    LevelChange::Rose { from, to } => rows.push(json!({
                        "set": set.info.id.as_str(), "pcode": unit.pcode, "name": unit.name, "from": from, "to": to,
                    })),
                    LevelChange::FirstSeen { .. } => first_seen += 1,
                    LevelChange::Stays => stays += 1,
                    LevelChange::Below => {}
                    LevelChange::NotObserved => not_observed += 1,
                }
            }
        }
        let n = rows.len();
        let sentence = match asked.lang {
            Lang::Fr => format!(
                "{} : {n} {} depuis {before} (déjà à ce niveau : {stays} ; non observées avant : {first_seen}).",
                t.title_fr,
                if n > 1 { "communes" } else { "commune" }
            ),
            Lang::En => format!(
                "{}: {n} {} since {before} (at that level before: {stays}; not observed before: {first_seen}).",
                t.title_en,
                if n == 1 { "commune" } else { "communes" }
            ),
        };
        Ok(report(
            &t.id,
            "severity",
            asked,
            &sentence,
            json!({
                "threshold": {"level": t.level}, "against": before.to_string(), "first_seen": first_seen, "stays": stays,
                "not_observed": not_observed, "found": rows,
            }),
        ))
    }

    /// Cercles with at least so many violations in each of so many months in a row.
    fn in_a_row(&self, t: &StreakTrigger, query: &LayerQuery, asked: &Asked<'_>) -> Result<Value, AppError> {
        let level = Level::Cercle;
        // One month more than asked tells « 3 » from « more than 3 » to the reader.
        let span = u32::try_from(t.months).ok().and_then(|n| Period::ending(asked.period.last(), n.checked_add(1)?));
        let span =
            span.ok_or_else(|| AppError::BadRequest(format!("{}: {} months go too far back", t.id, t.months)))?;
        let mut rows = Vec::new();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for set in self.sets(query)? {
            let columns = span
                .months()
                .map(|month| {
                    let asked = Asked { period: Period::month(month), ..*asked };
                    let table = self.measure_table(set, ("incidents", "violations"), level, &asked)?;
                    Ok(table.cells.iter().map(observed).collect::<Vec<_>>())
                })
                .collect::<Result<Vec<_>, AppError>>()?;
            for (k, unit) in set.units(level).iter().enumerate() {
                let values: Vec<Option<f64>> = columns.iter().map(|c| c[k]).collect();
                match periods_in_a_row(&values, f64::from(t.at_least)) {
                    Ok(n) if n >= t.months => rows.push(json!({
                        "set": set.info.id.as_str(), "pcode": unit.pcode, "name": unit.name, "months": n.min(t.months),
                        "longer": n > t.months, "values": values[1..],
                    })),
                    Ok(_) => {}
                    Err(why) => *reasons.entry(why.code()).or_default() += 1,
                }
            }
        }
        let n = rows.len();
        let sentence = match asked.lang {
            Lang::Fr => format!(
                "{} : {n} {} {} violations ou plus dans chacun des {} derniers mois.",
                t.title_fr,
                if n > 1 { "cercles ont" } else { "cercle a" },
                t.at_least,
                t.months
            ),
            Lang::En => format!(
                "{}: {n} {} {} violations or more in each of the last {} months.",
                t.title_en,
                if n == 1 { "cercle has" } else { "cercles have" },
                t.at_least,
                t.months
            ),
        };
        Ok(report(
            &t.id,
            "streak",
            asked,
            &sentence,
            json!({
                "threshold": {"at_least": t.at_least, "months": t.months}, "not_tested": reasons, "found": rows,
            }),
        ))
    }
}

/// What goes with every trigger, and its own.
fn report(id: &str, kind: &str, asked: &Asked<'_>, sentence: &str, own: Value) -> Value {
    let sentence = asked.lang.pick(typeset(sentence), sentence.to_owned());
    let head = json!({
        "id": id, "kind": kind, "period": asked.period.to_string(), "source": asked.source, "sentence": sentence,
    });
    merged(head, own)
}
