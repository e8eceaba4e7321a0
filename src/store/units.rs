//! Units in and out of the table `admin_units`: GeoPackage geometry blobs (header + WKB), written and read here
//! because GDAL must never open the store.

use std::sync::Arc;

use geo::{Coord, LineString, MultiPolygon, Polygon};
use rusqlite::{Connection, params};

use super::StoreError;
use crate::boundaries::{BoundarySet, SetInfo, Unit};
use crate::domain::{GeometryKind, Level};
use crate::spatial::{Bbox, LonLat, SquareKm};

/// GeoPackage binary of a multipolygon: header with the box, then little-endian WKB, EPSG:4326.
pub(super) fn multipolygon_blob(shape: &MultiPolygon<f64>) -> Vec<u8> {
    let bbox = Bbox::of(shape);
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(b"GP\x00\x03");
    out.extend_from_slice(&4326_i32.to_le_bytes());
    for edge in [bbox.west, bbox.east, bbox.south, bbox.north] {
        out.extend_from_slice(&edge.to_le_bytes());
    }
    header(&mut out, 6, shape.0.len());
    for polygon in shape {
        header(&mut out, 3, 1 + polygon.interiors().len());
        for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
            out.extend_from_slice(&count(ring.0.len()).to_le_bytes());
            for c in ring {
                out.extend_from_slice(&c.x.to_le_bytes());
                out.extend_from_slice(&c.y.to_le_bytes());
            }
        }
    }
    out
}

/// GeoPackage binary of a point, EPSG:4326, without box.
pub(super) fn point_blob(p: LonLat) -> Vec<u8> {
    let mut out = Vec::with_capacity(29);
    out.extend_from_slice(b"GP\x00\x01");
    out.extend_from_slice(&4326_i32.to_le_bytes());
    out.push(1);
    out.extend_from_slice(&1_u32.to_le_bytes());
    out.extend_from_slice(&p.lon().to_le_bytes());
    out.extend_from_slice(&p.lat().to_le_bytes());
    out
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn header(out: &mut Vec<u8>, kind: u32, parts: usize) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&count(parts).to_le_bytes());
}

/// Reads back what [`multipolygon_blob`] writes; none where the blob is anything else.
fn read_multipolygon(blob: &[u8]) -> Option<MultiPolygon<f64>> {
    let mut at = Reader { bytes: blob.strip_prefix(b"GP\x00\x03")? };
    at.skip(4 + 32)?;
    at.expect_kind(6)?;
    let polygons = at.u32()?;
    let mut out = Vec::new();
    for _ in 0..polygons {
        at.expect_kind(3)?;
        let rings = at.u32()?;
        let mut all = Vec::new();
        for _ in 0..rings {
            let n = at.u32()?;
            let mut ring = Vec::with_capacity((n as usize).min(at.bytes.len() / 16));
            for _ in 0..n {
                ring.push(Coord { x: at.f64()?, y: at.f64()? });
            }
            all.push(LineString(ring));
        }
        let exterior = if all.is_empty() { return None } else { all.remove(0) };
        out.push(Polygon::new(exterior, all));
    }
    Some(MultiPolygon(out))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn skip(&mut self, n: usize) -> Option<()> {
        self.bytes = self.bytes.get(n..)?;
        Some(())
    }
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.bytes.split_first_chunk::<N>()?;
        self.bytes = tail;
        Some(*head)
    }
    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }
    fn f64(&mut self) -> Option<f64> {
        self.take().map(f64::from_le_bytes)
    }
    fn expect_kind(&mut self, kind: u32) -> Option<()> {
        (self.take::<1>()? == [1] && self.u32()? == kind).then_some(())
    }
}

/// Writes the units of a set.
pub(super) fn insert(db: &Connection, set: &BoundarySet, batch: i64) -> rusqlite::Result<()> {
    let mut statement = db.prepare(
        "INSERT INTO admin_units(geom, set_id, level, pcode, name, parent_pcode, area_km2, label_lon, label_lat, schematic, batch)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let schematic = set.info.geometry == GeometryKind::Schematic;
    for unit in Level::ALL.into_iter().flat_map(|l| set.units(l)) {
        statement.execute(params![
            multipolygon_blob(&unit.shape),
            set.info.id.as_str(),
            unit.level.number(),
            &*unit.pcode,
            &*unit.name,
            unit.parent.as_deref(),
            unit.area.0,
            unit.label.lon(),
            unit.label.lat(),
            schematic,
            batch
        ])?;
    }
    Ok(())
}

/// Reads the sets of a version, as the fold gives them: id, the batch of its units, what is known of it.
pub(super) fn load(
    db: &Connection,
    path: &std::path::Path,
    sets: Vec<(String, i64, String)>,
) -> Result<Vec<BoundarySet>, StoreError> {
    let sql = |e| StoreError::of(path, e);
    let unreadable = |table, row, detail: String| StoreError::Unreadable { path: path.into(), table, row, detail };
    // A set that was taken back since has its units aside.
    let columns = "fid, geom, level, pcode, name, parent_pcode, area_km2, label_lon, label_lat";
    let mut units = db
        .prepare(&format!(
            "SELECT {columns} FROM admin_units WHERE set_id = ?1 AND batch = ?2
             UNION ALL SELECT {columns} FROM vigie_unit WHERE set_id = ?1 AND batch = ?2 ORDER BY level, pcode"
        ))
        .map_err(sql)?;
    let mut out = Vec::new();
    for (id, row, info) in sets {
        let info: SetInfo = serde_json::from_str(&info).map_err(|e| unreadable("vigie_set", row, e.to_string()))?;
        let mut read = Vec::new();
        let mut rows = units.query(params![id, row]).map_err(sql)?;
        while let Some(r) = rows.next().map_err(sql)? {
            let fid: i64 = r.get(0).map_err(sql)?;
            let bad = |what: &str| unreadable("admin_units", fid, what.to_owned());
            let blob = r.get_ref(1).map_err(sql)?;
            let shape = blob.as_blob().ok().and_then(read_multipolygon).ok_or_else(|| bad("geometry"))?;
            let text = |k: usize| r.get::<_, String>(k).map(Arc::<str>::from).map_err(sql);
            let level = Level::try_from(r.get::<_, u8>(2).map_err(sql)?).map_err(|_| bad("level"))?;
            read.push(Unit {
                pcode: text(3)?,
                name: text(4)?,
                level,
                parent: r.get::<_, Option<String>>(5).map_err(sql)?.map(Arc::from),
                bbox: Bbox::of(&shape),
                shape,
                area: SquareKm(r.get(6).map_err(sql)?),
                label: LonLat::new(r.get(7).map_err(sql)?, r.get(8).map_err(sql)?).map_err(|_| bad("label"))?,
            });
        }
        out.push(BoundarySet::new(info, read));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multipolygon_with_a_hole_reads_back_as_it_was_written() {
        let ring = |a: f64, b: f64| LineString::from(vec![(a, a), (b, a), (b, b), (a, b), (a, a)]);
        let shape = MultiPolygon(vec![
            Polygon::new(ring(0.0, 9.0), vec![ring(2.0, 3.0)]),
            Polygon::new(ring(20.0, 21.0), vec![]),
        ]);
        assert_eq!(read_multipolygon(&multipolygon_blob(&shape)), Some(shape));
    }

    #[test]
    fn a_cut_blob_is_no_geometry() {
        let shape =
            MultiPolygon(vec![Polygon::new(LineString::from(vec![(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]), vec![])]);
        let blob = multipolygon_blob(&shape);
        for n in 0..blob.len() {
            assert_eq!(read_multipolygon(&blob[..n]), None, "{n}");
        }
    }
}
