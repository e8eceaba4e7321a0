//! `/glyphs/{font}/{first}-{last}.pbf`: letters for web maps, in blocks of 256 code points.

use std::io::Write as _;
use std::sync::OnceLock;

use serde_json::json;

use super::problem::{Problem, cut};
use super::service::{Asked, Page};
use crate::app::{GLYPH_BLOCK, GLYPH_FONTS, glyphs};

/// How many blocks a font has: MapLibre asks for none beyond the code point 65,535.
const BLOCKS: usize = 256;

/// A block, and as it goes to whoever takes Brotli.
struct Block {
    plain: Vec<u8>,
    brotli: Vec<u8>,
}

/// Each block once and for good: it depends on the shipped fonts alone. All blocks with letters are some megabytes.
static KEPT: [[OnceLock<Block>; BLOCKS]; GLYPH_FONTS.len()] =
    [const { [const { OnceLock::new() }; BLOCKS] }; GLYPH_FONTS.len()];

/// The number of the block that a file's name says; only as names are written here: not « 00-255 ».
fn numbered(file: &str) -> Option<u32> {
    let range = file.strip_suffix(".pbf")?;
    let k = range.split_once('-')?.0.parse::<u32>().ok()? / GLYPH_BLOCK;
    ((k as usize) < BLOCKS && range == block_range(k)).then_some(k)
}

fn block_range(k: u32) -> String {
    format!("{}-{}", k * GLYPH_BLOCK, (k + 1) * GLYPH_BLOCK - 1)
}

/// The first font of a list with commas between that is built in.
fn first_font(stack: &str) -> Option<usize> {
    stack.split(',').find_map(|font| GLYPH_FONTS.iter().position(|known| *known == font.trim()))
}

fn kept(font: usize, k: u32) -> Option<&'static Block> {
    let cell = KEPT.get(font)?.get(k as usize)?;
    Some(cell.get_or_init(|| {
        let plain = glyphs(GLYPH_FONTS[font], k * GLYPH_BLOCK).unwrap_or_default();
        let mut encoder = brotli::CompressorWriter::new(Vec::new(), 1 << 16, 11, 22);
        // Writing to memory does not fail; were it to, the block would go out as it is.
        let brotli = if encoder.write_all(&plain).is_ok() { encoder.into_inner() } else { Vec::new() };
        Block { plain, brotli }
    }))
}

/// A block compressed as well as can be; none where there is no such block.
pub(super) fn compressed(stack: &str, file: &str) -> Option<&'static [u8]> {
    let block = kept(first_font(stack)?, numbered(file)?)?;
    (!block.brotli.is_empty()).then_some(&block.brotli)
}

/// A block, of the first font of the stack that is built in.
pub(super) fn block(asked: &Asked, stack: &str, file: &str) -> Result<Page, Problem> {
    asked.given.only(&[])?;
    let Some(k) = numbered(file) else {
        let file = cut(file);
        return Err(Problem::not_found(
            format!("Il n’y a pas de « {file} » dans /glyphs : 0-255.pbf, 256-511.pbf… jusqu’à 65280-65535.pbf."),
            format!("There is no “{file}” in /glyphs: 0-255.pbf, 256-511.pbf… up to 65280-65535.pbf."),
        )
        .with("allowed", json!([0, 1, 255].map(|k| format!("{}.pbf", block_range(k))))));
    };
    let block = first_font(stack).and_then(|font| kept(font, k)).ok_or_else(|| {
        let (stack, known) = (cut(stack), GLYPH_FONTS.join(", "));
        Problem::not_found(
            format!("Il n’y a pas de police « {stack} » ici. Polices : {known}."),
            format!("There is no font “{stack}” here. Fonts: {known}."),
        )
        .with("allowed", json!(GLYPH_FONTS))
    })?;
    Ok(Page { body: block.plain.clone(), headers: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_blocks_up_to_the_last_have_a_number() {
        assert_eq!(["0-255.pbf", "256-511.pbf", "65280-65535.pbf"].map(numbered), [Some(0), Some(1), Some(255)]);
        let wrong =
            ["1-256.pbf", "00-255.pbf", "0-256.pbf", "65536-65791.pbf", "4294967040-4294967295.pbf", "0-255", "x"];
        assert!(wrong.iter().all(|file| numbered(file).is_none()));
    }

    #[test]
    fn a_block_is_compressed_once_and_unpacks_to_itself() {
        let packed = compressed("No Such Font, Roboto Regular", "0-255.pbf").expect("a block");
        let mut plain = Vec::new();
        std::io::copy(&mut brotli::Decompressor::new(packed, 4096), &mut plain).expect("unpacks");
        assert_eq!(Some(plain), glyphs("Roboto Regular", 0));
        assert!(std::ptr::eq(packed, compressed("Roboto Regular", "0-255.pbf").expect("a block")));
        println!("{} bytes", packed.len());
    }
}
