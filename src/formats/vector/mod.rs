//! Features as files of GIS: GeoPackage, FlatGeobuf and shapefile, written by GDAL in memory, and GeoParquet.

mod parquet;
mod short_names;

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::vector::{Feature, FieldDefn, Geometry, LayerAccess as _, LayerOptions, OGRFieldType, OGRwkbGeometryType};
use gdal::{Dataset, DriverManager, Metadata as _};

pub use short_names::short_names;

use super::crs::Crs;
use super::geojson::Value;
use super::grid::MetaLine;

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// GDAL's own words.
    #[error("GDAL: {0}")]
    Gdal(#[from] gdal::errors::GdalError),
    /// The archive.
    #[error("zip: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The Parquet writer.
    #[error("Parquet: {0}")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    /// The archive's bytes.
    #[error("zip: {0}")]
    Io(#[from] std::io::Error),
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VectorForm {
    /// GeoPackage, with the layer's style and metadata inside.
    GeoPackage,
    /// FlatGeobuf, with a spatial index.
    FlatGeobuf,
    /// Shapefile in a zip, UTF-8, with `fields.csv` for the names that were cut.
    Shapefile,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Whole numbers.
    Whole,
    /// Decimal numbers.
    Decimal,
    /// Yes or no; GDAL's files have 1 and 0.
    Flag,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// One feature.
#[derive(Debug)]
pub struct Row<'a> {
    /// Its geometry as GeoJSON text in the table's system, x before y.
    pub geometry: Option<&'a str>,
    /// Its values, parallel to the columns.
    pub values: Vec<Value<'a>>,
}

/// Features of one kind of geometry with the same columns.
#[derive(Debug)]
pub struct VectorTable<'a> {
    /// The layer's name: `violations-communes`.
    pub name: &'a str,
    /// Its title.
    pub title: &'a str,
    /// Points; else multipolygons.
    pub points: bool,
    /// Its reference system.
    pub crs: Crs,
    /// Its columns.
    pub columns: Vec<Column<'a>>,
    /// Its features.
    pub rows: Vec<Row<'a>>,
    /// Where it comes from. GeoPackage and the shapefile's archive carry these lines; FlatGeobuf cannot.
    pub meta: &'a [MetaLine],
    /// Its QGIS style, for GeoPackage.
    pub qml: Option<&'a str>,
    /// The date that files say they are from, `2021-06-30`: no clock enters an output.
    pub date: &'a str,
}

impl VectorTable<'_> {
    /// The file's bytes. The same table gives the same bytes with the same GDAL.
    ///
    /// # Errors
    /// [`VectorError`] where GDAL fails, a geometry that is none among the causes.
    pub fn write(&self, form: VectorForm) -> Result<Vec<u8>, VectorError> {
        static FILES: AtomicU64 = AtomicU64::new(0);
        let folder = Folder(format!("/vsimem/vigie-{}", FILES.fetch_add(1, Ordering::Relaxed)));
        let ending = match form {
            VectorForm::GeoPackage => "gpkg",
            VectorForm::FlatGeobuf => "fgb",
            VectorForm::Shapefile => "shp",
        };
        let path = format!("{}/{}.{ending}", folder.0, self.name);
        // The date that GeoPackage writes where it would read the clock.
        gdal::config::set_thread_local_config_option("OGR_CURRENT_DATE", &format!("{}T00:00:00.000Z", self.date))?;
        let written = self.dataset(form, &path);
        gdal::config::clear_thread_local_config_option("OGR_CURRENT_DATE")?;
        written?;
        match form {
            VectorForm::Shapefile => self.archive(&folder),
            _ => Ok(gdal::vsi::get_vsi_mem_file_bytes_owned(&path)?),
        }
    }

    fn dataset(&self, form: VectorForm, path: &str) -> Result<(), VectorError> {
        let driver = DriverManager::get_driver_by_name(match form {
            VectorForm::GeoPackage => "GPKG",
            VectorForm::FlatGeobuf => "FlatGeobuf",
            VectorForm::Shapefile => "ESRI Shapefile",
        })?;
        let mut dataset = driver.create_vector_only(path)?;
        if form == VectorForm::GeoPackage {
            for (key, _, value) in self.meta {
                dataset.set_metadata_item(key, value, "")?;
            }
            let mut transaction = dataset.start_transaction()?;
            self.layer(&mut transaction, form)?;
            if let Some(qml) = self.qml {
                self.style(&mut transaction, qml)?;
            }
            transaction.commit()?;
        } else {
            self.layer(&mut dataset, form)?;
        }
        Ok(dataset.close()?)
    }

    fn layer(&self, dataset: &mut Dataset, form: VectorForm) -> Result<(), VectorError> {
        let mut srs = SpatialRef::from_epsg(self.crs.epsg())?;
        srs.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let (identifier, updated) =
            (format!("IDENTIFIER={}", self.title), format!("DBF_DATE_LAST_UPDATE={}", self.date));
        let options: &[&str] = match form {
            VectorForm::GeoPackage => &[&identifier, "GEOMETRY_NAME=geom"],
            VectorForm::FlatGeobuf => &[],
            VectorForm::Shapefile => &["ENCODING=UTF-8", &updated],
        };
        // A shapefile has no multipolygon: its polygons have as many parts as they need.
        let ty = match (self.points, form) {
            (true, _) => OGRwkbGeometryType::wkbPoint,
            (false, VectorForm::Shapefile) => OGRwkbGeometryType::wkbPolygon,
            (false, _) => OGRwkbGeometryType::wkbMultiPolygon,
        };
        let layer =
            dataset.create_layer(LayerOptions { name: self.name, srs: Some(&srs), ty, options: Some(options) })?;
        let names: Vec<&str> = self.columns.iter().map(|c| c.name).collect();
        let names = if form == VectorForm::Shapefile {
            short_names(&names)
        } else {
            names.into_iter().map(str::to_owned).collect()
        };
        for (name, column) in names.iter().zip(&self.columns) {
            let field = FieldDefn::new(
                name,
                match column.kind {
                    ColumnKind::Text => OGRFieldType::OFTString,
                    ColumnKind::Whole | ColumnKind::Flag => OGRFieldType::OFTInteger64,
                    ColumnKind::Decimal => OGRFieldType::OFTReal,
                },
            )?;
            // A table of dBASE has fixed widths: without these its decimals would be 24 characters wide.
            match (form, column.kind) {
                (VectorForm::Shapefile, ColumnKind::Text) => field.set_width(254),
                (VectorForm::Shapefile, ColumnKind::Whole) => field.set_width(15),
                (VectorForm::Shapefile, ColumnKind::Flag) => field.set_width(1),
                (VectorForm::Shapefile, ColumnKind::Decimal) => {
                    field.set_width(20);
                    field.set_precision(8);
                }
                _ => {}
            }
            field.add_to_layer(&layer)?;
        }
        for row in &self.rows {
            let mut feature = Feature::new(layer.defn())?;
            if let Some(text) = row.geometry {
                feature.set_geometry(Geometry::from_geojson(text)?)?;
            }
            for (k, value) in row.values.iter().enumerate() {
                match value {
                    Value::Null => feature.set_field_null(k)?,
                    Value::Text(text) if form == VectorForm::Shapefile => feature.set_field_string(k, fitting(text))?,
                    Value::Text(text) => feature.set_field_string(k, text)?,
                    Value::Int(n) => feature.set_field_integer64(k, *n)?,
                    Value::Real(x) => feature.set_field_double(k, *x)?,
                    Value::Flag(flag) => feature.set_field_integer64(k, i64::from(*flag))?,
                }
            }
            feature.create(&layer)?;
        }
        Ok(())
    }

    /// The style in the table where QGIS looks for one when it opens a layer of the file.
    fn style(&self, dataset: &mut Dataset, qml: &str) -> Result<(), VectorError> {
        let layer = dataset.create_layer(LayerOptions {
            name: "layer_styles",
            srs: None,
            ty: OGRwkbGeometryType::wkbNone,
            options: Some(&["FID=id", "ASPATIAL_VARIANT=GPKG_ATTRIBUTES"]),
        })?;
        let texts = [
            ("f_table_catalog", ""),
            ("f_table_schema", ""),
            ("f_table_name", self.name),
            ("f_geometry_column", "geom"),
            ("styleName", self.name),
            ("styleQML", qml),
            ("styleSLD", ""),
            ("description", self.title),
            ("owner", ""),
            ("ui", ""),
            ("update_time", self.date),
        ];
        for (name, _) in texts {
            FieldDefn::new(name, OGRFieldType::OFTString)?.add_to_layer(&layer)?;
        }
        FieldDefn::new("useAsDefault", OGRFieldType::OFTInteger)?.add_to_layer(&layer)?;
        let mut feature = Feature::new(layer.defn())?;
        for (k, (_, text)) in texts.iter().enumerate() {
            feature.set_field_string(k, text)?;
        }
        feature.set_field_integer(texts.len(), 1)?;
        Ok(feature.create(&layer)?)
    }

    /// The parts of a shapefile in one archive, with what its table cannot say.
    fn archive(&self, folder: &Folder) -> Result<Vec<u8>, VectorError> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        let mut files = gdal::vsi::read_dir(&folder.0, false)?;
        files.sort();
        for file in files {
            let bytes = gdal::vsi::get_vsi_mem_file_bytes_owned(Path::new(&folder.0).join(&file))?;
            zip.start_file(file.to_string_lossy(), options)?;
            zip.write_all(&bytes)?;
        }
        let names: Vec<&str> = self.columns.iter().map(|c| c.name).collect();
        zip.start_file("fields.csv", options)?;
        zip.write_all(b"short,name\r\n")?;
        for (short, name) in short_names(&names).iter().zip(&names) {
            write!(zip, "{short},{name}\r\n")?;
        }
        zip.start_file("metadata.txt", options)?;
        writeln!(zip, "{}", self.title)?;
        for (key, label, value) in self.meta {
            writeln!(zip, "{key}: {label}: {value}")?;
        }
        Ok(zip.finish()?.into_inner())
    }
}

/// As much of a text as a column of a shapefile holds: 254 bytes, no character cut.
fn fitting(text: &str) -> &str {
    &text[..text.floor_char_boundary(254)]
}

/// Files in memory, gone when it is.
struct Folder(String);

impl Drop for Folder {
    fn drop(&mut self) {
        for file in gdal::vsi::read_dir(&self.0, false).unwrap_or_default() {
            let _ = gdal::vsi::unlink_mem_file(Path::new(&self.0).join(file));
        }
    }
}

#[cfg(test)]
mod tests;
