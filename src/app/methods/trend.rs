//! Emerging hot spots: how the hot and cold months of each unit lie in time.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Nothing, Outcome, Task, object};
use crate::stats::emerging::{Category, Options, Temperature, emerging};

/// Word, French, English.
fn words(category: Category) -> (&'static str, &'static str, &'static str) {
    match category {
        Category::New => ("new", "nouveau", "new"),
        Category::Consecutive => ("consecutive", "consécutif", "consecutive"),
        Category::Intensifying => ("intensifying", "qui s’intensifie", "intensifying"),
        Category::Persistent => ("persistent", "persistant", "persistent"),
        Category::Diminishing => ("diminishing", "qui diminue", "diminishing"),
        Category::Historical => ("historical", "historique", "historical"),
        Category::Oscillating => ("oscillating", "oscillant", "oscillating"),
        Category::Sporadic => ("sporadic", "sporadique", "sporadic"),
    }
}

impl Task<'_> {
    pub(super) fn emerging(&self) -> Result<Outcome, Nothing> {
        let months = self.history()?;
        let values = self.by_month(&months)?;
        let options = Options { alpha: self.query.alpha, trend_alpha: self.query.alpha, ..Options::default() };
        let found =
            emerging(&values, months.len(), self.study.neighbours(), &options).map_err(|e| self.undefined(e))?;
        let mut rows = self.unit_rows();
        let mut patterns: BTreeMap<(Temperature, Category), usize> = BTreeMap::new();
        let mut not_tested: BTreeMap<&str, usize> = BTreeMap::new();
        for (row, unit) in rows.iter_mut().zip(&found.units) {
            let cells = match unit {
                Ok(u) => {
                    if let Some((category, temperature)) = u.pattern {
                        *patterns.entry((temperature, category)).or_default() += 1;
                    }
                    json!({
                        "pattern": u.pattern.map_or("none", |(c, _)| words(c).0),
                        "temperature": u.pattern.map(|(_, t)| if t == Temperature::Hot { "hot" } else { "cold" }),
                        "months_tested": u.tested, "months_hot": u.hot, "months_cold": u.cold,
                        "trend_z": u.trend.map(|t| t.z), "trend_p": u.trend.map(|t| t.p), "tested": true, "reason": null,
                    })
                }
                Err(why) => {
                    *not_tested.entry(why.code()).or_default() += 1;
                    json!({
                        "pattern": null, "temperature": null, "months_tested": null, "months_hot": null, "months_cold": null,
                        "trend_z": null, "trend_p": null, "tested": false, "reason": why.code(),
                    })
                }
            };
            row.extend(object(cells));
        }
        let tested = found.units.iter().filter(|u| u.is_ok()).count();
        let all = self.count(tested);
        let hot: Vec<String> = patterns
            .iter()
            .filter(|((t, _), _)| *t == Temperature::Hot)
            .map(|((_, c), n)| format!("{} ({n})", self.asked.lang.pick(words(*c).1, words(*c).2)))
            .collect();
        let span = format!("{}–{}", months[0], months[months.len() - 1]);
        let sentence = if tested == 0 {
            self.say(
                format!(
                    "Aucune unité n’a assez de mois observés pour un motif ({span} ; il en faut {}).",
                    crate::stats::emerging::MIN_PERIODS
                ),
                format!(
                    "No unit has enough observed months for a pattern ({span}; {} are needed).",
                    crate::stats::emerging::MIN_PERIODS
                ),
            )
        } else if hot.is_empty() {
            self.say(
                format!("Aucun foyer dans le temps parmi {all} au test ({span})."),
                format!("No hot spot over time among {all} tested ({span})."),
            )
        } else {
            let list = hot.join(", ");
            self.say(
                format!("Foyers dans le temps parmi {all} au test ({span}) : {list}."),
                format!("Hot spots over time among {all} tested ({span}): {list}."),
            )
        };
        let listed: Vec<_> = patterns
            .iter()
            .map(|((t, c), n)| json!({"pattern": words(*c).0, "temperature": if *t == Temperature::Hot { "hot" } else { "cold" }, "units": n}))
            .collect();
        let about = json!({
            "m": found.tested, "units_tested": tested, "months": months.len(), "from": months[0].to_string(),
            "to": months[months.len() - 1].to_string(), "previous": options.previous, "correction": "benjamini_hochberg",
            "trend": "mann_kendall", "patterns": listed, "not_tested": not_tested, "p_cutoff": found.p_cutoff,
        });
        Ok(Outcome { null: "randomisation", about, rows, sentence, ..Outcome::default() })
    }
}
