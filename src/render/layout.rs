//! Where things stand on a sheet, from `styles/annexes/layout.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::base::Sheet;
use super::frame::Rect;
use super::page::RenderError;
use crate::domain::Lang;
use crate::spatial::Bbox;

/// A rectangle, millimetres.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Slot {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Slot {
    fn rect(self) -> Rect {
        Rect::at(self.x, self.y, self.width, self.height)
    }
}

/// Where things stand on a sheet.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    pub margin: f64,
    /// The map.
    pub map: Slot,
    /// The room of figures and legend.
    pub column: Slot,
    /// In how many columns they run there.
    #[serde(default = "one")]
    pub columns: u32,
    /// The locator map, from the map's upper left corner.
    pub locator: Slot,
    /// The scale bar and north arrow, from the map's upper left corner.
    pub scale: Slot,
    /// Where enlarged parts go, from the map's upper left corner, in the order of the file's insets.
    #[serde(default)]
    pub insets: Vec<Slot>,
    /// Size of the type, 1 on A4.
    pub text_scale: f64,
    /// Family of the words around the map: Roboto, or one whose files stand in DIR/fonts.
    #[serde(default = "roboto")]
    pub font: String,
    /// A picture in the upper right corner: a file beside this one; none where empty.
    #[serde(default)]
    pub logo: String,
    /// Its height, millimetres.
    #[serde(default = "twelve")]
    pub logo_height: f64,
}

fn one() -> u32 {
    1
}

fn roboto() -> String {
    "Roboto".to_owned()
}

fn twelve() -> f64 {
    12.0
}

/// A part of a country that the annexes enlarge.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inset {
    /// The country, ISO 3166-1 alpha-3.
    pub country: String,
    pub title_fr: String,
    pub title_en: String,
    /// West, south, east, north, degrees.
    pub bbox: [f64; 4],
}

impl Inset {
    pub fn title(&self, lang: Lang) -> &str {
        lang.pick(&self.title_fr, &self.title_en)
    }

    pub fn bbox(&self) -> Bbox {
        let [west, south, east, north] = self.bbox;
        Bbox { west, south, east, north }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sheets: BTreeMap<String, Layout>,
    #[serde(default)]
    insets: Vec<Inset>,
}

const FILE: &str = "layout.toml";

impl Layout {
    /// Reads the layout of a sheet, with the parts that are enlarged, and checks that everything stands on it.
    pub fn parse(text: &str, sheet: Sheet) -> Result<(Self, Vec<Inset>), RenderError> {
        let fail = |reason: String| RenderError::Layout { file: FILE.to_owned(), reason };
        let mut file: File = toml::from_str(text).map_err(|e| fail(e.to_string()))?;
        let own = file.sheets.remove(sheet.key()).ok_or_else(|| fail(format!("no [sheets.{}]", sheet.key())))?;
        own.check().map_err(|reason| fail(format!("[sheets.{}]: {reason}", sheet.key())))?;
        for inset in &file.insets {
            let b = inset.bbox();
            if !(b.west < b.east && b.south < b.north && b.west >= -180.0 && b.east <= 180.0 && b.north.abs() <= 89.0) {
                return Err(fail(format!(
                    "inset « {} »: bbox = [west, south, east, north] in degrees",
                    inset.title_fr
                )));
            }
        }
        Ok((own, file.insets))
    }

    fn check(&self) -> Result<(), String> {
        let sheet = Rect::at(0.0, 0.0, self.width, self.height);
        let map = Rect::at(0.0, 0.0, self.map.width, self.map.height);
        if !(50.0..=1300.0).contains(&self.width) || !(50.0..=1300.0).contains(&self.height) {
            return Err("a sheet measures 50 to 1300 mm".to_owned());
        }
        if self.map.width < 40.0 || self.map.height < 40.0 || !(0.5..=4.0).contains(&self.text_scale) {
            return Err("the map measures at least 40 × 40 mm, text_scale is 0.5 to 4".to_owned());
        }
        if !(1..=4).contains(&self.columns) || !(2.0..=80.0).contains(&self.logo_height) {
            return Err("columns from 1 to 4, logo_height from 2 to 80".to_owned());
        }
        let on_map = [self.locator, self.scale].into_iter().chain(self.insets.iter().copied());
        if !sheet.holds(&self.map.rect())
            || !sheet.holds(&self.column.rect())
            || !on_map.clone().all(|s| map.holds(&s.rect()))
        {
            return Err("map and column must lie on the sheet, locator, scale and insets on the map".to_owned());
        }
        if self.map.rect().overlaps(&self.column.rect()) {
            return Err("map and column overlap".to_owned());
        }
        if on_map.clone().any(|s| s.width < 5.0 || s.height < 5.0) {
            return Err("locator, scale and insets measure at least 5 × 5 mm".to_owned());
        }
        Ok(())
    }

    /// Parts of the map taken by the locator and the scale bar.
    pub fn furniture(&self) -> [Rect; 2] {
        [self.locator, self.scale].map(|s| s.rect().grown(0.5))
    }
}
