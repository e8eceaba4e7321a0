//! A layer of an open source → rows of text and shapes, in WGS 84.

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use gdal::vector::{Layer, LayerAccess};

use super::super::BoundaryError;
use super::complaints::listen;
use super::points::{Place, place_of};
use super::shape::{Shape, ShapeFault, polygons_of};
use super::source::{Format, Source};
use super::text::Decoding;
use super::{Limits, ReadOptions};

/// A layer as read, before its columns are understood.
pub struct RawLayer {
    /// The source's name.
    pub file: String,
    /// The layer's name.
    pub layer: String,
    /// GDAL's name of the format.
    pub format: &'static str,
    /// The CRS it was read in.
    pub crs: String,
    /// How its texts were decoded.
    pub decoding: Decoding,
    /// Headings.
    pub headings: Vec<String>,
    /// Values, each row as long as the headings; trimmed, blank is none.
    pub rows: Vec<Vec<Option<String>>>,
    /// Shapes, one a row; a fault is only told once the unit's code is known.
    pub shapes: Vec<Result<Shape, ShapeFault>>,
    /// Points, one a row, where facts and not units are read.
    pub points: Vec<Place>,
}

/// What is read of a layer's geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Polygons of units.
    Shapes,
    /// Points of facts.
    Points,
}

/// What may still be read.
pub struct Budget {
    features: usize,
    vertices: usize,
    limits: Limits,
}

impl Budget {
    /// The whole of the limits.
    pub fn new(limits: Limits) -> Self {
        Self { features: limits.features, vertices: limits.vertices, limits }
    }

    fn features(&mut self, file: &str, n: usize) -> Result<(), BoundaryError> {
        self.features = self.features.checked_sub(n).ok_or_else(|| BoundaryError::TooLarge {
            file: file.to_owned(),
            what: ("unités", "units"),
            limit: self.limits.features as u64,
        })?;
        Ok(())
    }

    fn vertices(&mut self, file: &str, n: usize) -> Result<(), BoundaryError> {
        self.vertices = self.vertices.checked_sub(n).ok_or_else(|| BoundaryError::TooLarge {
            file: file.to_owned(),
            what: ("sommets", "vertices"),
            limit: self.limits.vertices as u64,
        })?;
        Ok(())
    }
}

/// Reads every layer of a source that can hold boundaries, or the one asked for.
pub fn read_layers(
    mut source: Source,
    options: &ReadOptions,
    budget: &mut Budget,
    wanted: Wanted,
) -> Result<Vec<RawLayer>, BoundaryError> {
    let (file, format) = (source.name.clone(), source.format);
    let (code_page, announced) = (source.code_page.clone(), source.announced);
    let opened = source.open()?;
    let names: Vec<String> = opened.dataset.layers().map(|l| l.name()).collect();
    if let Some(wanted) = &options.layer
        && names.len() > 1
        && !names.contains(wanted)
    {
        return Err(BoundaryError::UnknownLayer { file, layer: wanted.clone(), known: names });
    }
    let mut layers = Vec::new();
    for mut layer in opened.dataset.layers() {
        if names.len() > 1 && options.layer.as_ref().is_some_and(|w| *w != layer.name()) {
            continue;
        }
        let read = LayerReader { file: &file, format, code_page: code_page.as_deref(), announced, options, wanted };
        layers.push(read.read(&mut layer, budget)?);
    }
    if layers.is_empty() {
        return Err(BoundaryError::Empty { file });
    }
    Ok(layers)
}

struct LayerReader<'a> {
    file: &'a str,
    format: Format,
    code_page: Option<&'a str>,
    announced: Option<usize>,
    options: &'a ReadOptions,
    wanted: Wanted,
}

impl LayerReader<'_> {
    fn read(&self, layer: &mut Layer<'_>, budget: &mut Budget) -> Result<RawLayer, BoundaryError> {
        let file = self.file.to_owned();
        let announced = self.announced.or_else(|| usize::try_from(layer.feature_count()).ok()).unwrap_or(0);
        if announced == 0 {
            return Err(BoundaryError::Empty { file });
        }
        budget.features(self.file, announced)?;
        let bare = self.wanted == Wanted::Points && layer.defn().geom_fields().next().is_none();
        let (crs, transform) = if bare { (String::new(), None) } else { self.crs(layer)? };
        let (headings, widths): (Vec<String>, Vec<usize>) =
            layer.defn().fields().map(|f| (f.name(), usize::try_from(f.width()).unwrap_or(0))).unzip();
        let name = layer.name();
        let mut rows: Vec<Vec<Option<String>>> = Vec::with_capacity(announced);
        let (mut shapes, mut points) = (Vec::new(), Vec::new());
        let mut features = layer.features();
        // GDAL ends an iteration that fails like one that is through: only what it says tells them apart.
        loop {
            let (feature, heard) = listen(|| features.next());
            if let Some(failure) = heard.failures.into_iter().next() {
                return Err(BoundaryError::Damaged { file, detail: failure });
            }
            let Some(feature) = feature else { break };
            if rows.len() == announced {
                return Err(self.miscounted(rows.len() + 1, announced));
            }
            if self.wanted == Wanted::Points {
                points.push(place_of(feature.geometry(), transform.as_ref()));
            } else {
                let shape = polygons_of(feature.geometry(), transform.as_ref());
                if let Ok(shape) = &shape {
                    budget.vertices(self.file, shape.vertices)?;
                }
                shapes.push(shape);
            }
            let mut row = Vec::with_capacity(headings.len());
            for k in 0..headings.len() {
                row.push(
                    feature
                        .field_as_string(k)
                        .map_err(|e| BoundaryError::Unreadable { file: file.clone(), detail: e.to_string() })?,
                );
            }
            rows.push(row);
        }
        if rows.len() != announced {
            return Err(self.miscounted(rows.len(), announced));
        }
        let decoding = if self.format == Format::Shapefile {
            let texts = rows.iter().flat_map(|r| r.iter().zip(&widths));
            let fields = texts.filter_map(|(t, w)| Some((t.as_deref()?, *w)));
            Decoding::choose(headings.iter().map(|h| (h.as_str(), 10)).chain(fields), self.code_page)
        } else {
            Decoding::UTF_8
        };
        if self.format == Format::Shapefile {
            for row in &mut rows {
                for (value, width) in row.iter_mut().zip(&widths) {
                    *value = value.as_deref().map(|v| decoding.decode(v, *width));
                }
            }
        }
        let headings = headings.iter().map(|h| decoding.decode(h, 10)).collect();
        for value in rows.iter_mut().flatten() {
            *value = value.take().map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        }
        let format = self.format.driver();
        Ok(RawLayer { file, layer: name, format, crs, decoding, headings, rows, shapes, points })
    }

    fn miscounted(&self, read: usize, announced: usize) -> BoundaryError {
        BoundaryError::Damaged { file: self.file.to_owned(), detail: format!("{read} ≠ {announced}") }
    }

    /// The CRS to read in, and the way to WGS 84 where it is another.
    fn crs(&self, layer: &Layer<'_>) -> Result<(String, Option<CoordTransform>), BoundaryError> {
        let bad = |detail: String| BoundaryError::BadCrs { file: self.file.to_owned(), detail };
        let source = if let Some(stated) = &self.options.crs {
            if !is_crs_definition(stated) {
                return Err(bad(stated.clone()));
            }
            let (crs, heard) = listen(|| SpatialRef::from_definition(stated));
            crs.map_err(|e| bad(heard.failures.first().map_or_else(|| e.to_string(), |f| format!("{stated} : {f}"))))?
        } else if self.format.is_crs84() {
            return Ok(("OGC:CRS84".to_owned(), None));
        } else {
            // GeoPackage's « undefined » systems are no statement either.
            let stated = layer
                .spatial_ref()
                .filter(|s| !s.is_local() && !s.name().is_some_and(|n| n.to_lowercase().starts_with("undefined")));
            stated.ok_or_else(|| BoundaryError::MissingCrs { file: self.file.to_owned() })?
        };
        let mut source = source;
        source.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        let name = source.authority().ok().or_else(|| source.name()).unwrap_or_else(|| "?".to_owned());
        if matches!(name.as_str(), "EPSG:4326" | "OGC:CRS84") {
            return Ok((name, None));
        }
        let (transform, heard) = listen(|| {
            let mut wgs84 = SpatialRef::from_epsg(4326)?;
            wgs84.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
            CoordTransform::new(&source, &wgs84)
        });
        let transform = transform.map_err(|e| bad(heard.failures.first().cloned().unwrap_or_else(|| e.to_string())))?;
        Ok((name, Some(transform)))
    }
}

/// Whether a text can define a CRS by itself. GDAL would also take an address or a file name and fetch it.
fn is_crs_definition(text: &str) -> bool {
    let upper = text.trim().to_uppercase();
    let code = |authority: &str| upper.strip_prefix(authority).is_some_and(|c| !c.is_empty());
    let wkt = upper.split_once('[').is_some_and(|(word, _)| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase() || c == '_') && word != "HTTP"
    });
    ["EPSG:", "OGC:", "ESRI:", "IGNF:"].into_iter().any(code) || upper.starts_with("+PROJ") || wkt || upper == "WGS84"
}

#[cfg(test)]
mod tests {
    use super::is_crs_definition;

    #[test]
    fn a_crs_is_a_definition_and_never_an_address() {
        for good in ["EPSG:32630", "epsg:4326", "+proj=utm +zone=30", "PROJCS[\"x\"]", "OGC:CRS84"] {
            assert!(is_crs_definition(good), "{good}");
        }
        for bad in ["", "http://example.org/crs", "/etc/passwd", "EPSG:", "file.prj"] {
            assert!(!is_crs_definition(bad), "{bad}");
        }
    }
}
