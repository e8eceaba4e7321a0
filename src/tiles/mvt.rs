//! Mapbox Vector Tiles, version 2.1 of the specification, written by hand: few messages, and values are joined to command
//! streams that stay as they are.

use std::collections::HashMap;

use super::EXTENT;

/// What a command stream draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Geometry {
    /// Points.
    Point,
    /// Polygons.
    Polygon,
}

/// A value of a feature. What is absent has none: the format has no null.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(&'a str),
    /// Whole number.
    Int(i64),
    /// Decimal number.
    Real(f64),
    /// Yes or no.
    Flag(bool),
}

impl Value<'_> {
    fn encoded(self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Text(text) => bytes_field(&mut out, 1, text.as_bytes()),
            Self::Real(x) => {
                key(&mut out, 3, 1);
                out.extend_from_slice(&x.to_le_bytes());
            }
            Self::Int(n) => {
                key(&mut out, 4, 0);
                varint(&mut out, n.cast_unsigned());
            }
            Self::Flag(b) => {
                key(&mut out, 7, 0);
                varint(&mut out, u64::from(b));
            }
        }
        out
    }
}

/// The values of features, encoded once a layer and period.
#[derive(Debug, Default)]
pub struct Table {
    keys: Vec<String>,
    values: Vec<Vec<u8>>,
    /// Key and value numbers of each row.
    rows: Vec<Vec<(u32, u32)>>,
}

impl Table {
    /// Rows of values parallel to `keys`; none where a value is absent.
    pub fn new<'a, R>(keys: Vec<String>, rows: impl IntoIterator<Item = R>) -> Self
    where
        R: IntoIterator<Item = Option<Value<'a>>>,
    {
        let mut table = Self { keys, ..Self::default() };
        let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
        for row in rows {
            let tags = row.into_iter().enumerate().filter_map(|(k, value)| {
                let encoded = value?.encoded();
                let next = number(table.values.len());
                let at = *known.entry(encoded).or_insert_with_key(|bytes| {
                    table.values.push(bytes.clone());
                    next
                });
                Some((number(k), at))
            });
            table.rows.push(tags.collect());
        }
        table
    }
}

/// A tile of one layer: features as id, row of the table and command stream. No byte where there is no feature.
pub fn write_layer<'a>(
    name: &str,
    table: &Table,
    geometry: Geometry,
    features: impl IntoIterator<Item = (u64, usize, &'a [u8])>,
) -> Vec<u8> {
    let mut layer = Vec::with_capacity(4096);
    key(&mut layer, 15, 0);
    varint(&mut layer, 2);
    bytes_field(&mut layer, 1, name.as_bytes());
    // Numbers within this tile of the table's keys and values, given as they are met.
    let mut keys = Numbers::new(table.keys.len());
    let mut values = Numbers::new(table.values.len());
    let (mut feature, mut tags) = (Vec::new(), Vec::new());
    let mut any = false;
    for (id, row, commands) in features {
        any = true;
        feature.clear();
        tags.clear();
        for (k, v) in table.rows.get(row).map_or(&[][..], Vec::as_slice) {
            varint(&mut tags, u64::from(keys.of(*k)));
            varint(&mut tags, u64::from(values.of(*v)));
        }
        key(&mut feature, 1, 0);
        varint(&mut feature, id);
        bytes_field(&mut feature, 2, &tags);
        key(&mut feature, 3, 0);
        varint(&mut feature, if geometry == Geometry::Point { 1 } else { 3 });
        bytes_field(&mut feature, 4, commands);
        bytes_field(&mut layer, 2, &feature);
    }
    if !any {
        return Vec::new();
    }
    for k in keys.met {
        bytes_field(&mut layer, 3, table.keys[k as usize].as_bytes());
    }
    for v in values.met {
        bytes_field(&mut layer, 4, &table.values[v as usize]);
    }
    key(&mut layer, 5, 0);
    varint(&mut layer, u64::from(EXTENT.unsigned_abs()));
    let mut tile = Vec::with_capacity(layer.len() + 8);
    bytes_field(&mut tile, 3, &layer);
    tile
}

/// Numbers given in the order of meeting.
struct Numbers {
    given: Vec<u32>,
    met: Vec<u32>,
}

impl Numbers {
    fn new(count: usize) -> Self {
        Self { given: vec![u32::MAX; count], met: Vec::new() }
    }

    fn of(&mut self, n: u32) -> u32 {
        let given = &mut self.given[n as usize];
        if *given == u32::MAX {
            *given = number(self.met.len());
            self.met.push(n);
        }
        *given
    }
}

/// The commands of one point.
pub(super) fn point_commands(x: i32, y: i32) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, 1 << 3 | 1);
    varint(&mut out, zigzag(x));
    varint(&mut out, zigzag(y));
    out
}

/// The commands of rings, each without its closing point, outer ones with a positive area (y down), in tile units.
pub(super) fn polygon_commands(rings: impl IntoIterator<Item = impl IntoIterator<Item = (i32, i32)>>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = (0, 0);
    for ring in rings {
        let points: Vec<(i32, i32)> = ring.into_iter().collect();
        let Some((first, rest)) = points.split_first().filter(|(_, rest)| rest.len() >= 2) else { continue };
        let mut go = |out: &mut Vec<u8>, to: (i32, i32)| {
            varint(out, zigzag(to.0 - at.0));
            varint(out, zigzag(to.1 - at.1));
            at = to;
        };
        varint(&mut out, 1 << 3 | 1);
        go(&mut out, *first);
        varint(&mut out, (rest.len() as u64) << 3 | 2);
        for p in rest {
            go(&mut out, *p);
        }
        varint(&mut out, 1 << 3 | 7);
    }
    out
}

/// The rings that commands draw, for pictures.
pub(super) fn rings(commands: &[u8]) -> Vec<Vec<(i32, i32)>> {
    let mut numbers = Varints(commands);
    let (mut rings, mut at) = (Vec::<Vec<(i32, i32)>>::new(), (0_i32, 0_i32));
    while let Some(command) = numbers.next() {
        let (what, count) = (command & 7, command >> 3);
        if what == 7 {
            continue;
        }
        if what == 1 {
            rings.push(Vec::new());
        }
        for _ in 0..count {
            let Some((dx, dy)) = numbers.next().zip(numbers.next()) else { return rings };
            at = (at.0 + unzigzag(dx), at.1 + unzigzag(dy));
            if let Some(ring) = rings.last_mut() {
                ring.push(at);
            }
        }
    }
    rings
}

struct Varints<'a>(&'a [u8]);

impl Iterator for Varints<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX - 1)
}

fn zigzag(n: i32) -> u64 {
    u64::from((n << 1 ^ n >> 31).cast_unsigned())
}

#[expect(clippy::cast_possible_truncation, reason = "only what zigzag wrote is read")]
fn unzigzag(n: u64) -> i32 {
    let n = n as u32;
    (n >> 1).cast_signed() ^ -(n & 1).cast_signed()
}

/// Protocol-buffers variable-length number.
pub(super) fn varint(out: &mut Vec<u8>, mut n: u64) {
    #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 128")]
    out.push(n as u8);
}

fn key(out: &mut Vec<u8>, field: u64, wire: u64) {
    varint(out, field << 3 | wire);
}

fn bytes_field(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    key(out, field, 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_are_those_of_the_specification_s_example() {
        // Section 4.3.5 of the specification: a polygon 3,6 8,12 20,34.
        assert_eq!(polygon_commands([[(3, 6), (8, 12), (20, 34)]]), [9, 6, 12, 18, 10, 12, 24, 44, 15]);
        assert_eq!(point_commands(25, 17), [9, 50, 34]);
    }

    #[test]
    fn a_tile_without_features_has_no_byte_and_equal_values_are_written_once() {
        let rows = [[Some(Value::Text("a")), None], [Some(Value::Text("a")), Some(Value::Int(-1))]];
        let table = Table::new(vec!["k".into(), "n".into()], rows);
        assert!(write_layer("l", &table, Geometry::Point, []).is_empty());
        assert_eq!(table.values.len(), 2);
        let commands = point_commands(1, 1);
        let tile = write_layer("l", &table, Geometry::Point, [(1, 0, commands.as_slice())]);
        assert!(!tile.windows(3).any(|w| w == [0x1a, 1, b'n']), "a key that no feature of the tile has is left out");
    }

    proptest! {
        #[test]
        fn rings_come_back_as_they_were(rings in prop::collection::vec(prop::collection::vec((-200..5000_i32, -200..5000_i32), 3..20), 1..6)) {
            prop_assert_eq!(super::rings(&polygon_commands(rings.clone())), rings);
        }

        #[test]
        fn zigzag_goes_back(n in (i32::MIN / 2)..(i32::MAX / 2)) {
            prop_assert_eq!(unzigzag(zigzag(n)), n);
        }
    }
}
