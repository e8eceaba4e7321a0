//! Tables as HTML: numbers as people read them, an absence by its words, and the same as attributes for charts and files.

use std::fmt::Write as _;

use super::super::html::escape;
use super::words::say;
use crate::app::{decimal, grouped};
use crate::domain::{Lang, Reading};
use crate::formats::grid::{Grid, GridCell, absence, change_text, percent_text};

/// Where the head of a row leads: its address and what following it does.
pub(super) type RowLink<'a> = &'a dyn Fn(&str) -> Option<(String, String)>;

/// A panel: title, room for the chart, the table that says the same, its notes.
pub(super) struct Panel<'a> {
    pub(super) grid: &'a Grid,
    /// `lines`, `stack`, `bars` or none: how the script draws it.
    pub(super) chart: Option<&'static str>,
    /// Filter words, or that it has none.
    pub(super) scope: String,
    /// Whether the table is unfolded at first.
    pub(super) open: bool,
    pub(super) link: Option<RowLink<'a>>,
}

impl Panel<'_> {
    pub(super) fn html(&self, lang: Lang) -> String {
        let grid = self.grid;
        let chart = self.chart.map_or_else(String::new, |kind| format!(" data-chart=\"{kind}\""));
        let scope = if self.scope.is_empty() {
            String::new()
        } else {
            format!("<p class=\"scope\">{}</p>", escape(&self.scope))
        };
        let notes: String = grid.notes.iter().map(|n| format!("<p>{}</p>", escape(n))).collect();
        format!(
            "<div class=\"panel\" id=\"p-{id}\"{chart}><h3 id=\"t-{id}\">{title}</h3>{scope}<div class=\"chart\"></div>\
<details{open}><summary>{table}</summary>{rows}</details><div class=\"small\">{notes}</div></div>",
            id = grid.id,
            title = escape(&grid.title),
            open = if self.open { " open" } else { "" },
            table = escape(&say("table", lang)),
            rows = table(grid, self.link, lang),
        )
    }
}

/// The table alone.
pub(super) fn table(grid: &Grid, link: Option<RowLink<'_>>, lang: Lang) -> String {
    let mut out = format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"t-{id}\"><table><thead><tr><th scope=\"col\">{}</th>",
        escape(&grid.corner),
        id = grid.id,
    );
    for (k, column) in grid.columns.iter().enumerate() {
        let text = grid.rows.iter().any(|r| matches!(r.cells.get(k), Some(GridCell::Text(_))));
        let class = if text { " class=\"text\"" } else { "" };
        let _ =
            write!(out, "<th scope=\"col\"{class} data-id=\"{}\">{}</th>", escape(&column.id), escape(&column.label));
    }
    out.push_str("</tr></thead><tbody>");
    for row in &grid.rows {
        let label = escape(&row.label);
        let head =
            link.filter(|_| !row.total).and_then(|link| link(&row.code)).map_or(label.clone(), |(href, does)| {
                format!("<a href=\"{}\" title=\"{}\">{label}</a>", escape(&href), escape(&does))
            });
        let total = if row.total { " class=\"total\"" } else { "" };
        let _ = write!(out, "<tr{total} data-id=\"{}\"><th scope=\"row\">{head}</th>", escape(&row.code));
        for cell in &row.cells {
            out.push_str(&written(cell, lang));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

/// A cell: `data-v` is the number, `data-s` the absence.
fn written(cell: &GridCell, lang: Lang) -> String {
    match cell {
        GridCell::Text(text) => format!("<td class=\"text\">{}</td>", escape(text)),
        GridCell::Count { reading, partial } => counted(*reading, *partial, lang),
        GridCell::Percent(Some(x)) => format!("<td data-v=\"{x}\">{}</td>", escape(&percent_text(*x, lang))),
        GridCell::Tenths(Some(x)) => {
            let text = decimal(*x, 1, lang);
            format!("<td data-v=\"{x}\">{}</td>", lang.pick(format!("{text}\u{a0}%"), format!("{text}%")))
        }
        GridCell::Percent(None) | GridCell::Tenths(None) | GridCell::Change(None) => {
            "<td data-s=\"\">–</td>".to_owned()
        }
        GridCell::Change(Some(change)) => {
            let percent = change.percent.map_or_else(String::new, |p| format!(" ({})", change_text(p, lang)));
            let counts = format!("{} → {}{percent}", grouped(change.counts.0, lang), grouped(change.counts.1, lang));
            format!(
                "<td class=\"arrow {word}\" data-t=\"{word}\" title=\"{counts}\"><span aria-hidden=\"true\">{symbol}</span><span class=\"vh\">{spoken}, {counts}</span></td>",
                word = change.word,
                symbol = change.symbol,
                spoken = escape(&change.spoken),
                counts = escape(&counts),
            )
        }
    }
}

fn counted(reading: Reading, partial: bool, lang: Lang) -> String {
    if let Some(n) = reading.number() {
        return format!("<td data-v=\"{n}\">{}{}</td>", grouped(n, lang), if partial { "*" } else { "" });
    }
    let (word, (letters, meaning)) = (reading.word(), absence(reading.word(), lang));
    let meaning = escape(meaning);
    format!("<td class=\"absent\" data-s=\"{word}\"><abbr title=\"{meaning}\">{letters}</abbr></td>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absence_has_no_number_in_text_or_attribute() {
        for reading in [
            Reading::NotCovered,
            Reading::CoveredNoReport,
            Reading::Suppressed,
            Reading::Unknown,
            Reading::NotYetElapsed,
        ] {
            let html = counted(reading, false, Lang::Fr);
            assert!(!html.contains("data-v") && !html.chars().any(|c| c.is_ascii_digit()), "{html}");
        }
        assert_eq!(counted(Reading::Zero, false, Lang::Fr), "<td data-v=\"0\">0</td>");
        assert_eq!(counted(Reading::Value(1237), true, Lang::Fr), "<td data-v=\"1237\">1\u{202f}237*</td>");
    }
}
