//! Other spellings of names: a table of `geodata/`.

use crate::domain::Level;

/// Another spelling of a unit's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The other spelling.
    pub alias: String,
    /// The name as the sets write it.
    pub canonical: String,
    /// The level it holds at; any where none.
    pub level: Option<Level>,
    /// Name of a unit above, of any level, which it holds within; anywhere where none.
    pub parent: Option<String>,
}

/// A table of aliases that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AliasError {
    /// Not CSV, or not with these columns.
    #[error("aliases: {0}")]
    Csv(#[from] csv::Error),
    /// A level that is no level.
    #[error("aliases, line {line}: {message}")]
    Level {
        /// Line of the table, counted from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
}

#[derive(serde::Deserialize)]
struct Row {
    alias: String,
    canonical: String,
    level: Option<u8>,
    parent: Option<String>,
}

/// Reads a table of aliases: CSV text with the columns alias, canonical, level, parent (others are for the reader).
pub fn parse_aliases(text: &str) -> Result<Vec<Alias>, AliasError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers()?.clone();
    let mut aliases = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let row: Row = record.deserialize(Some(&headers))?;
        let level =
            row.level.map(Level::try_from).transpose().map_err(|message| AliasError::Level { line, message })?;
        let parent = row.parent.filter(|p| !p.is_empty());
        aliases.push(Alias { alias: row.alias, canonical: row.canonical, level, parent });
    }
    Ok(aliases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_with_its_blanks_and_a_wrong_level_is_told_by_line() {
        let good =
            "alias,canonical,level,parent,source\nGourma,Gourma-Rharous,2,,x\nAl Ourch,Al-Ourche,,Taoudénit,\"a, b\"\n";
        let aliases = parse_aliases(good).expect("good");
        assert_eq!(aliases[0].level, Some(Level::Cercle));
        assert_eq!((aliases[1].level, aliases[1].parent.as_deref()), (None, Some("Taoudénit")));
        let error = parse_aliases("alias,canonical,level,parent\nA,B,7,\n").expect_err("level 7");
        assert!(matches!(error, AliasError::Level { line: 2, .. }), "{error}");
        assert!(matches!(parse_aliases("foo,bar\n1,2\n"), Err(AliasError::Csv(_))));
    }
}
