//! What the command line takes.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::app::AsOf;
use crate::domain::{Lang, Period, Role, SetId};
use crate::web::Network;

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
    /// Folder of an office's own themes, ID.toml each; one with the id of a shipped theme replaces it.
    #[arg(long, env = "VIGIE_THEMES", global = true)]
    pub themes: Option<PathBuf>,
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
    /// Trend tables of the monthly report, with their arrows and sentences.
    Trends(TrendsArgs),
    /// How much of a measure lies in a zone (Liptako-Gourma by definition).
    Concentration(ConcentrationArgs),
    /// Which units of one boundary set lie in which of another, and what changed.
    Crosswalk(super::crosswalk::CrosswalkArgs),
    /// Where violations cluster, and whether it is more than chance.
    Hotspots(HotspotsArgs),
    /// What came back, rose or stays high, by the office's thresholds.
    Triggers(TriggersArgs),
    /// Finds class breaks for a layer's style, to be fixed for a year
    Breaks(super::breaks::BreaksArgs),
    /// Writes a layer of a period as a file of GIS or a table.
    Export(super::export::ExportArgs),
    /// Writes the tiles of a layer and period as PMTiles, for a static host.
    Tiles(super::tiles::TilesArgs),
    /// Makes months public as they stand, marks them checked, or withdraws them.
    Release(super::release::ReleaseArgs),
    /// Lists what was released, when, by whom, with the digests of what the public gets.
    Releases(super::release::ReleasesArgs),
    /// Makes, lists and revokes the tokens of those who see more than the public.
    Token(super::token::TokenArgs),
    /// Lists who changed what and who read what is restricted, or looks whether the list is whole.
    Audit(super::audit::AuditArgs),
    /// Removes facts of earlier months for good, with their history; what stays is an entry in the audit.
    Purge(super::purge::PurgeArgs),
    /// Serves layers over HTTP.
    Serve(ServeArgs),
    /// Checks that a store is whole: file, history, current state. Exit status 1 on a fault.
    Check(CheckArgs),
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

fn period(text: &str) -> Result<Period, String> {
    Period::parse(text).map_err(|_| format!("« {text} »: 2021-06, 2021-Q2, 2021 or 2021-01/2021-06"))
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

/// Which state of the data.
#[derive(Debug, Args)]
pub struct AsOfArg {
    /// Answers from what was known on a date (2021-06-30, its end in UTC) or after an import (its number).
    #[arg(long)]
    as_of: Option<AsOf>,
}

impl AsOfArg {
    /// The state asked; the current one where none is.
    pub fn get(&self) -> AsOf {
        self.as_of.unwrap_or(AsOf::Now)
    }
}

/// Who does it.
#[derive(Debug, Args)]
pub struct ByArg {
    /// Who imports, kept with the batch; the name of the session where it is not given.
    #[arg(long, env = "USER", hide_env_values = true)]
    pub by: Option<String>,
}

impl ByArg {
    /// The name, cut at 100 characters; empty where there is none.
    pub fn name(&self) -> String {
        self.by.as_deref().unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect()
    }
}

/// `vigie import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// `boundaries`, `localities`, a theme (incidents, alerts, risk, coverage, population), or `tables` THEME to check
    /// published tables.
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
    /// Profile of the file: auto, vigie, kobo, acled, dtm, hxl, veille, or a TOML file of your own (docs/profiles.md).
    #[arg(long, default_value = "auto")]
    pub profile: String,
    /// How dates and numbers are written: fr, en-GB, en-US or iso; asked for where a file reads two ways.
    #[arg(long)]
    pub locale: Option<String>,
    /// Sheet of a workbook or layer of a GIS file, where it has several.
    #[arg(long)]
    pub sheet: Option<String>,
    /// The file replaces this period: facts of its theme and source in it that the file does not have hold no longer.
    #[arg(long, value_parser = period)]
    pub replaces: Option<Period>,
    /// Who imports.
    #[command(flatten)]
    pub by: ByArg,
    /// Says what would happen, stores nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// One rejected row and nothing is stored (exit status 3).
    #[arg(long)]
    pub strict: bool,
    /// Writes the whole report to this file: .json, .csv or .xlsx.
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// Writes the rejected rows back to this file (.csv or .xlsx), to be corrected and imported again.
    #[arg(long)]
    pub rejects: Option<PathBuf>,
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
    List {
        /// Which state of the data.
        #[command(flatten)]
        as_of: AsOfArg,
    },
    /// One import with all that it found.
    Show {
        /// Its number.
        id: i64,
    },
    /// Takes an import back.
    Undo {
        /// Its number.
        id: i64,
        /// Who does it.
        #[command(flatten)]
        by: ByArg,
    },
    /// Writes the places of an import that wait for an officer as a workbook to fill in.
    Review {
        /// Its number.
        id: i64,
        /// The workbook to write; import-ID-review.xlsx where it is not given.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Brings a filled workbook of places back: settles its rows and learns the spellings.
    Settle {
        /// The workbook.
        file: PathBuf,
        /// Says what would happen, stores nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

/// `vigie check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie template`.
#[derive(Debug, Args)]
pub struct TemplateArgs {
    /// incidents, alerts, risk, coverage or population.
    pub theme: String,
    /// The workbook to write.
    #[arg(long)]
    pub out: PathBuf,
    /// Boundary set whose units are offered; the store's default where it is not given.
    #[arg(long)]
    pub set: Option<SetId>,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie annexes`.
#[derive(Debug, Args)]
pub struct AnnexesArgs {
    /// 2021-06, 2021-Q2, 2021, 2021-01/2021-06 or latest.
    pub period: String,
    /// Directory to write to.
    #[arg(long)]
    pub out: PathBuf,
    /// Which annexes; the six of the report where it is not given.
    #[arg(long, value_delimiter = ',', value_parser = ["1", "2", "3", "4", "5", "6", "hotspots", "liptako", "dashboard"])]
    pub annex: Vec<String>,
    /// Formats; one that an annex does not have is left out (a list has no picture).
    #[arg(long, value_delimiter = ',', default_values = ["pdf", "png", "svg"], value_parser = ["pdf", "png", "svg", "xlsx", "csv"])]
    pub format: Vec<String>,
    /// Adds the row of HXL tags to workbooks and CSV.
    #[arg(long)]
    pub hxl: bool,
    /// One PDF of all the annexes besides.
    #[arg(long)]
    pub merged: bool,
    /// Size of the sheet.
    #[arg(long, value_enum, default_value_t = PaperArg::A4)]
    pub paper: PaperArg,
    /// How the sheet lies.
    #[arg(long, value_enum, default_value_t = OrientationArg::Landscape)]
    pub orientation: OrientationArg,
    /// Colours the circles of annex 1 by rate: from 20 violations and a known population on.
    #[arg(long)]
    pub rate: bool,
    /// Boundary set; the store's default where it is not given.
    #[arg(long)]
    pub set: Option<SetId>,
    /// Source counted.
    #[arg(long)]
    pub source: Option<String>,
    /// Resolution of the PNG, dots an inch.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u16).range(30..=600))]
    pub dpi: u16,
    /// Date of creation printed; the data version's where it is not given.
    #[arg(long)]
    pub date: Option<jiff::civil::Date>,
    /// Folder of templates and styles that replace the built-in ones file by file.
    #[arg(long, visible_alias = "templates", env = "VIGIE_STYLES")]
    pub styles: Option<PathBuf>,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie trends`.
#[derive(Debug, Args)]
pub struct TrendsArgs {
    /// 2021-06, 2021-Q2, 2021, 2021-01/2021-06 or latest; compared with the period of the same length before it.
    pub period: String,
    /// Which tables; all where it is not given.
    #[arg(long, value_delimiter = ',', value_parser = ["category", "type", "region", "cercle", "victim", "place", "time", "socio", "perpetrator"])]
    pub by: Vec<String>,
    /// Formula of changes: relative to the period before, or to the mean of the two (symmetric).
    #[arg(long, default_value = "relative", value_parser = ["relative", "symmetric"])]
    pub formula: String,
    /// Change in percent that still counts as level, 0 to 100.
    #[arg(long, default_value_t = 5.0)]
    pub tolerance: f64,
    /// Form of the answer; xlsx and pdf need --out.
    #[arg(long, default_value = "text", value_parser = ["text", "csv", "xlsx", "pdf", "json"])]
    pub format: String,
    /// File to write; standard output where it is not given.
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Adds the row of HXL tags to the workbook.
    #[arg(long)]
    pub hxl: bool,
    /// Boundary set; the store's default where it is not given.
    #[arg(long)]
    pub set: Option<SetId>,
    /// Source counted.
    #[arg(long)]
    pub source: Option<String>,
    /// Documented violations, or all.
    #[arg(long, default_value = "documented", value_parser = ["documented", "all"])]
    pub basis: String,
    /// Folder of templates and styles that replace the built-in ones file by file.
    #[arg(long, env = "VIGIE_STYLES")]
    pub styles: Option<PathBuf>,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// Size of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PaperArg {
    /// 297 × 210 mm.
    A4,
    /// 420 × 297 mm.
    A3,
}

/// How the sheet lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OrientationArg {
    /// Wider than high.
    Landscape,
    /// Higher than wide.
    Portrait,
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
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}

/// `vigie triggers`.
#[derive(Debug, Args)]
pub struct TriggersArgs {
    /// Period.
    #[arg(long, default_value = "latest")]
    pub period: String,
    /// The office's thresholds (as geodata/triggers.toml); the shipped examples where not given.
    #[arg(long, value_name = "FILE")]
    pub triggers: Option<std::path::PathBuf>,
    /// Boundary set(s).
    #[arg(long, value_delimiter = ',')]
    pub set: Vec<SetId>,
    /// Source.
    #[arg(long)]
    pub source: Option<String>,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
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
    /// How. gi-star: Gi*, exact permutation p, false discovery rate. Of the whole map: moran, geary, g, join-counts, eb-moran. Of
    /// each unit: gi, local-moran, local-geary. scan, scan-permutation, scan-space-time (Kulldorff); emerging; change. Of
    /// events with coordinates: knox, dbscan, st-dbscan, kde.
    #[arg(long, default_value = "gi-star", value_parser = crate::app::Method::WORDS)]
    pub method: String,
    /// Permutations or simulations, where a method draws.
    #[arg(long, default_value_t = 999)]
    pub permutations: u32,
    /// Seed of what is drawn.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Months of history up to the period's last, of emerging and the scans in time.
    #[arg(long, default_value_t = 12)]
    pub months: u32,
    /// Kilometres within which events are close (10); of kde the bandwidth.
    #[arg(long)]
    pub radius_km: Option<f64>,
    /// Days within which events are close.
    #[arg(long, default_value_t = 30)]
    pub days: u64,
    /// Events that make a dense place, themselves included.
    #[arg(long, default_value_t = 5)]
    pub min_events: usize,
    /// Period that change compares with; the one just before where not given.
    #[arg(long, value_parser = period)]
    pub against: Option<Period>,
    /// Writes what was found: .geojson (a layer), .csv (rows), .json or, of a density, .tif (a Cloud Optimised GeoTIFF).
    #[arg(long)]
    pub out: Option<std::path::PathBuf>,
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
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
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
    /// Proxies whose X-Forwarded-For says who asks: 127.0.0.1, 10.0.0.0/8.
    #[arg(long = "trusted-proxy", value_name = "CIDR", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
    /// Requests that one client may send in a second over time, a burst of ten times as many aside; 0 for no limit. Programs on this
    /// machine are held to it only where it is given.
    #[arg(long, value_name = "N")]
    pub requests_per_second: Option<u32>,
    /// Shows whoever asks from this machine all that `restricted` sees; loopback only.
    #[arg(long, conflicts_with = "anonymous")]
    pub unsafe_local: bool,
    /// Role of those without a token; by default restricted on made-up data, else public.
    #[arg(long)]
    pub anonymous: Option<Role>,
    /// Access policy that replaces the built-in one.
    #[arg(long)]
    pub policy: Option<PathBuf>,
    /// Folder of templates and styles that replace the built-in ones file by file.
    #[arg(long, env = "VIGIE_STYLES")]
    pub styles: Option<PathBuf>,
    /// Which state of the data.
    #[command(flatten)]
    pub as_of: AsOfArg,
    /// The store.
    #[command(flatten)]
    pub store: StoreArg,
}
