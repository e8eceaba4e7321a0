//! A finished page: laid out once, written as PDF, PNG and SVG from the same layout.

use std::collections::BTreeMap;
use std::path::PathBuf;

use typst::diag::SourceDiagnostic;
use typst::utils::Scalar;
use typst_layout::PagedDocument;

use super::page_svg::{self, Halos};
use super::world::{PageWorld, Templates};

/// A page that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// There is nothing to draw.
    #[error("nothing to draw: {0}")]
    Empty(String),
    /// A template file could not be read.
    #[error("{path}: {source}")]
    Template {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No such template.
    #[error("page template « {0} » is not there")]
    MissingTemplate(String),
    /// A layout or wording file does not fit.
    #[error("{file}: {reason}")]
    Layout {
        /// The file.
        file: String,
        /// What, and what would fit.
        reason: String,
    },
    /// The template does not compile.
    #[error("page template {template}: {message}")]
    Typeset {
        /// The template.
        template: String,
        /// What the typesetter says.
        message: String,
    },
    /// More pixels than allowed.
    #[error("{dpi} dots an inch: from 30 to 600")]
    Resolution {
        /// What was asked.
        dpi: f64,
    },
    /// An encoder failed.
    #[error("{format}: {message}")]
    Encode {
        /// Which.
        format: &'static str,
        /// What it says.
        message: String,
    },
}

/// A laid-out page (or several), ready to be written.
#[derive(Debug)]
pub struct Page {
    document: PagedDocument,
    halos: Halos,
    /// Replacements for drawings in the SVG, by their bytes as the template got them.
    plain: BTreeMap<Vec<u8>, Vec<u8>>,
    created: Option<(i32, u8, u8)>,
}

/// What a page is made from.
pub(super) struct PageParts {
    /// The template's file name.
    pub template: &'static str,
    /// Files it asks for.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Drawings to take in the SVG in place of those in the files: without halos, which SVG text carries itself.
    pub plain: BTreeMap<String, Vec<u8>>,
    /// Where map texts with a halo start.
    pub halos: Halos,
    /// Year, month, day of creation.
    pub created: Option<(i32, u8, u8)>,
}

impl Page {
    pub(super) fn compose(templates: &Templates, parts: PageParts) -> Result<Self, RenderError> {
        let plain = parts
            .plain
            .into_iter()
            .filter_map(|(name, without)| parts.files.get(&name).map(|with| (with.clone(), without)))
            .collect();
        let world = PageWorld::new(templates, parts.template, parts.files)?;
        let compiled = typst::compile::<PagedDocument>(&world);
        // The typesetter remembers what it computed; without this a long-running service grows.
        typst::comemo::evict(10);
        let document = compiled
            .output
            .map_err(|errors| RenderError::Typeset { template: parts.template.to_owned(), message: said(&errors) })?;
        if document.pages().is_empty() {
            return Err(RenderError::Empty(format!("template {} made no page", parts.template)));
        }
        Ok(Self { document, halos: parts.halos, plain, created: parts.created })
    }

    /// Number of pages.
    pub fn pages(&self) -> usize {
        self.document.pages().len()
    }

    /// PDF 1.7, tagged, its fonts embedded, its text selectable. It keeps to PDF/UA-1 where the template does; an office's
    /// own that does not (a drawing without words for it) still gives its PDF.
    pub fn pdf(&self) -> Result<Vec<u8>, RenderError> {
        let accessible = typst_pdf::PdfStandards::new(&[typst_pdf::PdfStandard::Ua_1]);
        if let Some(pdf) = accessible.ok().and_then(|standards| self.write_pdf(standards).ok()) {
            return Ok(pdf);
        }
        self.write_pdf(typst_pdf::PdfStandards::default())
    }

    fn write_pdf(&self, standards: typst_pdf::PdfStandards) -> Result<Vec<u8>, RenderError> {
        let timestamp = self
            .created
            .and_then(|(y, m, d)| typst::foundations::Datetime::from_ymd_hms(y, m, d, 0, 0, 0))
            .map(typst_pdf::Timestamp::new_utc);
        let options = typst_pdf::PdfOptions {
            creator: typst::foundations::Smart::Custom(Some("Vigie".to_owned())),
            timestamp,
            standards,
            ..typst_pdf::PdfOptions::default()
        };
        typst_pdf::pdf(&self.document, &options)
            .map_err(|errors| RenderError::Encode { format: "PDF", message: said(&errors) })
    }

    /// The first page as PNG with its resolution written in, 30 to 600 dots an inch.
    pub fn png(&self, dpi: f64) -> Result<Vec<u8>, RenderError> {
        if !(30.0..=600.0).contains(&dpi) {
            return Err(RenderError::Resolution { dpi });
        }
        let Some(page) = self.document.pages().first() else {
            return Err(RenderError::Empty("no page".to_owned()));
        };
        let options = typst_render::RenderOptions { pixel_per_pt: Scalar::new(dpi / 72.0), render_bleed: false };
        let png = typst_render::render(page, &options)
            .encode_png()
            .map_err(|e| RenderError::Encode { format: "PNG", message: e.to_string() })?;
        Ok(with_resolution(png, dpi))
    }

    /// The first page as SVG, its text as text.
    pub fn svg(&self) -> Result<String, RenderError> {
        let Some(page) = self.document.pages().first() else {
            return Err(RenderError::Empty("no page".to_owned()));
        };
        Ok(page_svg::write(page, &self.halos, &self.plain, self.document_title()))
    }

    fn document_title(&self) -> &str {
        use typst::model::Document as _;
        self.document.info().title.as_deref().unwrap_or_default()
    }
}

/// Puts a `pHYs` chunk after the header, so that print programs know the size on paper.
fn with_resolution(png: Vec<u8>, dpi: f64) -> Vec<u8> {
    // Signature 8 bytes, IHDR 25.
    const HEADER: usize = 33;
    if png.len() < HEADER {
        return png;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 30 and 600 dots an inch")]
    let per_metre = (dpi / 0.0254).round() as u32;
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(per_metre.to_be_bytes());
    chunk.extend(per_metre.to_be_bytes());
    chunk.push(1);
    let mut out = png[..HEADER].to_vec();
    out.extend(9_u32.to_be_bytes());
    out.extend(&chunk);
    out.extend(crc32(&chunk).to_be_bytes());
    out.extend(&png[HEADER..]);
    out
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
    })
}

fn said(errors: &[SourceDiagnostic]) -> String {
    let lines: Vec<String> = errors
        .iter()
        .take(5)
        .map(|e| {
            let hints: Vec<&str> = e.hints.iter().map(|h| h.v.as_str()).collect();
            if hints.is_empty() { e.message.to_string() } else { format!("{} ({})", e.message, hints.join("; ")) }
        })
        .collect();
    lines.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
    }
}
