//! `/trends`: the tables of the monthly report, as JSON, CSV, workbook or pages.

use axum::http::{HeaderValue, header};

use super::negotiate::Form;
use super::problem::Problem;
use super::service::{Asked, Page};
use super::{address, asked};
use crate::app::{Formula, Tolerance, TrendBy, TrendsFormat, TrendsQuery};

/// What `/trends` takes besides the context.
const OWN: [&str; 7] = ["by", "region", "category", "formula", "tolerance", "hxl", "f"];

/// `/trends`, as far as the asker's role is told.
pub(super) fn trends(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&[asked::CONTEXT.as_slice(), &OWN].concat())?;
    let mut query = TrendsQuery { layer: asked.query()?, ..TrendsQuery::default() };
    for (name, value) in asked.given.iter() {
        match name {
            "by" => {
                for word in value.split(',') {
                    let allowed = TrendBy::ALL.map(TrendBy::word);
                    query.by.push(TrendBy::of(word).ok_or_else(|| Problem::bad_parameter("by", word, &allowed))?);
                }
            }
            "region" => query.region = Some(value.to_owned()),
            "category" => query.category = Some(value.to_owned()),
            "formula" => {
                let word = asked::one_of(name, value, &["relative", "symmetric"])?;
                query.formula = Formula::of(word).unwrap_or_default();
            }
            "tolerance" => {
                let tolerance = value.parse().ok().and_then(Tolerance::percent);
                query.tolerance = tolerance.ok_or_else(|| Problem::bad_parameter(name, value, &["0…100"]))?;
            }
            "hxl" => query.hxl = asked::one_of(name, value, &["true", "false"])? == "true",
            _ => {}
        }
    }
    let (format, ending) = match asked.offer.form {
        Form::Csv => (TrendsFormat::Csv, "csv"),
        Form::Xlsx => (TrendsFormat::Xlsx, "xlsx"),
        Form::Pdf => (TrendsFormat::Pdf, "pdf"),
        _ => (TrendsFormat::Json, ""),
    };
    let body = asked.source.trend_tables(&query, format)?;
    let mut headers = Vec::new();
    if !ending.is_empty() {
        let period = query.layer.period.map_or_else(|| "latest".to_owned(), |p| p.to_string().replace('/', "_"));
        let disposition = format!("inline; filename=\"{}.{ending}\"", address::segment(&format!("trends-{period}")));
        headers.extend(HeaderValue::from_str(&disposition).ok().map(|v| (header::CONTENT_DISPOSITION, v)));
    }
    Ok(Page { body, headers })
}
