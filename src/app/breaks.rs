//! Class breaks for a layer's style: computed once from a year's months, then fixed in the style's file, so that legends never
//! drift from one month to the next.

use serde_json::{Value, json};

use super::layer::MONTHLY;
use super::{AppError, LayerQuery, LayerSource as _, PropertyValue, Service};
use crate::stats::breaks::{Breaks, equal_interval, fisher_jenks, head_tail, manual, quantiles};

/// The ways to break values into classes, by the words that ask for them.
pub const BREAK_METHODS: [&str; 5] = ["fisher-jenks", "quantile", "equal", "head-tail", "manual"];

/// What is asked of class breaks.
#[derive(Debug, Clone)]
pub struct BreaksQuery {
    /// The layer whose style classes a field.
    pub layer: String,
    /// One of [`BREAK_METHODS`].
    pub method: String,
    /// Number of classes; the style's own where none. Head/tail finds its own.
    pub classes: Option<usize>,
    /// By hand: the largest value of each class.
    pub upper: Vec<f64>,
    /// Period, sets, source, basis, language.
    pub query: LayerQuery,
}

impl Service {
    /// Breaks of the field that a layer's style classes, over every unit and month of the period that has a value above zero: zero
    /// and absences have symbols of their own. `breaks` are the least values of the classes, as styles write them; `fit` is the
    /// goodness of variance fit, 0 to 1; `toml` is what goes into the style's file.
    ///
    /// # Errors
    /// An unknown layer or method, a layer whose style has no classes, a period without values.
    pub fn breaks(&self, asked: &BreaksQuery) -> Result<Value, AppError> {
        let lang = asked.query.lang;
        let wrong = |fr: String, en: String| AppError::BadRequest(lang.pick(fr, en));
        let period = asked.query.period.map_or_else(|| self.parse_period("latest"), Ok)?;
        let year = period.last().year();
        let style = self.kit().styles.for_year(&asked.layer, year).filter(|s| !s.classes.is_empty());
        let style = style.ok_or_else(|| {
            let layer = &asked.layer;
            wrong(
                format!("« {layer} » : aucune couche à classes de ce nom"),
                format!("“{layer}”: no layer with classes of that name"),
            )
        })?;
        // The legend serves month by month: so do the values that make it.
        let monthly = format!("{}{MONTHLY}", asked.layer);
        let layer = if self.layer(&monthly).is_some() { &monthly } else { &asked.layer };
        let selection = self.select(layer, &LayerQuery { period: Some(period), ..asked.query.clone() })?;
        let field = selection.fields.iter().position(|f| f.name == style.field);
        let field = field.ok_or_else(|| AppError::Fault(format!("{layer} has no field {}", style.field)))?;
        let mut whole = true;
        let values: Vec<f64> = selection
            .rows
            .iter()
            .filter_map(|row| match row.values[field] {
                PropertyValue::Int(n) => Some(n as f64),
                PropertyValue::Real(x) => {
                    whole &= x.fract() == 0.0;
                    Some(x)
                }
                _ => None,
            })
            .filter(|x| *x > 0.0)
            .collect();
        let classes = asked.classes.unwrap_or(style.classes.len());
        let found = match asked.method.as_str() {
            "fisher-jenks" => fisher_jenks(&values, classes),
            "quantile" => quantiles(&values, classes),
            "equal" => equal_interval(&values, classes),
            "head-tail" => head_tail(&values),
            "manual" => manual(&values, &asked.upper),
            other => {
                let all = BREAK_METHODS.join(", ");
                return Err(wrong(format!("méthode « {other} » : {all}"), format!("method “{other}”: {all}")));
            }
        };
        let found = found.map_err(|e| AppError::BadRequest(e.to_string()))?;
        let lower = lower(&found, &values, whole);
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let total: f64 = values.iter().map(|x| (x - mean) * (x - mean)).sum();
        let fit = (total > 0.0).then(|| 1.0 - found.within_squares() / total);
        let numbers = lower.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let head = if period.first().year() == year { format!("[years.{year}]\n") } else { String::new() };
        Ok(json!({
            "layer": asked.layer, "field": style.field, "method": asked.method, "period": period.to_string(),
            "values": values.len(), "breaks": lower, "counts": found.counts(), "fit": fit,
            "classes_of_the_style": style.classes.len(), "toml": format!("{head}breaks = [{numbers}]\nmethod = \"{}\"", asked.method),
            "synthetic": self.synthetic(),
        }))
    }
}

/// The least value of each class: above the class below. Of whole numbers the next one; of others the least that occurs.
fn lower(found: &Breaks, values: &[f64], whole: bool) -> Vec<f64> {
    let least_above = |bound: f64| values.iter().copied().filter(|v| *v > bound).fold(f64::INFINITY, f64::min);
    let first = least_above(f64::NEG_INFINITY);
    let below = found.upper().iter().take(found.upper().len().saturating_sub(1));
    let next = below.map(|u| if whole { u.floor() + 1.0 } else { least_above(*u) });
    // Classes that nothing falls into any more have no least value.
    std::iter::once(first).chain(next).filter(|x| x.is_finite()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_begins_above_the_one_below() {
        let values = [1.0, 1.0, 2.0, 9.0, 10.0, 30.0];
        let found = fisher_jenks(&values, 3).expect("classes");
        assert_eq!(lower(&found, &values, true), [1.0, 3.0, 11.0]);
        let found = fisher_jenks(&[0.5, 2.25, 2.5], 2).expect("classes");
        assert_eq!(lower(&found, &[0.5, 2.25, 2.5], false), [0.5, 2.25]);
    }
}
