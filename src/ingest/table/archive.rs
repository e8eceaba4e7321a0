//! Archives: a zipped file is taken out, and nothing is unpacked beyond the limits, whatever it claims to hold.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::layer;
use crate::ingest::{IngestError, Limits};

/// No archive of data has more entries.
const MOST_ENTRIES: usize = 10_000;

pub(super) fn damaged(error: impl std::fmt::Display) -> IngestError {
    IngestError::Damaged { reason: error.to_string().chars().take(200).collect() }
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn open(bytes: &[u8]) -> Result<Archive<'_>, IngestError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > MOST_ENTRIES {
        return Err(damaged(format!("{} > {MOST_ENTRIES}", archive.len())));
    }
    Ok(archive)
}

/// Copies an entry's content, or only counts it; refuses it past the limit.
fn inflate(archive: &mut Archive<'_>, k: usize, limit: u64, to: &mut impl std::io::Write) -> Result<u64, IngestError> {
    let entry = archive.by_index(k).map_err(damaged)?;
    let size = std::io::copy(&mut entry.take(limit.saturating_add(1)), to).map_err(damaged)?;
    if size > limit { Err(IngestError::TooLarge { bytes: size, limit }) } else { Ok(size) }
}

fn names(archive: &mut Archive<'_>) -> Result<Vec<String>, IngestError> {
    (0..archive.len())
        .map(|k| Ok(archive.by_index_raw(k).map_err(damaged)?.name().map_err(damaged)?.into_owned()))
        .collect()
}

/// Refuses a workbook that unpacks to more than the limits: by what it claims first, then by what comes out of it.
pub(super) fn check_workbook(bytes: &[u8], limits: &Limits) -> Result<(), IngestError> {
    let mut archive = open(bytes)?;
    let claimed: u64 =
        (0..archive.len()).filter_map(|k| archive.by_index_raw(k).ok().map(|e| e.size())).fold(0, u64::saturating_add);
    if claimed > limits.unpacked_bytes {
        return Err(IngestError::TooLarge { bytes: claimed, limit: limits.unpacked_bytes });
    }
    let mut left = limits.unpacked_bytes;
    for (k, name) in names(&mut archive)?.into_iter().enumerate() {
        // Sheets are read row by row; every other part is in memory at once.
        let sheet = name.starts_with("xl/worksheets/");
        let most = if sheet { left } else { left.min(limits.part_bytes) };
        left -= inflate(&mut archive, k, most, &mut std::io::sink())?;
    }
    Ok(())
}

/// The data file in a zip, with its name; any other file as it is. A shapefile stays zipped, with all of its parts.
///
/// # Errors
/// Where it holds no data file, or several: nobody guesses which one is meant.
pub(in crate::ingest) fn unpack<'a>(
    bytes: &'a [u8],
    name: &'a str,
    limits: &Limits,
) -> Result<(Cow<'a, [u8]>, Cow<'a, str>), IngestError> {
    if !name.to_ascii_lowercase().ends_with(".zip") || !bytes.starts_with(b"PK") {
        return Ok((bytes.into(), name.into()));
    }
    if bytes.len() as u64 > limits.bytes {
        return Err(IngestError::TooLarge { bytes: bytes.len() as u64, limit: limits.bytes });
    }
    let mut archive = open(bytes)?;
    let names = names(&mut archive)?;
    let data: Vec<usize> = (0..names.len()).filter(|k| is_data(&names[*k])).collect();
    let [k] = data.as_slice() else {
        let mut names: Vec<String> =
            if data.is_empty() { names } else { data.iter().map(|k| names[*k].clone()).collect() };
        names.sort();
        return Err(if data.is_empty() {
            IngestError::NoFileInside { names }
        } else {
            IngestError::SeveralFiles { names }
        });
    };
    if layer::is_shapefile(&names[*k]) {
        return Ok((bytes.into(), name.into()));
    }
    let mut content = Vec::new();
    inflate(&mut archive, *k, limits.bytes, &mut content)?;
    Ok((content.into(), format!("{name}/{}", names[*k]).into()))
}

/// Whether a file in an archive can be a table.
fn is_data(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let (_, ending) = lower.rsplit_once('.').unwrap_or_default();
    let ours = matches!(ending, "csv" | "tsv" | "txt" | "xlsx" | "xlsm" | "xls" | "ods");
    // What packing programs add of their own.
    (ours || layer::is_layer(name) && ending != "zip")
        && !name.starts_with("__MACOSX/")
        && !lower
            .rsplit('/')
            .next()
            .is_some_and(|f| f.starts_with('.') || f.starts_with("readme") || f.starts_with("lisez"))
}
