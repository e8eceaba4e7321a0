//! The file of an import, as it comes from disk: never more of it than the limit, and a shapefile with its parts.

use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use zip::write::SimpleFileOptions;

use super::AppError;
use crate::domain::Lang;
use crate::ingest::{IngestError, Limits, Profile, Reading, shipped_profile, shipped_profiles, shipped_themes};

/// Reads a file: its name and content. A shapefile becomes an archive of its parts.
pub(super) fn read_file(path: &Path, lang: Lang) -> Result<(String, Vec<u8>), AppError> {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
    if !name.to_ascii_lowercase().ends_with(".shp") {
        return Ok((name, limited(path, lang)?));
    }
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let fault = |e: zip::result::ZipError| AppError::Fault(e.to_string());
    for ending in ["shp", "shx", "dbf", "prj", "cpg"] {
        let beside = [ending.to_owned(), ending.to_uppercase()].map(|e| path.with_extension(e));
        let Some(part) = beside.iter().find(|p| p.is_file()) else { continue };
        archive.start_file(format!("layer.{ending}"), SimpleFileOptions::DEFAULT).map_err(fault)?;
        archive.write_all(&limited(part, lang)?).map_err(|e| AppError::Fault(e.to_string()))?;
    }
    Ok((format!("{name}.zip"), archive.finish().map_err(fault)?.into_inner()))
}

fn limited(path: &Path, lang: Lang) -> Result<Vec<u8>, AppError> {
    let failed = |e: std::io::Error| AppError::Input(format!("{}: {e}", path.display()));
    let limit = Limits::default().bytes;
    let file = std::fs::File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let too_large = |bytes: u64| {
        let error = IngestError::TooLarge { bytes, limit };
        AppError::Input(format!("{}: {}", path.display(), error.message(lang)))
    };
    if size > limit {
        return Err(too_large(size));
    }
    // A pipe states no size, and a file may grow while it is read.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit { Err(too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

/// How a file is to be read, from what was asked for: a profile's name, its file, or `auto`.
pub fn reading(profile: &str, locale: Option<&str>, sheet: Option<&str>, lang: Lang) -> Result<Reading, AppError> {
    let profile = match profile {
        "auto" => None,
        name => Some(match shipped_profile(name) {
            Some(profile) => profile,
            None => own_profile(name, lang)?,
        }),
    };
    let locale = locale
        .map(str::parse)
        .transpose()
        .map_err(|known: String| AppError::Input(format!("--locale {}: {known}", locale.unwrap_or_default())))?;
    Ok(Reading { profile, locale, sheet: sheet.map(str::to_owned) })
}

fn own_profile(file: &str, lang: Lang) -> Result<Arc<Profile>, AppError> {
    let path = Path::new(file);
    if !path.is_file() {
        let known: Vec<&str> = shipped_profiles().iter().map(|p| p.id.as_str()).collect();
        let known = known.join(", ");
        return Err(AppError::Input(lang.pick(
            format!("--profile {file}\u{a0}: ni un profil ({known}, auto), ni un fichier"),
            format!("--profile {file}: neither a profile ({known}, auto) nor a file"),
        )));
    }
    let bytes = limited(path, lang)?;
    let wrong = |e: String| AppError::Input(format!("{file}: {e}"));
    let text = std::str::from_utf8(&bytes).map_err(|e| wrong(e.to_string()))?;
    Ok(Arc::new(Profile::parse(text, shipped_themes()).map_err(|e| wrong(e.to_string()))?))
}
