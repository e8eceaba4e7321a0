//! Bytes become text: UTF-8, UTF-16 or Windows-1252, in composed form (NFC).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Which encoding a text is in. A byte-order mark settles it; else NUL bytes at every other place mean UTF-16, bytes that
/// are valid UTF-8 are UTF-8, and what remains is what French spreadsheets write, Windows-1252.
fn detect(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let head = &bytes[..bytes.len().min(4096)];
    let nuls = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    if odd * 3 > head.len() && even * 20 < head.len() {
        UTF_16LE
    } else if even * 3 > head.len() && odd * 20 < head.len() {
        UTF_16BE
    } else if is_utf8(bytes) {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

/// Whether the bytes are UTF-8, but for a letter broken here or there: by chance, letters of Windows-1252 hardly ever make
/// one of UTF-8, so that a few that do settle it.
fn is_utf8(bytes: &[u8]) -> bool {
    if std::str::from_utf8(bytes).is_ok() {
        return true;
    }
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken.saturating_mul(2)
}

/// Whether the bytes are a text at all, by the first 64 kB: hardly any control characters but blanks and line ends (a few
/// are a wrong cell, not another kind of file).
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let encoding = detect(bytes);
    let mut head = &bytes[..bytes.len().min(1 << 16)];
    if encoding == UTF_16LE || encoding == UTF_16BE {
        head = &head[..head.len() / 2 * 2];
    }
    let (text, _) = encoding.decode_with_bom_removal(head);
    let strange = text.chars().filter(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n')).count();
    strange * 20 <= text.len()
}

/// The text without its byte-order mark, in NFC, and the encoding's name.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, &'static str) {
    let encoding = detect(bytes);
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    // By lines: nothing composes across their ends, and most lines need no look at all.
    let composed = |line: &str| line.is_ascii() || is_nfc_quick(line.chars()) == IsNormalized::Yes;
    let text = if text.split('\n').all(composed) { text } else { Cow::Owned(text.nfc().collect()) };
    (text, encoding.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_that_the_field_sends_gives_the_same_text() {
        let text = "région;Ségou\nMénaka;1 877";
        let utf16 = |big: bool, bom: bool| {
            let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
            bom.then_some(0xfeff).into_iter().chain(text.encode_utf16()).flat_map(unit).collect::<Vec<u8>>()
        };
        let (cp1252, _, _) = WINDOWS_1252.encode(text);
        let nfd: String = text.nfd().collect();
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), "UTF-8"),
            (nfd.into_bytes(), "UTF-8"),
            (utf16(false, true), "UTF-16LE"),
            (utf16(true, true), "UTF-16BE"),
            (utf16(false, false), "UTF-16LE"),
            (utf16(true, false), "UTF-16BE"),
            (cp1252.to_vec(), "windows-1252"),
        ] {
            assert!(is_text(&bytes), "{name}");
            assert_eq!(decode(&bytes), (Cow::Borrowed(text), name));
        }
    }

    #[test]
    fn one_broken_letter_does_not_turn_utf8_into_another_encoding() {
        let bytes = [b"\xff".as_slice(), "région;Ségou;Ménaka;Gao Ténenkou".as_bytes()].concat();
        assert_eq!(decode(&bytes), (Cow::Borrowed("\u{fffd}région;Ségou;Ménaka;Gao Ténenkou"), "UTF-8"));
        assert_eq!(decode(b"r\xe9gion;S\xe9gou").1, "windows-1252");
    }

    #[test]
    fn bytes_of_a_picture_are_no_text() {
        assert!(!is_text(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"));
    }
}
