//! Opaque sRGB colours.

use std::fmt;

use serde::Deserialize;

/// An opaque sRGB colour, written `#RRGGBB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour {
    /// Red, 0 to 255.
    pub r: u8,
    /// Green, 0 to 255.
    pub g: u8,
    /// Blue, 0 to 255.
    pub b: u8,
}

impl Colour {
    /// White.
    pub const WHITE: Self = Self { r: 255, g: 255, b: 255 };

    /// Perceived lightness in grey print, 0 (black) to 1 (white): Rec. 709 weights on the coded values.
    pub fn lightness(self) -> f64 {
        (0.2126 * f64::from(self.r) + 0.7152 * f64::from(self.g) + 0.0722 * f64::from(self.b)) / 255.0
    }

    /// `r,g,b,255`, as QGIS writes colours.
    pub fn qgis(self) -> String {
        format!("{},{},{},255", self.r, self.g, self.b)
    }

    /// The ink to write on it: near black, or white where the colour is dark.
    #[must_use]
    pub fn ink(self) -> Self {
        if self.lightness() < 0.5 { Self::WHITE } else { Self { r: 26, g: 26, b: 26 } }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02X}{:02X}{:02X}", self.r, self.g, self.b)
    }
}

impl TryFrom<String> for Colour {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("« {text} » is no colour: write #RRGGBB");
        let hex = text.strip_prefix('#').filter(|h| h.len() == 6 && h.is_ascii()).ok_or_else(bad)?;
        let part = |k: usize| u8::from_str_radix(&hex[k..k + 2], 16).map_err(|_| bad());
        Ok(Self { r: part(0)?, g: part(2)?, b: part(4)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_reads_back_as_it_was_written_and_nonsense_is_refused() {
        assert_eq!(Colour::try_from("#FC8D59".to_owned()).expect("a colour").to_string(), "#FC8D59");
        for bad in ["FC8D59", "#FC8D5", "#GG0000", "#é1234", "red"] {
            assert!(Colour::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
