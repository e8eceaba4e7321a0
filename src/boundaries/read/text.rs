//! Texts of a DBF file: strict UTF-8 first, then what the `.cpg` says, then cp1252.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How a layer's texts were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoding {
    encoding: &'static Encoding,
    /// Whether it had to be chosen against or without the file's own word.
    pub assumed: bool,
}

impl Decoding {
    /// Formats that are UTF-8 by definition.
    pub const UTF_8: Self = Self { encoding: UTF_8, assumed: false };

    /// Chooses the encoding that fits every text of the layer. `texts` carry raw bytes as ISO-8859-1 and the width of
    /// their field. Text that is UTF-8 beyond ASCII is practically never anything else, so it comes before the `.cpg`.
    pub fn choose<'a>(texts: impl Iterator<Item = (&'a str, usize)>, code_page: Option<&str>) -> Self {
        let stated = code_page.and_then(encoding_of);
        let mut ascii = true;
        let mut utf8 = true;
        for (text, width) in texts {
            if text.is_ascii() {
                continue;
            }
            ascii = false;
            utf8 &= decode_utf8(&raw(text), width).is_some();
        }
        match (ascii, utf8, stated) {
            (true, _, _) => Self { encoding: stated.unwrap_or(UTF_8), assumed: false },
            (_, true, s) => Self { encoding: UTF_8, assumed: s != Some(UTF_8) },
            (_, _, Some(s)) if s != UTF_8 => Self { encoding: s, assumed: false },
            _ => Self { encoding: WINDOWS_1252, assumed: true },
        }
    }

    /// The text of a field of this width.
    pub fn decode(&self, text: &str, width: usize) -> String {
        if text.is_ascii() {
            return text.to_owned();
        }
        let bytes = raw(text);
        if self.encoding == UTF_8
            && let Some(decoded) = decode_utf8(&bytes, width)
        {
            return decoded;
        }
        self.encoding.decode_without_bom_handling(&bytes).0.into_owned()
    }

    /// Its name: `UTF-8`, `windows-1252`.
    pub fn name(&self) -> &'static str {
        self.encoding.name()
    }
}

fn raw(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// UTF-8, where a letter cut in two by the field's width is dropped.
fn decode_utf8(bytes: &[u8], width: usize) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(e) if e.error_len().is_none() && bytes.len() == width => {
            bytes.get(..e.valid_up_to()).map(|b| String::from_utf8_lossy(b).into_owned())
        }
        Err(_) => None,
    }
}

/// What a `.cpg` file names: `UTF-8`, `1252`, `ANSI 1252`, `ISO-8859-1`, `88591`.
fn encoding_of(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    Encoding::for_label(label.as_bytes()).or_else(|| {
        let digits: String = label.chars().filter(char::is_ascii_digit).collect();
        match digits.as_str() {
            "1252" | "88591" => Some(WINDOWS_1252),
            "65001" => Some(UTF_8),
            _ => Encoding::for_label(format!("windows-{digits}").as_bytes()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_latin1(bytes: &[u8]) -> String {
        bytes.iter().map(|b| char::from(*b)).collect()
    }

    #[test]
    fn utf8_without_a_cpg_is_seen_and_said() {
        let text = as_latin1("Tillabéri".as_bytes());
        let d = Decoding::choose([(text.as_str(), 50)].into_iter(), None);
        assert_eq!((d.name(), d.assumed, d.decode(&text, 50).as_str()), ("UTF-8", true, "Tillabéri"));
    }

    #[test]
    fn cp1252_is_taken_where_utf8_fails() {
        let text = as_latin1(b"Niafunk\xe9");
        let d = Decoding::choose([(text.as_str(), 50)].into_iter(), Some("UTF-8"));
        assert_eq!((d.name(), d.assumed, d.decode(&text, 50).as_str()), ("windows-1252", true, "Niafunké"));
    }

    #[test]
    fn a_letter_cut_by_the_field_does_not_turn_utf8_into_cp1252() {
        let text = as_latin1(&"Niafunké".as_bytes()[..8]);
        let d = Decoding::choose([(text.as_str(), 8)].into_iter(), None);
        assert_eq!((d.name(), d.decode(&text, 8).as_str()), ("UTF-8", "Niafunk"));
    }
}
