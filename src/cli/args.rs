//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::{Lang, SetId};

/// Vigie: protection monitoring on the map.
#[derive(Debug, Parser)]
#[command(name = "vigie", version, about, long_about = None, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Language of messages and outputs; the locale's where it is not given.
    #[arg(long, global = true, value_enum)]
    pub lang: Option<LangArg>,
    /// Answers as JSON, for scripts.
    #[arg(long, global = true)]
    pub json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes the demonstration store (synthetic data, schematic boundaries).
    Demo(DemoArgs),
    /// Imports boundaries, or a theme's file: incidents, alerts, risk, coverage, population.
    Import(ImportArgs),
    /// Lists, shows or takes back imports.
    Imports(ImportsArgs),
    /// Writes an empty workbook for a theme, with every column explained.
    Template(TemplateArgs),
    /// Writes the annex maps of a period.
    Annexes(AnnexesArgs),
    /// How much of a measure lies in a zone (Liptako-Gourma by definition).
    Concentration(ConcentrationArgs),
    /// Which units of one boundary set lie in which of another, and what changed.
    Crosswalk(super::crosswalk::CrosswalkArgs),
    /// Where violations cluster, and whether it is more than chance.
    Hotspots(HotspotsArgs),
    /// Serves layers over HTTP.
    Serve(ServeArgs),
}

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LangArg {
    /// Français.
    Fr,
    /// English.
    En,
}

impl From<LangArg> for Lang {
    fn from(l: LangArg) -> Self {
        match l {
            LangArg::Fr => Self::Fr,
            LangArg::En => Self::En,
        }
    }
}

/// The language of the locale: English where it says so, else French.
pub fn locale() -> Lang {
    let of = |name| std::env::var(name).ok().filter(|v: &String| !v.is_empty());
    let locale = of("LC_ALL").or_else(|| of("LC_MESSAGES")).or_else(|| of("LANG")).unwrap_or_default();
    if locale.starts_with("en") { Lang::En } else { Lang::Fr }
}

/// `vigie demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where to make it; a demonstration store that is there is made anew.
    #[arg(long, default_value = "vigie-demo.gpkg")]
    pub store: PathBuf,
}

/// Which store.
#[derive(Debug, Args)]
pub struct StoreArg {
    /// The store, a GeoPackage.
    #[arg(long, env = "VIGIE_STORE", default_value = "vigie.gpkg", global = true)]
    pub store: PathBuf,
}

/// `vigie import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// `boundaries`, a theme (incidents, alerts, risk, coverage, population), or `tables` THEME to check published tables.
    pub what: String,
    /// The file; for boundaries one or several, a level each.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Boundary set: its name for boundaries, the one(s) to locate on for a theme (a,b,c).
    #[arg(long, value_delimiter = ',')]
    pub set: Vec<SetId>,
    /// Level of the units, where it cannot be seen: 1, 2 or 3.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub level: Option<u8>,
    /// CRS of a file that states none: EPSG:32630.
    #[arg(long)]
    pub crs: Option<String>,
    /// Column of the p-code.
    #[arg(long)]
    pub code: Option<String>,
    /// Column of the name.
    #[arg(long)]
    pub name: Option<String>,
    /// Column of the parent's p-code.
    #[arg(long)]
    pub parent: Option<String>,
    /// Layer of a file that has several.
    #[arg(long)]
    pub layer: Option<String>,
    /// Date the boundaries are valid from.
    #[arg(long)]
    pub valid_from: Option<jiff::civil::Date>,
    /// Makes the set the store's default.
    #[arg(long)]
    pub default: bool,
    /// Source of rows that name none.
    #[arg(long, default_value = "monitoring")]
    pub source: String,
    /// Says what would happen, stores nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// One rejected row and nothing is stored (exit status 3).
    #[arg(long)]
    pub strict: bool,
    /// Writes the whole report (JSON) to this file.
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie imports`.
#[derive(Debug, Args)]
pub struct ImportsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub action: ImportsAction,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// The actions on imports.
#[derive(Debug, Subcommand)]
pub enum ImportsAction {
    /// Every import, oldest first.
    List,
    /// One import with all that it found.
    Show {
        /// Its number.
        id: i64,
    },
    /// Takes an import of data back.
    Undo {
        /// Its number.
        id: i64,
    },
}

/// `vigie template`.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// incidents, alerts, risk, coverage or population.
    pub theme: String,
    /// The workbook to write.
    #[arg(long)]
    pub out: PathBuf,
}

/// `vigie annexes`.
#[derive(Debug, Args)]
pub struct AnnexesArgs {
    /// 2021-06, 2021-Q2, 2021, 2021-01/2021-06 or latest.
    pub period: String,
    /// Directory to write to.
    #[arg(long)]
    pub out: PathBuf,
    /// Which annexes.
    #[arg(long, value_delimiter = ',', default_values = ["1"], value_parser = ["1"])]
    pub annex: Vec<String>,
    /// Formats.
    #[arg(long, value_delimiter = ',', default_values = ["pdf", "png", "svg"], value_parser = ["pdf", "png", "svg"])]
    pub format: Vec<String>,
    /// Boundary set; the store's default where it is not given.
    #[arg(long)]
    pub set: Option<SetId>,
    /// Source counted.
    #[arg(long)]
    pub source: Option<String>,
    /// Resolution of the PNG, dots an inch.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(50..=600))]
    pub dpi: u16,
    /// Date of creation printed; the data version's where it is not given.
    #[arg(long)]
    pub date: Option<jiff::civil::Date>,
    /// Folder of templates and styles that replace the built-in ones file by file.
    #[arg(long, env = "VIGIE_STYLES")]
    pub styles: Option<PathBuf>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie concentration`.
#[derive(Debug, Args)]
pub struct ConcentrationArgs {
    /// Zone id, or all.
    #[arg(long, default_value = "all")]
    pub zone: String,
    /// violations or incidents.
    #[arg(long, default_value = "violations", value_parser = ["violations", "incidents", "alerts"])]
    pub measure: String,
    /// Period.
    #[arg(long, default_value = "latest")]
    pub period: String,
    /// Level of the units that unevenness is measured over.
    #[arg(long, value_enum, default_value = "cercle")]
    pub level: LevelArg,
    /// Boundary set(s).
    #[arg(long, value_delimiter = ',')]
    pub set: Vec<SetId>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie hotspots`.
#[derive(Debug, Args)]
pub struct HotspotsArgs {
    /// violations, incidents or alerts.
    #[arg(long, default_value = "violations", value_parser = ["violations", "incidents", "alerts"])]
    pub measure: String,
    /// Level of the units.
    #[arg(long, value_enum, default_value = "commune")]
    pub level: LevelArg,
    /// Period.
    #[arg(long, default_value = "latest")]
    pub period: String,
    /// How: gi-star (Gi*, exact permutation p, false discovery rate).
    #[arg(long, default_value = "gi-star", value_parser = ["gi-star"])]
    pub method: String,
    /// Neighbours: queen, rook, nearest-K or within-KMkm.
    #[arg(long, default_value = "queen")]
    pub weights: String,
    /// False discovery rate.
    #[arg(long, default_value_t = 0.05)]
    pub alpha: f64,
    /// Boundary set(s); several are one map, across their borders.
    #[arg(long, value_delimiter = ',')]
    pub set: Vec<SetId>,
    /// Source counted.
    #[arg(long)]
    pub source: Option<String>,
    /// documented or all.
    #[arg(long)]
    pub basis: Option<String>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// An administrative level, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    /// Level 1.
    #[value(alias = "1", alias = "regions")]
    Region,
    /// Level 2.
    #[value(alias = "2", alias = "cercles")]
    Cercle,
    /// Level 3.
    #[value(alias = "3", alias = "communes")]
    Commune,
}

impl From<LevelArg> for crate::domain::Level {
    fn from(l: LevelArg) -> Self {
        match l {
            LevelArg::Region => Self::Region,
            LevelArg::Cercle => Self::Cercle,
            LevelArg::Commune => Self::Commune,
        }
    }
}

/// `vigie serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub listen: std::net::SocketAddr,
    /// Address that links carry, where a proxy stands before the service.
    #[arg(long)]
    pub public_url: Option<String>,
    /// Shows points, categories and small counts of real data; loopback only.
    #[arg(long)]
    pub unsafe_local: bool,
    /// Folder of templates and styles that replace the built-in ones file by file.
    #[arg(long, env = "VIGIE_STYLES")]
    pub styles: Option<PathBuf>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}
