//! `/annexes`: the maps, lists and pages of the report as files.

use axum::http::{HeaderValue, header};
use serde_json::json;

use super::negotiate::{self, Offer};
use super::problem::Problem;
use super::service::{Asked, Page};
use super::{address, asked};
use crate::app::{Annex, AnnexAsk, Paper, Sheet};

/// Parameters of a file.
pub(super) const PARAMETERS: [&str; 9] = ["lang", "set", "source", "paper", "orientation", "dpi", "rate", "hxl", "v"];
/// Dots an inch over the web at most: a larger picture is for the command line.
pub(super) const MOST_DPI: u16 = 300;
/// And at least.
pub(super) const LEAST_DPI: u16 = 30;

/// Every file of an annex: `3.pdf`, `liptako.xlsx`.
pub(super) fn files() -> Vec<String> {
    let all = Annex::ALL.into_iter().chain(Annex::BESIDES);
    all.flat_map(|a| a.formats().iter().map(move |f| format!("{}.{f}", a.number()))).collect()
}

/// Every form that a file may have.
pub(super) fn every_offer() -> Vec<Offer> {
    ["pdf", "png", "svg", "xlsx", "csv"].iter().flat_map(|ending| offers(&format!(".{ending}"))).copied().collect()
}

/// What a file may be, by its ending.
pub(super) fn offers(file: &str) -> &'static [Offer] {
    match file.rsplit_once('.').map(|(_, ending)| ending) {
        Some("png") => negotiate::PNG_FILE,
        Some("svg") => negotiate::SVG_FILE,
        Some("xlsx") => negotiate::XLSX_FILE,
        Some("csv") => negotiate::CSV_FILE,
        _ => negotiate::PDF_FILE,
    }
}

/// Which annexes there are, and where.
pub(super) fn list(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&["lang", "f", "v"])?;
    asked.query()?;
    let open = asked.asker.role.sees_all();
    let annexes: Vec<_> = Annex::ALL
        .into_iter()
        .chain(Annex::BESIDES)
        .filter(|a| open || !a.of_events())
        .map(|a| {
            let address = |f: &&str| asked.href(&format!("/annexes/latest/{}.{f}", a.number()));
            let files: Vec<String> = a.formats().iter().map(address).collect();
            json!({"annex": a.number(), "title": a.title(asked.lang), "files": files})
        })
        .collect();
    let all = asked.href("/annexes/latest.zip");
    Page::json(&json!({"annexes": annexes, "all": all, "synthetic": asked.source.synthetic()}), &[])
}

/// `/annexes/{period}.zip`.
pub(super) fn archive(asked: &Asked, file: &str) -> Result<Page, Problem> {
    match file.strip_suffix(".zip") {
        Some(period) => answer(asked, period, "zip"),
        None => Err(Problem::not_found(
            "/annexes/{période}.zip ou /annexes/{période}/{n}.{pdf|png|svg|xlsx|csv} attendu.",
            "/annexes/{period}.zip or /annexes/{period}/{n}.{pdf|png|svg|xlsx|csv} expected.",
        )),
    }
}

/// `/annexes/{period}/{n}.{pdf|png|svg|xlsx|csv}`.
pub(super) fn file(asked: &Asked, period: &str, file: &str) -> Result<Page, Problem> {
    answer(asked, period, file)
}

fn answer(asked: &Asked, period: &str, file: &str) -> Result<Page, Problem> {
    asked.given.only(&PARAMETERS)?;
    let query = asked::context(&asked.given, asked.source.as_ref())?;
    let one_of = |name: &str, values: &[&str]| match asked.given.get(name) {
        Some(given) => {
            values.iter().position(|v| *v == given).ok_or_else(|| Problem::bad_parameter(name, given, values))
        }
        None => Ok(0),
    };
    let dpi = match asked.given.get("dpi") {
        Some(given) => given
            .parse()
            .ok()
            .filter(|d| (LEAST_DPI..=MOST_DPI).contains(d))
            .ok_or_else(|| Problem::bad_parameter("dpi", given, &["30", "300"]))?,
        None => 150,
    };
    let ask = AnnexAsk {
        lang: asked.lang,
        set: query.sets.first().cloned(),
        source: query.source,
        sheet: Sheet {
            paper: [Paper::A4, Paper::A3][one_of("paper", &["a4", "a3"])?],
            portrait: one_of("orientation", &["landscape", "portrait"])? == 1,
        },
        rates: one_of("rate", &["false", "true"])? == 1,
        dpi,
        hxl: one_of("hxl", &["false", "true"])? == 1,
    };
    // In a path a period of several months is written with an underscore.
    let made = asked.source.annex(&period.replace('_', "/"), file, &ask)?;
    let disposition = format!("inline; filename=\"{}\"", address::segment(&made.name));
    let disposition = HeaderValue::from_str(&disposition).map_err(|e| Problem::fault(e.to_string()))?;
    Ok(Page { body: made.bytes, headers: vec![(header::CONTENT_DISPOSITION, disposition)] })
}
