//! `/app`: figures, map, legend and tables of a month. All of it is in the page; the script makes the map move and draws charts.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::address;
use super::super::html::escape;
use super::super::problem::Problem;
use super::super::service::{Asked, Page};
use super::super::{collections, embed};
use super::figures::{self, figure, legend_counts, select, spoken};
use super::grids::{Panel, table};
use super::shell::{Frame, framed, notices, page};
use super::view::{self, LEVELS, THEMES, View};
use super::words::{self, say};
use crate::app::{LayerQuery, LayerSelection, Legend, MapAsk, MapForm, TrendBy, TrendsQuery};
use crate::domain::{Month, Period};
use crate::formats::grid::{Grid, GridCell, change_text};
use crate::spatial::Bbox;

/// Months offered in the list; the rest is reached by `period`.
const MOST_MONTHS: usize = 120;
/// Maps of the small multiples, the month shown being the last.
const SMALL_MAPS: u32 = 6;
/// Width of the map that stands in the page, pixels.
const STILL_WIDTH: u32 = 640;

/// The tables in the order of the page, two abreast where there is room; the arrows take a line of their own.
const ORDER: [&str; 13] = [
    "category_month",
    "region_month",
    "cercles",
    "arrows",
    "communes_top",
    "type_month",
    "victims",
    "perpetrators",
    "places",
    "time_slots",
    "socio_economic",
    "severity",
    "liptako",
];

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

/// The address of this page with some choices changed.
fn here(asked: &Asked, changes: &[(&str, Option<&str>)]) -> String {
    let all: Vec<_> = changes.iter().copied().chain([("fragment", None), ("lang", Some(asked.lang.code()))]).collect();
    asked.here(&all)
}

/// The months of the layer, oldest first.
fn months(view: &View) -> Vec<Month> {
    let span = view.layer.months.and_then(|(first, last)| Period::new(first, last));
    let mut all: Vec<Month> = span.map(|p| p.months().collect()).unwrap_or_default();
    let cut = all.len().saturating_sub(MOST_MONTHS);
    all.drain(..cut);
    all
}

/// The switches, which work without a script.
fn chooser(asked: &Asked, view: &View) -> String {
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

/// Set, source, basis and period of an address that draws.
fn map_context(asked: &Asked, period: Period) -> String {
    let period = period.to_string();
    let kept = ["set", "source", "basis"].map(|name| (name, asked.given.get(name)));
    let pairs = [("period", Some(period.as_str())), ("lang", Some(asked.lang.code()))].into_iter().chain(kept);
    address::query(pairs.filter_map(|(name, value)| Some((name, value?))))
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

/// Sentences, charts and tables.
fn panels(asked: &Asked, view: &View, selection: &LayerSelection) -> Result<String, Problem> {
    let lang = asked.lang;
    let mut out = format!(
        "<section id=\"panels\" aria-label=\"{0}\"><h2>{0}</h2>{1}",
        escape(&say("tables", lang)),
        filters(asked, view)
    );
    let units = figures::units(asked, view, selection)?;
    let focus = |by: &[TrendBy], region: Option<&String>, category: Option<&String>| {
        let query = TrendsQuery {
            layer: view.query.clone(),
            by: by.to_vec(),
            region: region.cloned(),
            category: category.cloned(),
            ..TrendsQuery::default()
        };
        asked.source.trends(&query)
    };
    let (region, category) = (view.region.as_ref(), view.category.as_ref());
    let whole = match focus(&[], None, None) {
        Ok(report) => report,
        Err(crate::app::AppError::Fault(detail)) => return Err(Problem::fault(detail)),
        Err(said) => {
            let _ = write!(
                out,
                "<p>{} {}</p>{}</section>",
                escape(&say("unavailable", lang)),
                escape(&said.to_string()),
                units_section(&units, asked)
            );
            return Ok(out);
        }
    };
    let sentences: String = whole.sentences.iter().map(|s| format!("<li>{}</li>", escape(s))).collect();
    if !sentences.is_empty() {
        let _ = write!(
            out,
            "<section id=\"brief\"><h3>{}</h3><ul>{sentences}</ul></section>",
            escape(&say("sentences", lang))
        );
    }
    out.push_str(&units_section(&units, asked));
    let mut tables: Vec<Grid> = Vec::new();
    let rest = [TrendBy::Victim, TrendBy::Perpetrator, TrendBy::Place, TrendBy::Time, TrendBy::Socio];
    if region.is_none() && category.is_none() {
        tables.extend(whole.tables.iter().cloned());
    } else {
        tables.extend(focus(&[TrendBy::Category, TrendBy::Type], region, None)?.tables);
        tables.extend(focus(&[TrendBy::Region], None, category)?.tables);
        tables.extend(whole.tables.iter().filter(|t| t.id == "cercles").cloned());
        tables.extend(focus(&rest, region, category)?.tables);
    }
    tables.extend(figures::communes(asked, view, region.map(String::as_str)));
    let span: Vec<Period> =
        months(view).into_iter().map(Period::month).filter(|p| p.last() <= view.period.last()).collect();
    let last: Vec<Period> = span.iter().rev().take(SMALL_MAPS as usize).rev().copied().collect();
    tables.extend(figures::severity(asked, view, &last));
    tables.extend(figures::liptako(asked, view));
    tables.sort_by_key(|t| ORDER.iter().position(|id| *id == t.id));
    let names = (region_name(&whole.tables, view), category_name(&whole.tables, view));
    let link = |name: &'static str, does: &'static str| {
        move |code: &str| {
            let fits = if name == "region" {
                code.starts_with("ML") || code.chars().any(|c| c.is_ascii_digit())
            } else {
                code.len() == 1
            };
            // A region's own tables are for those who see the data themselves.
            (fits && asked.asker.role.sees_all())
                .then(|| (here(asked, &[(name, Some(code))]) + "#panels", say(does, lang)))
        }
    };
    let (regions, categories) = (link("region", "only_region"), link("category", "only_category"));
    for grid in &tables {
        let (chart, scope, open) = shown(grid.id);
        let narrowed: Vec<&str> = [(scope.0, names.0.as_deref()), (scope.1, names.1.as_deref())]
            .into_iter()
            .filter_map(|(takes, name)| name.filter(|_| takes))
            .collect();
        let chosen = names.0.is_some() || names.1.is_some();
        let scope = match (narrowed.is_empty(), chosen) {
            (false, _) => format!("{} {}", say("filtered", lang), narrowed.join(" · ")),
            (true, true) if scope == (false, false) => say("whole_country", lang),
            _ => String::new(),
        };
        let link: Option<super::grids::RowLink<'_>> = match grid.id {
            "region_month" => Some(&regions),
            "category_month" => Some(&categories),
            _ => None,
        };
        out.push_str(&Panel { grid, chart, scope, open, link }.html(lang));
    }
    if select(asked, "risk-communes", &view.query).is_some() {
        out.push_str(&small_maps(asked, &last));
    }
    out.push_str("</section>");
    Ok(out)
}

fn units_section(units: &Grid, asked: &Asked) -> String {
    let notes: String = units.notes.iter().map(|n| format!("<p class=\"small\">{}</p>", escape(n))).collect();
    format!(
        "<div class=\"panel\" id=\"p-units\"><h3 id=\"t-units\">{}</h3><details open><summary>{}</summary>{}</details>{notes}</div>",
        escape(&units.title),
        escape(&say("table", asked.lang)),
        table(units, None, asked.lang)
    )
}

/// How a table is drawn, whether it takes the filter of region and of category, whether it is unfolded at first.
fn shown(id: &str) -> (Option<&'static str>, (bool, bool), bool) {
    match id {
        "category_month" => (Some("stack"), (true, false), true),
        "region_month" => (Some("lines"), (false, true), true),
        "arrows" => (None, (true, false), true),
        "type_month" => (Some("bars"), (true, false), false),
        "cercles" => (Some("bars"), (false, false), false),
        "communes_top" => (Some("bars"), (true, false), false),
        "severity" => (Some("stack"), (false, false), false),
        "liptako" => (Some("bars"), (false, false), false),
        "victims" => (Some("rows"), (true, true), false),
        _ => (Some("bars"), (true, true), false),
    }
}

fn region_name(tables: &[Grid], view: &View) -> Option<String> {
    label_of(tables, "region_month", view.region.as_deref()?)
}

fn category_name(tables: &[Grid], view: &View) -> Option<String> {
    label_of(tables, "category_month", view.category.as_deref()?)
}

fn label_of(tables: &[Grid], id: &str, code: &str) -> Option<String> {
    let row = tables.iter().find(|t| t.id == id).and_then(|t| t.row(code));
    Some(row.map_or_else(|| code.to_owned(), |r| r.label.clone()))
}

/// What the tables are narrowed to, each with the link that takes it away.
fn filters(asked: &Asked, view: &View) -> String {
    let lang = asked.lang;
    let chips: String = [("region", &view.region), ("category", &view.category)]
        .into_iter()
        .filter_map(|(name, value)| {
            let value = value.as_deref()?;
            Some(format!(
                "<li><a class=\"chip\" href=\"{}#panels\"><span class=\"vh\">{} </span>{} <span aria-hidden=\"true\">×</span></a></li>",
                escape(&here(asked, &[(name, None)])),
                escape(&say("unfilter", lang)),
                escape(value)
            ))
        })
        .collect();
    if chips.is_empty() { chips } else { format!("<ul class=\"chips\">{chips}</ul>") }
}

/// The risk maps of the last months, side by side, in the same classes. Folded: they weigh as much as the page, and come when unfolded.
fn small_maps(asked: &Asked, months: &[Period]) -> String {
    let lang = asked.lang;
    let maps: String = months
        .iter()
        .map(|p| {
            let there = format!("{}/map?layer=risk-communes&{}&f=png&width=240&height=220", asked.base, map_context(asked, *p));
            let name = spoken(*p, lang);
            format!(
                "<figure><img loading=\"lazy\" width=\"240\" height=\"220\" src=\"{}\" alt=\"{} {}\"><figcaption>{1}</figcaption></figure>",
                escape(&there),
                escape(&name),
                escape(&say("theme_risk", lang))
            )
        })
        .collect();
    format!(
        "<div class=\"panel wide-panel\" id=\"p-maps\"><h3 id=\"t-maps\">{}</h3><details><summary>{}</summary><div class=\"multiples\">{maps}</div></details></div>",
        escape(&say("severity_maps", lang)),
        escape(&say("maps", lang))
    )
}

fn foot(asked: &Asked, view: &View, legend: &Legend) -> String {
    let notes: String = legend.json["notes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|note| format!("<p>{}</p>", escape(note)))
        .collect();
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
