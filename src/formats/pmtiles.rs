//! PMTiles, version 3: every tile of a layer in one file that a static host serves by byte ranges.
//!
//! Our own writer: what is needed is a header, two levels of directories and the tiles one after the other, while the crates that
//! write the format bring an asynchronous reader and its HTTP clients. Source: the specification, version 3, of the Protomaps project.

use std::collections::HashMap;
use std::io::Write as _;

use sha2::{Digest, Sha256};

use crate::spatial::{Bbox, TileId};

/// Bytes of the header.
const HEADER: usize = 127;
/// The root directory must end before this byte.
const ROOT_END: usize = 16_384;
/// Entries of a leaf directory.
const LEAF_ENTRIES: usize = 4_096;

/// What the tiles are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PmTilesKind {
    /// Vector tiles, compressed with gzip.
    Mvt,
    /// Pictures.
    Png,
}

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PmTilesError {
    /// The compressor failed.
    #[error("gzip: {0}")]
    Gzip(#[from] std::io::Error),
    /// Tiles must come in the order of [`tile_number`], each once.
    #[error("tile {0:?} out of order")]
    Order(TileId),
    /// A tile or the directory is beyond the format's numbers.
    #[error("too many or too large tiles for one file")]
    TooLarge,
}

/// The place of a tile in the file: zoom by zoom, each along a Hilbert curve.
pub fn tile_number(tile: TileId) -> u64 {
    let before: u64 = (0..tile.z()).map(|z| 1_u64 << (2 * z)).sum();
    let (mut x, mut y, mut along) = (u64::from(tile.x()), u64::from(tile.y()), 0);
    let mut half = (1_u64 << tile.z()) / 2;
    while half > 0 {
        let (right, below) = (u64::from(x & half > 0), u64::from(y & half > 0));
        along += half * half * ((3 * right) ^ below);
        // Turned so that the curve of the quarter runs like the whole's.
        if below == 0 {
            if right == 1 {
                (x, y) = ((half - 1).wrapping_sub(x), (half - 1).wrapping_sub(y));
            }
            (x, y) = (y, x);
        }
        half /= 2;
    }
    before + along
}

/// An entry of a directory; a run of 0 points to a leaf.
#[derive(Debug, Clone, Copy)]
struct Entry {
    tile: u64,
    offset: u64,
    length: u32,
    run: u32,
}

/// A file in the making.
pub struct PmTiles {
    kind: PmTilesKind,
    entries: Vec<Entry>,
    data: Vec<u8>,
    known: HashMap<[u8; 32], (u64, u32)>,
    tiles: u64,
    zooms: Option<(u8, u8)>,
}

impl PmTiles {
    /// An empty file of a kind of tiles.
    pub fn new(kind: PmTilesKind) -> Self {
        Self { kind, entries: Vec::new(), data: Vec::new(), known: HashMap::new(), tiles: 0, zooms: None }
    }

    /// Adds a tile, in ascending order of [`tile_number`]. Equal tiles are kept once. An empty one is not kept.
    ///
    /// # Errors
    /// A tile out of order, or a fault of the compressor.
    pub fn push(&mut self, tile: TileId, bytes: &[u8]) -> Result<(), PmTilesError> {
        if bytes.is_empty() {
            return Ok(());
        }
        let number = tile_number(tile);
        if self.entries.last().is_some_and(|e| e.tile + u64::from(e.run) > number) {
            return Err(PmTilesError::Order(tile));
        }
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let (offset, length) = if let Some(place) = self.known.get(&digest) {
            *place
        } else {
            let packed = if self.kind == PmTilesKind::Mvt { gzip(bytes)? } else { bytes.to_vec() };
            let place = (self.data.len() as u64, u32::try_from(packed.len()).map_err(|_| PmTilesError::TooLarge)?);
            self.data.extend_from_slice(&packed);
            self.known.insert(digest, place);
            place
        };
        match self.entries.last_mut() {
            Some(last) if last.offset == offset && last.tile + u64::from(last.run) == number => last.run += 1,
            _ => self.entries.push(Entry { tile: number, offset, length, run: 1 }),
        }
        self.tiles += 1;
        let z = tile.z();
        self.zooms = Some(self.zooms.map_or((z, z), |(least, most)| (least.min(z), most.max(z))));
        Ok(())
    }

    /// Tiles pushed and different contents among them.
    pub fn counts(&self) -> (u64, usize) {
        (self.tiles, self.known.len())
    }

    /// The whole file. `metadata` is a JSON object (for vector tiles with `vector_layers`); `bounds` in degrees.
    ///
    /// # Errors
    /// A fault of the compressor, or a directory beyond the format's numbers.
    pub fn finish(self, metadata: &str, bounds: Bbox) -> Result<Vec<u8>, PmTilesError> {
        let mut root = gzip(&directory(&self.entries))?;
        let mut leaves = Vec::new();
        if HEADER + root.len() > ROOT_END {
            let mut to_leaves = Vec::new();
            for part in self.entries.chunks(LEAF_ENTRIES) {
                let leaf = gzip(&directory(part))?;
                let length = u32::try_from(leaf.len()).map_err(|_| PmTilesError::TooLarge)?;
                let tile = part.first().map_or(0, |e| e.tile);
                to_leaves.push(Entry { tile, offset: leaves.len() as u64, length, run: 0 });
                leaves.extend_from_slice(&leaf);
            }
            root = gzip(&directory(&to_leaves))?;
            if HEADER + root.len() > ROOT_END {
                return Err(PmTilesError::TooLarge);
            }
        }
        let metadata = gzip(metadata.as_bytes())?;
        let (least, most) = self.zooms.unwrap_or_default();
        let mut out = Vec::with_capacity(HEADER + root.len() + metadata.len() + leaves.len() + self.data.len());
        out.extend_from_slice(b"PMTiles\x03");
        let mut at = HEADER as u64;
        for part in [&root, &metadata, &leaves, &self.data] {
            out.extend_from_slice(&at.to_le_bytes());
            out.extend_from_slice(&(part.len() as u64).to_le_bytes());
            at += part.len() as u64;
        }
        for count in [self.tiles, self.entries.len() as u64, self.known.len() as u64] {
            out.extend_from_slice(&count.to_le_bytes());
        }
        // Ordered by number; directories gzip; tiles gzip or as they are; their kind; zooms.
        let (packed, kind) = if self.kind == PmTilesKind::Mvt { (2, 1) } else { (1, 2) };
        out.extend_from_slice(&[1, 2, packed, kind, least, most]);
        let (lon, lat) = (f64::midpoint(bounds.west, bounds.east), f64::midpoint(bounds.south, bounds.north));
        for degrees in [bounds.west, bounds.south, bounds.east, bounds.north] {
            out.extend_from_slice(&ten_millionths(degrees));
        }
        out.push(least.midpoint(most));
        out.extend_from_slice(&ten_millionths(lon));
        out.extend_from_slice(&ten_millionths(lat));
        for part in [root, metadata, leaves, self.data] {
            out.extend_from_slice(&part);
        }
        Ok(out)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "degrees, cut to the earth")]
fn ten_millionths(degrees: f64) -> [u8; 4] {
    ((degrees.clamp(-180.0, 180.0) * 1e7).round() as i32).to_le_bytes()
}

/// Four columns one after the other: numbers (differences), runs, lengths, offsets (0 where a tile follows the one before).
fn directory(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::with_capacity(entries.len() * 6 + 4);
    varint(&mut out, entries.len() as u64);
    let mut last = 0;
    for e in entries {
        varint(&mut out, e.tile - last);
        last = e.tile;
    }
    for e in entries {
        varint(&mut out, u64::from(e.run));
    }
    for e in entries {
        varint(&mut out, u64::from(e.length));
    }
    let mut next = None;
    for e in entries {
        varint(&mut out, if next == Some(e.offset) { 0 } else { e.offset + 1 });
        next = Some(e.offset + u64::from(e.length));
    }
    out
}

fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 128 {
        out.push(low(n) | 128);
        n >>= 7;
    }
    out.push(low(n));
}

/// The lowest seven bits.
fn low(n: u64) -> u8 {
    n.to_le_bytes()[0] & 127
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(z: u8, x: u32, y: u32) -> TileId {
        TileId::new(z, x, y).expect("a tile")
    }

    #[test]
    fn numbers_are_those_of_the_specification() {
        // The specification's own examples.
        for ((z, x, y), number) in [
            ((0, 0, 0), 0),
            ((1, 0, 0), 1),
            ((1, 0, 1), 2),
            ((1, 1, 1), 3),
            ((1, 1, 0), 4),
            ((2, 0, 0), 5),
            ((12, 3423, 1763), 19_078_479),
        ] {
            assert_eq!(tile_number(tile(z, x, y)), number, "{z}/{x}/{y}");
        }
    }

    #[test]
    fn every_tile_of_a_zoom_has_a_number_of_its_own_and_the_curve_never_jumps() {
        let mut all: Vec<(u64, i64, i64)> = (0..32)
            .flat_map(|x| (0..32).map(move |y| (tile_number(tile(5, x, y)), i64::from(x), i64::from(y))))
            .collect();
        all.sort_unstable();
        assert!((0..).zip(&all).all(|(k, (n, ..))| *n == 341 + k));
        assert!(all.windows(2).all(|w| (w[0].1 - w[1].1).abs() + (w[0].2 - w[1].2).abs() == 1));
    }

    #[test]
    fn equal_tiles_are_kept_once_and_disorder_is_refused() {
        let mut file = PmTiles::new(PmTilesKind::Png);
        file.push(tile(1, 0, 0), b"same").expect("in order");
        file.push(tile(1, 0, 1), b"same").expect("in order");
        file.push(tile(1, 1, 1), b"other").expect("in order");
        assert_eq!(file.counts(), (3, 2));
        assert!(file.push(tile(1, 0, 1), b"again").is_err());
        let bounds = Bbox { west: -12.0, south: 10.0, east: 4.0, north: 25.0 };
        let bytes = file.finish("{}", bounds).expect("a file");
        let whole = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
        assert_eq!((&bytes[..8], whole(72), whole(80), whole(88)), (b"PMTiles\x03".as_slice(), 3, 2, 2));
        assert_eq!(bytes[bytes.len() - 9..], *b"sameother");
    }
}
