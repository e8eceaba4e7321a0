//! `/app/report`: the annexes of a month as they will print, to be looked at and downloaded. It needs no script.

use std::fmt::Write as _;

use super::super::html::escape;
use super::super::problem::Problem;
use super::super::service::{Asked, Page};
use super::super::{address, asked};
use super::figures::spoken;
use super::shell::{Frame, framed, notices};
use super::words::say;
use crate::app::Annex;
use crate::domain::{Month, Period};

/// Months offered, the latest first.
const MOST_MONTHS: usize = 120;
/// The previews: dots an inch, and the pixels of a page of A4 across at so many.
const PREVIEW: (u16, u16, u16) = (60, 702, 496);

/// `/app/report`.
pub(in crate::web) fn report(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::CONTEXT)?;
    let lang = asked.lang;
    let period = match asked.query()?.period {
        Some(period) => period,
        None => asked.source.parse_period("latest")?,
    };
    let word = |key: &str| escape(&say(key, lang));
    let title = format!("{}, {}", say("h1_report", lang), spoken(period, lang));
    // In a path a period of several months is written with an underscore.
    let path = period.to_string().replace('/', "_");
    let context = address::query(
        ["set", "source"].iter().filter_map(|n| Some((*n, asked.given.get(n)?))).chain([("lang", lang.code())]),
    );
    let open = asked.asker.role.sees_all();
    let mut list = String::new();
    for annex in Annex::ALL.into_iter().chain(Annex::BESIDES).filter(|a| open || !a.of_events()) {
        let (number, name) = (annex.number(), escape(annex.title(lang)));
        let file = |form: &str| escape(&asked.with_query(&format!("/annexes/{path}/{number}.{form}"), &context));
        let heading = if number.chars().all(|c| c.is_ascii_digit()) {
            format!("{} {number} – {name}", word("annex"))
        } else {
            name.clone()
        };
        let (dpi, width, height) = PREVIEW;
        let preview = if annex.formats().contains(&"png") {
            format!(
                "<a href=\"{}\"><img loading=\"lazy\" width=\"{width}\" height=\"{height}\" src=\"{}\" alt=\"{} {heading}\"></a>",
                file("pdf"),
                escape(&asked.with_query(&format!("/annexes/{path}/{number}.png"), &format!("{context}&dpi={dpi}"))),
                word("preview")
            )
        } else {
            format!("<p class=\"small\">{}</p>", word("no_preview"))
        };
        let files: String = annex
            .formats()
            .iter()
            .map(|form| {
                let shown = form.to_uppercase();
                format!("<li><a download href=\"{}\"><span class=\"vh\">{heading}, </span>{shown}</a></li>", file(form))
            })
            .collect();
        let _ = write!(
            list,
            "<li class=\"sheet\" id=\"annex-{number}\"><h2>{heading}</h2>{preview}<ul class=\"files\">{files}</ul></li>"
        );
    }
    let all = escape(&asked.with_query(&format!("/annexes/{path}.zip"), &context));
    let main = format!(
        "{}<h1 id=\"title\">{}</h1><p>{}</p>{}<p><a class=\"button\" id=\"all\" download href=\"{all}\">{}</a></p><ol class=\"sheets\">{list}</ol>",
        notices(asked, true, false),
        escape(&title),
        word("report_said"),
        months(asked, period),
        word("report_all"),
    );
    Ok(framed(asked, &Frame { name: "report", title, main, foot: String::new(), settings: None }))
}

fn months(asked: &Asked, period: Period) -> String {
    let lang = asked.lang;
    let spans = asked.layers().into_iter().filter_map(|l| l.months);
    let Some((first, last)) = spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return String::new() };
    let all: Vec<Month> = Period::new(first, last).map(|p| p.months().collect()).unwrap_or_default();
    let mut values: Vec<String> = all.iter().rev().take(MOST_MONTHS).map(ToString::to_string).collect();
    if !values.contains(&period.to_string()) {
        values.insert(0, period.to_string());
    }
    let options: String = values
        .iter()
        .map(|v| {
            let chosen = if *v == period.to_string() { " selected" } else { "" };
            let shown = Period::parse(v).map_or_else(|_| v.clone(), |p| spoken(p, lang));
            format!("<option value=\"{}\"{chosen}>{}</option>", escape(v), escape(&shown))
        })
        .collect();
    let kept: String =
        [("set", asked.given.get("set")), ("source", asked.given.get("source")), ("lang", Some(lang.code()))]
            .into_iter()
            .filter_map(|(name, value)| {
                Some(format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value?)))
            })
            .collect();
    format!(
        "<form id=\"choose\" action=\"{}/app/report\">{kept}<label>{}<select name=\"period\" id=\"c-period\">{options}</select></label><button id=\"show\">{}</button></form>",
        asked.base,
        escape(&say("period", lang)),
        escape(&say("show", lang))
    )
}
