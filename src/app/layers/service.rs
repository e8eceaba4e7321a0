//! The service: a snapshot, the styles, and the layers made from them on request.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::catalogue::{self, Kind};
use super::{boundaries, by_unit, coverage, points, risk};
use crate::app::{
    AppError, Detail, FeatureRow, FieldInfo, LayerGeometry, LayerInfo, LayerQuery, LayerSelection, LayerSource,
    PropertyValue, Snapshot,
};
use crate::boundaries::BoundarySet;
use crate::domain::{GeometryKind, Lang, Level, Measure, Month, Period, SetId, Theme};
use crate::indicators::{Basis, Share};
use crate::render::Kit;
use crate::spatial::{Bbox, TileId};
use crate::style::{QmlGeometry, Styles};

/// The source that is meant where none is named.
pub(in crate::app) const DEFAULT_SOURCE: &str = "monitoring";

/// Everything that is asked, settled.
pub(in crate::app) struct Asked<'a> {
    pub period: Period,
    pub source: &'a str,
    pub basis: Basis,
    pub lang: Lang,
    /// Whether the data themselves are seen, and not only what may be told of them.
    pub open: bool,
    /// `draft`, `validated` or `released`: that of the period's month which is least far.
    pub release: &'static str,
}

/// Outlines of zones, by set and zone: GeoJSON text and box.
type ZoneShapes = BTreeMap<(SetId, String), (Arc<str>, Bbox)>;

/// Answers every question about one data version from memory.
pub struct Service {
    pub(in crate::app) snapshot: Snapshot,
    pub(in crate::app) styles: Arc<Styles>,
    pub(super) zone_shapes: Mutex<ZoneShapes>,
    pub(in crate::app) borders: Mutex<crate::app::hotspots::Borders>,
    pub(in crate::app) joined: crate::app::tile::JoinedKept,
    pub(super) layers: Vec<(Arc<LayerInfo>, Kind)>,
    state: u64,
    kit: Arc<Kit>,
}

/// States made so far.
static STATES: AtomicU64 = AtomicU64::new(0);

impl Service {
    /// A service over a snapshot.
    pub fn new(snapshot: Snapshot, styles: Arc<Styles>) -> Result<Self, AppError> {
        let kit = Kit::new(styles, None).map_err(|e| AppError::Input(e.to_string()))?;
        Self::with_kit(snapshot, Arc::new(kit))
    }

    /// A service over a snapshot whose pages are made with a kit, which may outlive it.
    pub fn with_kit(snapshot: Snapshot, kit: Arc<Kit>) -> Result<Self, AppError> {
        let mut service = Self {
            snapshot,
            styles: kit.styles.clone(),
            zone_shapes: Mutex::default(),
            borders: Mutex::default(),
            joined: Mutex::default(),
            layers: Vec::new(),
            kit,
            state: STATES.fetch_add(1, Ordering::Relaxed),
        };
        let mut kinds = catalogue::layers(&service.snapshot.themes, |theme| service.snapshot.has_figures(theme));
        kinds.retain(|(_, kind)| service.shows(kind));
        service.derive_styles(&kinds);
        let mut layers = Vec::new();
        for (id, kind) in kinds {
            let info = service.describe(&id, &kind)?;
            let twin = super::monthly::twin(&info, &kind).map(|twin| (Arc::new(twin), kind.clone()));
            layers.push((Arc::new(info), kind));
            layers.extend(twin);
        }
        service.layers = layers;
        Ok(service)
    }

    /// Gives the layers that have no style of their own that of the family which their measure or theme names; a family that
    /// is not there is that of plain counts.
    fn derive_styles(&mut self, kinds: &[(String, Kind)]) {
        let mut styles = Styles::clone(&self.styles);
        let themes = &self.snapshot.themes;
        for (id, kind) in kinds {
            let [fr, en] = [Lang::Fr, Lang::En].map(|lang| kind.title(themes, lang));
            let titles = [fr.as_str(), en.as_str()];
            match kind {
                Kind::Measure { theme, measure, level } => {
                    let Ok((theme, measure)) = self.theme_measure(theme, measure) else { continue };
                    let counts = [measure.unit_fr.as_str(), measure.unit_en.as_str()];
                    let families = [measure.style.as_deref(), Some(theme.style.as_str()), Some("counts")];
                    for family in families.into_iter().flatten() {
                        if styles.derive(id, &format!("{family}-{}", level.plural()), titles, counts) {
                            break;
                        }
                    }
                }
                Kind::Points { .. } => {
                    styles.derive(id, "points", titles, titles);
                }
                _ => {}
            }
        }
        self.styles = Arc::new(styles);
    }

    /// Whether a layer is there for those who see this snapshot.
    fn shows(&self, kind: &Kind) -> bool {
        let snapshot = &self.snapshot;
        match kind {
            Kind::Boundaries(_) => true,
            Kind::Zones => snapshot.tells("incidents", Level::Region),
            Kind::Measure { theme, level, .. } => snapshot.tells(theme, *level),
            Kind::RiskCommunes | Kind::RiskCercles => snapshot.tells("risk", Level::Commune),
            Kind::Coverage => snapshot.tells("coverage", Level::Commune),
            // A statistic of many units is a sum over what may not be told of each.
            Kind::Hotspots(_) => snapshot.is_whole(),
            Kind::Points { theme } => !snapshot.facts(theme).is_empty(),
        }
    }

    /// The snapshot answered from.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The snapshot alone.
    pub(in crate::app) fn into_snapshot(self) -> Snapshot {
        self.snapshot
    }

    /// What pages are made with.
    pub fn kit(&self) -> &Kit {
        &self.kit
    }

    /// The level whose units a layer's features are; none for points and zones.
    pub(in crate::app) fn unit_level(&self, layer: &str) -> Option<Level> {
        match &self.layers.iter().find(|(info, _)| info.id == layer)?.1 {
            Kind::Boundaries(level) | Kind::Measure { level, .. } | Kind::Hotspots(level) => Some(*level),
            Kind::RiskCommunes | Kind::Coverage => Some(Level::Commune),
            Kind::RiskCercles => Some(Level::Cercle),
            Kind::Zones | Kind::Points { .. } => None,
        }
    }

    /// Gives the features of units their light outlines.
    fn lighten(
        &self,
        rows: &mut [FeatureRow],
        sets: &[&Arc<BoundarySet>],
        level: Level,
        detail: Detail,
    ) -> Result<(), AppError> {
        for set in sets {
            let shapes = self.snapshot.place(&set.info.id)?.shapes.light(set, level, detail);
            for row in &mut *rows {
                let pcode = row.id.split_once('.').filter(|(id, _)| *id == set.info.id.as_str()).map(|(_, p)| p);
                if let Some(unit) = pcode.and_then(|p| set.position(level, p)) {
                    row.geometry = Some(shapes[unit].clone());
                }
            }
        }
        Ok(())
    }

    fn describe(&self, id: &str, kind: &Kind) -> Result<LayerInfo, AppError> {
        let themes = &self.snapshot.themes;
        let set = self.snapshot.set(&self.snapshot.default_set)?;
        let fields: Vec<FieldInfo> = match kind {
            Kind::Boundaries(_) => by_unit::unit_layer_fields(&boundaries::BOUNDARY),
            Kind::Zones => by_unit::unit_layer_fields(&boundaries::ZONE),
            Kind::Measure { theme, measure, .. } => {
                let (theme, measure) = self.theme_measure(theme, measure)?;
                by_unit::layer_fields(theme, measure)
            }
            Kind::RiskCommunes => by_unit::unit_layer_fields(&risk::COMMUNES),
            Kind::RiskCercles => by_unit::unit_layer_fields(&risk::CERCLES),
            Kind::Coverage => by_unit::unit_layer_fields(&coverage::FIELDS),
            Kind::Hotspots(_) => by_unit::unit_layer_fields(&crate::app::hotspots::FIELDS),
            Kind::Points { theme } => points::layer_fields(self.snapshot.theme(theme)?),
        };
        let item_count = match kind {
            Kind::Boundaries(level) | Kind::Measure { level, .. } | Kind::Hotspots(level) => set.units(*level).len(),
            Kind::RiskCommunes | Kind::Coverage => set.units(Level::Commune).len(),
            Kind::RiskCercles => set.units(Level::Cercle).len(),
            Kind::Zones => {
                self.snapshot.zones.iter().filter(|z| !self.snapshot.zone_members(z, set).is_empty()).count()
            }
            Kind::Points { .. } => 0,
        };
        Ok(LayerInfo {
            id: id.to_owned(),
            title_fr: kind.title(themes, Lang::Fr),
            title_en: kind.title(themes, Lang::En),
            description_fr: kind.description(themes, Lang::Fr),
            description_en: kind.description(themes, Lang::En),
            geometry: if matches!(kind, Kind::Points { .. }) {
                LayerGeometry::Point
            } else {
                LayerGeometry::MultiPolygon
            },
            fields,
            bbox: set.bbox(),
            months: kind.theme().and_then(|t| self.snapshot.months(t, DEFAULT_SOURCE)),
            item_count,
            by_period: kind.theme().is_some(),
            style: id.to_owned(),
        })
    }

    pub(in crate::app) fn theme_measure(&self, theme: &str, measure: &str) -> Result<(&Theme, &Measure), AppError> {
        self.snapshot.theme_measure(theme, measure)
    }

    /// The period asked, or the last month of the theme.
    fn period(&self, query: &LayerQuery, theme: Option<&str>) -> Period {
        query
            .period
            .or_else(|| {
                theme
                    .and_then(|t| self.snapshot.months(t, query.source.as_deref().unwrap_or(DEFAULT_SOURCE)))
                    .map(|(_, last)| Period::month(last))
            })
            .unwrap_or_else(|| Period::month(self.snapshot.now()))
    }

    /// The last month of the monitoring's incidents: what `latest` means across layers.
    pub fn latest(&self) -> Month {
        let months =
            self.snapshot.months("incidents", DEFAULT_SOURCE).or_else(|| self.snapshot.months("risk", DEFAULT_SOURCE));
        months.map_or_else(|| self.snapshot.now(), |(_, last)| last)
    }

    /// The sets asked, or the default one.
    pub(in crate::app) fn sets(&self, query: &LayerQuery) -> Result<Vec<&Arc<BoundarySet>>, AppError> {
        if query.sets.is_empty() {
            return Ok(vec![self.snapshot.set(&self.snapshot.default_set)?]);
        }
        query.sets.iter().map(|id| self.snapshot.set(id)).collect()
    }

    /// Shares of a measure by zone, over the default set or the one asked.
    pub fn concentration(
        &self,
        zone: &str,
        (theme, measure): (&str, &str),
        query: &LayerQuery,
    ) -> Result<Vec<Share>, AppError> {
        let zones: Vec<_> = self.snapshot.zones.iter().filter(|z| zone == "all" || z.id == zone).collect();
        if zones.is_empty() {
            let known: Vec<&str> = self.snapshot.zones.iter().map(|z| z.id.as_str()).collect();
            return Err(AppError::BadRequest(format!("no zone « {zone} »; there are {} (or all)", known.join(", "))));
        }
        let asked = self.asked(query, Some(theme))?;
        let sets = self.sets(query)?;
        let mut out: Vec<Share> = Vec::new();
        for zone in zones.iter().filter(|z| sets.iter().any(|s| !self.snapshot.zone_members(z, s).is_empty())) {
            let mut all: Option<Share> = None;
            for set in &sets {
                let share = self.share(zone, set, (theme, measure), &asked)?;
                all = Some(match all {
                    Some(sum) => sum.plus(&share),
                    None => share,
                });
            }
            out.extend(all);
        }
        if out.is_empty() {
            let names: Vec<&str> = sets.iter().map(|s| s.info.id.as_str()).collect();
            return Err(AppError::BadRequest(format!(
                "no zone is known on the units of {}: zones are lists of p-codes of {}",
                names.join(", "),
                self.snapshot.zone_sets().join(", ")
            )));
        }
        Ok(out)
    }

    pub(in crate::app) fn asked<'a>(&self, query: &'a LayerQuery, theme: Option<&str>) -> Result<Asked<'a>, AppError> {
        let basis = match query.basis.as_deref() {
            None | Some("documented") => Basis::Documented,
            Some("all") => Basis::All,
            Some(other) => {
                return Err(AppError::BadRequest(format!(
                    "basis « {other} »: documented or all (documented and undocumented)"
                )));
            }
        };
        let source = query.source.as_deref().unwrap_or(DEFAULT_SOURCE);
        let sources = self.snapshot.sources();
        if query.source.is_some() && source != DEFAULT_SOURCE && !sources.contains(source) {
            let known: Vec<&str> = sources.iter().map(|s| &**s).collect();
            return Err(AppError::BadRequest(format!(
                "no source « {source} » in this store; there are {}",
                known.join(", ")
            )));
        }
        let open = self.snapshot.is_whole();
        if basis == Basis::All && !open {
            return Err(AppError::Forbidden(
                query
                    .lang
                    .pick(
                        "basis=all n’est pas donné à ce niveau d’accès : la différence avec les faits documentés en dirait trop.",
                        "basis=all is not given at this level of access: its difference from documented facts would tell too much.",
                    )
                    .into(),
            ));
        }
        let period = self.period(query, theme);
        let release = self.snapshot.release_of(theme.unwrap_or("incidents"), period);
        Ok(Asked { period, source, basis, lang: query.lang, open, release })
    }
}

/// Whether a row passes the query's filters on place, time and properties.
fn passes(row: &FeatureRow, fields: &[FieldInfo], query: &LayerQuery) -> bool {
    let in_box = query.bbox.is_none_or(|b| b.intersects(&row.bbox));
    in_box
        && query.equals.iter().all(|(name, wanted)| {
            fields.iter().position(|f| f.name == *name).is_some_and(|k| match &row.values[k] {
                PropertyValue::Null => false,
                PropertyValue::Text(t) => **t == **wanted,
                // QGIS writes whole numbers with a decimal point where it was sent them so.
                PropertyValue::Int(n) => wanted.parse() == Ok(*n as f64),
                PropertyValue::Real(x) => wanted.parse() == Ok(*x),
                PropertyValue::Flag(b) => wanted.parse() == Ok(*b),
            })
        })
}

impl Service {
    /// The style of a layer of the latest year, and its geometry as QGIS names it.
    fn drawn_in_qgis(&self, layer: &str) -> Result<(&crate::style::Style, QmlGeometry), AppError> {
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let style = self
            .styles
            .for_year(&info.style, self.latest().year())
            .ok_or_else(|| AppError::Fault(format!("no style « {} »", info.style)))?;
        let geometry = match info.geometry {
            LayerGeometry::MultiPolygon => QmlGeometry::Polygon,
            LayerGeometry::Point => QmlGeometry::Point,
        };
        Ok((style, geometry))
    }
}

impl LayerSource for Service {
    fn version(&self) -> i64 {
        self.snapshot.version
    }

    fn state(&self) -> u64 {
        self.state
    }

    fn title(&self, lang: Lang) -> String {
        self.snapshot.title(lang)
    }

    fn synthetic(&self) -> bool {
        self.snapshot.synthetic
    }

    fn layers(&self) -> Vec<Arc<LayerInfo>> {
        self.layers.iter().map(|(info, _)| info.clone()).collect()
    }

    fn layer(&self, id: &str) -> Option<Arc<LayerInfo>> {
        self.layers.iter().find(|(info, _)| info.id == id).map(|(info, _)| info.clone())
    }

    fn select(&self, layer: &str, query: &LayerQuery) -> Result<LayerSelection, AppError> {
        let (info, kind) = self
            .layers
            .iter()
            .find(|(info, _)| info.id == layer)
            .ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        if let Some(plain) = self.twin_of(layer) {
            return self.select_months(info, plain, query);
        }
        let asked = self.asked(query, kind.theme())?;
        let sets = self.sets(query)?;
        let (mut rows, mut non_located, mut total) = (Vec::new(), None, None);
        let (mut told_all, mut known_above) = (true, true);
        if let Kind::Hotspots(level) = kind {
            // One map over all the sets asked: neighbours reach across their borders.
            rows.extend(self.hotspot_layer_rows(*level, query, &asked)?);
        }
        for set in &sets {
            match kind {
                Kind::Hotspots(_) => {}
                Kind::Boundaries(level) => rows.extend(self.boundary_rows(set, *level, &asked)?),
                Kind::Zones => rows.extend(self.zone_rows(set, &asked)?),
                Kind::Measure { theme, measure, level } => {
                    let (more, table) = self.measure_rows(set, (theme, measure), *level, &asked)?;
                    rows.extend(more);
                    told_all &= table.total.is_some();
                    known_above &= table.non_located.is_some();
                    *non_located.get_or_insert(0) += table.non_located.unwrap_or(0);
                    *total.get_or_insert(0) += table.total.unwrap_or(0);
                }
                Kind::RiskCommunes => rows.extend(self.risk_commune_rows(set, &asked)?),
                Kind::RiskCercles => rows.extend(self.risk_cercle_rows(set, &asked)?),
                Kind::Coverage => rows.extend(self.coverage_rows(set, &asked)?),
                Kind::Points { theme } => rows.extend(self.point_rows(set, theme, &asked, query.datetime)?),
            }
        }
        // A feature of a period matches `datetime` where the two share a month; one without a period always does.
        let in_time = query.datetime.is_none_or(|days| {
            let (from, to) = crate::app::layer::months_of(days);
            !info.by_period
                || (from.is_none_or(|f| f <= asked.period.last()) && to.is_none_or(|t| t >= asked.period.first()))
        });
        rows.retain(|row| in_time && passes(row, &info.fields, query));
        if let Some(level) = self.unit_level(layer).filter(|_| query.detail != Detail::Full) {
            self.lighten(&mut rows, &sets, level, query.detail)?;
        }
        Ok(LayerSelection {
            fields: info.fields.clone().into(),
            rows,
            period: info.by_period.then_some(asked.period),
            sets: sets.iter().map(|s| s.info.id.clone()).collect(),
            // A sum with a part that is not told is not told.
            non_located: non_located.filter(|_| known_above),
            total: total.filter(|_| told_all),
            synthetic: self.snapshot.synthetic,
            schematic: sets.iter().any(|s| s.info.geometry == GeometryKind::Schematic),
            version: self.snapshot.version,
        })
    }

    fn feature(&self, layer: &str, id: &str, query: &LayerQuery) -> Result<Option<FeatureRow>, AppError> {
        // The id names its set: a link found in one set's page opens whatever the default.
        let named = id.split_once('.').and_then(|(set, _)| SetId::new(set).ok());
        let mut query = query.clone();
        if let Some(set) = named.filter(|s| query.sets.is_empty() && self.snapshot.set(s).is_ok()) {
            query.sets = vec![set];
        }
        if query.period.is_none() {
            query.period = self.month_of(layer, id);
        }
        Ok(self.select(layer, &query)?.rows.into_iter().find(|r| r.id == id))
    }

    fn triggers(&self, query: &LayerQuery) -> Result<serde_json::Value, AppError> {
        Service::triggers(self, &crate::app::read_triggers(None)?, query)
    }

    fn statistic(&self, query: &crate::app::MethodQuery) -> Result<crate::app::MethodAnswer, AppError> {
        Service::statistic(self, query)
    }

    fn hotspots(&self, query: &crate::app::HotspotQuery) -> Result<crate::app::HotspotAnswer, AppError> {
        Service::hotspots(self, query)
    }

    fn concentration(&self, query: &crate::app::ConcentrationQuery) -> Result<serde_json::Value, AppError> {
        self.concentration_answer(query)
    }

    fn parse_period(&self, text: &str) -> Result<Period, AppError> {
        if text == "latest" {
            return Ok(Period::month(self.latest()));
        }
        Period::parse(text).map_err(|e| AppError::BadRequest(e.to_string()))
    }

    fn set_ids(&self) -> Vec<SetId> {
        self.snapshot.sets().map(|s| s.info.id.clone()).collect()
    }

    fn qml(&self, layer: &str, lang: Lang) -> Result<String, AppError> {
        let (style, geometry) = self.drawn_in_qgis(layer)?;
        Ok(crate::style::qml(style, geometry, lang))
    }

    fn qml_tiles(&self, layer: &str, lang: Lang) -> Result<String, AppError> {
        let (style, geometry) = self.drawn_in_qgis(layer)?;
        Ok(crate::style::qml_tiles(style, geometry, lang, layer, &crate::app::tile::places_layer(layer)))
    }

    fn style(
        &self,
        layer: &str,
        query: &LayerQuery,
        at: crate::app::StyleAddresses,
    ) -> Result<serde_json::Value, AppError> {
        self.web_style(layer, query, at)
    }

    fn sld(&self, layer: &str, query: &LayerQuery) -> Result<String, AppError> {
        self.sld_of(layer, query)
    }

    fn legend(&self, layer: &str, query: &LayerQuery) -> Result<crate::app::Legend, AppError> {
        self.legend_of(layer, query)
    }

    fn label_points(&self, layer: &str, query: &LayerQuery) -> Result<LayerSelection, AppError> {
        self.on_label_points(layer, query)
    }

    fn sprite(&self, ratio: u8) -> Result<(serde_json::Value, Vec<u8>), AppError> {
        self.web_sprite(ratio)
    }

    fn tile_places(&self, layer: &str) -> Option<String> {
        self.places_beside(layer)
    }

    fn tile(
        &self,
        layer: &str,
        query: &LayerQuery,
        tile: TileId,
        form: crate::app::TileForm,
    ) -> Result<Vec<u8>, AppError> {
        self.tile_bytes(layer, query, tile, form)
    }

    fn map(&self, layer: &str, query: &LayerQuery, ask: &crate::app::MapAsk) -> Result<Vec<u8>, AppError> {
        self.map_bytes(layer, query, ask)
    }

    fn download(&self, layer: &str, query: &LayerQuery, format: crate::app::ExportFormat) -> Result<Vec<u8>, AppError> {
        self.export(layer, query, format)
    }

    fn annex(&self, period: &str, file: &str, ask: &crate::app::AnnexAsk) -> Result<crate::app::AnnexFile, AppError> {
        crate::app::annexes::asked_file(self, period, file, ask)
    }

    fn print_layouts(&self, query: &LayerQuery) -> Result<Vec<crate::app::PrintLayout>, AppError> {
        crate::app::annex::print_layouts(self, query)
    }

    fn notes(&self, layer: &str, sets: &[SetId], lang: Lang) -> Vec<String> {
        let mut notes = Vec::new();
        if self.snapshot.synthetic {
            notes.push(
                lang.pick(
                    "Données de démonstration, synthétiques : aucun fait réel.",
                    "Demonstration data, synthetic: no real event.",
                )
                .to_owned(),
            );
        }
        let default = std::slice::from_ref(&self.snapshot.default_set);
        let asked = if sets.is_empty() { default } else { sets };
        for set in asked.iter().filter_map(|id| self.snapshot.set(id).ok()) {
            let info = &set.info;
            notes.push(format!(
                "{} {}.",
                lang.pick("Découpage utilisé\u{a0}:", "Boundary set:"),
                lang.pick(&info.title_fr, &info.title_en)
            ));
            notes.push(format!(
                "{} {}.",
                lang.pick("Licence des limites\u{a0}:", "Licence of the boundaries:"),
                info.licence
            ));
        }
        let theme = self.layers.iter().find(|(i, _)| i.id == layer).and_then(|(_, k)| k.theme());
        if let Some(theme) = theme {
            let elsewhere = self.snapshot.elsewhere(theme);
            if elsewhere > 0 {
                notes.push(crate::app::elsewhere(elsewhere, lang));
            }
            notes.push(
                lang.pick(
                    "Les rapports sont partiels : couverture limitée, sous-déclaration par peur de représailles.",
                    "Reports are partial: limited coverage, under-reporting for fear of reprisals.",
                )
                .to_owned(),
            );
        }
        notes
    }

    fn trend_tables(
        &self,
        query: &crate::app::TrendsQuery,
        format: crate::app::TrendsFormat,
    ) -> Result<Vec<u8>, AppError> {
        self.trends(query)?.write(self, format, query.layer.lang, query.hxl)
    }

    fn trends(&self, query: &crate::app::TrendsQuery) -> Result<crate::app::TrendsReport, AppError> {
        Self::trends(self, query)
    }
}
