//! The built-in fonts as MapLibre reads them: blocks of 256 code points, each glyph as a picture of distances to its outline
//! (« signed distance field »), in Mapbox's glyph format, a protocol buffer.
//!
//! The distance of a pixel's middle to the outline is exact: the nearest point of its straight pieces, of which curves have
//! [`PIECES`]. Source of the idea: Green, C. (2007), Improved alpha-tested magnification for vector textures and special effects.
//!
//! The crate `sdf_glyph_renderer` was weighed: it measures distances in a bitmap, which would first have to be drawn from these same
//! outlines, and rounds each to the bitmap's pixels; the measuring itself, [`field`], is what is short here.

use ttf_parser::OutlineBuilder;

use super::fonts::FONTS;

/// The fonts by the names that styles use, in the order of the font files.
pub const GLYPH_FONTS: [&str; 6] = [
    "Roboto Regular",
    "Roboto Bold",
    "Roboto Italic",
    "Roboto Condensed Regular",
    "Roboto Condensed Bold",
    "Roboto Condensed Italic",
];

/// Code points of a block.
pub const GLYPH_BLOCK: u32 = 256;
/// Pixels an em: what MapLibre reckons with.
const EM_PX: f64 = 24.0;
/// Pixels around a glyph's box.
const BORDER: i32 = 3;
/// Distance, pixels, over which the field goes from full to nothing, and the share of it outside the outline.
const RADIUS: f64 = 8.0;
const OUTSIDE: f64 = 0.25;
/// Distances are written in such steps, an eighth of a pixel of 24 an em, less than the eye sees at the size of a map's names: a block
/// then compresses to two thirds.
const STEP: f64 = 4.0;
/// MapLibre sets a line 17 pixels below its middle less a glyph's top: with this line above the baseline, capitals (17 pixels high)
/// stand in the middle.
const TOP_LINE: i32 = 26;
/// Straight pieces of a curve: fractions of a hundredth of a pixel off at this size.
const PIECES: u32 = 6;

/// The glyphs of a block of a font (`start` a multiple of 256) as a protocol buffer; none where no such font is built in. Code
/// points that the font does not have are left out.
pub fn glyphs(font: &str, start: u32) -> Option<Vec<u8>> {
    let face = FONTS.faces.get(GLYPH_FONTS.iter().position(|f| *f == font)?)?;
    let end = start + GLYPH_BLOCK - 1;
    let mut stack = Vec::new();
    field_bytes(&mut stack, 1, font.as_bytes());
    field_bytes(&mut stack, 2, format!("{start}-{end}").as_bytes());
    for code in start..=end {
        let glyph = char::from_u32(code).and_then(|c| Some((c, face.glyph_index(c)?)));
        // Control characters have a box in some fonts; nobody writes them.
        let Some((_, glyph)) = glyph.filter(|(c, _)| !c.is_control()) else { continue };
        let scale = EM_PX / f64::from(face.units_per_em());
        let mut outline = Outline { scale, at: (0.0, 0.0), start: (0.0, 0.0), lines: Vec::new() };
        face.outline_glyph(glyph, &mut outline);
        let advance = f64::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
        field_bytes(&mut stack, 3, &written(code, &outline.lines, advance));
    }
    let mut out = Vec::with_capacity(stack.len() + 8);
    field_bytes(&mut out, 1, &stack);
    Some(out)
}

type At = (f64, f64);

/// A glyph's outline as straight lines, pixels, y upwards from the baseline.
struct Outline {
    scale: f64,
    at: At,
    start: At,
    lines: Vec<(At, At)>,
}

impl Outline {
    fn point(&self, x: f32, y: f32) -> At {
        (f64::from(x) * self.scale, f64::from(y) * self.scale)
    }

    fn go(&mut self, to: At) {
        if to != self.at {
            self.lines.push((self.at, to));
            self.at = to;
        }
    }

    fn curve(&mut self, of: impl Fn(f64) -> At) {
        for k in 1..=PIECES {
            self.go(of(f64::from(k) / f64::from(PIECES)));
        }
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.at = self.point(x, y);
        self.start = self.at;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.point(x, y);
        self.go(to);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (a, b, c) = (self.at, self.point(x1, y1), self.point(x, y));
        self.curve(|t| mixed(mixed(a, b, t), mixed(b, c, t), t));
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (a, b, c, d) = (self.at, self.point(x1, y1), self.point(x2, y2), self.point(x, y));
        self.curve(|t| {
            let (p, q, r) = (mixed(a, b, t), mixed(b, c, t), mixed(c, d, t));
            mixed(mixed(p, q, t), mixed(q, r, t), t)
        });
    }

    fn close(&mut self) {
        self.go(self.start);
    }
}

fn mixed(a: At, b: At, t: f64) -> At {
    (a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t)
}

/// One glyph's message.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some dozen pixels")]
fn written(code: u32, lines: &[(At, At)], advance: f64) -> Vec<u8> {
    let mut out = Vec::new();
    field_number(&mut out, 1, u64::from(code));
    let ends = || lines.iter().map(|(a, _)| *a);
    let (mut left, mut top, mut width, mut height) = (0, 0, 0, 0);
    if !lines.is_empty() {
        let least = |of: fn(At) -> f64| ends().map(of).fold(f64::MAX, f64::min).floor() as i32;
        let most = |of: fn(At) -> f64| ends().map(of).fold(f64::MIN, f64::max).ceil() as i32;
        (left, top) = (least(|p| p.0), most(|p| p.1));
        (width, height) = (most(|p| p.0) - left, top - least(|p| p.1));
        field_bytes(&mut out, 2, &field(lines, (left, top), (width, height)));
        top -= TOP_LINE;
    }
    field_number(&mut out, 3, width as u64);
    field_number(&mut out, 4, height as u64);
    field_number(&mut out, 5, zigzag(left));
    field_number(&mut out, 6, zigzag(top));
    field_number(&mut out, 7, advance.round() as u64);
    out
}

/// The distances, a byte a pixel, line by line from the top: 192 on the outline, more inside.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded and in range")]
fn field(lines: &[(At, At)], (left, top): (i32, i32), (width, height): (i32, i32)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(((width + 2 * BORDER) * (height + 2 * BORDER)) as usize);
    for row in -BORDER..height + BORDER {
        for column in -BORDER..width + BORDER {
            let p = (f64::from(left + column) + 0.5, f64::from(top - row) - 0.5);
            let square = lines.iter().map(|(a, b)| square_distance(p, *a, *b)).fold(f64::MAX, f64::min);
            let away = if inside(p, lines) { -square.sqrt() } else { square.sqrt() };
            let share = 1.0 - (away / RADIUS + OUTSIDE);
            bytes.push(((share * 255.0 / STEP).round() * STEP).clamp(0.0, 255.0) as u8);
        }
    }
    bytes
}

fn square_distance(p: At, a: At, b: At) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let along = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    let (x, y) = (a.0 + along * dx - p.0, a.1 + along * dy - p.1);
    x * x + y * y
}

/// By the winding number: overlapping parts of a glyph stay filled.
fn inside(p: At, lines: &[(At, At)]) -> bool {
    let mut winding = 0;
    for (a, b) in lines {
        let side = (b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0);
        if a.1 <= p.1 && b.1 > p.1 && side > 0.0 {
            winding += 1;
        } else if a.1 > p.1 && b.1 <= p.1 && side < 0.0 {
            winding -= 1;
        }
    }
    winding != 0
}

fn zigzag(n: i32) -> u64 {
    u64::from(((n << 1) ^ (n >> 31)).cast_unsigned())
}

fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n.to_le_bytes()[0] | 0x80);
        n >>= 7;
    }
    out.push(n.to_le_bytes()[0]);
}

fn field_number(out: &mut Vec<u8>, tag: u64, n: u64) {
    varint(out, tag << 3);
    varint(out, n);
}

fn field_bytes(out: &mut Vec<u8>, tag: u64, bytes: &[u8]) {
    varint(out, tag << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields of a message: tag, number or bytes.
    fn fields(mut bytes: &[u8]) -> Vec<(u64, u64, &[u8])> {
        fn number(bytes: &mut &[u8]) -> u64 {
            let (mut n, mut shift) = (0, 0);
            loop {
                let byte = bytes[0];
                *bytes = &bytes[1..];
                n |= u64::from(byte & 0x7F) << shift;
                shift += 7;
                if byte < 0x80 {
                    return n;
                }
            }
        }
        let mut out = Vec::new();
        while !bytes.is_empty() {
            let key = number(&mut bytes);
            let n = number(&mut bytes);
            if key & 7 == 2 {
                let (inner, rest) = bytes.split_at(usize::try_from(n).expect("small"));
                out.push((key >> 3, 0, inner));
                bytes = rest;
            } else {
                out.push((key >> 3, n, &[][..]));
            }
        }
        out
    }

    fn glyph(font: &str, wanted: char) -> Vec<(u64, u64, Vec<u8>)> {
        let block = glyphs(font, u32::from(wanted) / GLYPH_BLOCK * GLYPH_BLOCK).expect("a font");
        let stack = fields(&block)[0].2.to_vec();
        let found = fields(&stack)
            .into_iter()
            .filter(|f| f.0 == 3)
            .map(|f| fields(f.2).into_iter().map(|(t, n, b)| (t, n, b.to_vec())).collect::<Vec<_>>())
            .find(|g| g[0].1 == u64::from(u32::from(wanted)));
        found.unwrap_or_else(|| unreachable!("no {wanted}"))
    }

    #[test]
    fn every_sign_of_malian_and_french_names_is_there_in_every_font() {
        for font in GLYPH_FONTS {
            for c in "Tillabéri Ségou N’Djamena Ŋɛɔ çœÈ«»-()/1".chars() {
                let glyph = glyph(font, c);
                let of = |tag: u64| glyph.iter().find(|f| f.0 == tag).map_or(0, |f| f.1);
                let bytes = glyph.iter().find(|f| f.0 == 2).map_or(0, |f| f.2.len() as u64);
                let wanted = if c == ' ' { 0 } else { (of(3) + 6) * (of(4) + 6) };
                assert_eq!(bytes, wanted, "{font} {c}: the picture has a border of 3 pixels");
                assert!(of(7) > 2 && (of(3) > 0) == (c != ' '), "{font} {c}");
            }
        }
    }

    #[test]
    fn the_middle_of_a_stroke_is_inside_the_border_outside_and_capitals_stand_in_the_middle_of_the_line() {
        let glyph = glyph("Roboto Bold", 'I');
        let of = |tag: u64| usize::try_from(glyph.iter().find(|f| f.0 == tag).expect("a field").1).expect("small");
        let picture = &glyph.iter().find(|f| f.0 == 2).expect("a picture").2;
        let (width, height) = (of(3) + 6, of(4) + 6);
        let at = |x: usize, y: usize| picture[y * width + x];
        assert!(at(width / 2, height / 2) > 215, "{}", at(width / 2, height / 2));
        assert!(at(0, 0) < 120 && at(width - 1, height - 1) < 120, "{} {}", at(0, 0), at(width - 1, height - 1));
        // From the line above: 26 less the 18 rows of a capital of 17.06 pixels, below the line and so negative.
        assert_eq!((of(4), of(6)), (18, 15), "zigzag of -8");
    }

    #[test]
    fn an_unknown_font_is_none_and_a_block_without_letters_is_empty() {
        assert!(glyphs("Comic Sans", 0).is_none());
        let block = glyphs("Roboto Regular", 0xA000).expect("a font");
        assert_eq!(fields(fields(&block)[0].2).iter().map(|f| f.0).collect::<Vec<_>>(), [1, 2]);
    }
}
