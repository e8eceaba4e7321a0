//! What the bytes are, held against what the name says.

use crate::ingest::{ContentKind, IngestError};

/// What the first bytes say the file is.
pub(super) fn content(bytes: &[u8]) -> ContentKind {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        // An OpenDocument file declares itself first; a workbook has its parts under `xl/`.
        let head = &bytes[..bytes.len().min(200)];
        let tail = &bytes[bytes.len().saturating_sub(1 << 20)..];
        return if holds(head, b"opendocument.spreadsheet") {
            ContentKind::Ods
        } else if holds(tail, b"xl/workbook.xml") {
            ContentKind::Xlsx
        } else {
            ContentKind::Zip
        };
    }
    if starts(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return ContentKind::OldOffice;
    }
    if starts(b"%PDF") {
        return ContentKind::Pdf;
    }
    if starts(b"SQLite format 3\0") {
        return ContentKind::Sqlite;
    }
    let head: Vec<u8> =
        bytes.iter().take(400).filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase).collect();
    if head.starts_with(b"<html") || head.starts_with(b"<!doctypehtml") {
        return ContentKind::Html;
    }
    if super::encoding::is_text(bytes) { ContentKind::Text } else { ContentKind::Binary }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

/// The kind to read the file as: what it is, where its name says so too.
pub(super) fn checked(file_name: &str, bytes: &[u8], found: ContentKind) -> Result<ContentKind, IngestError> {
    if bytes.is_empty() {
        return Err(IngestError::Empty);
    }
    let says = file_name.rsplit_once('.').map_or(String::new(), |(_, e)| e.to_ascii_lowercase());
    let expected = match says.as_str() {
        "csv" | "tsv" | "txt" => ContentKind::Text,
        "xlsx" | "xlsm" => ContentKind::Xlsx,
        "xls" => ContentKind::OldOffice,
        "ods" => ContentKind::Ods,
        _ => return Err(IngestError::UnknownExtension { name: file_name.chars().take(120).collect() }),
    };
    if found == expected { Ok(found) } else { Err(IngestError::WrongContent { says, found }) }
}
