//! Triggers of early warning: the office's thresholds, read from TOML (`geodata/triggers.toml` ships examples).

use serde::Deserialize;

use super::Lang;

/// The n-th event of a kind within some days and kilometres.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecurrenceTrigger {
    /// Stable name.
    pub id: String,
    /// Kind of alert, a term of the alerts' theme: `village_attack`…
    pub kind: String,
    /// How many events, 2 or more.
    pub count: usize,
    /// In how many days, the last event's own counted, 1 or more.
    pub days: u64,
    /// Within how many kilometres of the last event, above 0.
    pub radius_km: f64,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
}

/// Units whose risk level rose to a level or above.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeverityTrigger {
    /// Stable name.
    pub id: String,
    /// The level, 2 to 4: nothing can rise to the lowest.
    pub level: u8,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
}

/// Units with many violations for several months in a row.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreakTrigger {
    /// Stable name.
    pub id: String,
    /// Least violations a month, 1 or more.
    pub at_least: u32,
    /// Months in a row, 2 or more.
    pub months: usize,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
}

/// Why a file of triggers is refused.
#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    /// Not TOML, or not the shape of triggers.
    #[error("triggers: {0}")]
    Toml(#[from] toml::de::Error),
    /// Approved, but not by whom or when.
    #[error("triggers: approved = true needs approved_by and approved_on (a date, 2026-01-31)")]
    NobodyApproved,
    /// A threshold outside its range.
    #[error("triggers: {id}: {what}")]
    Threshold {
        /// The trigger.
        id: String,
        /// What it must be.
        what: &'static str,
    },
    /// The same name twice.
    #[error("triggers: {0} is there twice; give each trigger a name of its own")]
    Twice(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    approved: bool,
    approved_by: Option<String>,
    approved_on: Option<jiff::civil::Date>,
    #[serde(default)]
    recurrence: Vec<RecurrenceTrigger>,
    #[serde(default)]
    severity: Vec<SeverityTrigger>,
    #[serde(default)]
    streak: Vec<StreakTrigger>,
}

/// Who approved the thresholds, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The office.
    pub by: String,
    /// The day.
    pub on: jiff::civil::Date,
}

/// All triggers, with their approval where there is one.
#[derive(Debug, Clone, PartialEq)]
pub struct Triggers {
    approval: Option<Approval>,
    /// Events that come back.
    pub recurrence: Vec<RecurrenceTrigger>,
    /// Levels that rose.
    pub severity: Vec<SeverityTrigger>,
    /// Months in a row.
    pub streak: Vec<StreakTrigger>,
}

impl Triggers {
    /// Reads and checks a file of triggers.
    pub fn from_toml(text: &str) -> Result<Self, TriggerError> {
        let file: File = toml::from_str(text)?;
        let approval = match (file.approved, file.approved_by.filter(|by| !by.trim().is_empty()), file.approved_on) {
            (false, _, _) => None,
            (true, Some(by), Some(on)) => Some(Approval { by, on }),
            (true, _, _) => return Err(TriggerError::NobodyApproved),
        };
        let wrong = |id: &str, what| Err(TriggerError::Threshold { id: id.to_owned(), what });
        for t in &file.recurrence {
            if t.count < 2 || t.days < 1 {
                return wrong(&t.id, "count must be 2 or more, days 1 or more");
            }
            if !(t.radius_km > 0.0 && t.radius_km.is_finite()) {
                return wrong(&t.id, "radius_km must be above 0");
            }
        }
        for t in &file.severity {
            if !(2..=4).contains(&t.level) {
                return wrong(&t.id, "level must be 2, 3 or 4");
            }
        }
        for t in &file.streak {
            if t.at_least < 1 || t.months < 2 {
                return wrong(&t.id, "at_least must be 1 or more, months 2 or more");
            }
        }
        let mut ids: Vec<&String> = file.recurrence.iter().map(|t| &t.id).collect();
        ids.extend(file.severity.iter().map(|t| &t.id));
        ids.extend(file.streak.iter().map(|t| &t.id));
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|w| w[0] == w[1]) {
            return Err(TriggerError::Twice(twice[0].clone()));
        }
        Ok(Self { approval, recurrence: file.recurrence, severity: file.severity, streak: file.streak })
    }

    /// Who approved the thresholds; none as long as they are examples.
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_ref()
    }

    /// What every output that stands on these thresholds must say; none once they are approved.
    pub fn notice(&self, lang: Lang) -> Option<&'static str> {
        self.approval.is_none().then(|| lang.pick("seuil non approuvé", "threshold not approved"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../geodata/triggers.toml");

    #[test]
    fn shipped_thresholds_are_examples_and_say_so() {
        let triggers = Triggers::from_toml(SHIPPED).expect("shipped");
        assert_eq!(triggers.approval(), None);
        assert_eq!(triggers.notice(Lang::Fr), Some("seuil non approuvé"));
        assert_eq!(triggers.notice(Lang::En), Some("threshold not approved"));
        assert_eq!((triggers.recurrence.len(), triggers.severity.len(), triggers.streak.len()), (1, 1, 1));
    }

    #[test]
    fn the_notice_goes_only_with_a_name_and_a_date() {
        let approved = SHIPPED.replace("approved = false", "approved = true");
        assert!(matches!(Triggers::from_toml(&approved), Err(TriggerError::NobodyApproved)));
        let by_nobody = format!("approved_by = \" \"\napproved_on = \"2026-01-31\"\n{approved}");
        assert!(matches!(Triggers::from_toml(&by_nobody), Err(TriggerError::NobodyApproved)));
        let signed = format!("approved_by = \"Cluster\"\napproved_on = \"2026-01-31\"\n{approved}");
        let triggers = Triggers::from_toml(&signed).expect("approved");
        assert_eq!(triggers.notice(Lang::Fr), None);
        assert_eq!(triggers.approval().map(|a| a.by.as_str()), Some("Cluster"));
    }

    #[test]
    fn thresholds_that_are_none_are_refused_by_name() {
        for (from, to) in [
            ("count = 3", "count = 1"),
            ("days = 30", "days = 0"),
            ("radius_km = 25.0", "radius_km = 0.0"),
            ("radius_km = 25.0", "radius_km = nan"),
            ("level = 4", "level = 1"),
            ("level = 4", "level = 5"),
            ("at_least = 10", "at_least = 0"),
            ("months = 3", "months = 1"),
        ] {
            let text = SHIPPED.replace(from, to);
            assert_ne!(text, SHIPPED);
            assert!(matches!(Triggers::from_toml(&text), Err(TriggerError::Threshold { .. })), "{to}");
        }
        let twice = SHIPPED.replace("\"risk-critical\"", "\"village-attacks\"");
        assert!(matches!(Triggers::from_toml(&twice), Err(TriggerError::Twice(_))));
        assert!(matches!(Triggers::from_toml("approved = false\nn = 1"), Err(TriggerError::Toml(_))));
    }
}
