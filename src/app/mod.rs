//! The use cases. Only here do data, statistics and drawing meet.

mod annex;
mod annexes;
mod breaks;
mod concentration;
mod crosswalk;
mod dashboard;
mod demo;
mod download;
mod export;
mod file;
mod filter;
mod geometry;
mod hotspots;
mod methods;
mod import;
mod layer;
mod layers;
mod liptako;
mod list;
mod live;
mod mask;
mod open;
mod pmtiles;
mod policy;
mod purge;
mod release;
mod report;
mod review;
mod seal;
mod shipped;
mod snapshot;
mod styled;
mod tables;
mod tile;
mod tokens;
mod triggers;
mod trends;
mod view;

pub use annex::{Annex, AnnexError, AnnexRequest, PrintLayout, annex_page, period_text};
pub use annexes::{AnnexAsk, AnnexFile, AnnexJob, annex_files, page_bytes, write_annexes};
pub use breaks::{BREAK_METHODS, BreaksQuery};
pub use concentration::ConcentrationQuery;
pub use crosswalk::{
    CROSSWALK_COLUMNS, CrosswalkBasis, CrosswalkQuery, SERIES_COLUMNS, Series, SeriesMonth, SeriesQuery, SeriesRow,
    crosswalk_json, crosswalk_report, crosswalk_rows, csv_text, series_json, series_rows,
};
pub use demo::{DemoImport, make_demo};
pub use download::write_template;
pub use export::{ExportFormat, flatgeobuf, write_export};
pub use file::reading;
pub use filter::{FILTER_BYTES, Filter, FilterError, FilterLang};
pub use hotspots::{HotspotAnswer, HotspotQuery, Weights};
pub use import::{
    BoundaryImport, FactImport, ImportOutcome, Progress, import_boundaries, import_bytes, import_facts, import_themes,
    imports, undo,
};
pub use layer::{
    AppError, Days, Detail, FeatureRow, FieldInfo, FieldKind, LayerGeometry, LayerInfo, LayerQuery, LayerSelection,
    LayerSource, PropertyValue,
};
pub use layers::Service;
pub use live::{Live, open_as};
pub use methods::{Method, MethodAnswer, MethodQuery};
pub use open::{check_store, load_own_themes, open_service, open_snapshot};
pub use pmtiles::{TilesWritten, write_pmtiles};
pub use policy::{Grant, Points, Policy};
pub use purge::{PurgeAsk, purge};
pub use release::{ReleaseAsk, release, releases};
pub use report::{write_rejects, write_report};
pub use review::{
    ReviewOutcome, SettleImport, SettleOutcome, export_review, import_localities, review_lines, settle, settle_answers,
};
pub use seal::{NoRecipient, Recipient, sealed};
pub use snapshot::{Snapshot, elsewhere};
pub use styled::{GLYPH_BLOCK, GLYPH_FONTS, Legend, StyleAddresses, glyphs};
pub use tables::{TableAt, TableFinding, TablesReport, check_published_tables};
pub use tile::{MapAsk, MapForm, PLACE_FIELDS, TileForm};
pub use tokens::{add_token, audited, revoke_token, tokens, verify_audit};
pub use trends::{MOST_MONTHS, TrendBy, TrendsFormat, TrendsQuery, TrendsReport};
pub use triggers::read_triggers;

pub use crate::boundaries::ReadOptions;
pub use crate::indicators::{Formula, Tolerance};
pub use crate::ingest::Reading;
pub use crate::render::{Paper, Sheet};
pub use crate::store::AsOf;
pub use crate::style::{decimal, grouped};
