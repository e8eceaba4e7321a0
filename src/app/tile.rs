//! Tiles of a layer: the values of a period joined to outlines that are cut once a set, level and tile.

mod map;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use geo::MultiPolygon;

pub use map::{MapAsk, MapForm};

use super::{
    AppError, FeatureRow, FieldInfo, LayerGeometry, LayerInfo, LayerQuery, LayerSource as _, PropertyValue, Service,
};
use crate::boundaries::{BoundarySet, Unit};
use crate::domain::Level;
use crate::spatial::{TileId, mercator};
use crate::style::{Colour, Mark, Match, Style};
use crate::tiles::{
    Cut, Disc, EXTENT, Geometry, Ground, Outlines, Picture, Spot, Table, Value, paint, place, spots, write_layer,
};

/// Layers with a period joined that are kept ready; the one asked for the longest ago goes first.
const KEPT: usize = 24;

/// What a tile is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileForm {
    /// Mapbox Vector Tile; no byte where the tile is empty.
    Mvt,
    /// PNG, 256 pixels square.
    Png,
}

/// The layers joined lately, by request.
pub(super) type JoinedKept = Mutex<VecDeque<(String, Arc<Joined>)>>;

/// A layer's features of one request, ready to be put on any tile.
pub(super) struct Joined {
    fields: Arc<[FieldInfo]>,
    rows: Vec<FeatureRow>,
    table: Table,
    style: Option<Style>,
    places: Vec<Placed>,
    circles: Option<Circles>,
}

/// What vector tiles say of the label points that circles stand on.
struct Circles {
    /// A few fields of every row.
    table: Table,
    /// Id and row of each unit with a class, and its label point in shares of the whole map.
    at: Vec<(u64, usize, (f64, f64))>,
}

/// Fields of a label point: what it is and how large its circle. The rest is the area's, with the same id.
pub const PLACE_FIELDS: [&str; 8] = ["set", "pcode", "name", "period", "status", "value", "class", "outside_coverage"];

/// The name of the layer of label points in the vector tiles of a layer.
pub(super) fn places_layer(layer: &str) -> String {
    format!("{layer}-places")
}

/// Where the rows lie.
pub(super) enum Placed {
    /// On the units of a set's level: for each unit its row; ids start behind `before`.
    Units { set: Arc<BoundarySet>, level: Level, rows: Vec<Option<usize>>, before: usize },
    /// On areas of their own, in the order of the rows.
    Areas { shapes: Vec<MultiPolygon<f64>>, outlines: Box<Outlines> },
    /// On points, in the order of the rows.
    Points,
}

impl Service {
    /// A tile of a layer.
    pub(super) fn tile_bytes(
        &self,
        layer: &str,
        query: &LayerQuery,
        tile: TileId,
        form: TileForm,
    ) -> Result<Vec<u8>, AppError> {
        // A tile shows one period: a monthly twin's are those of the plain layer.
        let joined = self.joined(self.twin_of(layer).unwrap_or(layer), query)?;
        match form {
            TileForm::Mvt => Ok(self.vector(layer, &joined, tile)?),
            TileForm::Png => self.picture(&joined, tile),
        }
    }

    /// The layer of label points beside a layer in its vector tiles, where it has circles on units.
    pub(super) fn places_beside(&self, layer: &str) -> Option<String> {
        let plain = self.twin_of(layer).unwrap_or(layer);
        let circles = self.styles.get(&self.layer(plain)?.style).is_some_and(|s| s.mark == Mark::Circle);
        (circles && self.unit_level(plain).is_some()).then(|| places_layer(layer))
    }

    /// The layer joined, from those kept or made now.
    fn joined(&self, layer: &str, query: &LayerQuery) -> Result<Arc<Joined>, AppError> {
        let key = format!("{layer} {query:?}");
        {
            let mut kept = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = kept.iter().position(|(k, _)| *k == key)
                && let Some(found) = kept.remove(at)
            {
                let joined = found.1.clone();
                kept.push_back(found);
                return Ok(joined);
            }
        }
        let joined = Arc::new(self.join(layer, query)?);
        let mut kept = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((key, joined.clone()));
        while kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(joined)
    }

    fn join(&self, layer: &str, query: &LayerQuery) -> Result<Joined, AppError> {
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let selection = self.select(layer, query)?;
        let year = selection.period.map_or_else(|| self.latest().year(), |p| p.last().year());
        let places = self.places(&info, query, &selection.rows)?;
        let keys = selection.fields.iter().map(|f| f.name.clone()).collect();
        let table = Table::new(keys, selection.rows.iter().map(|r| r.values.iter().map(value)));
        let style = self.styles.for_year(&info.style, year).cloned();
        let mut joined = Joined { fields: selection.fields, rows: selection.rows, table, style, places, circles: None };
        joined.circles = joined.on_label_points();
        Ok(joined)
    }

    pub(super) fn places(
        &self,
        info: &LayerInfo,
        query: &LayerQuery,
        rows: &[FeatureRow],
    ) -> Result<Vec<Placed>, AppError> {
        if info.geometry == LayerGeometry::Point {
            return Ok(vec![Placed::Points]);
        }
        let Some(level) = self.unit_level(&info.id) else {
            let shapes = rows.iter().map(area).collect::<Result<_, _>>()?;
            return Ok(vec![Placed::Areas { shapes, outlines: Box::new(Outlines::of_areas()) }]);
        };
        let mut places = Vec::new();
        let mut before = 0;
        for set in self.sets(query)? {
            let mut of_units = vec![None; set.units(level).len()];
            for (k, row) in rows.iter().enumerate() {
                let pcode = row.id.split_once('.').filter(|(id, _)| *id == set.info.id.as_str()).map(|(_, p)| p);
                if let Some(unit) = pcode.and_then(|p| set.position(level, p)) {
                    of_units[unit] = Some(k);
                }
            }
            let count = of_units.len();
            places.push(Placed::Units { set: set.clone(), level, rows: of_units, before });
            before += count;
        }
        Ok(places)
    }

    /// The outlines of a place on a tile, and for each the id and row of its feature, where it has one.
    fn cut(&self, place: &Placed, tile: TileId) -> Result<Option<Arc<Cut>>, AppError> {
        Ok(match place {
            Placed::Units { set, level, .. } => {
                let outlines = &self.snapshot.place(&set.info.id)?.outlines[level.index()];
                Some(outlines.cut(tile, || set.units(*level).iter().map(|u| &u.shape)))
            }
            Placed::Areas { shapes, outlines } => Some(outlines.cut(tile, || shapes.iter())),
            Placed::Points => None,
        })
    }

    fn vector(&self, layer: &str, joined: &Joined, tile: TileId) -> Result<Vec<u8>, AppError> {
        if joined.places.iter().any(|p| matches!(p, Placed::Points)) {
            return Ok(points(layer, joined, tile));
        }
        let cuts = self.cuts(joined, tile)?;
        let features = cuts.iter().flat_map(|(place, cut)| {
            cut.iter().filter_map(|(unit, commands)| {
                let (id, row) = place.feature(*unit as usize)?;
                Some((id, row, &**commands))
            })
        });
        let mut out = write_layer(layer, &joined.table, Geometry::Polygon, features);
        if let Some(circles) = &joined.circles {
            let near: Vec<_> =
                circles.at.iter().filter_map(|(id, row, at)| Some((*id, *row, place(tile, *at)?))).collect();
            let features = near.iter().map(|(id, row, commands)| (*id, *row, commands.as_slice()));
            // Layers of a tile stand one after the other.
            out.extend(write_layer(&places_layer(layer), &circles.table, Geometry::Point, features));
        }
        Ok(out)
    }

    fn cuts<'j>(&self, joined: &'j Joined, tile: TileId) -> Result<Vec<(&'j Placed, Arc<Cut>)>, AppError> {
        let cuts = joined.places.iter().map(|place| Ok(self.cut(place, tile)?.map(|cut| (place, cut))));
        cuts.filter_map(Result::transpose).collect()
    }

    fn picture(&self, joined: &Joined, tile: TileId) -> Result<Vec<u8>, AppError> {
        let cuts = self.cuts(joined, tile)?;
        let mut picture = Picture::default();
        let Some(style) = &joined.style else {
            return Err(AppError::Fault("a layer without a style".into()));
        };
        picture.stroke = (style.stroke_mm > 0.0).then_some((style.stroke, style.stroke_mm));
        picture.dash_mm = style.dash_mm;
        for (place, cut) in &cuts {
            for (unit, commands) in cut.iter() {
                if let Some((_, row)) = place.feature(*unit as usize) {
                    picture.areas.push((commands, self.ground(style, joined, row)));
                }
            }
        }
        for place in &joined.places {
            match place {
                Placed::Units { set, level, rows, .. } if style.mark == Mark::Circle => {
                    let units = set.units(*level).iter().zip(rows);
                    picture.discs.extend(units.filter_map(|(unit, row)| joined.disc(style, unit, (*row)?, tile)));
                    // Small ones over large ones.
                    picture.discs.sort_by(|a, b| b.size_mm.total_cmp(&a.size_mm));
                }
                Placed::Points => picture.discs.extend(joined.spots(tile).iter().map(|s| joined.spot_disc(style, s))),
                _ => {}
            }
        }
        paint(tile, &picture).map_err(|e| AppError::Fault(e.to_string()))
    }

    /// How an area is drawn: by its class, else by its status, never as zero.
    fn ground<'s>(&'s self, style: &'s Style, joined: &Joined, row: usize) -> Ground<'s> {
        if style.mark == Mark::Line {
            return Ground { fill: None, pattern: None };
        }
        let class = joined.class(row).and_then(|n| style.class(n));
        if let Some(class) = class.filter(|_| style.mark == Mark::Fill) {
            return Ground { fill: Some(class.colour), pattern: None };
        }
        // A circle stands on covered ground, unless its unit is not covered.
        let outside = matches!(joined.value(row, "outside_coverage"), Some(PropertyValue::Flag(true)));
        let word = match joined.value(row, "status") {
            Some(PropertyValue::Text(_)) if outside => "not_covered",
            Some(PropertyValue::Text(status)) if **status == *"value" => "zero",
            Some(PropertyValue::Text(status)) => status,
            _ => "unknown",
        };
        let symbol = style.status(word).or_else(|| self.styles.status(word));
        Ground { fill: symbol.map(|s| s.fill), pattern: symbol.and_then(|s| s.pattern.as_ref()) }
    }
}

impl Placed {
    /// Id (from 1, the same for a unit in every tile and period) and row of a unit's feature.
    fn feature(&self, unit: usize) -> Option<(u64, usize)> {
        match self {
            Self::Units { rows, before, .. } => {
                rows.get(unit).copied().flatten().map(|r| ((before + unit + 1) as u64, r))
            }
            Self::Areas { .. } | Self::Points => Some((unit as u64 + 1, unit)),
        }
    }
}

impl Joined {
    fn value(&self, row: usize, field: &str) -> Option<&PropertyValue> {
        let at = self.fields.iter().position(|f| f.name == field)?;
        self.rows.get(row)?.values.get(at)
    }

    fn class(&self, row: usize) -> Option<u8> {
        match self.value(row, "class")? {
            PropertyValue::Int(n) => u8::try_from(*n).ok(),
            _ => None,
        }
    }

    fn on_label_points(&self) -> Option<Circles> {
        let style = self.style.as_ref().filter(|s| s.mark == Mark::Circle)?;
        let keys: Vec<String> =
            self.fields.iter().map(|f| f.name.clone()).filter(|n| PLACE_FIELDS.contains(&n.as_str())).collect();
        let rows = self.rows.iter().map(|row| {
            let fields = self.fields.iter().zip(&row.values);
            fields.filter(|(f, _)| PLACE_FIELDS.contains(&f.name.as_str())).map(|(_, v)| value(v))
        });
        let table = Table::new(keys, rows);
        let mut at = Vec::new();
        for place in &self.places {
            let Placed::Units { set, level, .. } = place else { return None };
            for (k, unit) in set.units(*level).iter().enumerate() {
                let Some((id, row)) = place.feature(k) else { continue };
                if self.class(row).and_then(|n| style.class(n)).is_some() {
                    at.push((id, row, mercator(unit.label.lon(), unit.label.lat())));
                }
            }
        }
        Some(Circles { table, at })
    }

    fn disc(&self, style: &Style, unit: &Unit, row: usize, tile: TileId) -> Option<Disc> {
        let class = style.class(self.class(row)?)?;
        let at = on_tile(tile, unit.label.lon(), unit.label.lat());
        // 50 mm around the tile are more than any circle.
        let near = |x: f32| (-2048.0..EXTENT as f32 + 2048.0).contains(&x);
        (near(at.0) && near(at.1)).then_some(Disc { at, size_mm: class.size_mm, fill: class.colour })
    }

    fn spots(&self, tile: TileId) -> Vec<Spot> {
        // The box of a point is the point.
        spots(tile, self.rows.iter().map(|r| (r.bbox.west, r.bbox.south)))
    }

    /// Several points as one are larger and have no category.
    fn spot_disc(&self, style: &Style, spot: &Spot) -> Disc {
        let size_mm = style.size_mm.max(1.0) * if spot.count > 1 { 1.5 } else { 1.0 };
        let fill = (spot.count == 1).then(|| self.category(style, spot.first)).flatten().unwrap_or(style.stroke);
        Disc { at: (spot.at.0 as f32, spot.at.1 as f32), size_mm, fill }
    }

    fn category(&self, style: &Style, row: usize) -> Option<Colour> {
        let Some(PropertyValue::Text(text)) = self.value(row, &style.field) else { return None };
        let meant = |code: &str| match style.matching {
            Match::Equals => **text == *code,
            Match::Contains => text.split('|').any(|t| t == code),
        };
        style.categories.iter().find(|c| meant(&c.code)).map(|c| c.colour)
    }
}

/// A layer of points: one by itself carries its values and `point_count` 1; several as one carry their number alone.
fn points(layer: &str, joined: &Joined, tile: TileId) -> Vec<u8> {
    let spots = joined.spots(tile);
    let keys = joined.fields.iter().map(|f| f.name.clone()).chain(["point_count".to_owned()]).collect();
    let rows = spots.iter().map(|spot| {
        let count = Some(Value::Int(i64::try_from(spot.count).unwrap_or(i64::MAX)));
        let values = joined.rows.get(spot.first).map_or(&[][..], |r| &r.values);
        let alone = spot.count == 1;
        values.iter().map(move |v| value(v).filter(|_| alone)).chain([count])
    });
    let table = Table::new(keys, rows);
    let features = spots.iter().enumerate().map(|(k, s)| (s.first as u64 + 1, k, s.commands.as_slice()));
    write_layer(layer, &table, Geometry::Point, features)
}

fn value(value: &PropertyValue) -> Option<Value<'_>> {
    Some(match value {
        PropertyValue::Null => return None,
        PropertyValue::Text(text) => Value::Text(text),
        PropertyValue::Int(n) => Value::Int(*n),
        PropertyValue::Real(x) => Value::Real(*x),
        PropertyValue::Flag(b) => Value::Flag(*b),
    })
}

/// A place in units of the tile.
fn on_tile(tile: TileId, lon: f64, lat: f64) -> (f32, f32) {
    let side = f64::from(1_u32 << tile.z());
    let (x, y) = mercator(lon, lat);
    #[expect(clippy::cast_possible_truncation, reason = "a picture is 256 pixels wide")]
    let units = |share: f64, corner: u32| ((share * side - f64::from(corner)) * f64::from(EXTENT)) as f32;
    (units(x, tile.x()), units(y, tile.y()))
}

/// The area of a row that lies on no unit, read back from its GeoJSON.
fn area(row: &FeatureRow) -> Result<MultiPolygon<f64>, AppError> {
    #[derive(serde::Deserialize)]
    struct Written {
        coordinates: Vec<Vec<Vec<(f64, f64)>>>,
    }
    let Some(text) = &row.geometry else { return Ok(MultiPolygon(Vec::new())) };
    let written: Written = serde_json::from_str(text).map_err(|e| AppError::Fault(format!("{}: {e}", row.id)))?;
    let polygons = written.coordinates.into_iter().filter_map(|rings| {
        let mut rings = rings.into_iter().map(geo::LineString::from);
        Some(geo::Polygon::new(rings.next()?, rings.collect()))
    });
    Ok(MultiPolygon(polygons.collect()))
}
