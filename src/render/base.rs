//! What every map of the annexes stands on: the units, the sheet, the words around.

use geo::MultiPolygon;

use super::context::Context;
use super::page::RenderError;
use crate::domain::Lang;
use crate::spatial::{Bbox, LonLat};

/// An administrative unit as the map needs it.
#[derive(Debug, Clone, Copy)]
pub struct Area<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its outline, degrees.
    pub shape: &'a MultiPolygon<f64>,
    /// A place inside it.
    pub label: LonLat,
    /// Position of the unit above it; 0 where there is none.
    pub parent: usize,
}

/// A named zone, outlined.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Its title, which names the definition.
    pub title: String,
    /// For each commune whether it belongs.
    pub members: Vec<bool>,
}

/// Size of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Paper {
    /// 297 × 210 mm.
    #[default]
    A4,
    /// 420 × 297 mm.
    A3,
}

/// A sheet and how it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sheet {
    /// Its size.
    pub paper: Paper,
    /// Whether it stands upright; it lies otherwise.
    pub portrait: bool,
}

impl Sheet {
    /// `a4`, `a3`, `a4-portrait`, `a3-portrait`: as `layout.toml` and file names write it.
    pub fn key(self) -> &'static str {
        match (self.paper, self.portrait) {
            (Paper::A4, false) => "a4",
            (Paper::A3, false) => "a3",
            (Paper::A4, true) => "a4-portrait",
            (Paper::A3, true) => "a3-portrait",
        }
    }
}

impl From<Paper> for Sheet {
    fn from(paper: Paper) -> Self {
        Self { paper, portrait: false }
    }
}

/// What the page says around the map, in its language.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// The country's name: « Mali ».
    pub country: String,
    /// Its ISO code, to leave it out of its neighbours: `MLI`.
    pub iso3: String,
    /// The period as a title writes it: « juin 2021 ».
    pub period: String,
    /// The year whose classes hold.
    pub year: i16,
    /// What is counted, with a capital: « Violations documentées ».
    pub measure: String,
    /// Where the data come from.
    pub sources: String,
    /// The boundary set's title.
    pub set_title: String,
    /// Day of creation, year, month, day.
    pub created: Option<(i32, u8, u8)>,
    /// The same as printed: « 12 juillet 2021 ».
    pub created_text: String,
    /// The data version, where there is one.
    pub version: Option<i64>,
    /// Data are made up.
    pub synthetic: bool,
    /// Lines are a diagram.
    pub schematic: bool,
    /// The month is not released.
    pub provisional: bool,
    /// Number of the page and of all pages.
    pub page: (u32, u32),
}

/// The units of a map, its sheet and the words around it.
#[derive(Debug, Clone)]
pub struct BaseMap<'a> {
    /// What tells this set of units from another, for what is prepared once and kept: the set's id and version.
    pub key: String,
    /// Language of the page.
    pub lang: Lang,
    /// The sheet.
    pub sheet: Sheet,
    /// Level 1.
    pub regions: Vec<Area<'a>>,
    /// Level 2; [`Area::parent`] points into the regions.
    pub cercles: Vec<Area<'a>>,
    /// Level 3 (or the finest there is); points into the cercles.
    pub communes: Vec<Area<'a>>,
    /// Communes covered.
    pub units_covered: u32,
    /// Communes.
    pub units_total: u32,
    /// A zone to outline.
    pub zone: Option<Zone>,
    /// The base map.
    pub context: &'a Context,
    /// The words around.
    pub notes: Notes,
}

impl BaseMap<'_> {
    /// The box of the communes.
    pub(super) fn bbox(&self) -> Bbox {
        self.communes.iter().fold(Bbox::EMPTY, |b, c| b.union(Bbox::of(c.shape)))
    }

    /// Refuses a map without units and lists that are not parallel.
    pub(super) fn check(&self) -> Result<(), RenderError> {
        if self.communes.is_empty() {
            return Err(RenderError::Empty("the boundary set has no units".to_owned()));
        }
        let fits = self.zone.as_ref().is_none_or(|z| z.members.len() == self.communes.len())
            && self.communes.iter().all(|c| c.parent < self.cercles.len())
            && self.cercles.iter().all(|c| c.parent < self.regions.len());
        if fits { Ok(()) } else { Err(RenderError::Empty("units and their parents do not match".to_owned())) }
    }

    /// The region of a commune.
    pub(super) fn region_of(&self, commune: usize) -> usize {
        self.cercles[self.communes[commune].parent].parent
    }
}
