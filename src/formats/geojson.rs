//! GeoJSON (RFC 7946), written straight into bytes: a page of communes is megabytes of coordinates that are
//! text already, so no tree of values is built.

use std::io::Write as _;

/// A property's value, borrowed from wherever it lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Absent.
    Null,
    /// Text.
    Text(&'a str),
    /// Whole number.
    Int(i64),
    /// Decimal number; one that is not finite is written as null.
    Real(f64),
    /// Yes or no.
    Flag(bool),
}

/// Writes features with the same keys, in the same order, one after the other.
#[derive(Debug)]
pub struct FeatureWriter {
    out: Vec<u8>,
    /// `,"name":` ready to be copied; the first without its comma.
    keys: Vec<Vec<u8>>,
    first: bool,
}

impl FeatureWriter {
    /// Appends to `out`, where the caller has opened the array of features.
    pub fn new<'n>(out: Vec<u8>, names: impl IntoIterator<Item = &'n str>) -> Self {
        let keys = names
            .into_iter()
            .enumerate()
            .map(|(k, name)| {
                let mut key = if k == 0 { Vec::new() } else { vec![b','] };
                text(&mut key, name);
                key.push(b':');
                key
            })
            .collect();
        Self { out, keys, first: true }
    }

    /// Starts the next feature: `geometry` is GeoJSON text, none for a feature without place. A value missing at the
    /// end is null; one too many is left out, since it has no name.
    pub fn feature<'v>(&mut self, id: &str, geometry: Option<&str>, values: impl IntoIterator<Item = Value<'v>>) {
        if !self.first {
            self.out.extend_from_slice(b",\n");
        }
        self.first = false;
        self.open(id, geometry, values);
        self.out.push(b'}');
    }

    /// A feature left open, so that the caller can add members (`links`) and close it.
    pub fn open<'v>(&mut self, id: &str, geometry: Option<&str>, values: impl IntoIterator<Item = Value<'v>>) {
        self.out.extend_from_slice(br#"{"type":"Feature","id":"#);
        text(&mut self.out, id);
        self.out.extend_from_slice(br#","geometry":"#);
        self.out.extend_from_slice(geometry.unwrap_or("null").as_bytes());
        self.out.extend_from_slice(br#","properties":{"#);
        let mut values = values.into_iter();
        for key in &self.keys {
            self.out.extend_from_slice(key);
            value(&mut self.out, values.next().unwrap_or(Value::Null));
        }
        self.out.push(b'}');
    }

    /// The bytes written so far, the given ones first.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }
}

/// Writes a value. A decimal number always shows its point, so that a reader that guesses types (OGR) from
/// the first features never takes a column of rates for whole numbers.
fn value(out: &mut Vec<u8>, value: Value<'_>) {
    // Writing to a Vec cannot fail.
    let _ = match value {
        Value::Null => out.write_all(b"null"),
        Value::Flag(flag) => out.write_all(if flag { b"true" } else { b"false" }),
        Value::Int(n) => write!(out, "{n}"),
        Value::Real(x) if !x.is_finite() => out.write_all(b"null"),
        Value::Real(x) => {
            let start = out.len();
            let written = write!(out, "{x}");
            if !out[start..].contains(&b'.') {
                out.extend_from_slice(b".0");
            }
            written
        }
        Value::Text(t) => {
            text(out, t);
            Ok(())
        }
    };
}

/// Writes a JSON string, quotes included.
pub fn text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (k, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[plain..k]);
        plain = k + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(names: &[&str], values: &[Value<'_>]) -> serde_json::Value {
        let mut writer = FeatureWriter::new(vec![b'['], names.iter().copied());
        writer.feature("a.b", Some(r#"{"type":"Point","coordinates":[1,2]}"#), values.iter().copied());
        writer.feature("a.c", None, []);
        let mut bytes = writer.into_bytes();
        bytes.push(b']');
        serde_json::from_slice(&bytes).expect("what is written is JSON")
    }

    #[test]
    fn every_key_stands_on_every_feature() {
        let features = one(&["pcode", "value"], &[Value::Text("ML01"), Value::Int(3)]);
        assert_eq!(features[0]["properties"], serde_json::json!({"pcode": "ML01", "value": 3}));
        assert_eq!(features[1]["properties"], serde_json::json!({"pcode": null, "value": null}));
        assert!(features[1]["geometry"].is_null());
    }

    #[test]
    fn text_of_every_kind_survives() {
        let odd = "« Ménaka » \"N'Koumandougou\" \\ \n\r\t\u{1}\u{7f}𝄞";
        assert_eq!(one(&["t"], &[Value::Text(odd)])[0]["properties"]["t"], odd);
    }

    #[test]
    fn a_decimal_number_shows_its_point_and_what_is_no_number_is_null() {
        let mut out = Vec::new();
        for x in [12.0, 0.5, f64::NAN, f64::INFINITY, -3.0, 1e300] {
            value(&mut out, Value::Real(x));
            out.push(b' ');
        }
        let written = String::from_utf8(out).expect("ASCII");
        assert!(written.starts_with("12.0 0.5 null null -3.0 1000"), "{written}");
        assert!(written.ends_with(".0 "), "{written}");
    }
}
