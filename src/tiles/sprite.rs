//! The sprite of the web styles: each symbol of an absence as a picture that joins itself on all sides.

use serde_json::{Map, Value, json};
use tiny_skia::{Color, FillRule, PathBuilder, Pixmap, PixmapPaint, Stroke, Transform};

use super::raster::{PX_PER_MM, PaintError, ink, lines};
use crate::style::{PatternKind, StatusSymbol, sprite_name};

/// Steps of a pattern on a picture's side.
const STEPS: f64 = 4.0;
/// Pixels round a picture while it is drawn.
const MARGIN: u32 = 4;

/// The pictures side by side and where each of them is.
#[derive(Debug, Clone, PartialEq)]
pub struct Sprite {
    /// The index: name to place, size and pixel ratio.
    pub index: Value,
    /// The pictures as PNG.
    pub png: Vec<u8>,
}

/// Draws the symbols that have a pattern; `ratio` is 1, or 2 for fine screens.
///
/// A picture can join itself only where the lines come back on its sides: angles are taken to the nearest 45°, distances to the
/// nearest whole picture.
pub fn sprite(symbols: &[StatusSymbol], ratio: u8) -> Result<Sprite, PaintError> {
    let pictures = symbols.iter().filter_map(|s| Some((s, picture(s, ratio)?))).collect::<Vec<_>>();
    let width = pictures.iter().map(|(_, p)| p.width()).sum::<u32>().max(1);
    let height = pictures.iter().map(|(_, p)| p.height()).max().unwrap_or(1);
    let mut sheet = Pixmap::new(width, height).ok_or(PaintError("given room"))?;
    let mut index = Map::new();
    let mut x = 0;
    for (symbol, picture) in &pictures {
        #[expect(clippy::cast_possible_wrap, reason = "some hundred pixels")]
        sheet.draw_pixmap(x as i32, 0, picture.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
        let (w, h) = (picture.width(), picture.height());
        let place = json!({"x": x, "y": 0, "width": w, "height": h, "pixelRatio": ratio});
        index.insert(sprite_name(&symbol.status), place);
        x += w;
    }
    let png = sheet.encode_png().map_err(|_| PaintError("written as PNG"))?;
    Ok(Sprite { index: Value::Object(index), png })
}

/// One symbol; none where it is a plain colour.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some dozen pixels")]
fn picture(symbol: &StatusSymbol, ratio: u8) -> Option<Pixmap> {
    let pattern = symbol.pattern.as_ref()?;
    let ratio = f64::from(ratio);
    let eighths = (pattern.angle_deg / 45.0).round();
    let slanted = pattern.kind != PatternKind::Dots && eighths.rem_euclid(2.0) > 0.5;
    let slant = if slanted { std::f64::consts::SQRT_2 } else { 1.0 };
    // Whole at ratio 1, so that both sheets show the same.
    let side = (STEPS * pattern.spacing_mm * PX_PER_MM * slant).round().clamp(4.0, 128.0) * ratio;
    let step = side / STEPS / slant;
    let width = (pattern.width_mm * PX_PER_MM).max(0.6) * ratio;
    // Drawn with a margin and cut out: a painter begins and ends a thin line softly, which would show where pictures join.
    let whole = side as u32 + 2 * MARGIN;
    let mut pixmap = Pixmap::new(whole, whole)?;
    let fill = symbol.fill;
    pixmap.fill(Color::from_rgba8(fill.r, fill.g, fill.b, 255));
    let mut path = PathBuilder::new();
    let corner = (-f64::from(MARGIN), -f64::from(MARGIN));
    match pattern.kind {
        PatternKind::Dots => {
            for k in 0..(STEPS * STEPS) as u32 {
                let at = |n: u32| ((f64::from(n) + 0.5) * step + f64::from(MARGIN)) as f32;
                path.push_circle(at(k % STEPS as u32), at(k / STEPS as u32), (width / 2.0) as f32);
            }
        }
        kind => {
            lines(&mut path, corner, eighths * 45.0, step);
            if kind == PatternKind::Cross {
                lines(&mut path, corner, eighths * 45.0 + 90.0, step);
            }
        }
    }
    let path = path.finish()?;
    if pattern.kind == PatternKind::Dots {
        pixmap.fill_path(&path, &ink(pattern.colour), FillRule::Winding, Transform::identity(), None);
    } else {
        let stroke = Stroke { width: width as f32, ..Stroke::default() };
        pixmap.stroke_path(&path, &ink(pattern.colour), &stroke, Transform::identity(), None);
    }
    let inner = tiny_skia::IntRect::from_xywh(MARGIN.cast_signed(), MARGIN.cast_signed(), side as u32, side as u32)?;
    pixmap.clone_rect(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Styles;

    #[test]
    fn every_pattern_has_ink_and_ground_and_the_fine_sheet_is_twice_as_large() {
        let styles = Styles::load(None).expect("the shipped styles");
        let (plain, fine) =
            (sprite(styles.statuses(), 1).expect("drawn"), sprite(styles.statuses(), 2).expect("drawn"));
        let sheet = Pixmap::decode_png(&plain.png).expect("PNG");
        for symbol in styles.statuses().iter().filter(|s| s.pattern.is_some()) {
            let at = &plain.index[sprite_name(&symbol.status)];
            let number = |key: &str| u32::try_from(at[key].as_u64().expect("a number")).expect("small");
            let (x, w, h) = (number("x"), number("width"), number("height"));
            let ground = (symbol.fill.r, symbol.fill.g, symbol.fill.b);
            let all = (x..x + w).flat_map(|x| (0..h).map(move |y| (x, y)));
            let pixels = all.filter_map(|(x, y)| sheet.pixel(x, y)).map(|p| (p.red(), p.green(), p.blue()));
            let (grounds, inks) = pixels.fold((0, 0), |(g, i), p| if p == ground { (g + 1, i) } else { (g, i + 1) });
            assert!(grounds > 20 && inks > 20, "{}: {grounds} {inks}", symbol.status);
            assert_eq!(fine.index[sprite_name(&symbol.status)]["width"], w * 2);
        }
    }

    #[test]
    fn a_hatch_joins_itself_across_the_sides_of_its_picture() {
        let styles = Styles::load(None).expect("the shipped styles");
        let symbol = styles.status("not_covered").expect("a symbol");
        let p = picture(symbol, 1).expect("a picture");
        // Lines at 45°: the last column goes on in the first, one row higher or lower as the lines fall or rise. Of all the ways to
        // shift the one against the other that is the best; edges are softened by less than a pixel, so it is not perfect.
        let side = p.width();
        let green = |x: u32, y: u32| i32::from(p.pixel(x, y % side).expect("a pixel").green());
        let apart = |shift: u32| (0..side).map(|y| (green(side - 1, y) - green(0, y + shift)).abs()).sum::<i32>();
        let period = side / 4;
        let best = (0..period).min_by_key(|s| apart(*s)).expect("shifts");
        assert!(
            best == 1 || best == period - 1,
            "{best} of {period}: {:?}",
            (0..period).map(apart).collect::<Vec<_>>()
        );
    }
}
