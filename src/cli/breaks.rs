//! `vigie breaks`.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::args::StoreArg;
use super::say::Say;
use crate::app::{self, AppError, BREAK_METHODS, BreaksQuery, LayerQuery, LayerSource as _};
use crate::domain::SetId;
use crate::style::decimal;

/// `vigie breaks`.
#[derive(Debug, Args)]
pub struct BreaksArgs {
    /// The layer whose style is to be fixed: violations-communes, risk-communes…
    pub layer: String,
    /// The months the values come from: 2021, 2021-01/2021-06…
    #[arg(long, default_value = "latest")]
    pub period: String,
    /// How: exact natural breaks (Fisher–Jenks), equal shares of the units, equal intervals, head/tail, or by hand.
    #[arg(long, default_value = "fisher-jenks", value_parser = BREAK_METHODS)]
    pub method: String,
    /// Number of classes; the style's own where it is not given.
    #[arg(long)]
    pub classes: Option<usize>,
    /// By hand: the largest value of each class, 4,9,24,49,1000.
    #[arg(long, value_delimiter = ',')]
    pub upper: Vec<f64>,
    /// Boundary set(s); the store's default where not given.
    #[arg(long, value_delimiter = ',')]
    pub set: Vec<SetId>,
    /// Source.
    #[arg(long)]
    pub source: Option<String>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

pub(super) fn run(args: &BreaksArgs, say: &Say) -> Result<ExitCode, AppError> {
    let service = app::open_service(&args.store.store, None, crate::store::AsOf::Now)?;
    let query = LayerQuery {
        period: Some(service.parse_period(&args.period)?),
        sets: args.set.clone(),
        source: args.source.clone(),
        lang: say.lang,
        ..LayerQuery::default()
    };
    let answer = service.breaks(&BreaksQuery {
        layer: args.layer.clone(),
        method: args.method.clone(),
        classes: args.classes,
        upper: args.upper.clone(),
        query,
    })?;
    let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    let fit = answer["fit"].as_f64().map_or_else(|| "–".to_owned(), |x| decimal(x, 3, say.lang));
    let (n, field) = (&answer["values"], args.layer.as_str());
    let mut lines = vec![say.lang.pick(
        format!("{field} : {n} valeurs non nulles, {}, qualité d’ajustement de la variance {fit}", args.method),
        format!("{field}: {n} values above zero, {}, goodness of variance fit {fit}", args.method),
    )];
    for (least, count) in list("breaks").iter().zip(list("counts")) {
        lines.push(format!("≥ {:>8}   {count:>6}", least.as_f64().map_or(String::new(), |x| x.to_string())));
    }
    lines.push(say.lang.pick(
        format!("À écrire dans styles/layers/{}.toml (--styles), une fois pour l’année :", args.layer),
        format!("To write into styles/layers/{}.toml (--styles), once for the year:", args.layer),
    ));
    lines.extend(answer["toml"].as_str().unwrap_or_default().lines().map(str::to_owned));
    if list("breaks").len() as u64 != answer["classes_of_the_style"].as_u64().unwrap_or_default() {
        let has = &answer["classes_of_the_style"];
        lines.push(say.lang.pick(
            format!("Le style a {has} classes : palette, tailles et libellés sont à changer avec elles."),
            format!("The style has {has} classes: its palette, sizes and labels change with them."),
        ));
    }
    lines.extend(say.synthetic(answer["synthetic"] == Value::Bool(true)));
    say.result(&answer, &lines);
    Ok(ExitCode::SUCCESS)
}
