//! A small source of layers in memory, to try the service without a store.

use std::fmt::Write as _;
use std::sync::Arc;

use vigie::app::{
    AppError, AsOf, ConcentrationQuery, ExportFormat, FeatureRow, FieldInfo, FieldKind, HotspotAnswer, HotspotQuery,
    LayerGeometry, LayerInfo, LayerQuery, LayerSelection, LayerSource, PropertyValue,
};
use vigie::domain::{Lang, Month, Period, Role, SetId};
use vigie::spatial::Bbox;

/// What the tests change from one source to the next.
#[derive(Debug, Clone)]
pub struct Small {
    pub version: i64,
    pub synthetic: bool,
    /// Added to every value, so that two versions differ in their data.
    pub more: i64,
    /// `select` on this layer fails.
    pub failing: Option<&'static str>,
    /// Vertices of each commune.
    pub vertices: usize,
    /// Whether points are there.
    pub points: bool,
}

impl Default for Small {
    fn default() -> Self {
        Self { version: 7, synthetic: true, more: 0, failing: None, vertices: 4, points: true }
    }
}

impl Small {
    /// The source as the service takes it.
    pub fn provider(self) -> vigie::web::Provider {
        let veiled: Arc<dyn LayerSource> = Arc::new(Self { points: false, ..self.clone() });
        let source: Arc<dyn LayerSource> = Arc::new(self);
        Arc::new(move |as_of, role: Role| match as_of {
            AsOf::Now => Ok(if role.sees_all() { source.clone() } else { veiled.clone() }),
            _ => Err(AppError::BadRequest("no past here".into())),
        })
    }

    fn rows(&self, layer: &str, query: &LayerQuery) -> Vec<FeatureRow> {
        let period = query.period.unwrap_or(JUNE.into_period());
        match layer {
            "violations-cercles" => (0..3).map(|n| self.unit(n, 3, 4, Some(period), query.lang)).collect(),
            "regions" => (0..2).map(|n| self.unit(n, 2, 4, None, query.lang)).collect(),
            "violations-communes" => {
                (0..701).map(|n| self.unit(n, 701, self.vertices, Some(period), query.lang)).collect()
            }
            _ => (0..2).map(|n| self.point(n)).collect(),
        }
    }

    /// A square unit; the last tenth alone has a rate.
    fn unit(&self, n: usize, of: usize, vertices: usize, period: Option<Period>, lang: Lang) -> FeatureRow {
        let (west, south) = (-12.0 + (n % 30) as f64 * 0.5, 10.0 + (n / 30) as f64 * 0.5);
        let pcode = format!("ML{:06}", n + 1);
        let value = i64::try_from(n).expect("small") + self.more;
        let rate = (n * 10 >= of * 9).then_some(value as f64 * 2.0);
        let text = |t: &str| PropertyValue::Text(t.into());
        let mut values = vec![text("mli-2021"), text(&pcode), text(&format!("Unité \"{n}\" <&>"))];
        if let Some(period) = period {
            values.extend([
                text(&period.to_string()),
                text(if n == 0 { "not_covered" } else { "value" }),
                if n == 0 { PropertyValue::Null } else { PropertyValue::Int(value) },
                if n == 0 { PropertyValue::Null } else { PropertyValue::Int(value % 3 + 1) },
                text(lang.pick("classe", "class")),
                rate.map_or(PropertyValue::Null, PropertyValue::Real),
                PropertyValue::Flag(n == 1),
            ]);
        }
        FeatureRow {
            id: format!("mli-2021.{pcode}"),
            geometry: Some(square(west, south, vertices).into()),
            bbox: Bbox { west, south, east: west + 0.5, north: south + 0.5 },
            values,
        }
    }

    fn point(&self, n: usize) -> FeatureRow {
        let (lon, lat) = (-4.0 + n as f64, 14.5);
        FeatureRow {
            id: format!("monitoring.{n}"),
            geometry: Some(format!("{{\"type\":\"Point\",\"coordinates\":[{lon},{lat}]}}").into()),
            bbox: Bbox { west: lon, south: lat, east: lon, north: lat },
            values: vec![
                PropertyValue::Text("mli-2021".into()),
                PropertyValue::Text("ML01".into()),
                PropertyValue::Text("x".into()),
            ],
        }
    }
}

/// The month that `latest` means here.
pub struct Latest;
pub const JUNE: Latest = Latest;

impl Latest {
    fn into_period(self) -> Period {
        Period::month(Month::new(2021, 6).expect("a month"))
    }
}

fn square(west: f64, south: f64, vertices: usize) -> String {
    let side = vertices.max(4) / 4;
    let mut text = String::from("{\"type\":\"MultiPolygon\",\"coordinates\":[[[");
    let step = 0.5 / side as f64;
    for k in 0..side * 4 {
        let t = (k % side) as f64 * step;
        let (x, y) = match k / side {
            0 => (west + t, south),
            1 => (west + 0.5, south + t),
            2 => (west + 0.5 - t, south + 0.5),
            _ => (west, south + 0.5 - t),
        };
        let _ = write!(text, "[{x:.6},{y:.6}],");
    }
    let _ = write!(text, "[{west:.6},{south:.6}]]]]}}");
    text
}

fn field(name: &str, kind: FieldKind) -> FieldInfo {
    FieldInfo { name: name.into(), kind, title_fr: format!("{name} (fr)"), title_en: format!("{name} (en)") }
}

fn info(id: &str) -> Option<LayerInfo> {
    let (count, by_period, geometry) = match id {
        "regions" => (2, false, LayerGeometry::MultiPolygon),
        "violations-cercles" => (3, true, LayerGeometry::MultiPolygon),
        "violations-communes" => (701, true, LayerGeometry::MultiPolygon),
        "incidents" => (2, true, LayerGeometry::Point),
        _ => return None,
    };
    let mut fields =
        vec![field("set", FieldKind::String), field("pcode", FieldKind::String), field("name", FieldKind::String)];
    if id.starts_with("violations") {
        fields.extend([
            field("period", FieldKind::String),
            field("status", FieldKind::String),
            field("value", FieldKind::Integer),
            field("class", FieldKind::Integer),
            field("class_label", FieldKind::String),
            field("rate_per_100k", FieldKind::Number),
            field("outside_coverage", FieldKind::Boolean),
        ]);
    }
    Some(LayerInfo {
        id: id.into(),
        title_fr: format!("Couche {id}"),
        title_en: format!("Layer {id}"),
        description_fr: "Compte des violations.".into(),
        description_en: "Counts violations.".into(),
        geometry,
        fields,
        bbox: Bbox { west: -12.0, south: 10.0, east: 4.0, north: 25.0 },
        months: by_period.then(|| (Month::new(2020, 1).expect("a month"), Month::new(2021, 6).expect("a month"))),
        item_count: count,
        by_period,
        style: id.into(),
    })
}

fn text(value: &PropertyValue) -> String {
    match value {
        PropertyValue::Null => String::new(),
        PropertyValue::Text(t) => t.to_string(),
        PropertyValue::Int(n) => n.to_string(),
        PropertyValue::Real(x) => x.to_string(),
        PropertyValue::Flag(f) => f.to_string(),
    }
}

impl LayerSource for Small {
    fn version(&self) -> i64 {
        self.version
    }

    fn state(&self) -> u64 {
        self.version.unsigned_abs() * 2 + u64::from(self.points)
    }

    fn title(&self, lang: Lang) -> String {
        lang.pick("Vigie (essai)", "Vigie (trial)").into()
    }

    fn synthetic(&self) -> bool {
        self.synthetic
    }

    fn layers(&self) -> Vec<Arc<LayerInfo>> {
        ["regions", "violations-cercles", "violations-communes", "incidents"]
            .into_iter()
            .filter_map(|id| self.layer(id))
            .collect()
    }

    fn layer(&self, id: &str) -> Option<Arc<LayerInfo>> {
        info(id).filter(|l| self.points || l.geometry != LayerGeometry::Point).map(Arc::new)
    }

    fn select(&self, layer: &str, query: &LayerQuery) -> Result<LayerSelection, AppError> {
        let info = info(layer).ok_or_else(|| AppError::NotFound(layer.into()))?;
        if self.failing == Some(layer) {
            return Err(AppError::Fault("the disk at /secret/place burns".into()));
        }
        let mut rows = self.rows(layer, query);
        if let Some(bbox) = query.bbox {
            rows.retain(|r| r.bbox.intersects(&bbox));
        }
        for (name, wanted) in &query.equals {
            let column =
                info.fields.iter().position(|f| f.name == *name).ok_or_else(|| AppError::BadRequest(name.clone()))?;
            rows.retain(|r| text(&r.values[column]) == *wanted);
        }
        Ok(LayerSelection {
            fields: info.fields.into(),
            rows,
            period: info.by_period.then(|| query.period.unwrap_or(JUNE.into_period())),
            sets: vec![SetId::new("mli-2021").expect("a set")],
            non_located: info.by_period.then_some(2),
            total: info.by_period.then_some(5),
            synthetic: self.synthetic,
            schematic: true,
            version: self.version,
        })
    }

    fn feature(&self, layer: &str, id: &str, query: &LayerQuery) -> Result<Option<FeatureRow>, AppError> {
        Ok(self.select(layer, query)?.rows.into_iter().find(|r| r.id == id))
    }

    fn hotspots(&self, query: &HotspotQuery) -> Result<HotspotAnswer, AppError> {
        let selection = self.select("violations-communes", &query.layer)?;
        Ok(HotspotAnswer { sentence: String::new(), about: serde_json::Map::new(), selection })
    }

    fn trend_tables(&self, _: &vigie::app::TrendsQuery, _: vigie::app::TrendsFormat) -> Result<Vec<u8>, AppError> {
        Ok(b"{}".to_vec())
    }

    fn triggers(&self, _: &LayerQuery) -> Result<serde_json::Value, AppError> {
        Ok(serde_json::json!({"triggers": []}))
    }

    fn concentration(&self, query: &ConcentrationQuery) -> Result<serde_json::Value, AppError> {
        Ok(serde_json::json!({"zone": query.zone}))
    }

    fn parse_period(&self, text: &str) -> Result<Period, AppError> {
        if text == "latest" {
            return Ok(JUNE.into_period());
        }
        Period::parse(text).map_err(|e| AppError::BadRequest(e.to_string()))
    }

    fn set_ids(&self) -> Vec<SetId> {
        ["mli-2019", "mli-2021"].iter().filter_map(|s| SetId::new(s).ok()).collect()
    }

    fn download(&self, _layer: &str, _query: &LayerQuery, format: ExportFormat) -> Result<Vec<u8>, AppError> {
        Ok(format!("{{\"format\":\"{}\"}}", format.word()).into())
    }

    fn qml(&self, layer: &str, _: Lang) -> Result<String, AppError> {
        let kind = if layer == "incidents" { "marker" } else { "fill" };
        let symbol = |n: usize| {
            let simple = if kind == "marker" { "SimpleMarker" } else { "SimpleFill" };
            format!(
                "<symbol type=\"{kind}\" name=\"{n}\" alpha=\"1\"><layer class=\"{simple}\" enabled=\"1\" pass=\"0\" locked=\"0\"><prop k=\"color\" v=\"{n}0,0,0,255\"/></layer></symbol>"
            )
        };
        Ok(format!(
            "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n<qgis version=\"3.22.0\" labelsEnabled=\"0\">\n\
             <renderer-v2 type=\"categorizedSymbol\" attr=\"pcode\" symbollevels=\"0\"><categories>\
             <category symbol=\"0\" value=\"ML000001\" label=\"un\" render=\"true\"/><category symbol=\"1\" value=\"ML000002\" label=\"deux\" render=\"true\"/>\
             <category symbol=\"2\" value=\"\" label=\"autres\" render=\"true\"/></categories><symbols>{}{}{}</symbols></renderer-v2>\n</qgis>\n",
            symbol(0),
            symbol(1),
            symbol(2)
        ))
    }

    fn notes(&self, _: &str, _: &[SetId], lang: Lang) -> Vec<String> {
        vec![lang.pick("Source : essai.", "Source: trial.").into()]
    }
}
