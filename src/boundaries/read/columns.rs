//! Which column holds what: the namings in use for administrative boundaries.
//!
//! OCHA's common datasets alone write `admin1Pcode`, `admin1Pcod` (cut at the shapefile's ten characters),
//! `ADM1_PCODE`, `Pcode_Ad_1`; names are `admin3Name_fr`, `ADM2_FR`, `Admin2_Nam`. A heading tells the role and the
//! level; how well the column is filled decides between several.

use crate::domain::Level;

/// What a heading says its column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Codes of the units of a level; of the file's own where none.
    Code(Option<u8>),
    /// Names; the rank orders them, 0 the best (French, plain, English, reference).
    Name(Option<u8>, u8),
    /// Codes of the units above.
    ParentCode,
}

/// Words for the levels, as headings and file names use them.
const LEVEL_WORDS: [(&str, u8); 12] = [
    ("country", 0),
    ("pays", 0),
    ("region", 1),
    ("regions", 1),
    ("cercle", 2),
    ("cercles", 2),
    ("province", 2),
    ("provinces", 2),
    ("departement", 2),
    ("departements", 2),
    ("commune", 3),
    ("communes", 3),
];

use super::super::names::fold as letters_and_digits;

fn level_word(word: &str) -> Option<u8> {
    LEVEL_WORDS.iter().find(|(w, _)| *w == word).map(|(_, l)| *l)
}

/// The digit right after `adm`, `admin` or `ad`, and what follows it.
fn level_digit(text: &str) -> Option<(u8, &str)> {
    let rest = ["admin", "adm", "ad"]
        .iter()
        .find_map(|p| text.strip_prefix(p).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))?;
    let digit = rest.bytes().next()? - b'0';
    Some((digit, &rest[1..]))
}

/// Rank of what follows a name's level: `admin3Name_fr` → `namefr`.
fn name_rank(rest: &str) -> Option<u8> {
    match rest {
        "namefr" | "namfr" | "fr" | "nomfr" | "nom" => Some(0),
        "" | "name" | "nam" | "na" => Some(1),
        "nameen" | "namen" | "en" => Some(2),
        "ref" | "refname" | "refn" | "refnam" => Some(3),
        _ => None,
    }
}

/// What a heading says; none for a column of no interest (areas, dates, other spellings).
pub fn role_of(heading: &str) -> Option<Role> {
    let text = letters_and_digits(heading);
    let code_word = |w: &str| matches!(w, "pcode" | "pcod" | "pco" | "pc" | "code" | "cod");
    if let Some((level, rest)) = level_digit(&text) {
        if code_word(rest) {
            return Some(Role::Code(Some(level)));
        }
        return name_rank(rest).map(|rank| Role::Name(Some(level), rank));
    }
    match text.as_str() {
        "pcode" | "admpcode" | "unitpcode" | "code" | "codepcode" | "shapeiso" | "shapeid" => {
            return Some(Role::Code(None));
        }
        "nom" | "namefr" | "nomfr" => return Some(Role::Name(None, 0)),
        "name" | "libelle" | "label" | "shapename" => return Some(Role::Name(None, 1)),
        "parentpcode" | "parentcode" | "pcodeparent" | "codeparent" | "parent" => return Some(Role::ParentCode),
        _ => {}
    }
    for prefix in ["pcode", "pcod", "code", "id", "gid"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            if let Some((level, "")) = level_digit(rest) {
                return Some(Role::Code(Some(level)));
            }
            if prefix == "gid" && rest.len() == 1 {
                return rest.parse().ok().map(|level| Role::Code(Some(level)));
            }
            if let Some(level) = level_word(rest) {
                return Some(Role::Code(Some(level)));
            }
        }
    }
    for prefix in ["nom", "name"] {
        if let Some(rest) = text.strip_prefix(prefix) {
            if rest.len() == 1
                && let Ok(level) = rest.parse()
            {
                return Some(Role::Name(Some(level), 1));
            }
            if let Some(level) = level_word(rest) {
                return Some(Role::Name(Some(level), 0));
            }
        }
    }
    for (word, level) in LEVEL_WORDS {
        match text.strip_prefix(word) {
            Some("") => return Some(Role::Name(Some(level), 1)),
            Some("pcode" | "code") => return Some(Role::Code(Some(level))),
            Some("nom" | "name") => return Some(Role::Name(Some(level), 0)),
            _ => {}
        }
    }
    None
}

/// The level that a file's or layer's name tells: `mli_adm2.geojson`, `cercles.gpkg`.
pub fn level_in_name(name: &str) -> Option<u8> {
    let lower = name.to_lowercase();
    for prefix in ["admin", "adm"] {
        for (at, _) in lower.match_indices(prefix) {
            let rest = lower[at + prefix.len()..].trim_start_matches(['_', '-', ' ']);
            if let Some(digit) = rest.bytes().next().filter(u8::is_ascii_digit) {
                return Some(digit - b'0');
            }
        }
    }
    lower.split(|c: char| !c.is_alphanumeric()).find_map(|word| level_word(&letters_and_digits(word)))
}

/// A layer's table, column by column, as far as the choice needs it.
pub struct Table<'a> {
    /// Headings in order.
    pub headings: &'a [String],
    /// Rows; each as long as `headings`.
    pub rows: &'a [Vec<Option<String>>],
}

impl Table<'_> {
    /// How many rows have a value in the column.
    pub fn filled(&self, column: usize) -> usize {
        self.rows.iter().filter(|r| r[column].is_some()).count()
    }

    /// Whether every row has a value of its own.
    pub fn is_key(&self, column: usize) -> bool {
        let values: std::collections::BTreeSet<&str> = self.rows.iter().filter_map(|r| r[column].as_deref()).collect();
        values.len() == self.rows.len()
    }

    /// A column by its heading, case aside.
    pub fn find(&self, heading: &str) -> Option<usize> {
        self.headings
            .iter()
            .position(|h| h == heading)
            .or_else(|| self.headings.iter().position(|h| h.to_lowercase() == heading.to_lowercase()))
    }

    /// The best filled code column of a level, the first among equals.
    pub fn code_of(&self, level: Option<u8>) -> Option<usize> {
        (0..self.headings.len())
            .filter(|c| role_of(&self.headings[*c]) == Some(Role::Code(level)) && self.filled(*c) > 0)
            .max_by_key(|c| (self.is_key(*c), self.filled(*c), std::cmp::Reverse(*c)))
    }

    /// Columns of names of a level that have any value, the best first: the fullest (by tenths, so that a
    /// stray gap does not decide), then French before plain before English before reference names.
    pub fn names_of(&self, level: Option<u8>) -> Vec<usize> {
        let mut found: Vec<(usize, u8, usize)> = (0..self.headings.len())
            .filter_map(|c| match role_of(&self.headings[c]) {
                Some(Role::Name(l, rank)) if l == level => {
                    let filled = self.filled(c);
                    let missing_tenths = (self.rows.len() - filled) * 10 / self.rows.len().max(1);
                    (filled > 0).then_some((missing_tenths, rank, c))
                }
                _ => None,
            })
            .collect();
        found.sort_unstable();
        found.into_iter().map(|(_, _, c)| c).collect()
    }

    /// The column of the codes of the units above.
    pub fn parent_of(&self, level: Level) -> Option<usize> {
        let above = level.number() - 1;
        self.code_of(Some(above)).or_else(|| {
            (0..self.headings.len())
                .find(|c| role_of(&self.headings[*c]) == Some(Role::ParentCode) && self.filled(*c) > 0)
        })
    }

    /// The level that the code columns tell: the finest whose codes are complete and unique; failing that the finest
    /// that is at least half filled (its gaps are then an error that names them).
    pub fn level(&self) -> Option<u8> {
        let codes = |l: u8| self.code_of(Some(l)).map(|c| (l, c));
        (0..=3)
            .rev()
            .filter_map(codes)
            .find(|(_, c)| self.is_key(*c))
            .or_else(|| (0..=3).rev().filter_map(codes).find(|(_, c)| self.filled(*c) * 2 >= self.rows.len()))
            .map(|(l, _)| l)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_naming_in_use_is_understood() {
        for (heading, role) in [
            ("admin1Pcode", Role::Code(Some(1))),
            ("admin1Pcod", Role::Code(Some(1))),
            ("ADM2_PCODE", Role::Code(Some(2))),
            ("Pcode_Ad_2", Role::Code(Some(2))),
            ("pcode", Role::Code(None)),
            ("GID_2", Role::Code(Some(2))),
            ("code_commune", Role::Code(Some(3))),
            ("admin3Name_fr", Role::Name(Some(3), 0)),
            ("admin3Name", Role::Name(Some(3), 1)),
            ("ADM2_FR", Role::Name(Some(2), 0)),
            ("ADM1_REF", Role::Name(Some(1), 3)),
            ("Admin2_Nam", Role::Name(Some(2), 1)),
            ("NAME_2", Role::Name(Some(2), 1)),
            ("name", Role::Name(None, 1)),
            ("Région", Role::Name(Some(1), 1)),
            ("parent_pcode", Role::ParentCode),
        ] {
            assert_eq!(role_of(heading), Some(role), "{heading}");
        }
        for heading in ["admin3AltName1_fr", "admin3Al_1", "Shape.STArea()", "validOn", "Pop2015_M", "OBJECTID"] {
            assert_eq!(role_of(heading), None, "{heading}");
        }
    }

    #[test]
    fn the_level_is_found_in_names_of_files() {
        assert_eq!(level_in_name("mli_adm2.geojson"), Some(2));
        assert_eq!(level_in_name("NER_admbnda_adm3_IGNN_20230720.shp"), Some(3));
        assert_eq!(level_in_name("Communes du Mali.gpkg"), Some(3));
        assert_eq!(level_in_name("export.gpkg"), None);
    }

    #[test]
    fn a_mostly_empty_code_column_gives_way_to_the_full_one() {
        let headings = ["Pcode_Ad_2", "admin2Pcod", "Pcode_Ad_3"].map(String::from);
        let row = |a: Option<&str>, b: &str| vec![a.map(String::from), Some(b.to_owned()), None];
        let rows = vec![row(None, "ML0101"), row(Some("ML0102"), "ML0102")];
        let table = Table { headings: &headings, rows: &rows };
        assert_eq!(table.level(), Some(2));
        assert_eq!(table.code_of(Some(2)), Some(1));
    }
}
