//! Administrative units and the sets that give their codes a meaning.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Level of an administrative unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Level {
    /// 1: région.
    Region,
    /// 2: cercle (province, département).
    Cercle,
    /// 3: commune.
    Commune,
}

impl Level {
    /// Every level, the coarsest first.
    pub const ALL: [Self; 3] = [Self::Region, Self::Cercle, Self::Commune];

    /// 1, 2 or 3.
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// 0, 1 or 2: the place of this level in an array by level.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The next coarser level; none above the region.
    pub fn parent(self) -> Option<Self> {
        match self {
            Self::Region => None,
            Self::Cercle => Some(Self::Region),
            Self::Commune => Some(Self::Cercle),
        }
    }

    /// `regions`, `cercles`, `communes`: the plural that layer names use.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Region => "regions",
            Self::Cercle => "cercles",
            Self::Commune => "communes",
        }
    }
}

impl TryFrom<u8> for Level {
    type Error = String;
    fn try_from(n: u8) -> Result<Self, String> {
        match n {
            1 => Ok(Self::Region),
            2 => Ok(Self::Cercle),
            3 => Ok(Self::Commune),
            _ => Err(format!("level {n}: 1 (region), 2 (cercle) or 3 (commune) expected")),
        }
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> u8 {
        level.number()
    }
}

/// Name of a boundary set: a vintage such as `mli-2021`. Lower-case letters, digits, `-`, `_`; at most 40.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SetId(Arc<str>);

impl SetId {
    /// A checked name.
    pub fn new(id: &str) -> Result<Self, String> {
        let fits = (1..=40).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        if fits {
            Ok(Self(id.into()))
        } else {
            Err(format!("« {id} »: a boundary set is named with a-z, 0-9, - and _ (at most 40), such as mli-2021"))
        }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for SetId {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::new(s)
    }
}

impl TryFrom<String> for SetId {
    type Error = String;
    fn try_from(id: String) -> Result<Self, String> {
        Self::new(&id)
    }
}

impl From<SetId> for String {
    fn from(id: SetId) -> String {
        id.0.to_string()
    }
}

/// What a code means: the code and the set that gives it its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitKey {
    /// The boundary set.
    pub set: SetId,
    /// The p-code inside that set; always text.
    pub pcode: Arc<str>,
}

/// Whether a set's lines were surveyed or only drawn to show the arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GeometryKind {
    /// Real boundaries: coordinates can be located on them.
    Surveyed,
    /// A diagram: real coordinates are never located on it.
    Schematic,
}
