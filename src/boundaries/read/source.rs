//! A file as given → its parts in memory, checked to be what their names say, and opened by GDAL.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use gdal::vsi::{MemFileRef, create_mem_file_from_ref};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};

use super::super::BoundaryError;
use super::Limits;
use super::complaints::listen;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// GeoJSON.
    GeoJson,
    /// TopoJSON.
    TopoJson,
    /// ESRI shapefile.
    Shapefile,
    /// GeoPackage.
    GeoPackage,
    /// FlatGeobuf.
    FlatGeobuf,
}

impl Format {
    /// GDAL's name of the driver.
    pub fn driver(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::TopoJson => "TopoJSON",
            Self::Shapefile => "ESRI Shapefile",
            Self::GeoPackage => "GPKG",
            Self::FlatGeobuf => "FlatGeobuf",
        }
    }

    /// GeoJSON and TopoJSON are longitude and latitude on WGS 84 by definition.
    pub fn is_crs84(self) -> bool {
        matches!(self, Self::GeoJson | Self::TopoJson)
    }

    fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "geojson" | "json" => Some(Self::GeoJson),
            "topojson" => Some(Self::TopoJson),
            "shp" => Some(Self::Shapefile),
            "gpkg" => Some(Self::GeoPackage),
            "fgb" => Some(Self::FlatGeobuf),
            _ => None,
        }
    }
}

/// One data source: a file with what belongs to it.
pub struct Source {
    /// The name to report: the file as given, for a member of a zip `file.zip/member.shp`.
    pub name: String,
    /// Its name without folders and ending.
    pub stem: String,
    /// Its format.
    pub format: Format,
    /// The `.cpg` file's text, where there is one.
    pub code_page: Option<String>,
    /// Features that the content announces, where it can be counted without GDAL.
    pub announced: Option<usize>,
    parts: BTreeMap<String, Vec<u8>>,
    /// Read in place instead of from memory (a GeoPackage may have a journal beside it).
    in_place: Option<PathBuf>,
}

/// The open dataset and the memory it reads from.
pub struct Opened<'a> {
    // Declared first, so closed before the memory files go.
    /// GDAL's dataset.
    pub dataset: Dataset,
    _parts: Vec<MemFileRef<'a>>,
}

fn ending(name: &str) -> String {
    name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default()
}

fn stem(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or(name);
    base.rsplit_once('.').map_or(base, |(s, _)| s).to_owned()
}

fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>, BoundaryError> {
    let file = path.display().to_string();
    let io = |source| BoundaryError::Io { file: file.clone(), source };
    let size = fs::metadata(path).map_err(io)?.len();
    if size > limits.file_bytes {
        return Err(too_many_bytes(&file, limits));
    }
    // `take` holds the limit even where the file grows meanwhile.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    fs::File::open(path).map_err(io)?.take(limits.file_bytes + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limits.file_bytes {
        return Err(too_many_bytes(&file, limits));
    }
    Ok(bytes)
}

fn too_many_bytes(file: &str, limits: &Limits) -> BoundaryError {
    BoundaryError::TooLarge { file: file.to_owned(), what: ("octets", "bytes"), limit: limits.file_bytes }
}

/// The endings that a shapefile is made of, as far as they are used.
const SHAPEFILE_PARTS: [&str; 5] = ["shp", "shx", "dbf", "prj", "cpg"];

impl Source {
    /// The sources in a file on disk: itself, or each boundary file in a zip.
    pub fn of_path(path: &Path, limits: &Limits) -> Result<Vec<Self>, BoundaryError> {
        let name = path.display().to_string();
        let ending = ending(&name);
        if ending == "zip" {
            return Self::of_zip(&name, &read_file(path, limits)?, limits);
        }
        let format = Format::of_ending(&ending).ok_or_else(|| BoundaryError::UnknownFormat { file: name.clone() })?;
        let mut parts = BTreeMap::new();
        let mut in_place = None;
        match format {
            Format::Shapefile => {
                parts.insert("shp".to_owned(), read_file(path, limits)?);
                for part in SHAPEFILE_PARTS.into_iter().skip(1) {
                    if let Some(beside) = beside(path, part) {
                        parts.insert(part.to_owned(), read_file(&beside, limits)?);
                    }
                }
            }
            Format::GeoPackage => {
                let io = |source| BoundaryError::Io { file: name.clone(), source };
                if fs::metadata(path).map_err(io)?.len() > limits.file_bytes {
                    return Err(too_many_bytes(&name, limits));
                }
                let mut head = Vec::new();
                fs::File::open(path).map_err(io)?.take(100).read_to_end(&mut head).map_err(io)?;
                parts.insert(ending, head);
                in_place = Some(path.to_owned());
            }
            _ => {
                parts.insert(ending, read_file(path, limits)?);
            }
        }
        Ok(vec![Self::checked(name, format, parts, in_place)?])
    }

    /// The sources in a file in memory.
    pub fn of_bytes(name: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Self>, BoundaryError> {
        if bytes.len() as u64 > limits.file_bytes {
            return Err(too_many_bytes(name, limits));
        }
        let ending = ending(name);
        if ending == "zip" {
            return Self::of_zip(name, bytes, limits);
        }
        let format =
            Format::of_ending(&ending).ok_or_else(|| BoundaryError::UnknownFormat { file: name.to_owned() })?;
        Ok(vec![Self::checked(name.to_owned(), format, BTreeMap::from([(ending, bytes.to_vec())]), None)?])
    }

    fn of_zip(name: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<Self>, BoundaryError> {
        if !bytes.starts_with(b"PK") {
            return Err(BoundaryError::NotWhatItSays { file: name.to_owned(), expected: "ZIP" });
        }
        let damaged =
            |e: &dyn std::fmt::Display| BoundaryError::Damaged { file: name.to_owned(), detail: e.to_string() };
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
        // Folder and stem → endings → content. The limit is on what comes out, whatever the entries claim.
        let mut left = limits.file_bytes;
        let mut groups: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
        for k in 0..archive.len() {
            let entry = archive.by_index(k).map_err(|e| damaged(&e))?;
            let member = entry.name().map_err(|e| damaged(&e))?.into_owned();
            let ending = ending(&member);
            let wanted = SHAPEFILE_PARTS.contains(&ending.as_str()) || Format::of_ending(&ending).is_some();
            if !wanted || member.starts_with("__MACOSX/") {
                continue;
            }
            let mut content = Vec::new();
            entry.take(left + 1).read_to_end(&mut content).map_err(|e| damaged(&e))?;
            left = left.checked_sub(content.len() as u64).ok_or_else(|| too_many_bytes(name, limits))?;
            let key = member.rsplit_once('.').map_or(member.as_str(), |(s, _)| s).to_owned();
            groups.entry(key).or_default().insert(ending, content);
        }
        let mut sources = Vec::new();
        for (key, parts) in groups {
            let Some((format, main)) = parts.keys().find_map(|e| Some((Format::of_ending(e)?, e.clone()))) else {
                continue;
            };
            sources.push(Self::checked(format!("{name}/{key}.{main}"), format, parts, None)?);
        }
        if sources.is_empty() {
            return Err(BoundaryError::Empty { file: name.to_owned() });
        }
        Ok(sources)
    }

    fn checked(
        name: String,
        format: Format,
        mut parts: BTreeMap<String, Vec<u8>>,
        in_place: Option<PathBuf>,
    ) -> Result<Self, BoundaryError> {
        let stem = stem(&name);
        let mut source =
            Self { name, stem, format, code_page: None, announced: None, parts: BTreeMap::new(), in_place };
        if format == Format::Shapefile {
            source.check_shapefile(&parts)?;
            source.code_page = parts.remove("cpg").map(|b| String::from_utf8_lossy(&b).trim().to_owned());
        } else if let Some((ending, bytes)) = parts.iter_mut().next() {
            source.check_single(ending == "json", bytes)?;
        }
        source.parts = parts;
        Ok(source)
    }

    fn damaged(&self, detail: impl Into<String>) -> BoundaryError {
        BoundaryError::Damaged { file: self.name.clone(), detail: detail.into() }
    }

    /// The lengths that the headers announce must be there: GDAL would read what it finds and say little.
    fn check_shapefile(&mut self, parts: &BTreeMap<String, Vec<u8>>) -> Result<(), BoundaryError> {
        let not = |expected| BoundaryError::NotWhatItSays { file: self.name.clone(), expected };
        let part = |ending: &'static str| {
            parts.get(ending).ok_or_else(|| BoundaryError::MissingPart { file: self.name.clone(), part: ending })
        };
        let mut records = 0;
        for ending in ["shp", "shx"] {
            let bytes = part(ending)?;
            if bytes.get(..4) != Some(&[0, 0, 0x27, 0x0a]) {
                return Err(not("shapefile"));
            }
            let Some(words) = bytes.get(24..28).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes) else {
                return Err(self.damaged(format!(".{ending}: {} octets/bytes", bytes.len())));
            };
            let announced = u64::from(words) * 2;
            if announced > bytes.len() as u64 || announced < 100 {
                return Err(self.damaged(format!(".{ending}: {} < {announced} octets/bytes", bytes.len())));
            }
            records = (announced - 100) / 8;
        }
        let dbf = part("dbf")?;
        let (Some(rows), Some(head), Some(row)) = (
            dbf.get(4..8).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes),
            dbf.get(8..10).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes),
            dbf.get(10..12).and_then(|b| b.try_into().ok()).map(u16::from_le_bytes),
        ) else {
            return Err(self.damaged(format!(".dbf: {} octets/bytes", dbf.len())));
        };
        let announced = u64::from(head) + u64::from(rows) * u64::from(row);
        if announced > dbf.len() as u64 {
            return Err(self.damaged(format!(".dbf: {} < {announced} octets/bytes", dbf.len())));
        }
        if records != u64::from(rows) {
            return Err(self.damaged(format!(".shp: {records}, .dbf: {rows}")));
        }
        // Rows marked as deleted stay in the file until it is packed; GDAL passes over them.
        let (head, row) = (usize::from(head), usize::from(row).max(1));
        let length = usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(row);
        let kept = |rows: &[u8]| rows.chunks(row).take_while(|r| r.len() == row).filter(|r| r[0] != b'*').count();
        self.announced = dbf.get(head..).map(|body| kept(&body[..body.len().min(length)]));
        Ok(())
    }

    fn check_single(&mut self, plain_json: bool, bytes: &mut Vec<u8>) -> Result<(), BoundaryError> {
        let not = |expected| Err(BoundaryError::NotWhatItSays { file: self.name.clone(), expected });
        match self.format {
            Format::GeoJson | Format::TopoJson => {
                if bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
                    bytes.drain(..3);
                }
                let announced = if self.format == Format::GeoJson { "GeoJSON" } else { "TopoJSON" };
                if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
                    return not(announced);
                }
                let Ok(text) = std::str::from_utf8(bytes) else {
                    return Err(self.damaged("JSON ≠ UTF-8"));
                };
                let head: JsonHead = match serde_json::from_str(text) {
                    Ok(head) => head,
                    // A wrong type in a known member is another kind of JSON; anything else is a broken text.
                    Err(e) if e.is_data() => return not(announced),
                    Err(e) => return Err(self.damaged(e.to_string())),
                };
                // `.json` is used for both.
                let topology = head.kind == "Topology";
                if topology && plain_json {
                    self.format = Format::TopoJson;
                }
                match (topology, self.format) {
                    (true, Format::TopoJson) => {}
                    (false, Format::GeoJson) if head.kind == "FeatureCollection" => {
                        self.announced = Some(head.features.map_or(0, |f| f.len()));
                    }
                    _ => return not(announced),
                }
            }
            Format::GeoPackage if !bytes.starts_with(b"SQLite format 3\0") => return not("GeoPackage"),
            Format::GeoPackage => {
                let length = match &self.in_place {
                    Some(path) => fs::metadata(path)
                        .map_err(|source| BoundaryError::Io { file: self.name.clone(), source })?
                        .len(),
                    None => bytes.len() as u64,
                };
                if let Some(announced) = sqlite_length(bytes).filter(|a| *a > length) {
                    return Err(self.damaged(format!("{length} < {announced} octets/bytes")));
                }
            }
            Format::FlatGeobuf if !bytes.starts_with(b"fgb") => return not("FlatGeobuf"),
            _ => {}
        }
        Ok(())
    }

    /// Opens it with its own driver only, from memory where it can be.
    pub fn open(&mut self) -> Result<Opened<'_>, BoundaryError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let unreadable = |detail: String| BoundaryError::Unreadable { file: self.name.clone(), detail };
        let folder = format!("/vsimem/boundaries-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut refs = Vec::new();
        let mut main = self.in_place.clone();
        let format = self.format;
        if main.is_none() {
            for (ending, bytes) in &mut self.parts {
                let path = PathBuf::from(format!("{folder}/{}.{ending}", self.stem));
                if Format::of_ending(ending).is_some() {
                    main = Some(path.clone());
                }
                refs.push(create_mem_file_from_ref(&path, bytes).map_err(|e| unreadable(e.to_string()))?);
            }
        }
        // Every byte of a DBF stands for itself in ISO-8859-1: so the raw bytes survive GDAL's recoding.
        let raw = ["ENCODING=ISO-8859-1"];
        let options = DatasetOptions {
            open_flags: GdalOpenFlags::GDAL_OF_READONLY | GdalOpenFlags::GDAL_OF_VECTOR,
            allowed_drivers: Some(&[format.driver()]),
            open_options: (format == Format::Shapefile).then_some(&raw),
            sibling_files: None,
        };
        let (dataset, heard) = listen(|| Dataset::open_ex(main.unwrap_or_default(), options));
        match dataset {
            Ok(dataset) => Ok(Opened { dataset, _parts: refs }),
            Err(e) => Err(unreadable(heard.failures.first().cloned().unwrap_or_else(|| e.to_string()))),
        }
    }
}

/// The members that tell what a JSON file is; the rest is only checked to be JSON.
#[derive(serde::Deserialize)]
struct JsonHead {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    features: Option<Vec<serde::de::IgnoredAny>>,
}

/// The length an SQLite header announces, where its own counters say that it can be believed.
fn sqlite_length(head: &[u8]) -> Option<u64> {
    let word = |at: usize| head.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes);
    let page = u16::from_be_bytes(head.get(16..18)?.try_into().ok()?);
    let page = if page == 1 { 65_536 } else { u64::from(page) };
    (word(24)? == word(92)?).then_some(u64::from(word(28)?) * page)
}

/// The file of the same stem with another ending, in lower or upper case.
fn beside(path: &Path, ending: &str) -> Option<PathBuf> {
    [ending.to_owned(), ending.to_uppercase()].iter().map(|e| path.with_extension(e)).find(|p| p.is_file())
}
