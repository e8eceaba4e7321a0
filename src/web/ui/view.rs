//! What a page of the application shows, read from its address: every state has one, with or without a script.

use std::sync::Arc;

use super::super::asked;
use super::super::problem::Problem;
use super::super::service::Asked;
use crate::app::{LayerInfo, LayerQuery};
use crate::domain::Period;

/// Themes in the order of the switch, each with the levels it has, the first one preferred.
pub(super) const THEMES: [(&str, &[&str]); 6] = [
    ("violations", &["regions", "cercles", "communes"]),
    ("incidents", &["regions", "cercles", "communes"]),
    ("alerts", &["points", "regions", "cercles", "communes"]),
    ("risk", &["communes", "cercles"]),
    ("coverage", &["communes"]),
    ("hotspots", &["cercles", "communes"]),
];
pub(in crate::web) const LEVELS: [&str; 4] = ["regions", "cercles", "communes", "points"];
/// What the pages take beside the context. `at` and `unit` are for the script: where the map stands, which unit is open.
pub(super) const OWN: [&str; 10] =
    ["theme", "level", "compare", "region", "category", "zone", "view", "fragment", "at", "unit"];

/// A state of the application.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) theme: &'static str,
    pub(super) level: &'static str,
    pub(super) layer: Arc<LayerInfo>,
    pub(super) period: Period,
    pub(super) compare: Option<Period>,
    pub(super) region: Option<String>,
    pub(super) category: Option<String>,
    pub(super) zone: Option<String>,
    /// Without the interactive map.
    pub(super) light: bool,
    /// What changes with a choice, alone: the script has the rest already.
    pub(super) fragment: bool,
    pub(super) query: LayerQuery,
}

impl View {
    pub(super) fn read(asked: &Asked) -> Result<Self, Problem> {
        asked.given.only(&[asked::CONTEXT.as_slice(), &OWN].concat())?;
        let given = |name: &str| asked.given.get(name).filter(|v| !v.is_empty());
        let themes = THEMES.map(|(id, _)| id);
        let asked_theme = given("theme").unwrap_or(themes[0]);
        let known = |theme: &&(&'static str, &'static [&'static str])| levels(asked, theme.0, theme.1).next().is_some();
        let &(theme, all) = THEMES
            .iter()
            .filter(known)
            .find(|(id, _)| *id == asked_theme)
            .ok_or_else(|| Problem::bad_parameter("theme", asked_theme, &themes))?;
        if let Some(level) = given("level") {
            asked::one_of("level", level, &LEVELS)?;
        }
        // A theme that does not have the level asked for shows the one it has: switching the theme is no mistake.
        let level = levels(asked, theme, all)
            .find(|l| Some(*l) == given("level"))
            .or_else(|| levels(asked, theme, all).next())
            .unwrap_or(all[0]);
        let layer = asked.layer(&layer_id(theme, level))?;
        let mut query = asked.query()?;
        let month = |name: &str, text: &str| {
            asked.source.parse_period(text).map_err(|_| Problem::bad_parameter(name, text, &["2021-06", "latest"]))
        };
        let period = match query.period {
            Some(period) => period,
            None => month("period", "latest")?,
        };
        query.period = Some(period);
        let compare = given("compare").map(|text| month("compare", text)).transpose()?;
        if let Some(view) = given("view") {
            asked::one_of("view", view, &["light", "full"])?;
        }
        if let Some(fragment) = given("fragment") {
            asked::one_of("fragment", fragment, &["1"])?;
        }
        Ok(Self {
            theme,
            level,
            layer,
            period,
            compare,
            region: given("region").map(str::to_owned),
            category: given("category").map(str::to_owned),
            zone: given("zone").map(str::to_owned),
            light: given("view") == Some("light"),
            fragment: given("fragment").is_some(),
            query,
        })
    }

    /// The layer's query in another period.
    pub(super) fn query_in(&self, period: Period) -> LayerQuery {
        LayerQuery { period: Some(period), ..self.query.clone() }
    }
}

/// The levels of a theme that the service tells of.
pub(super) fn levels<'a>(
    asked: &'a Asked,
    theme: &'a str,
    all: &'a [&'static str],
) -> impl Iterator<Item = &'static str> + 'a {
    all.iter().copied().filter(move |level| asked.layer(&layer_id(theme, level)).is_ok())
}

/// `violations-cercles`; points are the theme alone.
pub(super) fn layer_id(theme: &str, level: &str) -> String {
    if level == "points" { theme.to_owned() } else { format!("{theme}-{level}") }
}
