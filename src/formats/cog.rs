//! A grid of numbers as a Cloud Optimised GeoTIFF: tiled, compressed, with overviews, readable piece by piece over HTTP.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use gdal::cpl::CslStringList;
use gdal::errors::GdalError;
use gdal::raster::{Buffer, RasterCreationOptions};
use gdal::spatial_ref::SpatialRef;
use gdal::vsi::{get_vsi_mem_file_bytes_owned, unlink_mem_file};
use gdal::{DriverManager, Metadata as _};

/// The most cells: a band in memory, its overviews and the file are held at once.
pub const MAX_CELLS: usize = 16_000_000;

/// Square cells with one number each, row by row from the north-west corner.
#[derive(Debug, Clone, Copy)]
pub struct Raster<'a> {
    /// Easting of the left edge, in the reference system's metres.
    pub west_m: f64,
    /// Northing of the upper edge.
    pub north_m: f64,
    /// Side of a cell.
    pub cell_m: f64,
    /// Cells from west to east.
    pub columns: usize,
    /// Cells from north to south.
    pub rows: usize,
    /// The numbers; NaN where there is none, which the file declares as its absence.
    pub values: &'a [f64],
    /// The reference system: an EPSG code (`EPSG:32630`), a PROJ string or WKT.
    pub crs: &'a str,
    /// What the numbers are, with their unit and origin, for the file's reader.
    pub description: &'a str,
}

/// Why a grid was not written.
#[derive(Debug, thiserror::Error)]
pub enum CogError {
    /// The numbers do not fill the grid, or there are none.
    #[error("{columns} × {rows} cells want {} numbers, at least one; {given} were given", columns * rows)]
    Shape {
        /// Cells across.
        columns: usize,
        /// Cells down.
        rows: usize,
        /// Numbers given.
        given: usize,
    },
    /// More cells than the limit.
    #[error("{0} cells are beyond the limit of {MAX_CELLS}; take larger cells")]
    TooManyCells(usize),
    /// A cell's side or a corner is not a usable number.
    #[error("a grid needs finite corners and cells with a side above 0")]
    Place,
    /// The reference system is not understood.
    #[error("the reference system « {crs} » is not understood; give an EPSG code, a PROJ string or WKT")]
    Crs {
        /// As given.
        crs: String,
        /// What GDAL says.
        source: GdalError,
    },
    /// GDAL could not write.
    #[error("the GeoTIFF could not be written")]
    Gdal(#[from] GdalError),
}

/// The grid as the bytes of a Cloud Optimised GeoTIFF (32-bit floats, DEFLATE, overviews by averaging). The same grid gives
/// the same bytes with the same GDAL.
pub fn write(raster: &Raster) -> Result<Vec<u8>, CogError> {
    /// A file in memory for each call: two threads never share one.
    static COUNT: AtomicU64 = AtomicU64::new(0);

    let (columns, rows, given) = (raster.columns, raster.rows, raster.values.len());
    let cells = columns.saturating_mul(rows);
    if cells > MAX_CELLS {
        return Err(CogError::TooManyCells(cells));
    }
    if cells == 0 || cells != given {
        return Err(CogError::Shape { columns, rows, given });
    }
    let corners = [raster.west_m, raster.north_m, raster.cell_m];
    if corners.iter().any(|c| !c.is_finite()) || raster.cell_m <= 0.0 {
        return Err(CogError::Place);
    }
    let crs = SpatialRef::from_definition(raster.crs)
        .map_err(|source| CogError::Crs { crs: raster.crs.to_owned(), source })?;

    let memory = DriverManager::get_driver_by_name("MEM")?;
    let mut dataset = memory.create_with_band_type::<f32, _>("", columns, rows, 1)?;
    dataset.set_geo_transform(&[raster.west_m, raster.cell_m, 0.0, raster.north_m, 0.0, -raster.cell_m])?;
    dataset.set_spatial_ref(&crs)?;
    {
        let mut band = dataset.rasterband(1)?;
        band.set_no_data_value(Some(f64::NAN))?;
        band.set_description(raster.description)?;
        let mut buffer = Buffer::new((columns, rows), raster.values.iter().map(|v| single(*v)).collect());
        band.write((0, 0), (columns, rows), &mut buffer)?;
    }
    let mut options = RasterCreationOptions::new();
    // One thread: the order of the tiles in the file must not depend on the machine.
    for (name, value) in [
        ("COMPRESS", "DEFLATE"),
        ("PREDICTOR", "FLOATING_POINT"),
        ("OVERVIEW_RESAMPLING", "AVERAGE"),
        ("NUM_THREADS", "1"),
    ] {
        options.set_name_value(name, value)?;
    }
    let path = PathBuf::from(format!("/vsimem/cog-{}.tif", COUNT.fetch_add(1, Ordering::Relaxed)));
    let written = copy(&dataset, &path, &options);
    if written.is_err() {
        // Whatever was begun; that nothing was is no second failure.
        let _ = unlink_mem_file(&path);
    }
    written
}

/// Writes the file in memory and takes its bytes, which frees it.
fn copy(dataset: &gdal::Dataset, path: &PathBuf, options: &CslStringList) -> Result<Vec<u8>, CogError> {
    let driver = DriverManager::get_driver_by_name("COG")?;
    dataset.create_copy(&driver, path, options)?.close()?;
    Ok(get_vsi_mem_file_bytes_owned(path)?)
}

#[expect(clippy::cast_possible_truncation, reason = "the file holds single precision, as it says")]
fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use gdal::Dataset;
    use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform};

    use super::*;
    use crate::spatial::EqualArea;

    fn raster<'a>(values: &'a [f64], crs: &'a str) -> Raster<'a> {
        Raster { west_m: -3e5, north_m: 2e5, cell_m: 1_000.0, columns: 700, rows: 600, values, crs, description: "d" }
    }

    #[test]
    fn a_grid_comes_back_as_it_was_with_overviews_absence_and_place() {
        let albers = EqualArea::new(-4.0, 17.5, 12.0, 23.0);
        let values: Vec<f64> = (0..700 * 600).map(|k| if k % 7 == 0 { f64::NAN } else { f64::from(k % 100) }).collect();
        let crs = albers.proj_string();
        let bytes = write(&raster(&values, &crs)).expect("a grid");
        assert_eq!(bytes, write(&raster(&values, &crs)).expect("a grid"), "same grid, same bytes");
        gdal::vsi::create_mem_file("/vsimem/cog-test.tif", bytes).expect("memory");
        let dataset = Dataset::open("/vsimem/cog-test.tif").expect("a GeoTIFF");
        assert_eq!(dataset.raster_size(), (700, 600));
        let transform = dataset.geo_transform().expect("a place");
        assert!((transform[0] + 3e5).abs() < 1e-9 && (transform[5] + 1e3).abs() < 1e-9, "{transform:?}");
        let band = dataset.rasterband(1).expect("a band");
        assert!(band.no_data_value().is_some_and(f64::is_nan));
        assert!(band.overview_count().expect("overviews") >= 1);
        let read = band.read_band_as::<f32>().expect("numbers");
        for (found, value) in read.data().iter().zip(&values) {
            assert!(f64::from(*found).to_bits() == value.to_bits() || (found.is_nan() && value.is_nan()));
        }
        assert_eq!(dataset.metadata_item("LAYOUT", "IMAGE_STRUCTURE").as_deref(), Some("COG"));

        // Another program puts the cells where ours put the events.
        let mut lonlat = SpatialRef::from_epsg(4326).expect("WGS 84");
        lonlat.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let theirs = CoordTransform::new(&lonlat, &dataset.spatial_ref().expect("Albers")).expect("a transform");
        for (lon, lat) in [(-12.0, 14.0), (-0.04, 16.27), (1.5, 22.0)] {
            let (mut x, mut y) = ([lon], [lat]);
            theirs.transform_coords(&mut x, &mut y, &mut []).expect("in range");
            let ours = albers.project(lon, lat);
            assert!((x[0] - ours.0).hypot(y[0] - ours.1) < 0.01, "{lon} {lat}: {x:?} {y:?} {ours:?}");
        }
        drop(dataset);
        unlink_mem_file("/vsimem/cog-test.tif").expect("there");
    }

    #[test]
    fn a_grid_that_is_none_is_refused_with_the_cure() {
        let one = |columns, rows, values, crs| {
            write(&Raster { west_m: 0.0, north_m: 0.0, cell_m: 1.0, columns, rows, values, crs, description: "" })
        };
        assert!(matches!(one(2, 2, &[1.0], "EPSG:32630"), Err(CogError::Shape { .. })));
        assert!(matches!(one(0, 0, &[], "EPSG:32630"), Err(CogError::Shape { .. })));
        assert!(matches!(one(5_000, 5_000, &[], "EPSG:32630"), Err(CogError::TooManyCells(25_000_000))));
        assert!(matches!(one(1, 1, &[1.0], "nowhere"), Err(CogError::Crs { .. })));
        let flat = Raster { cell_m: 0.0, ..raster(&[], "EPSG:32630") };
        assert!(matches!(write(&Raster { columns: 1, rows: 1, values: &[1.0], ..flat }), Err(CogError::Place)));
    }
}
