//! The fonts of the pages: pinned, built in, the same on every machine. Widths and outlines of the text on maps.

use std::fmt::Write as _;
use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// Millimetres a typographic point.
pub const MM_PER_PT: f64 = 25.4 / 72.0;

/// A face that map labels are set in: Roboto Condensed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Upright.
    Regular,
    /// Upright, bold.
    Bold,
    /// Italic: water, and other countries.
    Italic,
}

impl Face {
    /// `regular` or `bold`, as templates say it.
    pub fn weight(self) -> &'static str {
        if self == Self::Bold { "bold" } else { "regular" }
    }

    /// `normal` or `italic`.
    pub fn style(self) -> &'static str {
        if self == Self::Italic { "italic" } else { "normal" }
    }

    fn face(self) -> Option<&'static ttf_parser::Face<'static>> {
        FONTS.faces.get(match self {
            Self::Regular => 3,
            Self::Bold => 4,
            Self::Italic => 5,
        })
    }
}

/// Fonts and their index, read once.
pub struct Fonts {
    /// In the order of the index.
    pub list: Vec<Font>,
    /// The same, for widths and outlines.
    faces: Vec<ttf_parser::Face<'static>>,
    /// The index that the typesetter looks in.
    pub book: LazyHash<FontBook>,
}

/// The built-in fonts.
pub static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let files: [&'static [u8]; 6] = [
        include_bytes!("../../styles/fonts/Roboto-Regular.ttf"),
        include_bytes!("../../styles/fonts/Roboto-Bold.ttf"),
        include_bytes!("../../styles/fonts/Roboto-Italic.ttf"),
        include_bytes!("../../styles/fonts/RobotoCondensed-Regular.ttf"),
        include_bytes!("../../styles/fonts/RobotoCondensed-Bold.ttf"),
        include_bytes!("../../styles/fonts/RobotoCondensed-Italic.ttf"),
    ];
    let fonts: Vec<Font> = files.iter().filter_map(|f| Font::new(Bytes::new(*f), 0)).collect();
    // These condensed files carry the plain family and width, so the index names them apart itself.
    let infos = fonts.iter().map(|font| {
        let mut info = font.info().clone();
        family(font).clone_into(&mut info.family);
        info
    });
    let book = LazyHash::new(FontBook::from_infos(infos));
    let faces = files.iter().filter_map(|f| ttf_parser::Face::parse(f, 0).ok()).collect();
    Fonts { list: fonts, faces, book }
});

/// The family a built-in font goes by.
pub fn family(font: &Font) -> &'static str {
    let condensed = font.post_script_name().is_some_and(|n| n.contains("Condensed"));
    if condensed { "Roboto Condensed" } else { "Roboto" }
}

/// Width of a line of text, millimetres, without kerning (map labels are set without).
pub fn width_mm(text: &str, face: Face, size_pt: f64, tracking_pt: f64) -> f64 {
    let Some(face) = face.face() else { return 0.0 };
    let per_em = f64::from(face.units_per_em());
    let advance = |c| {
        let glyph = face.glyph_index(c).unwrap_or_default();
        f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) / per_em * size_pt
    };
    let count = text.chars().count();
    let glyphs: f64 = text.chars().map(advance).sum();
    (glyphs + tracking_pt * count.saturating_sub(1) as f64) * MM_PER_PT
}

/// Height of capitals, millimetres.
pub fn cap_height_mm(size_pt: f64) -> f64 {
    0.711 * size_pt * MM_PER_PT
}

/// The outline of a line of text as SVG path data, millimetres, its baseline starting at `(x, y)`: for halos, which must
/// not be text a second time.
pub fn outline(text: &str, face: Face, size_pt: f64, tracking_pt: f64, (x, y): (f64, f64)) -> String {
    let Some(face) = face.face() else { return String::new() };
    let scale = size_pt * MM_PER_PT / f64::from(face.units_per_em());
    let mut path = Outline { d: String::new(), x, y, scale };
    for c in text.chars() {
        let glyph = face.glyph_index(c).unwrap_or_default();
        face.outline_glyph(glyph, &mut path);
        path.x += f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale + tracking_pt * MM_PER_PT;
    }
    path.d
}

struct Outline {
    d: String,
    x: f64,
    y: f64,
    scale: f64,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f64, f64) {
        (self.x + f64::from(x) * self.scale, self.y - f64::from(y) * self.scale)
    }
}

impl ttf_parser::OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        let _ = write!(self.d, "M{x:.3} {y:.3}");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        let _ = write!(self.d, "L{x:.3} {y:.3}");
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        let _ = write!(self.d, "Q{x1:.3} {y1:.3} {x:.3} {y:.3}");
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        let _ = write!(self.d, "C{x1:.3} {y1:.3} {x2:.3} {y2:.3} {x:.3} {y:.3}");
    }

    fn close(&mut self) {
        self.d.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_the_french_pages_is_in_every_font() {
        assert_eq!((FONTS.list.len(), FONTS.faces.len()), (6, 6));
        for (font, face) in FONTS.list.iter().zip(&FONTS.faces) {
            for c in "\u{a0}\u{202f}’éÉèêëàâçîïôùûœŒŋɛ°·«»–—−×≥≤…%ABCxyz0123456789".chars()
            {
                assert!(face.glyph_index(c).is_some(), "{:?} U+{:04X}", font.info().family, u32::from(c));
            }
        }
    }

    #[test]
    fn width_grows_with_size_and_tracking() {
        let plain = width_mm("Douentza", Face::Regular, 6.0, 0.0);
        assert!((5.0..9.0).contains(&plain), "{plain}");
        assert!((width_mm("Douentza", Face::Regular, 12.0, 0.0) - 2.0 * plain).abs() < 1e-9);
        assert!((width_mm("Douentza", Face::Regular, 6.0, 1.0) - plain - 7.0 * MM_PER_PT).abs() < 1e-9);
    }
}
