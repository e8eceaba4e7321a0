//! A layer of a period as a file, with what must be known of it inside.

use std::path::Path;

use super::seal::{Recipient, sealed};
use super::trends::{origin_lines, page_fault};
use super::{AppError, FeatureRow, FieldInfo, FieldKind, LayerGeometry, LayerInfo, LayerQuery, LayerSelection};
use super::{LayerSource as _, PropertyValue, Service};
use crate::domain::{Lang, Role};
use crate::formats::crs::Crs;
use crate::formats::geojson::{FeatureWriter, Value};
use crate::formats::grid::MetaLine;
use crate::formats::vector::{Column, ColumnKind, Row, VectorError, VectorForm, VectorTable};
use crate::formats::{SheetColumn, hxl_tag, write_rows_csv, write_sheet};

/// Most features in a file: ten years of communes, month by month.
const MOST_ROWS: usize = 100_000;

/// The lines of metadata that stand in columns of their own where a file has no other place for them.
const IN_COLUMNS: [&str; 5] = ["basis", "as_of", "licence", "boundary_licence", "sensitivity"];

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// GeoPackage with style and metadata inside.
    GeoPackage,
    /// FlatGeobuf.
    FlatGeobuf,
    /// CSV; points with their coordinates, outlines without.
    Csv,
    /// Workbook with a row of HXL tags.
    Xlsx,
    /// Zipped shapefile.
    Shapefile,
    /// GeoJSON.
    GeoJson,
    /// GeoParquet.
    Parquet,
}

impl ExportFormat {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::GeoPackage, Self::FlatGeobuf, Self::Csv, Self::Xlsx, Self::Shapefile, Self::GeoJson, Self::Parquet];

    /// The word that asks for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::GeoPackage => "gpkg",
            Self::FlatGeobuf => "fgb",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Shapefile => "shp",
            Self::GeoJson => "geojson",
            Self::Parquet => "parquet",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.word() == word)
    }

    /// The ending of its files, without a dot.
    pub fn ending(self) -> &'static str {
        if self == Self::Shapefile { "zip" } else { self.word() }
    }
}

/// The columns of a layer: its id, then its fields.
fn columns(fields: &[FieldInfo]) -> Vec<Column<'_>> {
    let kind = |kind: FieldKind| match kind {
        FieldKind::String => ColumnKind::Text,
        FieldKind::Integer => ColumnKind::Whole,
        FieldKind::Number => ColumnKind::Decimal,
        FieldKind::Boolean => ColumnKind::Flag,
    };
    let own = fields.iter().map(|f| Column { name: &f.name, kind: kind(f.kind) });
    std::iter::once(Column { name: "id", kind: ColumnKind::Text }).chain(own).collect()
}

/// A row's id and values.
fn values(row: &FeatureRow) -> impl Iterator<Item = Value<'_>> {
    std::iter::once(Value::Text(&row.id)).chain(row.values.iter().map(value))
}

fn value(value: &PropertyValue) -> Value<'_> {
    match value {
        PropertyValue::Null => Value::Null,
        PropertyValue::Text(text) => Value::Text(text),
        PropertyValue::Int(n) => Value::Int(*n),
        PropertyValue::Real(x) => Value::Real(*x),
        PropertyValue::Flag(flag) => Value::Flag(*flag),
    }
}

/// Some features of a layer as FlatGeobuf: the fields at the positions `wanted`, in ascending order, and geometries parallel to the
/// rows. Degrees are written longitude first whatever the system's own order, as files have it.
///
/// # Errors
/// A geometry beyond the area of the system, or a fault of GDAL.
pub fn flatgeobuf(
    info: &LayerInfo,
    (fields, wanted): (&[FieldInfo], &[usize]),
    (rows, geometries): (&[&FeatureRow], &[Option<&str>]),
    crs: Crs,
) -> Result<Vec<u8>, AppError> {
    // The id comes before the fields.
    let mut all = columns(fields);
    let mut keep = (0..).map(|k| k == 0 || wanted.contains(&(k - 1)));
    all.retain(|_| keep.next().unwrap_or_default());
    let rows = rows.iter().zip(geometries).map(|(row, geometry)| {
        let id = std::iter::once(Value::Text(&row.id));
        Row { geometry: *geometry, values: id.chain(wanted.iter().map(|k| value(&row.values[*k]))).collect() }
    });
    let table = VectorTable {
        name: &info.id,
        title: &info.id,
        points: info.geometry == LayerGeometry::Point,
        crs,
        columns: all,
        rows: rows.collect(),
        meta: &[],
        qml: None,
        date: NO_DATE,
    };
    table.write(VectorForm::FlatGeobuf).map_err(|e| fault(&e))
}

/// The date of files of a store that says none.
const NO_DATE: &str = "2000-01-01";

fn fault(error: &VectorError) -> AppError {
    AppError::Fault(error.to_string())
}

impl Service {
    /// A layer as a file.
    ///
    /// # Errors
    /// What the selection refuses, and more features than a file may hold.
    pub fn export(&self, layer: &str, query: &LayerQuery, format: ExportFormat) -> Result<Vec<u8>, AppError> {
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let selection = self.select(layer, query)?;
        if selection.rows.len() > MOST_ROWS {
            return Err(AppError::BadRequest(query.lang.pick(
                format!(
                    "{} entités ; {MOST_ROWS} au plus par fichier. Demandez une période plus courte.",
                    selection.rows.len()
                ),
                format!("{} features; {MOST_ROWS} at most in a file. Ask for a shorter period.", selection.rows.len()),
            )));
        }
        let title = query.lang.pick(info.title_fr.as_str(), info.title_en.as_str());
        let meta = self.export_meta(&info, &selection, query)?;
        match format {
            ExportFormat::GeoJson => Ok(geojson(&selection, &meta)),
            ExportFormat::Csv => csv(&info, &selection, &meta),
            ExportFormat::Xlsx => self.sheet(&info, &selection, (title, &meta), query.lang),
            _ => self.vector_file(&info, &selection, (title, &meta), query.lang, format),
        }
    }

    fn vector_file(
        &self,
        info: &LayerInfo,
        selection: &LayerSelection,
        (title, meta): (&str, &[MetaLine]),
        lang: Lang,
        format: ExportFormat,
    ) -> Result<Vec<u8>, AppError> {
        let date = self.snapshot().created.get(..10).filter(|d| d.parse::<jiff::civil::Date>().is_ok());
        // FlatGeobuf as GDAL 3.6 writes it has no place for words about the file.
        let more = if format == ExportFormat::FlatGeobuf { beside(meta, &selection.fields) } else { Vec::new() };
        let qml = if format == ExportFormat::GeoPackage { Some(self.qml(&info.id, lang)?) } else { None };
        let mut all = columns(&selection.fields);
        all.extend(more.iter().map(|(name, _)| Column { name, kind: ColumnKind::Text }));
        let rows = selection.rows.iter().map(|r| {
            let mut values: Vec<Value<'_>> = values(r).collect();
            values.extend(more.iter().map(|(_, text)| Value::Text(text)));
            Row { geometry: r.geometry.as_deref(), values }
        });
        let table = VectorTable {
            name: &info.id,
            title,
            points: info.geometry == LayerGeometry::Point,
            crs: Crs::CRS84,
            columns: all,
            rows: rows.collect(),
            meta,
            qml: qml.as_deref(),
            date: date.unwrap_or(NO_DATE),
        };
        let written = match format {
            ExportFormat::FlatGeobuf => table.write(VectorForm::FlatGeobuf),
            ExportFormat::Shapefile => table.write(VectorForm::Shapefile),
            ExportFormat::Parquet => table.write_parquet(),
            _ => table.write(VectorForm::GeoPackage),
        };
        written.map_err(|e| fault(&e))
    }

    fn sheet(
        &self,
        info: &LayerInfo,
        selection: &LayerSelection,
        (title, meta): (&str, &[MetaLine]),
        lang: Lang,
    ) -> Result<Vec<u8>, AppError> {
        let level = self.unit_level(&info.id).map(crate::domain::Level::number);
        let column = |label, name: &str| SheetColumn { label, hxl: hxl_tag(name, level) };
        let fields =
            selection.fields.iter().map(|f| column(lang.pick(f.title_fr.as_str(), f.title_en.as_str()), &f.name));
        let mut columns = vec![column(lang.pick("Identifiant", "Identifier"), "id")];
        columns.extend(fields);
        let places = places(info);
        columns.extend(places.iter().map(|name| column(name, name)));
        let rows = selection.rows.iter().map(|row| values(row).chain(place(row).into_iter().take(places.len())));
        write_sheet(title, &columns, rows, meta, lang).map_err(|e| AppError::Fault(e.to_string()))
    }

    /// What every file says of itself: what, when, where from, under which terms.
    fn export_meta(
        &self,
        info: &LayerInfo,
        selection: &LayerSelection,
        query: &LayerQuery,
    ) -> Result<Vec<MetaLine>, AppError> {
        let l = query.lang;
        let words = self.kit().words(l).map_err(page_fault)?;
        let asked = self.asked(query, None)?;
        let mut out: Vec<MetaLine> = vec![
            ("layer", l.pick("Couche", "Layer").into(), info.id.clone()),
            ("title", l.pick("Titre", "Title").into(), l.pick(&info.title_fr, &info.title_en).clone()),
            (
                "contents",
                l.pick("Contenu", "Contents").into(),
                l.pick(&info.description_fr, &info.description_en).clone(),
            ),
        ];
        if let Some(period) = selection.period {
            out.push(("period", l.pick("Période", "Period").into(), period.to_string()));
        }
        let mut origin: Vec<MetaLine> = Vec::new();
        for set in &selection.sets {
            let lines = origin_lines(self, self.snapshot().set(set)?, &asked, &words);
            if origin.is_empty() {
                origin = lines;
                continue;
            }
            // Several sets: what differs between them is said of each.
            for (line, more) in origin.iter_mut().zip(lines) {
                if line.2 != more.2 {
                    line.2 = format!("{} ; {}", line.2, more.2);
                }
            }
        }
        // Boundaries have neither source nor basis of figures.
        origin.retain(|(key, ..)| info.by_period || !["source", "basis", "licence", "limits"].contains(key));
        out.extend(origin);
        let sensitivity = match (self.snapshot().synthetic, self.snapshot().role()) {
            (true, _) => l.pick("aucune : données synthétiques", "none: synthetic data"),
            (false, None) => l.pick(
                "interne : petits nombres et points compris ; ne pas diffuser",
                "internal: small counts and points included; not for distribution",
            ),
            (false, Some(Role::Public)) => l.pick(
                "publique : mois publiés, petits nombres masqués, aucun point",
                "public: released months, small counts withheld, no points",
            ),
            (false, Some(_)) => l.pick(
                "partenaires du protocole de partage : petits nombres masqués ; ne pas transmettre plus loin",
                "partners under the sharing protocol: small counts withheld; not to be passed on",
            ),
        };
        out.push(("sensitivity", l.pick("Sensibilité", "Sensitivity").into(), sensitivity.into()));
        Ok(out)
    }
}

/// The lines of metadata that go into columns, unless a field has the name.
fn beside<'m>(meta: &'m [MetaLine], fields: &[FieldInfo]) -> Vec<(&'static str, &'m str)> {
    let free = |key: &str| IN_COLUMNS.contains(&key) && fields.iter().all(|f| f.name != key);
    meta.iter().filter(|(key, ..)| free(key)).map(|(key, _, value)| (*key, value.as_str())).collect()
}

/// The columns of a point's place in a table.
fn places(info: &LayerInfo) -> &'static [&'static str] {
    if info.geometry == LayerGeometry::Point { &["lon", "lat"] } else { &[] }
}

fn place(row: &FeatureRow) -> [Value<'static>; 2] {
    let placed = !row.bbox.is_empty();
    [row.bbox.west, row.bbox.south].map(|c| if placed { Value::Real(c) } else { Value::Null })
}

fn csv(info: &LayerInfo, selection: &LayerSelection, meta: &[MetaLine]) -> Result<Vec<u8>, AppError> {
    let (places, more) = (places(info), beside(meta, &selection.fields));
    let mut heads = vec!["id"];
    heads.extend(selection.fields.iter().map(|f| f.name.as_str()));
    heads.extend(places);
    heads.extend(more.iter().map(|(key, _)| *key));
    let rows = selection.rows.iter().map(|row| {
        let place = place(row).into_iter().take(places.len());
        values(row).chain(place).chain(more.iter().map(|(_, text)| Value::Text(text)))
    });
    write_rows_csv(&heads, rows).map_err(|e| AppError::Fault(e.to_string()))
}

fn geojson(selection: &LayerSelection, meta: &[MetaLine]) -> Vec<u8> {
    let about: serde_json::Map<String, serde_json::Value> =
        meta.iter().map(|(key, _, value)| ((*key).to_owned(), value.clone().into())).collect();
    let mut out =
        format!("{{\"type\":\"FeatureCollection\",\"metadata\":{},\"features\":[\n", serde_json::Value::Object(about))
            .into_bytes();
    let mut writer = FeatureWriter::new(std::mem::take(&mut out), selection.fields.iter().map(|f| f.name.as_str()));
    for row in &selection.rows {
        writer.feature(&row.id, row.geometry.as_deref(), row.values.iter().map(value));
    }
    let mut out = writer.into_bytes();
    out.extend_from_slice(b"\n]}\n");
    out
}

/// Writes a layer of a store into a file, sealed where there are recipients.
///
/// # Errors
/// See [`Service::export`] and [`sealed`]; a file that cannot be written.
pub fn write_export(
    service: &Service,
    layer: &str,
    query: &LayerQuery,
    format: ExportFormat,
    seal: &[Recipient],
    out: &Path,
) -> Result<(), AppError> {
    let mut bytes = service.export(layer, query, format)?;
    if !seal.is_empty() {
        bytes = sealed(&bytes, seal)?;
    }
    std::fs::write(out, bytes).map_err(|e| AppError::Input(format!("{}: {e}", out.display())))
}
