//! What the typesetter may see: the built-in fonts, the page templates and the files of this one page. No system font, no
//! network, no clock: the same input gives the same bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use super::fonts::{FONTS, FontSet, own_fonts};
use super::page::RenderError;

/// The templates built in, by name below `styles/annexes/`.
const TEMPLATES: &[(&str, &str)] = &[
    ("annex1.typ", include_str!("../../styles/annexes/annex1.typ")),
    ("annex2.typ", include_str!("../../styles/annexes/annex2.typ")),
    ("annex3.typ", include_str!("../../styles/annexes/annex3.typ")),
    ("annex5.typ", include_str!("../../styles/annexes/annex5.typ")),
    ("annex6.typ", include_str!("../../styles/annexes/annex6.typ")),
    ("map.typ", include_str!("../../styles/annexes/map.typ")),
    ("hotspots.typ", include_str!("../../styles/annexes/hotspots.typ")),
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
#[derive(Debug, Clone)]
pub struct Templates {
    own: Option<PathBuf>,
    fonts: Arc<FontSet>,
}

impl Default for Templates {
    fn default() -> Self {
        Self { own: None, fonts: FONTS.set.clone() }
    }
}

impl Templates {
    /// With the files of `directory/annexes`, where they exist, in place of the built-in ones, and the fonts of
    /// `directory/fonts` beside the built-in ones.
    pub fn new(directory: Option<&Path>) -> Result<Self, RenderError> {
        let Some(directory) = directory else { return Ok(Self::default()) };
        Ok(Self { own: Some(directory.join("annexes")), fonts: own_fonts(&directory.join("fonts"))? })
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

/// One document's world: each part stands in a folder of its own, where the templates stand too.
pub struct PageWorld {
    templates: Templates,
    main: FileId,
    folders: Vec<(&'static str, BTreeMap<String, Bytes>)>,
}

/// The file that binds several parts.
const BINDER: &str = "binder.typ";

impl PageWorld {
    /// Parts, each a template with the files it asks for (`data.json`, `map.svg`…). One part stands in the root; of several
    /// each stands in a folder.
    pub fn new(
        templates: &Templates,
        parts: Vec<(&'static str, BTreeMap<String, Vec<u8>>)>,
    ) -> Result<Self, RenderError> {
        let main = match parts.as_slice() {
            [(template, _)] => *template,
            _ => BINDER,
        };
        let path = VirtualPath::new(main).map_err(|_| RenderError::MissingTemplate(main.to_owned()))?;
        let main = RootedPath::new(VirtualRoot::Project, path).intern();
        let bytes = |files: BTreeMap<String, Vec<u8>>| {
            files.into_iter().map(|(name, bytes)| (name, Bytes::new(bytes))).collect()
        };
        let folders = parts.into_iter().map(|(template, files)| (template, bytes(files))).collect();
        Ok(Self { templates: templates.clone(), main, folders })
    }

    fn binder(&self) -> String {
        let parts = self.folders.iter().enumerate();
        parts.map(|(k, (template, _))| format!("#include \"p{}/{template}\"\n", k + 1)).collect()
    }

    /// The part whose folder a path stands in, and the name there.
    fn part<'n>(&self, name: &'n str) -> (Option<&BTreeMap<String, Bytes>>, &'n str) {
        if self.folders.len() == 1 {
            return (self.folders.first().map(|(_, files)| files), name);
        }
        let Some((folder, rest)) = name.split_once('/') else { return (None, name) };
        let number = folder.strip_prefix('p').and_then(|n| n.parse::<usize>().ok());
        (number.and_then(|n| self.folders.get(n.checked_sub(1)?)).map(|(_, files)| files), rest)
    }
}

impl World for PageWorld {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.templates.fonts.book
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
        if name == BINDER && self.folders.len() != 1 {
            return Ok(Bytes::from_string(self.binder()));
        }
        let (files, name) = self.part(name);
        if let Some(bytes) = files.and_then(|f| f.get(name)) {
            return Ok(bytes.clone());
        }
        match self.templates.read(name) {
            Ok(bytes) => Ok(Bytes::new(bytes)),
            Err(RenderError::Template { path, source }) => Err(FileError::from_io(source, &path)),
            Err(_) => Err(FileError::NotFound(name.into())),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.templates.fonts.list.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        // No clock in outputs: templates print the date they are given.
        None
    }
}
