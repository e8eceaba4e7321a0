//! A small drawing (a legend) as a picture, its text set in the built-in fonts.

use std::sync::{Arc, LazyLock};

use resvg::usvg::{Options, Tree, fontdb};
use tiny_skia::{Pixmap, Transform};

use super::fonts::FONT_FILES;
use super::page::RenderError;

/// Pixels of a picture at most.
const MOST_PIXELS: u64 = 16_000_000;

static DATABASE: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut database = fontdb::Database::new();
    for file in FONT_FILES {
        database.load_font_data(file.to_vec());
    }
    Arc::new(database)
});

/// A drawing in SVG as PNG, `ratio` pixels (1 to 4) a pixel of the drawing. Reads no file and loads nothing.
///
/// # Errors
/// A drawing that is none or has no size, or one of more than 16 million pixels.
pub fn svg_png(svg: &str, ratio: u8) -> Result<Vec<u8>, RenderError> {
    let failed = |message: String| RenderError::Encode { format: "PNG", message };
    let options = Options { fontdb: DATABASE.clone(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|e| failed(e.to_string()))?;
    let ratio = f32::from(ratio.clamp(1, 4));
    let size = tree.size().to_int_size().scale_by(ratio).ok_or_else(|| failed("a drawing without a size".into()))?;
    if u64::from(size.width()) * u64::from(size.height()) > MOST_PIXELS {
        return Err(failed(format!("{} × {} pixels are too many", size.width(), size.height())));
    }
    let mut pixmap = Pixmap::new(size.width(), size.height()).ok_or_else(|| failed("no memory".into()))?;
    resvg::render(&tree, Transform::from_scale(ratio, ratio), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|e| failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_has_its_colours_and_its_accents_at_the_size_asked() {
        let svg = |text: &str| {
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100\" height=\"40\"><rect width=\"20\" height=\"40\" fill=\"#B30000\"/>\
                 <text x=\"30\" y=\"25\" font-family=\"Roboto, Arial\">{text}</text></svg>"
            )
        };
        let picture = |text: &str| Pixmap::decode_png(&svg_png(&svg(text), 2).expect("drawn")).expect("PNG");
        let inked = |map: &Pixmap| map.pixels()[..].iter().filter(|p| p.alpha() > 128 && p.red() < 90).count();
        let (plain, accented) = (picture("Segou"), picture("Ségou"));
        assert_eq!((plain.width(), plain.height()), (200, 80));
        assert_eq!(plain.pixel(5, 5).map(|p| (p.red(), p.green())), Some((0xB3, 0)));
        assert!(inked(&plain) > 100 && inked(&accented) > inked(&plain), "{} {}", inked(&plain), inked(&accented));
        assert!(svg_png("no drawing", 1).is_err());
        assert!(svg_png("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"90000\" height=\"90000\"/>", 1).is_err());
    }

    #[test]
    fn a_legend_is_as_large_as_its_drawing_or_twice_with_the_colour_of_each_class_on_its_swatch() {
        use crate::style::{Styles, legend_svg};
        let styles = Styles::load(None).expect("the shipped styles");
        let style = styles.get("risk-communes").expect("a style");
        let svg = legend_svg(style, "Indice", &std::collections::BTreeMap::new(), crate::domain::Lang::Fr);
        for ratio in [1, 2] {
            let picture = Pixmap::decode_png(&svg_png(&svg, ratio).expect("drawn")).expect("PNG");
            let n = u32::from(ratio);
            let size = format!("width=\"{}\" height=\"{}\"", picture.width() / n, picture.height() / n);
            assert!(svg.contains(&size), "{ratio}: {size}");
            for class in &style.classes {
                let wanted = (class.colour.r, class.colour.g, class.colour.b);
                let of = |p: &&tiny_skia::PremultipliedColorU8| (p.red(), p.green(), p.blue()) == wanted;
                let seen = picture.pixels().iter().filter(of).count();
                // A swatch of 30 by 18, less its rim.
                assert!(seen >= 28 * 16 * usize::from(ratio).pow(2), "{ratio}: {wanted:?} on {seen} pixels");
            }
        }
    }
}
