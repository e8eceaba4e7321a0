//! The tables below the map, narrowed as the reader chose, and the small maps.

use std::fmt::Write as _;

use super::super::html::escape;
use super::super::problem::Problem;
use super::super::service::Asked;
use super::chooser::{here, map_context, months};
use super::figures::{self, select, spoken};
use super::grids::{Panel, table};
use super::view::View;
use super::words::say;
use crate::app::{LayerSelection, TrendBy, TrendsQuery};
use crate::domain::Period;
use crate::formats::grid::Grid;

/// Maps of the small multiples, the month shown being the last.
const SMALL_MAPS: u32 = 6;

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

/// Sentences, charts and tables.
pub(super) fn panels(asked: &Asked, view: &View, selection: &LayerSelection) -> Result<String, Problem> {
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
    let name = |id: &str, code: &Option<String>| code.as_deref().map(|code| label_of(&whole.tables, id, code));
    let names = (name("region_month", &view.region), name("category_month", &view.category));
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
        "type_month" | "communes_top" => (Some("bars"), (true, false), false),
        "cercles" | "liptako" => (Some("bars"), (false, false), false),
        "severity" => (Some("stack"), (false, false), false),
        "victims" => (Some("rows"), (true, true), false),
        _ => (Some("bars"), (true, true), false),
    }
}

/// The name of a row, by its code.
fn label_of(tables: &[Grid], id: &str, code: &str) -> String {
    let row = tables.iter().find(|t| t.id == id).and_then(|t| t.row(code));
    row.map_or_else(|| code.to_owned(), |r| r.label.clone())
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
