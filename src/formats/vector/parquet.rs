//! GeoParquet 1.1 (geoparquet.org), which Debian's GDAL has no driver for.

use std::sync::Arc;

use gdal::vector::Geometry;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::json;

use super::super::geojson::Value;
use super::{Column, ColumnKind, VectorError, VectorTable};

/// The geometry's column.
const GEOMETRY: &str = "geometry";

impl VectorTable<'_> {
    /// The table as GeoParquet: one row group, WKB, longitude before latitude (the table must be in CRS84), its metadata lines as
    /// key-value metadata.
    ///
    /// # Errors
    /// A geometry that is none, or what the writer refuses.
    pub fn write_parquet(&self) -> Result<Vec<u8>, VectorError> {
        let mut fields = self.columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
        fields.push(Arc::new(optional(GEOMETRY, Physical::BYTE_ARRAY, None)?));
        let schema = Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?);
        let geometry_types = if self.points { ["Point"] } else { ["MultiPolygon"] };
        let geo = json!({
            "version": "1.1.0",
            "primary_column": GEOMETRY,
            "columns": {GEOMETRY: {"encoding": "WKB", "geometry_types": geometry_types}},
        });
        let own = self.meta.iter().map(|(key, _, value)| KeyValue::new(format!("vigie:{key}"), value.clone()));
        let meta = std::iter::once(KeyValue::new("geo".to_owned(), geo.to_string())).chain(own).collect();
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_created_by(format!("Vigie {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(meta))
            .build();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
        let mut group = writer.next_row_group()?;
        for (k, column) in self.columns.iter().enumerate() {
            let values = self.rows.iter().map(|r| r.values.get(k).copied().unwrap_or(Value::Null));
            let Some(mut out) = group.next_column()? else { break };
            match column.kind {
                ColumnKind::Text => {
                    let text = |v: Value<'_>| if let Value::Text(t) = v { Some(ByteArray::from(t)) } else { None };
                    let (present, levels) = split(values.map(text));
                    out.typed::<ByteArrayType>().write_batch(&present, Some(&levels), None)?;
                }
                ColumnKind::Whole => {
                    let whole = |v: Value<'_>| if let Value::Int(n) = v { Some(n) } else { None };
                    let (present, levels) = split(values.map(whole));
                    out.typed::<Int64Type>().write_batch(&present, Some(&levels), None)?;
                }
                ColumnKind::Decimal => {
                    let decimal = |v: Value<'_>| match v {
                        Value::Real(x) => Some(x),
                        Value::Int(n) => Some(n as f64),
                        _ => None,
                    };
                    let (present, levels) = split(values.map(decimal));
                    out.typed::<DoubleType>().write_batch(&present, Some(&levels), None)?;
                }
                ColumnKind::Flag => {
                    let flag = |v: Value<'_>| if let Value::Flag(b) = v { Some(b) } else { None };
                    let (present, levels) = split(values.map(flag));
                    out.typed::<BoolType>().write_batch(&present, Some(&levels), None)?;
                }
            }
            out.close()?;
        }
        if let Some(mut out) = group.next_column()? {
            let wkb =
                |text: &str| -> Result<ByteArray, VectorError> { Ok(Geometry::from_geojson(text)?.wkb()?.into()) };
            let shapes = self.rows.iter().map(|r| r.geometry.map(wkb).transpose()).collect::<Result<Vec<_>, _>>()?;
            let (present, levels) = split(shapes.into_iter());
            out.typed::<ByteArrayType>().write_batch(&present, Some(&levels), None)?;
            out.close()?;
        }
        group.close()?;
        Ok(writer.into_inner()?)
    }
}

fn field(column: &Column<'_>) -> Result<Arc<Type>, VectorError> {
    let (physical, logical) = match column.kind {
        ColumnKind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        ColumnKind::Whole => (Physical::INT64, None),
        ColumnKind::Decimal => (Physical::DOUBLE, None),
        ColumnKind::Flag => (Physical::BOOLEAN, None),
    };
    Ok(Arc::new(optional(column.name, physical, logical)?))
}

fn optional(name: &str, physical: Physical, logical: Option<LogicalType>) -> Result<Type, VectorError> {
    let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    Ok(builder.with_logical_type(logical).build()?)
}

/// The values that are there, and for each row whether it has one.
fn split<T>(values: impl Iterator<Item = Option<T>>) -> (Vec<T>, Vec<i16>) {
    let mut present = Vec::new();
    let levels = values
        .map(|value| {
            let level = i16::from(value.is_some());
            present.extend(value);
            level
        })
        .collect();
    (present, levels)
}
