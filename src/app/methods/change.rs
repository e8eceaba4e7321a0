//! Change of each unit between two periods: an exact conditional test of two counts over the months in which it was covered.

use serde_json::json;

use super::{AppError, Nothing, Outcome, Task, object};
use crate::app::trends::earlier;
use crate::indicators::{Cell, Table};
use crate::stats::change::{Tally, changes};

/// A count beside the months it was watched for; none where it was not observed or nobody stated for how long.
fn tally(cell: &Cell) -> Option<Tally> {
    crate::app::hotspots::observed(cell)?;
    let count = cell.reading.number()?;
    let months = cell.months_covered.filter(|m| *m > 0)?;
    Some(Tally { count, exposure: f64::from(months) })
}

impl Task<'_> {
    pub(super) fn change(&self) -> Result<Outcome, Nothing> {
        let now = self.asked.period;
        let against = match self.query.against {
            Some(period) => period,
            None => earlier(now, now.len())?,
        };
        if against.last() >= now.first() && now.last() >= against.first() {
            return Err(AppError::BadRequest(format!("{against} and {now} overlap: compare periods apart")).into());
        }
        let of = |tables: &[Table]| -> Vec<Option<Tally>> {
            tables.iter().flat_map(|t| t.cells.iter().map(tally)).collect()
        };
        let before = of(&self.tables_of(against)?);
        let after = of(&self.study.tables);
        let found = changes(&before, &after, self.query.alpha).map_err(|e| self.undefined(e))?;
        let (mut up, mut down) = (0, 0);
        let mut rows = self.unit_rows();
        for (k, row) in rows.iter_mut().enumerate() {
            let number = |t: &Option<Tally>| t.as_ref().map(|t| t.count);
            row.extend(object(json!({"before": number(&before[k]), "after": number(&after[k])})));
            row.extend(object(match &found.units[k] {
                Ok(c) => {
                    let rose = c.ratio.ratio.is_none_or(|r| r > 1.0);
                    let direction = match (c.significant, rose) {
                        (false, _) => "none",
                        (true, true) => "rise",
                        (true, false) => "fall",
                    };
                    up += usize::from(direction == "rise");
                    down += usize::from(direction == "fall");
                    json!({
                        "ratio": c.ratio.ratio, "lower": c.ratio.lower, "upper": c.ratio.upper, "p": c.ratio.p,
                        "mid_p": c.ratio.mid_p, "q": c.q, "change": direction, "tested": true, "reason": null,
                    })
                }
                Err(why) => json!({
                    "ratio": null, "lower": null, "upper": null, "p": null, "mid_p": null, "q": null, "change": null,
                    "tested": false, "reason": why.code(),
                }),
            }));
        }
        let (rose, fell, all) = (self.count(up), self.count(down), self.count(found.tested));
        let sentence = self.say(
            format!("De {against} à {now} : hausse significative dans {rose}, baisse dans {fell}, sur {all} au test."),
            format!("From {against} to {now}: a significant rise in {rose}, a fall in {fell}, of {all} tested."),
        );
        let about = json!({
            "m": found.tested, "against": against.to_string(), "correction": "benjamini_hochberg", "rise": up, "fall": down,
            "exposure": "months covered",
        });
        Ok(Outcome { null: "conditional_binomial", about, rows, sentence, ..Outcome::default() })
    }
}
