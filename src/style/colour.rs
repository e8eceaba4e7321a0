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

    /// Linear light, 0 to 1.
    fn linear(c: Colour) -> [f64; 3] {
        [c.r, c.g, c.b].map(|v| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { libm::pow((v + 0.055) / 1.055, 2.4) }
        })
    }

    /// CIELAB (D65) of linear light.
    fn lab([r, g, b]: [f64; 3]) -> [f64; 3] {
        let x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505;
        let y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089;
        let [x, y, z] = [x, y, z].map(|t| if t > 0.008_856 { libm::cbrt(t) } else { 7.787 * t + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    /// What full deuteranopes and protanopes see: Machado, Oliveira, Fernandes (2009), table 1, severity 1.
    const BLIND: [[[f64; 3]; 3]; 2] = [
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ];

    #[test]
    fn the_colour_blind_tell_the_classes_of_every_style_apart() {
        let styles = crate::style::Styles::load(None).expect("styles");
        for style in styles.ids().filter_map(|id| styles.get(id)) {
            for (k, a) in style.classes.iter().enumerate() {
                for b in &style.classes[k + 1..] {
                    for matrix in BLIND {
                        let seen = |c: Colour| {
                            let rgb = linear(c);
                            lab(matrix.map(|row| row.iter().zip(rgb).map(|(m, v)| m * v).sum::<f64>().clamp(0.0, 1.0)))
                        };
                        let (p, q) = (seen(a.colour), seen(b.colour));
                        let far = p.iter().zip(q).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt();
                        // 2.3 is just noticeable side by side; ten is plain across a map.
                        assert!(far >= 10.0, "{}: {} and {} are {far:.1} apart", style.id, a.number, b.number);
                    }
                }
            }
        }
    }
}
