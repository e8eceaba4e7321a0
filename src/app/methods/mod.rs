//! The methods beside the default one, for who asks: of the whole map, of each unit, scans, patterns in time, of events.
//! Here the data meet `stats`; every answer names its null, what was tested, what was not and why, and says it in a sentence.

mod change;
mod events;
mod global;
mod local;
mod scans;
mod trend;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::hotspots::{Noun, Study, limits, observed, reason, threads};
use super::layers::{Asked, theme_of};
use super::{AppError, LayerQuery, Service, Weights, geometry};
use crate::domain::{Level, Month, Period, typeset};
use crate::stats::{Reason, StatsError};

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Moran's I of the map.
    Moran,
    /// Geary's c of the map.
    Geary,
    /// Getis and Ord's general G.
    GeneralG,
    /// Join counts of units with and without.
    JoinCounts,
    /// Moran's I of empirical-Bayes standardised rates.
    EbMoran,
    /// Gi of each unit.
    Gi,
    /// Local Moran.
    LocalMoran,
    /// Local Geary.
    LocalGeary,
    /// Kulldorff's spatial scan over populations.
    Scan,
    /// Space-time permutation scan.
    ScanPermutation,
    /// Space-time Poisson scan.
    ScanSpaceTime,
    /// Knox's test of events close in space and time.
    Knox,
    /// Emerging hot spots.
    Emerging,
    /// Clusters of events by density.
    Dbscan,
    /// The same in space and time.
    StDbscan,
    /// Kernel density of events.
    Kde,
    /// Change of each unit between two periods.
    Change,
}

impl Method {
    /// Every method by its word.
    pub const ALL: [(&str, Self); 17] = [
        ("moran", Self::Moran),
        ("geary", Self::Geary),
        ("g", Self::GeneralG),
        ("join-counts", Self::JoinCounts),
        ("eb-moran", Self::EbMoran),
        ("gi", Self::Gi),
        ("local-moran", Self::LocalMoran),
        ("local-geary", Self::LocalGeary),
        ("scan", Self::Scan),
        ("scan-permutation", Self::ScanPermutation),
        ("scan-space-time", Self::ScanSpaceTime),
        ("knox", Self::Knox),
        ("emerging", Self::Emerging),
        ("dbscan", Self::Dbscan),
        ("st-dbscan", Self::StDbscan),
        ("kde", Self::Kde),
        ("change", Self::Change),
    ];

    /// The words, the default method first.
    pub const WORDS: [&str; 18] = {
        let mut words = ["gi-star"; 18];
        let mut k = 0;
        while k < Self::ALL.len() {
            words[k + 1] = Self::ALL[k].0;
            k += 1;
        }
        words
    };

    /// The method of a word; none of `gi-star`, which is [`Service::hotspots`], and of words that are none.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, method)| *method)
    }

    /// Its word.
    pub fn code(self) -> &'static str {
        Self::ALL.iter().find(|(_, method)| *method == self).map_or("", |(word, _)| word)
    }
}

/// A question to one of the methods; what a method does not use it leaves aside.
#[derive(Debug, Clone)]
pub struct MethodQuery {
    /// How.
    pub method: Method,
    /// What is counted: `violations`, `incidents`, `alerts`.
    pub measure: String,
    /// Level of the units.
    pub level: Level,
    /// Who is whose neighbour.
    pub weights: Weights,
    /// Error rate, in 0..1 without the ends; a false discovery rate where many units are tested.
    pub alpha: f64,
    /// Permutations or simulations, 99 to [`MethodQuery::MOST_PERMUTATIONS`].
    pub permutations: u32,
    /// Seed of what is drawn.
    pub seed: u64,
    /// Months of history, up to the last of the period, of methods that look at time: 2 to [`MethodQuery::MOST_MONTHS`].
    pub months: u32,
    /// Kilometres within which events are close, above 0 and at most 1,000; the bandwidth of a density.
    pub radius_km: Option<f64>,
    /// Days within which events are close, 1 to 3,660.
    pub days: u64,
    /// Events that make a dense place, themselves included, 2 or more.
    pub min_events: usize,
    /// The period compared with; none = the one just before, of the same length.
    pub against: Option<Period>,
    /// Period, sets, source, basis, language.
    pub layer: LayerQuery,
}

impl MethodQuery {
    /// Most permutations or simulations.
    pub const MOST_PERMUTATIONS: u32 = 99_999;
    /// Most months of history.
    pub const MOST_MONTHS: u32 = 120;

    /// A question with the usual settings.
    pub fn new(method: Method) -> Self {
        Self {
            method,
            measure: "violations".into(),
            level: Level::Commune,
            weights: Weights::default(),
            alpha: 0.05,
            permutations: 999,
            seed: 1,
            months: 12,
            radius_km: None,
            days: 30,
            min_events: 5,
            against: None,
            layer: LayerQuery::default(),
        }
    }

    fn check(&self) -> Result<(), AppError> {
        let wrong = |what: String| Err(AppError::BadRequest(what));
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            return wrong(format!("alpha « {} »: between 0 and 1, such as 0.05", self.alpha));
        }
        if !(99..=Self::MOST_PERMUTATIONS).contains(&self.permutations) {
            return wrong(format!("permutations « {} »: 99 to {}", self.permutations, Self::MOST_PERMUTATIONS));
        }
        if !(2..=Self::MOST_MONTHS).contains(&self.months) {
            return wrong(format!("months « {} »: 2 to {}", self.months, Self::MOST_MONTHS));
        }
        if self.radius_km.is_some_and(|km| !(km > 0.0 && km <= 1_000.0)) {
            return wrong("radius: kilometres above 0, at most 1000".into());
        }
        if !(1..=3_660).contains(&self.days) || self.min_events < 2 {
            return wrong("days: 1 to 3660; min-events: 2 or more".into());
        }
        Ok(())
    }
}

/// An answer: what goes with every output, a row a unit (or cluster), a sentence.
#[derive(Debug, Clone, Default)]
pub struct MethodAnswer {
    /// Method, null, level, counts, results of the whole map.
    pub about: Map<String, Value>,
    /// Rows, all with the same keys; empty of a method of the whole map.
    pub rows: Vec<Map<String, Value>>,
    /// The sentence that a report can print.
    pub sentence: String,
    /// By row, its outline as GeoJSON text: of the unit, or of the cluster's units made one.
    pub shapes: Vec<Option<Arc<str>>>,
    /// A density as a Cloud Optimised GeoTIFF.
    pub raster: Option<Vec<u8>>,
}

impl MethodAnswer {
    /// The rows as CSV, lists joined by `|`.
    ///
    /// # Errors
    /// A fault of the writer.
    pub fn csv(&self) -> Result<Vec<u8>, AppError> {
        crate::formats::write_records_csv(&self.rows).map_err(|e| AppError::Fault(e.to_string()))
    }

    /// The rows as a layer: a GeoJSON feature collection with what goes with the answer, and the members given, beside it.
    ///
    /// # Errors
    /// A fault of the writer.
    pub fn geojson(&self, members: Map<String, Value>) -> Result<Vec<u8>, AppError> {
        let fault = |e: serde_json::Error| AppError::Fault(e.to_string());
        let mut head = object(json!({"type": "FeatureCollection", "numberReturned": self.rows.len()}));
        head.extend(self.about.clone());
        head.extend(members);
        let mut out = serde_json::to_vec(&head).map_err(fault)?;
        out.pop();
        out.extend_from_slice(b",\"features\":[");
        for (k, row) in self.rows.iter().enumerate() {
            let id = match (row.get("set"), row.get("pcode")) {
                (Some(Value::String(set)), Some(Value::String(pcode))) => format!("{set}.{pcode}"),
                _ => (k + 1).to_string(),
            };
            out.extend_from_slice(if k == 0 { b"\n" } else { b",\n" });
            out.extend_from_slice(br#"{"type":"Feature","id":"#);
            serde_json::to_writer(&mut out, &id).map_err(fault)?;
            out.extend_from_slice(br#","geometry":"#);
            out.extend_from_slice(self.shapes.get(k).and_then(Option::as_deref).unwrap_or("null").as_bytes());
            out.extend_from_slice(br#","properties":"#);
            serde_json::to_writer(&mut out, row).map_err(fault)?;
            out.push(b'}');
        }
        out.extend_from_slice(b"\n]}\n");
        Ok(out)
    }
}

/// What rows are about.
#[derive(Default)]
enum Rows {
    /// Every unit studied, in order.
    #[default]
    Units,
    /// Clusters of the units given by their places.
    Clusters(Vec<Vec<usize>>),
}

/// What a method found.
#[derive(Default)]
struct Outcome {
    /// The null hypothesis, by its word.
    null: &'static str,
    /// Results of the whole, and what the method was told.
    about: Value,
    rows: Vec<Map<String, Value>>,
    rows_are: Rows,
    sentence: String,
    raster: Option<Vec<u8>>,
}

/// Why a method gave nothing: the data do not allow it (null, with the reason), or the question is wrong.
enum Nothing {
    Reason(&'static str, String),
    Wrong(AppError),
}

impl From<AppError> for Nothing {
    fn from(e: AppError) -> Self {
        Self::Wrong(e)
    }
}

/// One question, settled.
struct Task<'a> {
    service: &'a Service,
    query: &'a MethodQuery,
    asked: &'a Asked<'a>,
    /// Theme and measure.
    what: (&'static str, &'a str),
    study: &'a Study<'a>,
}

impl Service {
    /// Answers a question by one of the methods. What the data do not allow is null with its reason.
    ///
    /// # Errors
    /// An unknown measure or set, settings outside their limits, units below region of real data where they may not be shown.
    pub fn statistic(&self, query: &MethodQuery) -> Result<MethodAnswer, AppError> {
        query.check()?;
        let theme = theme_of(&query.measure)?;
        let asked = self.asked(&query.layer, Some(theme))?;
        let of_events = matches!(query.method, Method::Knox | Method::Dbscan | Method::StDbscan | Method::Kde);
        if of_events && !asked.open {
            return Err(AppError::Forbidden(
                asked
                    .lang
                    .pick(
                        "Ce que disent les points n’est pas donné à ce niveau d’accès.",
                        "What points tell is not given at this level of access.",
                    )
                    .into(),
            ));
        }
        let study = self.study((theme, &query.measure), query.level, query.weights, &query.layer, &asked)?;
        let task = Task { service: self, query, asked: &asked, what: (theme, &query.measure), study: &study };
        let found = match query.method {
            Method::Moran | Method::Geary | Method::GeneralG | Method::JoinCounts | Method::EbMoran => task.global(),
            Method::Gi | Method::LocalMoran | Method::LocalGeary => task.local(),
            Method::Scan | Method::ScanPermutation | Method::ScanSpaceTime => task.scan(),
            Method::Knox | Method::Dbscan | Method::StDbscan => task.events(),
            Method::Kde => task.density(),
            Method::Emerging => task.emerging(),
            Method::Change => task.change(),
        };
        let outcome = match found {
            Ok(outcome) => outcome,
            Err(Nothing::Wrong(e)) => return Err(e),
            Err(Nothing::Reason(code, said)) => Outcome {
                about: json!({"result": null, "reason": code}),
                sentence: asked.lang.pick(format!("Pas de résultat\u{a0}: {said}."), format!("No result: {said}.")),
                ..Outcome::default()
            },
        };
        task.answer(outcome)
    }
}

impl Task<'_> {
    fn answer(&self, outcome: Outcome) -> Result<MethodAnswer, AppError> {
        let (query, study) = (self.query, self.study);
        let counts = study.neighbours().counts();
        let head = json!({
            "method": query.method.code(),
            "measure": query.measure,
            "level": query.level.number(),
            "period": self.asked.period.to_string(),
            "source": self.asked.source,
            "sets": study.sets.iter().map(|s| s.info.id.as_str()).collect::<Vec<_>>(),
            "sentence": outcome.sentence,
            "null": if outcome.null.is_empty() { Value::Null } else { json!(outcome.null) },
            "alpha": query.alpha,
            "weights": {"rule": query.weights.code(), "islands": counts.islands, "neighbours_mean": counts.mean, "pairs_across_sets": study.borders.across},
            "units": study.values.len(),
            "units_observed": study.values.iter().flatten().count(),
            "synthetic": self.service.snapshot.synthetic,
            "schematic": study.sets.iter().any(|s| s.info.geometry == crate::domain::GeometryKind::Schematic),
            "data_version": self.service.snapshot.version,
            "limits": limits(self.asked.lang),
        });
        let mut about = object(head);
        about.extend(object(outcome.about));
        let shapes = if outcome.rows.is_empty() { Vec::new() } else { self.shapes(&outcome.rows_are)? };
        Ok(MethodAnswer { about, rows: outcome.rows, sentence: outcome.sentence, shapes, raster: outcome.raster })
    }

    /// The outline of each row.
    fn shapes(&self, rows: &Rows) -> Result<Vec<Option<Arc<str>>>, AppError> {
        match rows {
            Rows::Units => {
                let mut all = Vec::with_capacity(self.study.values.len());
                for set in &self.study.sets {
                    let shapes = &self.service.snapshot.place(&set.info.id)?.shapes;
                    all.extend(shapes.level(set, self.study.level).iter().cloned().map(Some));
                }
                Ok(all)
            }
            Rows::Clusters(clusters) => {
                let units: Vec<_> = self.study.units().map(|(_, unit, _)| unit).collect();
                let outline = |members: &Vec<usize>| {
                    let shapes = members.iter().map(|k| &units[*k].shape);
                    // Events of a cluster may lie in no unit.
                    (!members.is_empty()).then(|| geometry::multipolygon(&crate::tiles::dissolved(shapes)))
                };
                Ok(clusters.iter().map(outline).collect())
            }
        }
    }

    /// Which units were observed, and their numbers in order.
    fn observed(&self) -> (Vec<bool>, Vec<f64>) {
        (self.study.values.iter().map(Option::is_some).collect(), self.study.values.iter().flatten().copied().collect())
    }

    /// What every row of a unit begins with.
    fn unit_rows(&self) -> Vec<Map<String, Value>> {
        let rows = self.study.units().map(|(set, unit, cell)| {
            let parent = unit.parent.as_deref().and_then(|p| set.find(p)).map(|p| p.name.clone());
            object(json!({
                "set": set.info.id.as_str(), "pcode": unit.pcode, "name": unit.name, "parent_name": parent,
                "status": cell.reading.word(), "value": cell.reading.number(),
            }))
        });
        rows.collect()
    }

    /// The months of history, the last of the period among them.
    fn history(&self) -> Result<Vec<Month>, AppError> {
        let span = Period::ending(self.asked.period.last(), self.query.months);
        let span =
            span.ok_or_else(|| AppError::BadRequest("the months before this period do not go back so far".into()))?;
        Ok(span.months().collect())
    }

    /// Counts by unit and month, row by row of units, under the rule of the study.
    fn by_month(&self, months: &[Month]) -> Result<Vec<Option<f64>>, AppError> {
        let column = |month: &Month| {
            let tables = self.tables_of(Period::month(*month))?;
            Ok(tables.iter().flat_map(|t| t.cells.iter().map(observed)).collect())
        };
        let columns: Vec<Vec<Option<f64>>> = months.iter().map(column).collect::<Result<_, AppError>>()?;
        Ok((0..self.study.values.len()).flat_map(|unit| columns.iter().map(move |c| c[unit])).collect())
    }

    fn tables_of(&self, period: Period) -> Result<Vec<crate::indicators::Table>, AppError> {
        let asked = Asked { period, ..*self.asked };
        let tables =
            self.study.sets.iter().map(|set| self.service.measure_table(set, self.what, self.query.level, &asked));
        tables.collect()
    }

    /// Longitude and latitude of each unit's label point.
    fn places(&self) -> Vec<[f64; 2]> {
        self.study.units().map(|(_, unit, _)| [unit.label.lon(), unit.label.lat()]).collect()
    }

    /// « 12 communes ».
    fn count(&self, n: usize) -> String {
        Noun::new(self.query.level, self.asked.lang).count(n)
    }

    /// The sentence in the reader's language.
    fn say(&self, fr: impl AsRef<str>, en: impl Into<String>) -> String {
        self.asked.lang.pick(typeset(fr.as_ref()), en.into())
    }

    fn decimal(&self, x: f64, digits: usize) -> String {
        crate::style::decimal(x, digits, self.asked.lang)
    }

    /// « p = 0,004 », « p < 0,001 ».
    fn p(&self, p: f64) -> String {
        if p < 0.001 { format!("p < {}", self.decimal(0.001, 3)) } else { format!("p = {}", self.decimal(p, 3)) }
    }

    fn none(&self, why: Reason) -> Nothing {
        Nothing::Reason(why.code(), reason(why, self.asked.lang))
    }

    fn undefined(&self, e: StatsError) -> Nothing {
        match e {
            StatsError::Undefined(u) => self.none(u),
            wrong => Nothing::Wrong(AppError::BadRequest(wrong.to_string())),
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
