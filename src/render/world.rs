//! What the typesetter may see: the built-in fonts, the page templates and the files of this one page. No system font, no
//! network, no clock: the same input gives the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::fonts::FONTS;
use super::page::RenderError;

/// The templates built in, by name below `styles/annexes/`.
const TEMPLATES: &[(&str, &str)] = &[
    ("annex1.typ", include_str!("../../styles/annexes/annex1.typ")),
    ("page.typ", include_str!("../../styles/annexes/page.typ")),
    ("layout.toml", include_str!("../../styles/annexes/layout.toml")),
    ("messages.toml", include_str!("../../styles/annexes/messages.toml")),
    ("liptako.typ", include_str!("../../styles/annexes/liptako.typ")),
    ("dashboard.typ", include_str!("../../styles/annexes/dashboard.typ")),
    ("tables.typ", include_str!("../../styles/annexes/tables.typ")),
    ("trends.typ", include_str!("../../styles/annexes/trends.typ")),
    ("annex4.typ", include_str!("../../styles/annexes/annex4.typ")),
    ("annex4.toml", include_str!("../../styles/annexes/annex4.toml")),
    ("trends.toml", include_str!("../../styles/annexes/trends.toml")),
    ("locator.geojson", include_str!("../../styles/annexes/locator.geojson")),
];

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

/// The templates of the pages: those built in, and an office's own over them.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    own: Option<PathBuf>,
}

impl Templates {
    /// With the files of `directory/annexes`, where they exist, in place of the built-in ones.
    pub fn new(styles: Option<&Path>) -> Self {
        Self { own: styles.map(|d| d.join("annexes")) }
    }

    /// A template file; an office's own first. A name with a directory in it is not found.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, RenderError> {
        if let Some(path) = self.own.as_ref().map(|d| d.join(name)).filter(|p| is_plain(name) && p.is_file()) {
            return std::fs::read(&path).map_err(|source| RenderError::Template { path, source });
        }
        TEMPLATES
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, text)| text.as_bytes().to_vec())
            .ok_or_else(|| RenderError::MissingTemplate(name.to_owned()))
    }

    /// A template file as text.
    pub fn text(&self, name: &str) -> Result<String, RenderError> {
        String::from_utf8(self.read(name)?)
            .map_err(|_| RenderError::Layout { file: name.to_owned(), reason: "not UTF-8".to_owned() })
    }
}

/// A plain file name, so that a template cannot reach outside its directory.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.')
}

/// One page's world.
pub struct PageWorld {
    templates: Templates,
    main: FileId,
    files: BTreeMap<String, Bytes>,
}

impl PageWorld {
    /// A page made by the template `main` with the files it asks for (`data.json`, `map.svg`…).
    pub fn new(templates: &Templates, main: &str, files: BTreeMap<String, Vec<u8>>) -> Result<Self, RenderError> {
        let path = VirtualPath::new(main).map_err(|_| RenderError::MissingTemplate(main.to_owned()))?;
        let main = RootedPath::new(VirtualRoot::Project, path).intern();
        let files = files.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))).collect();
        Ok(Self { templates: templates.clone(), main, files })
    }
}

impl World for PageWorld {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        let text = String::from_utf8(self.file(id)?.to_vec()).map_err(|_| FileError::InvalidUtf8)?;
        Ok(Source::new(id, text))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let name = id.get().vpath().get_without_slash();
        if let Some(bytes) = self.files.get(name) {
            return Ok(bytes.clone());
        }
        match self.templates.read(name) {
            Ok(bytes) => Ok(Bytes::new(bytes)),
            Err(RenderError::Template { path, source }) => Err(FileError::from_io(source, &path)),
            Err(_) => Err(FileError::NotFound(name.into())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.list.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        // No clock in outputs: templates print the date they are given.
        None
    }
}
