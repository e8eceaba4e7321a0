//! Which layers there are.

use std::collections::BTreeMap;

use crate::domain::{ColumnKind, FactKind, Lang, Level, Theme};

/// Themes whose layers are there whatever the store holds, before those of the others.
const ALWAYS: [&str; 2] = ["incidents", "alerts"];

/// What a layer is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// The units themselves.
    Boundaries(Level),
    /// Zones with the share of the violations that they hold.
    Zones,
    /// A measure by unit.
    Measure {
        /// Theme id.
        theme: String,
        /// Measure id.
        measure: String,
        /// Level of the units.
        level: Level,
    },
    /// The risk index by commune.
    RiskCommunes,
    /// Communes a level of the risk index, by cercle.
    RiskCercles,
    /// Who was monitored.
    Coverage,
    /// Where violations cluster.
    Hotspots(Level),
    /// Facts of a theme that have coordinates.
    Points {
        /// Theme id.
        theme: String,
    },
}

/// The theme of a measure that can be asked for by name.
pub(in crate::app) fn theme_of(measure: &str) -> Result<&'static str, crate::app::AppError> {
    match measure {
        "violations" | "incidents" => Ok("incidents"),
        "alerts" => Ok("alerts"),
        other => Err(crate::app::AppError::BadRequest(format!("measure « {other} »: violations, incidents or alerts"))),
    }
}

/// Every layer's id and kind, in listing order: those that are always there, then those of each theme that has facts.
pub(super) fn layers(themes: &BTreeMap<String, Theme>, has_facts: impl Fn(&str) -> bool) -> Vec<(String, Kind)> {
    let mut out: Vec<(String, Kind)> =
        Level::ALL.into_iter().map(|l| (l.plural().to_owned(), Kind::Boundaries(l))).collect();
    out.push(("zones".into(), Kind::Zones));
    for theme in ALWAYS.iter().filter_map(|id| themes.get(*id)) {
        out.extend(measures(theme));
    }
    out.push(("risk-communes".into(), Kind::RiskCommunes));
    out.push(("risk-cercles".into(), Kind::RiskCercles));
    out.push(("coverage-communes".into(), Kind::Coverage));
    for level in [Level::Cercle, Level::Commune] {
        out.push((format!("hotspots-{}", level.plural()), Kind::Hotspots(level)));
    }
    let others = || themes.values().filter(|t| !ALWAYS.contains(&t.id.as_str()) && has_facts(&t.id));
    out.extend(others().flat_map(measures));
    // Points exist where there is something that may be shown; see `exposed`.
    let first = ALWAYS.iter().filter_map(|id| themes.get(*id)).filter(|t| has_facts(&t.id));
    out.extend(
        first.chain(others()).filter(|t| has_points(t)).map(|t| (t.id.clone(), Kind::Points { theme: t.id.clone() })),
    );
    out
}

/// A theme's layers by unit: a measure at each level that it names.
fn measures(theme: &Theme) -> impl Iterator<Item = (String, Kind)> {
    theme.measures.iter().flat_map(move |m| {
        m.layers.iter().map(move |level| {
            let kind = Kind::Measure { theme: theme.id.clone(), measure: m.id.clone(), level: *level };
            (format!("{}-{}", m.id, level.plural()), kind)
        })
    })
}

/// Whether a theme's facts can be points: what happened or held at a place that has coordinates.
fn has_points(theme: &Theme) -> bool {
    matches!(theme.kind, FactKind::Event | FactKind::Interval)
        && theme.columns.iter().any(|c| c.kind == ColumnKind::Lon)
}

impl Kind {
    /// Title in a language; it names what is counted.
    pub(super) fn title(&self, themes: &BTreeMap<String, Theme>, lang: Lang) -> String {
        let by = |what: &str, level: Level| {
            lang.pick(format!("{what} par {}", singular(level, lang)), format!("{what} by {}", singular(level, lang)))
        };
        match self {
            Self::Boundaries(Level::Region) => lang.pick("Régions", "Regions").into(),
            Self::Boundaries(Level::Cercle) => "Cercles".into(),
            Self::Boundaries(Level::Commune) => "Communes".into(),
            Self::Zones => {
                lang.pick("Zones, et leur part des violations", "Zones, and their share of the violations").into()
            }
            Self::Measure { theme, measure, level } => {
                let measure = themes.get(theme).and_then(|t| t.measure(measure));
                by(&measure.map_or_else(String::new, |m| m.title(lang)), *level)
            }
            Self::RiskCommunes => lang.pick("Indice de risque par commune", "Risk index by commune").into(),
            Self::RiskCercles => {
                lang.pick("Communes par niveau de risque, par cercle", "Communes a risk level, by cercle").into()
            }
            Self::Coverage => {
                lang.pick("Couverture du monitoring par commune", "Coverage of the monitoring by commune").into()
            }
            Self::Hotspots(level) => by(lang.pick("Foyers de violations", "Hotspots of violations"), *level),
            Self::Points { theme } => themes.get(theme).map_or_else(
                || theme.clone(),
                |t| lang.pick(format!("{} (points)", t.title_fr), format!("{} (points)", t.title_en)),
            ),
        }
    }

    /// What it shows, in a sentence.
    pub(super) fn description(&self, themes: &BTreeMap<String, Theme>, lang: Lang) -> String {
        let unit = |theme: &str, measure: &str| {
            let measure = themes.get(theme).and_then(|t| t.measure(measure));
            measure.map_or_else(String::new, |m| m.unit(lang).to_owned())
        };
        match self {
            Self::Boundaries(_) => lang.pick("Limites administratives du découpage choisi.", "Administrative boundaries of the chosen set.").into(),
            Self::Zones => lang.pick(
                "Définitions du Liptako-Gourma et zones de comparaison ; aucune n’est la seule bonne.",
                "Definitions of the Liptako-Gourma and areas for comparison; none is the only right one.",
            ).into(),
            Self::Measure { theme, measure, .. } => lang.pick(
                format!("Compte : {}. Une absence n’est jamais un zéro : voir « status ».", unit(theme, measure)),
                format!("Counts {}. An absence is never a zero: see « status ».", unit(theme, measure)),
            ),
            Self::RiskCommunes => lang.pick(
                "Score le plus récent de la période et son niveau (1 stable à 4 critique).",
                "Latest score of the period and its level (1 stable to 4 critical).",
            ).into(),
            Self::RiskCercles => lang.pick(
                "Nombre de communes à chaque niveau. Couleur : le pire niveau atteint par deux communes au moins (ou par la seule examinée) ; jamais une moyenne.",
                "Number of communes at each level. Colour: the worst level that at least two communes reach (or the only one examined); never a mean.",
            ).into(),
            Self::Coverage => lang.pick(
                "Communes suivies pendant la période, par flux (incidents, indice de risque).",
                "Communes monitored in the period, by stream (incidents, risk index).",
            ).into(),
            Self::Hotspots(_) => lang.pick(
                "Gi* sur les violations documentées, p exacte par permutation, taux de fausses découvertes de 5 %. Les unités non observées sont hors du test, jamais des zéros.",
                "Gi* on documented violations, exact permutation p, false discovery rate of 5%. Units that were not observed are outside the test, never zeros.",
            ).into(),
            Self::Points { .. } => lang.pick("Faits dont la source donne des coordonnées.", "Facts whose source gives coordinates.").into(),
        }
    }

    /// The theme whose months it follows; none for plain boundaries.
    pub(super) fn theme(&self) -> Option<&str> {
        match self {
            Self::Boundaries(_) => None,
            Self::Zones | Self::Hotspots(_) => Some("incidents"),
            Self::Measure { theme, .. } | Self::Points { theme } => Some(theme),
            Self::RiskCommunes | Self::RiskCercles => Some("risk"),
            Self::Coverage => Some("coverage"),
        }
    }
}

fn singular(level: Level, lang: Lang) -> &'static str {
    match level {
        Level::Region => lang.pick("région", "region"),
        Level::Cercle => "cercle",
        Level::Commune => "commune",
    }
}
