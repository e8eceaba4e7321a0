//! The fonts of the pages: pinned, built in, the same on every machine. Widths and outlines of the text on maps.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use super::page::RenderError;
use super::scene::push_number;

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

/// Fonts and the index that the typesetter looks in.
#[derive(Debug)]
pub struct FontSet {
    /// In the order of the index.
    pub list: Vec<Font>,
    /// The index.
    pub book: LazyHash<FontBook>,
}

impl FontSet {
    fn of(list: Vec<Font>) -> Self {
        // The condensed files carry the plain family and width, so the index names them apart itself.
        let infos = list.iter().map(|font| {
            let mut info = font.info().clone();
            info.family = family(font);
            info
        });
        let book = LazyHash::new(FontBook::from_infos(infos));
        Self { list, book }
    }
}

/// The built-in fonts, read once.
pub struct Fonts {
    /// For the typesetter.
    pub set: Arc<FontSet>,
    /// The same, for widths and outlines.
    pub(super) faces: Vec<ttf_parser::Face<'static>>,
}

/// The files of the built-in fonts.
pub(super) static FONT_FILES: [&[u8]; 6] = [
    include_bytes!("../../styles/fonts/Roboto-Regular.ttf"),
    include_bytes!("../../styles/fonts/Roboto-Bold.ttf"),
    include_bytes!("../../styles/fonts/Roboto-Italic.ttf"),
    include_bytes!("../../styles/fonts/RobotoCondensed-Regular.ttf"),
    include_bytes!("../../styles/fonts/RobotoCondensed-Bold.ttf"),
    include_bytes!("../../styles/fonts/RobotoCondensed-Italic.ttf"),
];

/// The built-in fonts.
pub static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONT_FILES.iter().filter_map(|f| Font::new(Bytes::new(*f), 0)).collect();
    let faces = FONT_FILES.iter().filter_map(|f| ttf_parser::Face::parse(f, 0).ok()).collect();
    Fonts { set: Arc::new(FontSet::of(fonts)), faces }
});

/// Bytes of an office's fonts at most, all files together.
const MOST_FONT_BYTES: u64 = 64 << 20;

/// The built-in fonts and those of a folder (`.ttf`, `.otf`), by name; a file that is no font is an error.
pub fn own_fonts(folder: &Path) -> Result<Arc<FontSet>, RenderError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RenderError::Template { path, source }
    };
    if !folder.is_dir() {
        return Ok(FONTS.set.clone());
    }
    let mut paths: Vec<_> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_lowercase);
        if ending.is_some_and(|e| e == "ttf" || e == "otf") {
            paths.push(path);
        }
    }
    paths.sort();
    let mut list = FONTS.set.list.clone();
    let mut bytes = 0;
    for path in paths {
        let wrong = |reason: &str| RenderError::Layout { file: path.display().to_string(), reason: reason.to_owned() };
        bytes += std::fs::metadata(&path).map_err(failed(&path))?.len();
        if bytes > MOST_FONT_BYTES {
            return Err(wrong("the fonts of a folder weigh 64 MB at most"));
        }
        let data = std::fs::read(&path).map_err(failed(&path))?;
        list.push(Font::new(Bytes::new(data), 0).ok_or_else(|| wrong("no font that can be read (TTF or OTF)"))?);
    }
    Ok(Arc::new(FontSet::of(list)))
}

/// The family a font goes by.
pub fn family(font: &Font) -> String {
    let name = font.post_script_name().unwrap_or_default();
    if name.starts_with("RobotoCondensed") { "Roboto Condensed".to_owned() } else { font.info().family.clone() }
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

/// The outline of a line of text as SVG path data, millimetres, its baseline starting at `at`: for halos, which must not be
/// text a second time.
pub fn outline(text: &str, face: Face, size_pt: f64, tracking_pt: f64, at: (f64, f64)) -> String {
    let mut path = SvgPath(String::new());
    outline_into(text, face, size_pt, tracking_pt, at, &mut path);
    path.0
}

/// Gives the outline of a line of text to a builder, millimetres, y downwards, its baseline starting at `at`.
pub fn outline_into(
    text: &str,
    face: Face,
    size_pt: f64,
    tracking_pt: f64,
    at: (f64, f64),
    builder: &mut dyn ttf_parser::OutlineBuilder,
) {
    let Some(face) = face.face() else { return };
    let scale = size_pt * MM_PER_PT / f64::from(face.units_per_em());
    let mut path = Outline { builder, x: at.0, y: at.1, scale };
    for c in text.chars() {
        let glyph = face.glyph_index(c).unwrap_or_default();
        face.outline_glyph(glyph, &mut path);
        path.x += f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale + tracking_pt * MM_PER_PT;
    }
}

/// Moves font units to their place on paper.
struct Outline<'a> {
    builder: &'a mut dyn ttf_parser::OutlineBuilder,
    x: f64,
    y: f64,
    scale: f64,
}

impl Outline<'_> {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        #[expect(clippy::cast_possible_truncation, reason = "millimetres of a sheet; outlines come in this width")]
        let narrow = |v: f64| v as f32;
        (narrow(self.x + f64::from(x) * self.scale), narrow(self.y - f64::from(y) * self.scale))
    }
}

impl ttf_parser::OutlineBuilder for Outline<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.builder.curve_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}

/// Path data of SVG, to a hundredth of a millimetre.
struct SvgPath(String);

impl SvgPath {
    fn write(&mut self, command: char, numbers: &[f32]) {
        for (k, x) in numbers.iter().enumerate() {
            self.0.push(if k == 0 { command } else { ' ' });
            push_number(&mut self.0, f64::from(*x));
        }
    }
}

impl ttf_parser::OutlineBuilder for SvgPath {
    fn move_to(&mut self, x: f32, y: f32) {
        self.write('M', &[x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.write('L', &[x, y]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.write('Q', &[x1, y1, x, y]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.write('C', &[x1, y1, x2, y2, x, y]);
    }

    fn close(&mut self) {
        self.0.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_the_french_pages_is_in_every_font() {
        assert_eq!((FONTS.set.list.len(), FONTS.faces.len()), (6, 6));
        for (font, face) in FONTS.set.list.iter().zip(&FONTS.faces) {
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
