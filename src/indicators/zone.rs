//! Zones: named, versioned lists of units. The Liptako-Gourma has no one definition, so each is told apart.

use serde::{Deserialize, Serialize};

use crate::domain::{Level, SetId};

/// What a zone claims to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneKind {
    /// A definition of the Liptako-Gourma.
    Definition,
    /// The areas a document names as most affected; no boundary.
    AffectedArea,
    /// Regions put together for comparison with published tables.
    Regions,
}

/// One unit of a zone, in one set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneUnit {
    /// The boundary set.
    pub set: SetId,
    /// Level.
    pub level: Level,
    /// P-code in that set.
    pub pcode: String,
}

/// A zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Stable id, `ALG`.
    pub id: String,
    /// Version of the list.
    pub version: String,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
    /// What it claims to be.
    pub kind: ZoneKind,
    /// Where the list comes from.
    pub source: String,
    /// Units, of every set it was resolved to.
    pub units: Vec<ZoneUnit>,
}

/// How much of a measure lies in a zone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// The zone's id.
    pub zone: String,
    /// Its title.
    pub title: String,
    /// Version of the list.
    pub version: String,
    /// What the zone claims to be.
    pub kind: ZoneKind,
    /// `value`, `zero` or `suppressed`: what `inside` is.
    pub status: &'static str,
    /// Measure inside; none where it is not told.
    pub inside: Option<u64>,
    /// Measure known too coarsely to tell; not in `inside`.
    pub unclear: Option<u64>,
    /// Measure in all.
    pub total: Option<u64>,
    /// `inside / total` in percent, one decimal; none where the total is 0, or either is not told.
    pub percent: Option<f64>,
}

impl Share {
    /// The share over one more set: the same zone across a border.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |a: Option<u64>, b: Option<u64>| Some(a? + b?);
        Self::new(
            self.clone(),
            [sum(self.inside, other.inside), sum(self.unclear, other.unclear), sum(self.total, other.total)],
        )
    }

    /// The same zone with other figures; the percentage follows.
    #[must_use]
    pub fn new(zone: Self, [inside, unclear, total]: [Option<u64>; 3]) -> Self {
        let share = |n: u64, of: u64| (n as f64 * 1000.0 / of as f64).round() / 10.0;
        let percent = inside.zip(total.filter(|t| *t > 0)).map(|(n, of)| share(n, of));
        let status = match inside {
            None => "suppressed",
            Some(0) => "zero",
            Some(_) => "value",
        };
        Self { status, inside, unclear, total, percent, ..zone }
    }
}

#[derive(Deserialize)]
struct ZoneFile {
    zone: Vec<ZoneHead>,
}

#[derive(Deserialize)]
struct ZoneHead {
    id: String,
    version: toml::Value,
    title_fr: String,
    title_en: String,
    kind: ZoneKind,
    source: String,
}

/// Reads `zones.toml` and the list of units beside it (columns `zone_id, set, level, pcode` among others).
pub fn parse_zones(heads: &str, units: &[[String; 4]]) -> Result<Vec<Zone>, String> {
    let file: ZoneFile = toml::from_str(heads).map_err(|e| e.to_string())?;
    file.zone
        .into_iter()
        .map(|head| {
            let units = units
                .iter()
                .filter(|[zone, ..]| *zone == head.id)
                .map(|[_, set, level, pcode]| {
                    let level: u8 = level.parse().map_err(|_| format!("zone {}: level « {level} »", head.id))?;
                    Ok(ZoneUnit { set: SetId::new(set)?, level: Level::try_from(level)?, pcode: pcode.clone() })
                })
                .collect::<Result<_, String>>()?;
            Ok(Zone {
                id: head.id,
                version: match head.version {
                    toml::Value::String(s) => s,
                    other => other.to_string(),
                },
                title_fr: head.title_fr,
                title_en: head.title_en,
                kind: head.kind,
                source: head.source,
                units,
            })
        })
        .collect()
}
