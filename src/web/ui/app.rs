//! `/app`: figures, map, legend and tables of a month. All of it is in the page; the script makes the map move and draws charts.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::html::escape;
use super::super::problem::Problem;
use super::super::service::{Asked, Page};
use super::super::{address, collections, embed};
use super::chooser::{chooser, here, map_context, months};
use super::figures::{self, figure, legend_counts, select, spoken};
use super::panels::panels;
use super::shell::{Frame, framed, notices, page};
use super::view::View;
use super::words::{self, say};
use crate::app::{Legend, MapAsk, MapForm, TrendBy, TrendsQuery};
use crate::domain::Period;
use crate::formats::grid::{GridCell, change_text};
use crate::spatial::Bbox;

/// Width of the map that stands in the page, pixels.
const STILL_WIDTH: u32 = 640;

/// `/app`.
pub(in crate::web) fn app(asked: &Asked) -> Result<Page, Problem> {
    let view = View::read(asked)?;
    let selection = asked.source.select(&view.layer.id, &view.query)?;
    let legend = asked.source.legend(&view.layer.id, &view.query)?;
    let lang = asked.lang;
    let period = spoken(view.period, lang);
    let title = format!("{}, {period}", say("h1_app", lang));
    let draft = selection.rows.iter().any(|r| figures::text(&selection.fields, r, "release") == Some("draft"));
    let mut main = format!(
        "{}<h1 id=\"title\">{}</h1>{}{}",
        notices(asked, draft, selection.schematic),
        escape(&title),
        chooser(asked, &view),
        key_figures(asked, &view),
    );
    let _ = write!(
        main,
        "<div class=\"stage\">{}{}</div>",
        stage(asked, &view, &legend)?,
        legend_box(asked, &view, &legend)
    );
    main.push_str(&panels(asked, &view, &selection)?);
    let settings = settings(asked, &view, &legend);
    let foot = foot(asked, &view, &legend);
    if view.fragment {
        let text = settings.to_string().replace('<', "\\u003c");
        return Ok(page(format!(
            "<!doctype html><title>{}</title><script type=\"application/json\" id=\"settings\">{text}</script><main>{main}</main><footer>{foot}</footer>",
            escape(&title)
        )));
    }
    Ok(framed(asked, &Frame { name: "app", title, main, foot, settings: Some(&settings) }))
}

/// The large numbers of the month, each a reading: an absence is told by its words.
fn key_figures(asked: &Asked, view: &View) -> String {
    let lang = asked.lang;
    let mut out = String::new();
    let mut put = |id: &str, value: String, more: String, absent: bool| {
        let class = if absent { " class=\"absent\"" } else { "" };
        let _ = write!(
            out,
            "<div id=\"fig-{id}\"><dt>{}</dt><dd{class}><strong>{}</strong>{more}</dd></div>",
            escape(&say(&format!("fig_{id}"), lang)),
            escape(&value)
        );
    };
    for theme in ["violations", "incidents", "alerts"] {
        let Some(selection) = select(asked, &format!("{theme}-regions"), &view.query) else { continue };
        let reading = figures::together(&selection);
        let more = if theme == "violations" { change(asked, view) } else { String::new() };
        let compared =
            view.compare.and_then(|p| Some((p, select(asked, &format!("{theme}-regions"), &view.query_in(p))?)));
        let compared = compared.map_or_else(String::new, |(p, s)| {
            format!(
                "<span class=\"with\">{}{} {}</span>",
                escape(&spoken(p, lang)),
                lang.pick("\u{a0}:", ":"),
                escape(&figure(figures::together(&s), lang))
            )
        });
        put(theme, figure(reading, lang), more + &compared, reading.number().is_none());
    }
    if let Some(lines) = legend_counts(asked, "coverage-communes", &view.query) {
        let sum = |class: bool| -> u64 {
            lines
                .iter()
                .filter(|(id, ..)| !class || id.starts_with("class-") || id == "covered_no_report")
                .map(|(_, _, n)| n)
                .sum()
        };
        let unknown =
            lines.iter().filter(|(id, ..)| id == "unknown" || id == "not_yet_elapsed").map(|(_, _, n)| n).sum::<u64>();
        if unknown < sum(false) {
            let of = format!(
                "<span class=\"with\">{} {}</span>",
                escape(&say("of", lang)),
                crate::app::grouped(sum(false), lang)
            );
            put("covered", crate::app::grouped(sum(true), lang), of, false);
        }
    }
    if let Some(lines) = legend_counts(asked, "risk-communes", &view.query) {
        let sum: u64 = lines.iter().filter(|(id, ..)| id.starts_with("class-")).map(|(_, _, n)| n).sum();
        if let Some((_, _, n)) = lines.iter().find(|(id, ..)| id == "class-4").filter(|_| sum > 0) {
            let of =
                format!("<span class=\"with\">{} {}</span>", escape(&say("of", lang)), crate::app::grouped(sum, lang));
            put("critical", crate::app::grouped(*n, lang), of, false);
        }
    }
    format!(
        "<section id=\"figures\" aria-label=\"{}\"><dl>{out}</dl><p class=\"small\">{}</p></section>",
        escape(&say("figures", lang)),
        escape(&say("apart", lang))
    )
}

/// « ↗ +121 % par rapport à mai 2021 », of all violations.
fn change(asked: &Asked, view: &View) -> String {
    let query = TrendsQuery { layer: view.query.clone(), by: vec![TrendBy::Category], ..TrendsQuery::default() };
    let Ok(report) = asked.source.trends(&query) else { return String::new() };
    let cell = report.tables.iter().find(|t| t.id == "arrows").and_then(|t| t.cell("total", "total")).cloned();
    let Some(GridCell::Change(Some(change))) = cell else { return String::new() };
    let before = view.period.earlier(view.period.len()).map(|p| spoken(p, asked.lang)).unwrap_or_default();
    let percent = change.percent.map_or_else(|| change.spoken.clone(), |p| change_text(p, asked.lang));
    format!(
        "<span class=\"change {}\"><span aria-hidden=\"true\">{}</span> {} {} {}</span>",
        change.word,
        change.symbol,
        escape(&percent),
        escape(&say("against", asked.lang)),
        escape(&before)
    )
}

/// The map: drawn here, until the script has a better one.
fn stage(asked: &Asked, view: &View, legend: &Legend) -> Result<String, Problem> {
    let lang = asked.lang;
    let title = format!("{}, {}", legend.json["title"].as_str().unwrap_or_default(), spoken(view.period, lang));
    let mut stills = String::new();
    if !view.fragment {
        let caption =
            if view.compare.is_some() { format!("<figcaption>{}</figcaption>", escape(&title)) } else { String::new() };
        let _ = write!(stills, "<figure>{caption}{}</figure>", still(asked, view)?);
        if let Some(period) = view.compare {
            let there =
                format!("/map?layer={}&{}&f=svg&width={STILL_WIDTH}", view.layer.id, map_context(asked, period));
            let alt = format!("{}, {}", legend.json["title"].as_str().unwrap_or_default(), spoken(period, lang));
            let _ = write!(
                stills,
                "<figure><figcaption>{0}</figcaption><img src=\"{1}{2}\" alt=\"{0}\"></figure>",
                escape(&alt),
                asked.base,
                escape(&there)
            );
        }
    }
    let switch = if view.light {
        (say("full", lang), here(asked, &[("view", None)]))
    } else {
        (say("light", lang), here(asked, &[("view", Some("light"))]))
    };
    Ok(format!(
        "<section class=\"map\" aria-label=\"{map}\"><h2 id=\"maptitle\">{title}</h2><div id=\"tools\"></div><div id=\"frame\"><div id=\"still\" data-label=\"{still}\">{stills}</div><div id=\"maps\" hidden></div></div>\
<p id=\"said\" role=\"status\"></p><p class=\"small\"><a id=\"weight\" href=\"{switch_href}\">{switch_text}</a></p></section>",
        map = escape(&say("map", lang)),
        title = escape(&title),
        still = escape(&say("still", lang)),
        switch_href = escape(&switch.1),
        switch_text = escape(&switch.0),
    ))
}

/// The drawing itself. Its numbers are in the table of units: to a screen reader it is one picture with a name.
fn still(asked: &Asked, view: &View) -> Result<String, Problem> {
    let b = if view.layer.bbox.is_empty() {
        Bbox { west: -12.5, south: 10.0, east: 4.5, north: 25.2 }
    } else {
        view.layer.bbox
    };
    let room = 0.3;
    let bbox = Bbox { west: b.west - room, south: b.south - room, east: b.east + room, north: b.north + room };
    let ((west, south), (east, north)) =
        (crate::spatial::mercator(bbox.west, bbox.south), crate::spatial::mercator(bbox.east, bbox.north));
    let shape = (south - north) / (east - west);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to sides allowed")]
    let height = (f64::from(STILL_WIDTH) * shape).round().clamp(200.0, 1_200.0) as u32;
    let ask = MapAsk { bbox, size: (STILL_WIDTH, height), mercator: true, form: MapForm::Svg };
    let drawn = asked.source.map(&view.layer.id, &view.query, &ask)?;
    let text = String::from_utf8(drawn).map_err(|e| Problem::fault(e.to_string()))?;
    let svg = text.find("<svg").map(|at| &text[at..]).unwrap_or_default();
    Ok(svg.replacen("<svg ", "<svg role=\"img\" ", 1))
}

fn legend_box(asked: &Asked, view: &View, legend: &Legend) -> String {
    let lang = asked.lang;
    let texts = if view.theme == "risk" { risk_texts(asked, view) } else { String::new() };
    format!(
        "<aside id=\"legend\" aria-label=\"{title}\"><h2>{title}</h2><p class=\"small\">{counts}</p>{lines}{texts}</aside>",
        title = escape(&say("legend", lang)),
        counts = escape(legend.json["counts"].as_str().unwrap_or_default()),
        lines = embed::lines(&legend.json, lang),
    )
}

/// What each risk level means, word for word, as the features carry it.
fn risk_texts(asked: &Asked, view: &View) -> String {
    let Some(selection) = select(asked, "risk-communes", &view.query) else { return String::new() };
    let mut texts: std::collections::BTreeMap<&str, &str> = std::collections::BTreeMap::new();
    for row in &selection.rows {
        let text = |name| figures::text(&selection.fields, row, name);
        if let (Some(label), Some(said)) = (text("class_label"), text("risk_text")) {
            texts.insert(said, label);
        }
    }
    let items: String =
        texts.iter().map(|(said, label)| format!("<dt>{}</dt><dd>{}</dd>", escape(label), escape(said))).collect();
    if items.is_empty() {
        items
    } else {
        format!(
            "<details><summary>{}</summary><dl class=\"levels\">{items}</dl></details>",
            escape(&say("levels", asked.lang))
        )
    }
}

fn foot(asked: &Asked, view: &View, legend: &Legend) -> String {
    let notes = embed::notes(&legend.json);
    let items = |form: &str| {
        asked.with_query(
            &format!("{}/items", collections::path(&view.layer.id)),
            &format!("{}&f={form}", map_context(asked, view.period)),
        )
    };
    format!(
        "<p>{}</p>{notes}<p>{} : <a href=\"{}\">GeoJSON</a> · <a href=\"{}\">CSV</a></p>",
        escape(&legend.disclaimer),
        escape(&say("data", asked.lang)),
        escape(&items("json")),
        escape(&items("csv"))
    )
    .replace(" : <a", asked.lang.pick("\u{a0}: <a", ": <a"))
}

/// What the script needs of this state; words come with it.
fn settings(asked: &Asked, view: &View, legend: &Legend) -> Value {
    let lang = asked.lang;
    let statuses: serde_json::Map<String, Value> = legend.json["entries"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["kind"] == "status")
        .filter_map(|entry| Some((entry["id"].as_str()?.to_owned(), entry["label"].clone())))
        .collect();
    let b = view.layer.bbox;
    let mut settings = json!({
        "lang": lang.code(),
        "base": asked.base,
        "layer": view.layer.id,
        "theme": view.theme,
        "level": view.level,
        "period": view.period.to_string(),
        "compare": view.compare.map(|p| p.to_string()),
        "zone": view.zone,
        "version": asked.source.version(),
        "context": address::query(["set", "source", "basis"].iter().filter_map(|n| Some((*n, asked.given.get(n)?)))),
        "title": legend.json["title"],
        "bounds": [b.west, b.south, b.east, b.north],
        "months": months(view).iter().map(|m| json!([m.to_string(), spoken(Period::month(*m), lang)])).collect::<Vec<_>>(),
        "statuses": statuses,
        "light": view.light,
    });
    if !view.fragment
        && let Some(settings) = settings.as_object_mut()
    {
        settings.insert("words".into(), words::of_scripts(lang));
    }
    settings
}
