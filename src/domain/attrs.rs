//! The values of a fact's columns: a small map in the order of the columns' ids.

use std::fmt;
use std::sync::Arc;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Attr;

/// Column id → value, ordered by id. A row has about twenty: in one piece of memory they are read, compared and dropped
/// several times faster than in a tree, and a million rows go through here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Attrs(Vec<(Arc<str>, Attr)>);

impl Attrs {
    fn place(&self, id: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| (**known).cmp(id))
    }

    /// The value of a column; none where its cell was empty.
    pub fn get(&self, id: &str) -> Option<&Attr> {
        self.place(id).ok().map(|k| &self.0[k].1)
    }

    /// Whether the column has a value.
    pub fn contains_key(&self, id: &str) -> bool {
        self.place(id).is_ok()
    }

    /// Sets a column's value; what it was before.
    pub fn insert(&mut self, id: Arc<str>, value: Attr) -> Option<Attr> {
        match self.place(&id) {
            Ok(k) => Some(std::mem::replace(&mut self.0[k].1, value)),
            Err(k) => {
                self.0.insert(k, (id, value));
                None
            }
        }
    }

    /// Columns and values in the order of the ids.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Attr)> {
        self.0.iter().map(|(id, value)| (id, value))
    }
}

impl FromIterator<(Arc<str>, Attr)> for Attrs {
    /// Of a column given twice the last value stands.
    fn from_iter<I: IntoIterator<Item = (Arc<str>, Attr)>>(items: I) -> Self {
        let mut attrs = Self(Vec::new());
        for (id, value) in items {
            // In order already, as readers give them: no search.
            if attrs.0.last().is_none_or(|(last, _)| **last < *id) {
                attrs.0.push((id, value));
            } else {
                attrs.insert(id, value);
            }
        }
        attrs
    }
}

impl Serialize for Attrs {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Attrs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Attrs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("columns and their values")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Attrs, M::Error> {
                std::iter::from_fn(|| map.next_entry().transpose()).collect()
            }
        }
        from.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map_whatever_the_order_in_which_it_was_filled() {
        let of = |ids: &[(&str, i64)]| -> Attrs { ids.iter().map(|(id, n)| (Arc::from(*id), Attr::Int(*n))).collect() };
        let attrs = of(&[("b", 1), ("a", 2), ("c", 3), ("b", 4)]);
        assert_eq!(attrs, of(&[("a", 2), ("b", 4), ("c", 3)]));
        assert_eq!(attrs.get("b"), Some(&Attr::Int(4)));
        assert!(attrs.get("d").is_none() && attrs.contains_key("c"));
        let text = serde_json::to_string(&attrs).expect("JSON");
        assert_eq!(text, r#"{"a":2,"b":4,"c":3}"#);
        assert_eq!(serde_json::from_str::<Attrs>(&text).expect("read"), attrs);
        assert!(serde_json::from_str::<Attrs>(r#"{"a":2,"b":{}}"#).is_err());
    }
}
