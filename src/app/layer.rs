//! What a layer is to the outside: its fields, its features, how it is asked for.

use std::sync::Arc;

use crate::domain::{Lang, Month, Period, SetId, When};
use crate::spatial::Bbox;

/// How fine the geometry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Detail {
    /// As imported.
    #[default]
    Full,
    /// For a screen.
    Display,
    /// For an overview of the country.
    Overview,
}

/// The geometry of a layer; one kind only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerGeometry {
    /// Always MultiPolygon.
    MultiPolygon,
    /// Always Point.
    Point,
}

/// The type of a field, for JSON schema and QGIS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    String,
    /// Whole number.
    Integer,
    /// Decimal number.
    Number,
    /// Yes or no.
    Boolean,
}

/// One field of a layer. Every feature has every field; absent is null.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldInfo {
    /// Its name in the features.
    pub name: String,
    /// Its type.
    pub kind: FieldKind,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
}

/// A layer as the collections list it.
#[derive(Debug, Clone)]
pub struct LayerInfo {
    /// Its id: `violations-communes`.
    pub id: String,
    /// French title.
    pub title_fr: String,
    /// English title.
    pub title_en: String,
    /// What it shows, in French, naming what is counted.
    pub description_fr: String,
    /// The same in English.
    pub description_en: String,
    /// Its geometry.
    pub geometry: LayerGeometry,
    /// Its fields, in order.
    pub fields: Vec<FieldInfo>,
    /// The box of its features (default set).
    pub bbox: Bbox,
    /// First and last month with data; none for boundaries.
    pub months: Option<(Month, Month)>,
    /// Number of features a plain request matches.
    pub item_count: usize,
    /// Whether `period`, `source` and `basis` mean something for it.
    pub by_period: bool,
    /// Style id (a file in `styles/layers`).
    pub style: String,
}

/// What the id of a layer's monthly twin ends with.
pub(super) const MONTHLY: &str = "-monthly";

impl LayerInfo {
    /// Whether it has a feature a unit and month: the twin of the layer it is named after.
    pub fn is_monthly(&self) -> bool {
        self.id.ends_with(MONTHLY)
    }
}

/// First and last day, each open where none.
pub type Days = (Option<jiff::civil::Date>, Option<jiff::civil::Date>);

/// The months of both days.
pub(super) fn months_of((first, last): Days) -> (Option<Month>, Option<Month>) {
    let month = |day: Option<jiff::civil::Date>| day.and_then(|d| When::Day(d).month());
    (month(first), month(last))
}

/// A request for features, already checked.
#[derive(Debug, Clone, Default)]
pub struct LayerQuery {
    /// Period; none = latest.
    pub period: Option<Period>,
    /// Sets; empty = the store's default.
    pub sets: Vec<SetId>,
    /// Source; none = `monitoring`.
    pub source: Option<String>,
    /// `documented` or `all`; none = documented.
    pub basis: Option<String>,
    /// Language of labels.
    pub lang: Lang,
    /// Geometry detail.
    pub detail: Detail,
    /// Keeps features whose box meets this one.
    pub bbox: Option<Bbox>,
    /// First and last day of `datetime`, each open where none. Features without a time always match.
    pub datetime: Option<Days>,
    /// Keeps features whose property, written as text, equals the value.
    pub equals: Vec<(String, String)>,
}

/// A property's value.
#[derive(Debug, Clone, PartialEq)]
pub enum PropertyValue {
    /// Absent.
    Null,
    /// Text.
    Text(Arc<str>),
    /// Whole number.
    Int(i64),
    /// Decimal number.
    Real(f64),
    /// Yes or no.
    Flag(bool),
}

/// One feature of a selection.
#[derive(Debug, Clone)]
pub struct FeatureRow {
    /// `{set}.{pcode}` or `{set}.{pcode}.{period}`.
    pub id: String,
    /// The geometry as GeoJSON text, or none for a feature without place.
    pub geometry: Option<Arc<str>>,
    /// Its box.
    pub bbox: Bbox,
    /// Parallel to [`LayerInfo::fields`].
    pub values: Vec<PropertyValue>,
}

/// The features that match, in a stable order, and what the answer must say about itself.
#[derive(Debug, Clone)]
pub struct LayerSelection {
    /// The layer's fields.
    pub fields: Arc<[FieldInfo]>,
    /// All that match; the caller pages.
    pub rows: Vec<FeatureRow>,
    /// The period answered, where the layer has one.
    pub period: Option<Period>,
    /// Sets answered.
    pub sets: Vec<SetId>,
    /// Measure counted but in no feature: known only above this level.
    pub non_located: Option<u64>,
    /// Total of the measure: features plus non-located.
    pub total: Option<u64>,
    /// Whether the data are made up.
    pub synthetic: bool,
    /// Whether any set answered is schematic.
    pub schematic: bool,
    /// The data version answered.
    pub version: i64,
}

/// Why a use case could not be carried out; each says the cure.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Asked for something that is not there.
    #[error("{0}")]
    NotFound(String),
    /// Asked in a way that cannot be answered.
    #[error("{0}")]
    BadRequest(String),
    /// Not allowed here.
    #[error("{0}")]
    Forbidden(String),
    /// Input that cannot be used.
    #[error("{0}")]
    Input(String),
    /// A fault of the program or the machine; the detail is for the log.
    #[error("internal fault: {0}")]
    Fault(String),
}

/// What the web needs of the application: an immutable snapshot answered from memory.
pub trait LayerSource: Send + Sync + 'static {
    /// Data version.
    fn version(&self) -> i64;
    /// A number of this very state in memory: two stores may share a version, two states never share this.
    fn state(&self) -> u64;
    /// Title of the service.
    fn title(&self, lang: Lang) -> String;
    /// Whether the data are made up.
    fn synthetic(&self) -> bool;
    /// Every layer, in listing order.
    fn layers(&self) -> Vec<Arc<LayerInfo>>;
    /// One layer.
    fn layer(&self, id: &str) -> Option<Arc<LayerInfo>>;
    /// The features that match.
    fn select(&self, layer: &str, query: &LayerQuery) -> Result<LayerSelection, AppError>;
    /// One feature.
    fn feature(&self, layer: &str, id: &str, query: &LayerQuery) -> Result<Option<FeatureRow>, AppError>;
    /// Hotspots of a measure.
    fn hotspots(&self, query: &super::HotspotQuery) -> Result<super::HotspotAnswer, AppError>;
    /// Another method than the default one. A source without data has none.
    fn statistic(&self, query: &super::MethodQuery) -> Result<super::MethodAnswer, AppError> {
        Err(AppError::NotFound(format!("no method « {} » here", query.method.code())))
    }
    /// What fired of the shipped triggers. A source without data has none.
    fn triggers(&self, query: &LayerQuery) -> Result<serde_json::Value, AppError> {
        let _ = query;
        Err(AppError::NotFound("no triggers here".into()))
    }
    /// Shares of a measure by zone; `zone` is an id or `all`.
    fn concentration(&self, query: &super::ConcentrationQuery) -> Result<serde_json::Value, AppError>;
    /// Reads a period; settles `latest`.
    fn parse_period(&self, text: &str) -> Result<Period, AppError>;
    /// Boundary sets in the store.
    fn set_ids(&self) -> Vec<SetId>;
    /// The QGIS style document of a layer.
    fn qml(&self, layer: &str, lang: Lang) -> Result<String, AppError>;
    /// The style of a layer's vector tiles, as QGIS reads it. A source without tiles has none.
    fn qml_tiles(&self, layer: &str, lang: Lang) -> Result<String, AppError> {
        let _ = lang;
        Err(AppError::NotFound(format!("no tiles of « {layer} »")))
    }
    /// The MapLibre style of a layer. A source without styles has none.
    fn style(&self, layer: &str, query: &LayerQuery, at: super::StyleAddresses) -> Result<serde_json::Value, AppError> {
        let _ = (query, at);
        Err(AppError::NotFound(format!("no style of « {layer} »")))
    }
    /// The SLD of a layer. A source without styles has none.
    fn sld(&self, layer: &str, query: &LayerQuery) -> Result<String, AppError> {
        let _ = query;
        Err(AppError::NotFound(format!("no style of « {layer} »")))
    }
    /// The legend of a layer and period, its lines counted. A source without styles has none.
    fn legend(&self, layer: &str, query: &LayerQuery) -> Result<super::Legend, AppError> {
        let _ = query;
        Err(AppError::NotFound(format!("no legend of « {layer} »")))
    }
    /// The features that match, on the label points of their units. A source without units has none.
    fn label_points(&self, layer: &str, query: &LayerQuery) -> Result<LayerSelection, AppError> {
        let _ = query;
        Err(AppError::NotFound(format!("no label points of « {layer} »")))
    }
    /// The sprite of all styles, index and PNG; `ratio` 1 or 2. A source without styles has none.
    fn sprite(&self, ratio: u8) -> Result<(serde_json::Value, Vec<u8>), AppError> {
        Err(AppError::NotFound(format!("no sprite at {ratio}x")))
    }
    /// An annex of a period as a file: `3.pdf`, or `zip` for all of them. A source without annexes has none.
    fn annex(&self, period: &str, file: &str, ask: &super::AnnexAsk) -> Result<super::AnnexFile, AppError> {
        let _ = ask;
        Err(AppError::NotFound(format!("no annex « {file} » of {period}")))
    }
    /// The name of the second layer of a layer's vector tiles: the label points of its units, where its style sets circles on them.
    fn tile_places(&self, layer: &str) -> Option<String> {
        let _ = layer;
        None
    }
    /// What the print layouts of QGIS say: the annexes that a map of layers can be. A source without annexes has none.
    fn print_layouts(&self, query: &LayerQuery) -> Result<Vec<super::PrintLayout>, AppError> {
        let _ = query;
        Ok(Vec::new())
    }
    /// A tile of a layer. A source without tiles has none.
    fn tile(
        &self,
        layer: &str,
        query: &LayerQuery,
        tile: crate::spatial::TileId,
        form: super::TileForm,
    ) -> Result<Vec<u8>, AppError> {
        let _ = (query, tile, form);
        Err(AppError::NotFound(format!("no tiles of « {layer} »")))
    }
    /// A map of a layer. A source without maps has none.
    fn map(&self, layer: &str, query: &LayerQuery, ask: &super::MapAsk) -> Result<Vec<u8>, AppError> {
        let _ = (query, ask);
        Err(AppError::NotFound(format!("no map of « {layer} »")))
    }
    /// A layer as a file. A source without data has none.
    fn download(&self, layer: &str, query: &LayerQuery, format: super::ExportFormat) -> Result<Vec<u8>, AppError> {
        let _ = query;
        Err(AppError::NotFound(format!("no download of « {layer} » as {}", format.word())))
    }
    /// Sources, licence and limits of a layer on the sets asked (none: the default one), a sentence each.
    fn notes(&self, layer: &str, sets: &[SetId], lang: Lang) -> Vec<String>;
    /// The trend tables in a form; a source without incidents has none.
    fn trend_tables(&self, query: &super::TrendsQuery, format: super::TrendsFormat) -> Result<Vec<u8>, AppError> {
        let _ = (query, format);
        Err(AppError::NotFound("this source has no trend tables".into()))
    }
    /// The trend tables themselves; a source without incidents has none.
    fn trends(&self, query: &super::TrendsQuery) -> Result<super::TrendsReport, AppError> {
        let _ = query;
        Err(AppError::NotFound("this source has no trend tables".into()))
    }
}
