//! The switches of theme, level, month and set, and the addresses that they lead to.

use super::super::address;
use super::super::html::escape;
use super::super::service::Asked;
use super::figures::{self, select, spoken};
use super::view::{self, LEVELS, THEMES, View};
use super::words::say;
use crate::app::LayerQuery;
use crate::domain::{Month, Period};

/// Months offered in the list; the rest is reached by `period`.
const MOST_MONTHS: usize = 120;

/// The address of this page with some choices changed.
pub(super) fn here(asked: &Asked, changes: &[(&str, Option<&str>)]) -> String {
    let all: Vec<_> = changes.iter().copied().chain([("fragment", None), ("lang", Some(asked.lang.code()))]).collect();
    asked.here(&all)
}

/// Set, source, basis and period of an address that draws.
pub(super) fn map_context(asked: &Asked, period: Period) -> String {
    let period = period.to_string();
    let kept = ["set", "source", "basis"].map(|name| (name, asked.given.get(name)));
    let pairs = [("period", Some(period.as_str())), ("lang", Some(asked.lang.code()))].into_iter().chain(kept);
    address::query(pairs.filter_map(|(name, value)| Some((name, value?))))
}

/// The months of the layer, oldest first.
pub(super) fn months(view: &View) -> Vec<Month> {
    let span = view.layer.months.and_then(|(first, last)| Period::new(first, last));
    let mut all: Vec<Month> = span.map(|p| p.months().collect()).unwrap_or_default();
    let cut = all.len().saturating_sub(MOST_MONTHS);
    all.drain(..cut);
    all
}

/// The switches, which work without a script.
pub(super) fn chooser(asked: &Asked, view: &View) -> String {
    let lang = asked.lang;
    let word = |key: &str| escape(&say(key, lang));
    let option = |value: &str, label: &str, chosen: bool| {
        format!(
            "<option value=\"{}\"{}>{}</option>",
            escape(value),
            if chosen { " selected" } else { "" },
            escape(label)
        )
    };
    let select = |name: &str, options: String| {
        format!("<label>{}<select name=\"{name}\" id=\"c-{name}\">{options}</select></label>", word(name))
    };
    let themes: String = THEMES
        .iter()
        .filter(|(id, all)| view::levels(asked, id, all).next().is_some())
        .map(|(id, _)| option(id, &say(&format!("theme_{id}"), lang), *id == view.theme))
        .collect();
    let all = THEMES.iter().find(|(id, _)| *id == view.theme).map_or(&[][..], |(_, all)| all);
    let levels: String = LEVELS
        .into_iter()
        .filter(|level| view::levels(asked, view.theme, all).any(|l| l == *level))
        .map(|level| option(level, &say(&format!("level_{level}"), lang), level == view.level))
        .collect();
    let period = view.period.to_string();
    let listed: Vec<(String, String)> =
        months(view).iter().rev().map(|m| (m.to_string(), spoken(Period::month(*m), lang))).collect();
    let mut periods: String = listed.iter().map(|(v, t)| option(v, t, *v == period)).collect();
    if !listed.iter().any(|(v, _)| *v == period) {
        periods.insert_str(0, &option(&period, &spoken(view.period, lang), true));
    }
    let with = view.compare.map(|p| p.to_string()).unwrap_or_default();
    let mut others = option("", &say("no_compare", lang), with.is_empty());
    others.extend(listed.iter().filter(|(v, _)| *v != period).map(|(v, t)| option(v, t, *v == with)));
    let sets = asked.source.set_ids();
    let mut switches = format!(
        "{}{}{}{}",
        select("theme", themes),
        select("level", levels),
        select("period", periods),
        select("compare", others)
    );
    let zones = zones(asked, view);
    if !zones.is_empty() {
        let mut options = option("", &say("no_zone", lang), view.zone.is_none());
        options.extend(zones.iter().map(|(id, title)| option(id, title, view.zone.as_deref() == Some(id))));
        switches.push_str(&select("zone", options));
    }
    if sets.len() > 1 {
        let chosen = view.query.sets.first().map(ToString::to_string);
        let options: String = sets
            .iter()
            .map(|s| {
                option(
                    s.as_str(),
                    s.as_str(),
                    chosen.as_deref().map_or_else(|| default_set(asked, view) == s.as_str(), |c| c == s.as_str()),
                )
            })
            .collect();
        switches.push_str(&select("set", options));
    }
    let kept = [
        ("region", view.region.as_deref()),
        ("category", view.category.as_deref()),
        ("lang", Some(lang.code())),
        ("view", view.light.then_some("light")),
        ("source", asked.given.get("source")),
        ("basis", asked.given.get("basis")),
    ];
    let hidden: String = kept
        .into_iter()
        .filter_map(|(name, value)| {
            Some(format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value?)))
        })
        .collect();
    let step = |by: i32, key: &str, sign: &str| {
        let month = view.period.first().plus(by).to_string();
        let there = listed.iter().any(|(v, _)| *v == month);
        if there && view.period.len() == 1 {
            format!(
                "<a class=\"step\" id=\"{key}\" href=\"{}\"><span aria-hidden=\"true\">{sign}</span><span class=\"vh\">{}</span></a>",
                escape(&here(asked, &[("period", Some(&month))])),
                word(key)
            )
        } else {
            String::new()
        }
    };
    format!(
        "<form id=\"choose\" action=\"{}/app\" aria-label=\"{}\">{hidden}{}{switches}{}<button id=\"show\">{}</button></form>",
        asked.base,
        word("choose"),
        step(-1, "previous", "‹"),
        step(1, "next", "›"),
        word("show"),
    )
}

/// The set that figures are of where none is asked for.
fn default_set(asked: &Asked, view: &View) -> String {
    let first = select(asked, "regions", &LayerQuery { lang: asked.lang, ..LayerQuery::default() });
    let set = first.and_then(|s| s.sets.first().map(ToString::to_string));
    set.unwrap_or_else(|| view.query.sets.first().map(ToString::to_string).unwrap_or_default())
}

/// Zones whose outline can be drawn over the map: id and title.
fn zones(asked: &Asked, view: &View) -> Vec<(String, String)> {
    let Some(selection) = select(asked, "zones", &view.query) else { return Vec::new() };
    let text = |row, name| figures::text(&selection.fields, row, name).map(str::to_owned);
    selection.rows.iter().filter_map(|row| Some((text(row, "zone_id")?, text(row, "name")?))).collect()
}
