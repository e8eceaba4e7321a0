//! A finished page: laid out once, written as PDF, PNG and SVG from the same layout.

use std::collections::BTreeMap;
use std::path::PathBuf;

use typst::diag::SourceDiagnostic;
use typst::{World as _, WorldExt as _};
use typst_layout::PagedDocument;

use super::page_png;
use super::page_svg::{self, Halos};
use super::scene::Scene;
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

/// The drawings of a page, by the bytes the typesetter got for them: exporters that can draw them directly do.
pub(super) type Drawings = BTreeMap<Vec<u8>, Scene>;

impl RenderError {
    /// Whether the cure lies with the user: a template, a layout, an order that cannot be carried out.
    pub fn is_input(&self) -> bool {
        !matches!(self, Self::Encode { .. })
    }
}

/// A laid-out page (or several), ready to be written.
#[derive(Debug)]
pub struct Page {
    document: PagedDocument,
    halos: Halos,
    drawings: Drawings,
    created: Option<(i32, u8, u8)>,
    /// What it was made from, so that pages can be bound together.
    parts: Vec<PageParts>,
}

/// What a page is made from.
#[derive(Debug, Clone)]
pub(super) struct PageParts {
    /// The template's file name.
    pub template: &'static str,
    /// Files it asks for.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Drawings it asks for, by file name.
    pub drawings: BTreeMap<String, Scene>,
    /// Where map texts with a halo start.
    pub halos: Halos,
    /// Year, month, day of creation.
    pub created: Option<(i32, u8, u8)>,
}

impl Page {
    /// Sets one page (or as many as its template makes).
    pub(super) fn compose(templates: &Templates, parts: PageParts) -> Result<Self, RenderError> {
        Self::set(templates, vec![parts])
    }

    /// Binds pages into one document with a title: a PDF of all of them.
    pub fn bind(templates: &Templates, pages: &[&Self], title: &str) -> Result<Self, RenderError> {
        let mut parts: Vec<PageParts> = pages.iter().flat_map(|p| p.parts.iter().cloned()).collect();
        for part in &mut parts {
            // A document has one title: each part is told the whole's.
            let Some(bytes) = part.files.get_mut("data.json") else { continue };
            let read: Result<serde_json::Value, _> = serde_json::from_slice(bytes);
            if let Ok(mut data) = read {
                data["document"] = title.into();
                *bytes = data.to_string().into_bytes();
            }
        }
        Self::set(templates, parts)
    }

    fn set(templates: &Templates, parts: Vec<PageParts>) -> Result<Self, RenderError> {
        let mut drawings = Drawings::new();
        let mut folders = Vec::with_capacity(parts.len());
        for part in &parts {
            let mut files = part.files.clone();
            for (name, scene) in &part.drawings {
                let svg = scene.to_svg(name.trim_end_matches(".svg"), true).into_bytes();
                drawings.insert(svg.clone(), scene.clone());
                files.insert(name.clone(), svg);
            }
            folders.push((part.template, files));
        }
        let name = folders.first().map_or("", |(template, _)| *template);
        let world = PageWorld::new(templates, folders)?;
        let compiled = typst::compile::<PagedDocument>(&world);
        // The typesetter remembers what it computed; without this a long-running service grows.
        typst::comemo::evict(10);
        let document = compiled.output.map_err(|errors| RenderError::Typeset {
            template: name.to_owned(),
            message: said(&errors, Some(&world)),
        })?;
        if document.pages().is_empty() {
            return Err(RenderError::Empty(format!("template {name} made no page")));
        }
        let halos = parts.iter().flat_map(|p| p.halos.clone()).collect();
        let created = parts.first().and_then(|p| p.created);
        Ok(Self { document, halos, drawings, created, parts })
    }

    /// The drawings of the page, the map first.
    #[cfg(test)]
    pub(super) fn scenes(&self) -> impl Iterator<Item = &Scene> {
        let maps = self.parts.iter().filter_map(|p| p.drawings.get("map.svg"));
        maps.chain(self.parts.iter().flat_map(|p| p.drawings.iter()).filter(|(n, _)| *n != "map.svg").map(|(_, s)| s))
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
            .map_err(|errors| RenderError::Encode { format: "PDF", message: said(&errors, None) })
    }

    /// A page, counted from 0, as PNG with its resolution written in, 30 to 600 dots an inch.
    pub fn png_of(&self, page: usize, dpi: f64) -> Result<Vec<u8>, RenderError> {
        if !(30.0..=600.0).contains(&dpi) {
            return Err(RenderError::Resolution { dpi });
        }
        page_png::png(self.sheet(page)?, &self.drawings, dpi)
    }

    /// The first page as PNG.
    pub fn png(&self, dpi: f64) -> Result<Vec<u8>, RenderError> {
        self.png_of(0, dpi)
    }

    /// A page, counted from 0, as SVG, its text as text.
    pub fn svg_of(&self, page: usize) -> Result<String, RenderError> {
        Ok(page_svg::write(self.sheet(page)?, &self.halos, &self.drawings, self.document_title()))
    }

    /// The first page as SVG.
    pub fn svg(&self) -> Result<String, RenderError> {
        self.svg_of(0)
    }

    /// Pictures of the first page that are none of our drawings.
    #[cfg(test)]
    pub(super) fn foreign_pictures(&self) -> usize {
        let mut painter = super::paint::Painter::new(400, 300, 30.0).expect("room");
        painter.page(self.sheet(0).expect("a page"), &self.drawings, (0, 300));
        painter.foreign
    }

    fn sheet(&self, page: usize) -> Result<&typst_layout::Page, RenderError> {
        self.document.pages().get(page).ok_or_else(|| RenderError::Empty(format!("no page {}", page + 1)))
    }

    fn document_title(&self) -> &str {
        use typst::model::Document as _;
        self.document.info().title.as_deref().unwrap_or_default()
    }
}

/// The typesetter's words, each with the file and line it is about.
fn said(errors: &[SourceDiagnostic], world: Option<&PageWorld>) -> String {
    let lines: Vec<String> = errors
        .iter()
        .take(5)
        .map(|e| {
            let place = world.and_then(|w| {
                let source = w.source(e.span.id()?).ok()?;
                let line = source.lines().byte_to_line(w.range(e.span)?.start)? + 1;
                Some(format!("{}:{line}: ", source.id().get().vpath().get_without_slash()))
            });
            let hints: Vec<&str> = e.hints.iter().map(|h| h.v.as_str()).collect();
            let hints = if hints.is_empty() { String::new() } else { format!(" ({})", hints.join("; ")) };
            format!("{}{}{hints}", place.unwrap_or_default(), e.message)
        })
        .collect();
    lines.join("; ")
}
