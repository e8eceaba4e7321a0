//! Triggers of early warning: what came back, what rose, what stays high, by the office's thresholds. As long as nobody
//! approved them every answer says so.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::layers::{Asked, theme_of};
use super::{AppError, LayerQuery, Service};
use crate::domain::{Attr, Lang, Level, Period, RecurrenceTrigger, SeverityTrigger, StreakTrigger, Triggers, When};
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
                        "Les déclencheurs nomment des communes : ils ne sont pas servis tant que les rôles n’existent pas (en local : vigie triggers).",
                        "Triggers name communes: they are not served until roles exist (locally: vigie triggers).",
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
            one.insert("notice".into(), json!(notice));
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
    fn recurring(
        &self,
        t: &RecurrenceTrigger,
        query: &LayerQuery,
        asked: &Asked<'_>,
    ) -> Result<Map<String, Value>, AppError> {
        let sets = self.sets(query)?;
        let (mut points, mut days, mut whose) = (Vec::new(), Vec::new(), Vec::new());
        let (mut without_place, mut without_day, mut by_commune) = (0, 0, 0);
        let epoch = jiff::civil::Date::constant(1970, 1, 1);
        let number = |day: jiff::civil::Date| i64::from((day - epoch).get_days());
        for fact in self.snapshot.facts("alerts").iter().filter(|f| *f.source == *asked.source) {
            let is = |a: &Attr| match a {
                Attr::Codes(kinds) => kinds.iter().any(|k| **k == *t.kind),
                other => other.text() == Some(&t.kind),
            };
            if !fact.attr("kinds").is_some_and(is) || fact.when.month().is_none_or(|m| m > asked.period.last()) {
                continue;
            }
            let When::Day(day) = fact.when else {
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
            days.push(number(day));
            whose.push((day, unit));
        }
        let found = recurrences(&points, Metric::Earth, &days, t.count, t.days, t.radius_km * 1000.0);
        let found = found.map_err(|e| AppError::BadRequest(e.to_string()))?;
        let rows: Vec<Value> = found
            .iter()
            .filter(|r| {
                let day = whose[r.event].0;
                crate::domain::Month::of_iso(&day.to_string()).is_some_and(|m| asked.period.contains(m))
            })
            .map(|r| {
                let (day, unit) = &whose[r.event];
                json!({
                    "set": unit.map(|(s, _)| s.info.id.as_str()), "pcode": unit.map(|(_, u)| u.pcode.to_string()),
                    "name": unit.map(|(_, u)| u.name.to_string()), "date": day.to_string(), "events": r.with.len(),
                })
            })
            .collect();
        let (n, km) = (rows.len(), crate::style::decimal(t.radius_km, 0, asked.lang));
        let sentence = match asked.lang {
            Lang::Fr => format!(
                "{} : {n} {} au moins la {}e en {} jours à moins de {km} km.",
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
        let mut out = head(&t.id, "recurrence", asked, &sentence);
        out.insert(
            "threshold".into(),
            json!({"kind": t.kind, "count": t.count, "days": t.days, "radius_km": t.radius_km}),
        );
        out.insert("alerts".into(), json!(points.len()));
        out.insert("at_commune_point".into(), json!(by_commune));
        out.insert("without_place".into(), json!(without_place));
        out.insert("without_day".into(), json!(without_day));
        out.insert("found".into(), json!(rows));
        Ok(out)
    }

    /// Communes whose index rose to a level or above since the period before.
    fn risen(
        &self,
        t: &SeverityTrigger,
        query: &LayerQuery,
        asked: &Asked<'_>,
    ) -> Result<Map<String, Value>, AppError> {
        let before = before(asked.period)?;
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
        let mut out = head(&t.id, "severity", asked, &sentence);
        out.insert("threshold".into(), json!({"level": t.level}));
        out.insert("against".into(), json!(before.to_string()));
        out.insert("first_seen".into(), json!(first_seen));
        out.insert("stays".into(), json!(stays));
        out.insert("not_observed".into(), json!(not_observed));
        out.insert("found".into(), json!(rows));
        Ok(out)
    }

    /// Cercles with at least so many violations in each of so many months in a row.
    fn in_a_row(
        &self,
        t: &StreakTrigger,
        query: &LayerQuery,
        asked: &Asked<'_>,
    ) -> Result<Map<String, Value>, AppError> {
        let last = asked.period.last();
        let level = Level::Cercle;
        let months = i32::try_from(t.months).unwrap_or(i32::MAX);
        let mut rows = Vec::new();
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        for set in self.sets(query)? {
            // One month more than asked tells « 3 » from « more than 3 » to the reader.
            let span = (0..=months).rev().map(|k| last.plus(-k));
            let columns = span
                .map(|month| {
                    let asked = Asked { period: Period::month(month), ..*asked };
                    let table = self.measure_table(set, ("incidents", "violations"), level, &asked)?;
                    Ok(table.cells.iter().map(super::hotspots::observed).collect::<Vec<_>>())
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
        let mut out = head(&t.id, "streak", asked, &sentence);
        out.insert("threshold".into(), json!({"at_least": t.at_least, "months": t.months}));
        out.insert("not_tested".into(), json!(reasons));
        out.insert("found".into(), json!(rows));
        Ok(out)
    }
}

fn head(id: &str, kind: &str, asked: &Asked<'_>, sentence: &str) -> Map<String, Value> {
    let sentence = match asked.lang {
        Lang::Fr => sentence.replace(" :", "\u{a0}:").replace(" ;", "\u{a0};").replace(" km", "\u{a0}km"),
        Lang::En => sentence.to_owned(),
    };
    let mut out = Map::new();
    out.insert("id".into(), json!(id));
    out.insert("kind".into(), json!(kind));
    out.insert("period".into(), json!(asked.period.to_string()));
    out.insert("source".into(), json!(asked.source));
    out.insert("sentence".into(), json!(sentence));
    out
}

/// The period just before, of the same length.
fn before(period: Period) -> Result<Period, AppError> {
    let months = i32::try_from(period.len()).unwrap_or(i32::MAX);
    Period::new(period.first().plus(-months), period.last().plus(-months))
        .ok_or_else(|| AppError::BadRequest("no period before that one".into()))
}
