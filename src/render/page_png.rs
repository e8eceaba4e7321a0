//! A laid-out page as PNG: bands of the sheet painted and compressed side by side. The bands depend on the sheet alone, not
//! on how many threads there are, so the bytes do not either.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use flate2::{Compress, Compression, FlushCompress, Status};
use typst::layout::{Frame, FrameItem};
use typst::visualize::{Paint, Shape};
use typst_layout::Page;

use super::page::{Drawings, RenderError};
use super::paint::Painter;

/// A sheet is cut in about this many bands: enough for the threads of an office's machine.
const BANDS: u32 = 8;
/// Threads at most: more gain nothing, and a service has other requests.
const MOST_THREADS: usize = 4;

/// One band, compressed: a piece of a deflate stream that ends on a byte, with the checksum of what it holds.
struct Band {
    deflated: Vec<u8>,
    adler: Adler,
}

/// Paints the page at `dpi` dots an inch.
pub(super) fn png(page: &Page, drawings: &Drawings, dpi: f64) -> Result<Vec<u8>, RenderError> {
    let fail = |message: &str| RenderError::Encode { format: "PNG", message: message.to_owned() };
    let size = page.frame.size();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sheets are checked to be some metres")]
    let pixels = |pt: f64| (pt * dpi / 72.0).round().max(1.0) as u32;
    let (width, height) = (pixels(size.x.to_pt()), pixels(size.y.to_pt()));
    let rows = height.div_ceil(BANDS).max(1);
    let count = height.div_ceil(rows);
    // Gradients and tilings are left to the typesetter's own painter, on one thread: our templates have none.
    let whole = (!plain(&page.frame)).then(|| {
        let per_pt = typst::utils::Scalar::new(dpi / 72.0);
        typst_render::render(page, &typst_render::RenderOptions { pixel_per_pt: per_pt, render_bleed: false })
    });
    let next = AtomicU32::new(0);
    let done: Mutex<Vec<(u32, Option<Band>)>> = Mutex::default();
    let work = || {
        let mut painter = None;
        loop {
            let k = next.fetch_add(1, Ordering::Relaxed);
            if k >= count {
                break;
            }
            let (top, bottom) = (k * rows, ((k + 1) * rows).min(height));
            let rgb = if let Some(pixmap) = &whole {
                let line = pixmap.width() as usize * 4;
                pixmap.data().get(top as usize * line..bottom as usize * line).map(opaque)
            } else {
                painter = painter.or_else(|| Painter::new(width, rows, dpi));
                painter.as_mut().map(|painter| opaque(painter.page(page, drawings, (top, bottom))))
            };
            let band = rgb.and_then(|rgb| deflate(&rgb, width as usize * 3, k + 1 == count));
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((k, band));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    let mut bands = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    bands.sort_by_key(|(k, _)| *k);
    let bands: Vec<Band> = bands
        .into_iter()
        .map(|(_, band)| band)
        .collect::<Option<_>>()
        .ok_or_else(|| fail("no memory for the pixels"))?;
    Ok(file(width, height, dpi, &bands))
}

/// Whether every paint on the page is a plain colour.
fn plain(frame: &Frame) -> bool {
    let solid = |p: &Paint| matches!(p, Paint::Solid(_));
    frame.items().all(|(_, item)| match item {
        FrameItem::Group(group) => plain(&group.frame),
        FrameItem::Text(text) => solid(&text.fill) && text.stroke.is_none(),
        FrameItem::Shape(Shape { fill, stroke, .. }, _) => {
            fill.as_ref().is_none_or(solid) && stroke.as_ref().is_none_or(|s| solid(&s.paint))
        }
        _ => true,
    })
}

/// Red, green and blue of opaque pixels.
fn opaque(rgba: &[u8]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
    for pixel in rgba.as_chunks::<4>().0 {
        rgb.extend_from_slice(&pixel[..3]);
    }
    rgb
}

/// Filters and compresses whole rows; the first row of a band refers to its left (the band above is another thread's), the
/// others to the row above.
fn deflate(rgb: &[u8], line: usize, last: bool) -> Option<Band> {
    const SUB: u8 = 1;
    const UP: u8 = 2;
    let mut filtered = Vec::with_capacity(rgb.len() + rgb.len() / line.max(1) + 1);
    let mut above: Option<&[u8]> = None;
    for row in rgb.chunks_exact(line) {
        match above {
            None => {
                filtered.push(SUB);
                filtered.extend_from_slice(&row[..3.min(line)]);
                filtered.extend(row.iter().zip(row.iter().skip(3)).map(|(left, x)| x.wrapping_sub(*left)));
            }
            Some(above) => {
                filtered.push(UP);
                filtered.extend(row.iter().zip(above).map(|(x, up)| x.wrapping_sub(*up)));
            }
        }
        above = Some(row);
    }
    let mut deflater = Compress::new(Compression::fast(), false);
    let mut deflated = Vec::with_capacity(filtered.len() / 12 + 1024);
    let flush = if last { FlushCompress::Finish } else { FlushCompress::Sync };
    loop {
        let read = usize::try_from(deflater.total_in()).ok()?;
        if deflated.capacity() - deflated.len() < 4096 {
            deflated.reserve(deflated.len().max(65_536));
        }
        let status = deflater.compress_vec(&filtered[read..], &mut deflated, flush).ok()?;
        let all_read = deflater.total_in() == filtered.len() as u64;
        match status {
            Status::StreamEnd => break,
            // A flush is whole once it left room in the output.
            Status::Ok if !last && all_read && deflated.capacity() > deflated.len() => break,
            Status::BufError if !last && all_read => break,
            Status::Ok | Status::BufError => {}
        }
    }
    Some(Band { deflated, adler: Adler::of(&filtered) })
}

/// The checksum of zlib streams (RFC 1950), of a piece with its length, so that pieces can be joined.
#[derive(Debug, Clone, Copy)]
struct Adler {
    a: u32,
    b: u32,
    length: u64,
}

/// The largest prime below 65 536.
const PRIME: u32 = 65_521;

impl Adler {
    fn of(bytes: &[u8]) -> Self {
        let (mut a, mut b) = (1_u32, 0_u32);
        // The most bytes whose sums stay below 2³².
        for chunk in bytes.chunks(5552) {
            for byte in chunk {
                a += u32::from(*byte);
                b += a;
            }
            a %= PRIME;
            b %= PRIME;
        }
        Self { a, b, length: bytes.len() as u64 }
    }

    /// The checksum of this piece followed by another.
    fn then(self, next: Self) -> Self {
        let p = u64::from(PRIME);
        let (a1, a2) = (u64::from(self.a), u64::from(next.a));
        let n = next.length % p;
        let a = (a1 + a2 + p - 1) % p;
        let b = (u64::from(self.b) + u64::from(next.b) + n * ((a1 + p - 1) % p)) % p;
        let small = |x: u64| u32::try_from(x).unwrap_or(0);
        Self { a: small(a), b: small(b), length: self.length + next.length }
    }
}

/// Puts the file together, with its resolution, so that print programs know the size on paper.
fn file(width: u32, height: u32, dpi: f64, bands: &[Band]) -> Vec<u8> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 30 and 600 dots an inch")]
    let per_metre = (dpi / 0.0254).round() as u32;
    let length: usize = bands.iter().map(|b| b.deflated.len()).sum();
    let mut out = Vec::with_capacity(length + 256);
    out.extend_from_slice(b"\x89PNG\r\n\x1a\n");
    // Eight bits a channel, red, green, blue, not interlaced.
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes()[..], &[8, 2, 0, 0, 0]].concat();
    chunk(&mut out, *b"IHDR", &header);
    chunk(&mut out, *b"pHYs", &[&per_metre.to_be_bytes()[..], &per_metre.to_be_bytes()[..], &[1]].concat());
    let mut data = Vec::with_capacity(length + 8);
    data.extend_from_slice(&[0x78, 0x01]);
    let mut sum: Option<Adler> = None;
    for band in bands {
        data.extend_from_slice(&band.deflated);
        sum = Some(sum.map_or(band.adler, |s| s.then(band.adler)));
    }
    let sum = sum.unwrap_or(Adler { a: 1, b: 0, length: 0 });
    data.extend_from_slice(&((sum.b << 16) | sum.a).to_be_bytes());
    chunk(&mut out, *b"IDAT", &data);
    chunk(&mut out, *b"IEND", &[]);
    out
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
    let mut crc = flate2::CrcWriter::new(std::io::sink());
    // A sink takes everything.
    let _ = crc.write_all(&name).and_then(|()| crc.write_all(data));
    out.extend_from_slice(&crc.crc().sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_two_pieces_is_that_of_the_whole() {
        let bytes: Vec<u8> = (0..20_000_u32).map(|k| u8::try_from(k * 7 % 251).expect("small")).collect();
        let whole = Adler::of(&bytes);
        for cut in [0, 1, 5552, 9999, 20_000] {
            let joined = Adler::of(&bytes[..cut]).then(Adler::of(&bytes[cut..]));
            assert_eq!((joined.a, joined.b), (whole.a, whole.b), "{cut}");
        }
    }

    #[test]
    fn bands_read_back_as_one_picture() {
        let row = |k: u8| [k, 255 - k, 7, k / 2, 9, 200].to_vec();
        let rows: Vec<Vec<u8>> = (0..50).map(row).collect();
        let upper = deflate(&rows[..20].concat(), 6, false).expect("a band");
        let lower = deflate(&rows[20..].concat(), 6, true).expect("a band");
        let png = file(2, 50, 300.0, &[upper, lower]);
        let read = tiny_skia::Pixmap::decode_png(&png).expect("a PNG");
        let rgb: Vec<u8> = opaque(read.data());
        assert_eq!(rgb, rows.concat());
    }
}
