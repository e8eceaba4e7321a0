//! Keeps `docs/columns.md` and `docs/rejects.md` in step with the themes and the codes.

use std::fmt::Write as _;
use std::path::Path;

use super::{ALL_CODES, shipped_themes};
use crate::domain::{ColumnKind, Severity, Theme};

const HEAD: &str = "\
# Columns of the files / Colonnes des fichiers

Written from `geodata/themes/*.toml`; do not edit. `vigie template THEME --out FILE.xlsx` gives an empty workbook with these columns.

**Files.** CSV, TSV or TXT (comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252), XLSX, XLS, ODS, GeoPackage, GeoJSON, FlatGeobuf, TopoJSON,
shapefile (points become `lon`, `lat`), and any one of these in a ZIP. The header is the row with the most known headings among the first 30,
in any order; case, accents, spaces and punctuation of headings do not matter; titles above it, totals, empty rows and headers again are left aside, and
said. A workbook is read from the sheet that fits best, or `--sheet`. Files of other tools (KoboToolbox, ACLED, DTM, HXL…): [profiles.md](profiles.md).
At most 200 MB (1 GB unpacked), 2,000,000 rows, 100,000 rejected ones, 500 columns, 32,767 characters a cell. An empty cell is *not known*, never zero.

**Numbers.** `1877`, `1 877` (any blank). **Dates.** `2021-06-17`, `17 juin 2021`; `2021-06` where the day is not known; `17/06/2021`. How a file writes `03/04/2021` and `1.877`
is settled for the whole file: by `--locale` (fr, en-GB, en-US, iso), else by what it shows itself (a day above 12, `12,5`); a file that
reads two ways is refused with both readings. Coordinates take a point or a comma.
**Yes or no.** `1`/`0`, oui/non, yes/no. **Terms.** Code, French or English label, or any spelling listed below.
**Place.** By p-code; else by names within their parents; else by coordinates. What is known to a cercle or region only stays there; what fits nowhere
counts in totals only. Names that are contradicted by the p-code, and coordinates that are contradicted by either, give way with a warning.

**Fichiers.** CSV (virgule, point-virgule ou tabulation), XLSX, XLS, ODS ; la première ligne nomme les colonnes, dans n’importe quel ordre. Une cellule vide veut
dire *inconnu*, jamais zéro. **Lieu** : par p-code, sinon par noms, sinon par coordonnées.

What is wrong with a row, and the cure: [rejects.md](rejects.md).
";

fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Country | ColumnKind::Locality | ColumnKind::UnitName | ColumnKind::Source => {
            "text"
        }
        ColumnKind::Count => "whole number ≥ 0",
        ColumnKind::Flag => "yes or no",
        ColumnKind::Code => "term",
        ColumnKind::Codes => "terms, `|` between",
        ColumnKind::Date => "day",
        ColumnKind::Month => "month",
        ColumnKind::Year => "year",
        ColumnKind::Region | ColumnKind::Cercle | ColumnKind::Commune => "name",
        ColumnKind::Pcode => "p-code",
        ColumnKind::Set => "boundary set",
        ColumnKind::Level => "1, 2 or 3",
        ColumnKind::Lon | ColumnKind::Lat => "degrees",
        ColumnKind::Id => "id",
    }
}

fn theme_page(theme: &Theme, page: &mut String) -> std::fmt::Result {
    writeln!(page, "\n## {} — {} / {}\n", theme.id, theme.title_en, theme.title_fr)?;
    writeln!(page, "Version {}. {}.\n", theme.version, theme.origin)?;
    let identity: Vec<String> = theme
        .identity
        .iter()
        .map(|id| match id.as_str() {
            "when" => "the date or period".to_owned(),
            "unit" => "the finest unit known".to_owned(),
            id => format!("`{id}`"),
        })
        .collect();
    writeln!(page, "A fact is one of a kind by source, {}.\n", identity.join(", "))?;
    for m in &theme.measures {
        let how = match (&m.sum, &m.distinct) {
            (Some(c), _) => format!("sum of `{c}`"),
            (None, Some(c)) => format!("distinct `{c}`"),
            (None, None) => "rows".to_owned(),
        };
        writeln!(page, "- measure `{}`: {} ({}), {how}", m.id, m.unit_en, m.unit_fr)?;
    }
    for t in &theme.thresholds {
        writeln!(page, "- level {}, from {}: {} / {}", t.level, t.min, t.en, t.fr)?;
    }
    writeln!(page, "\n| column | is | what to write | à écrire | also understood |\n|---|---|---|---|---|")?;
    for c in &theme.columns {
        let required = if c.required { ", **required**" } else { "" };
        let default = c.default.as_ref().map_or(String::new(), |d| format!(", else `{d}`"));
        let list = c.terms.as_ref().map_or(String::new(), |l| format!(" of [{l}](#{}-{l})", theme.id));
        let open = if c.open { ", open list" } else { "" };
        writeln!(
            page,
            "| `{}` | {}{list}{open}{required}{default} | {} | {} | {} |",
            c.id,
            kind(c.kind).replace('|', "\\|"),
            c.help_en.replace('|', "\\|"),
            c.help_fr.replace('|', "\\|"),
            c.headings.join(", ")
        )?;
    }
    for (list, terms) in &theme.terms {
        writeln!(
            page,
            "\n<a id=\"{}-{list}\"></a>\n\n| {list} | français | English | also understood |\n|---|---|---|---|",
            theme.id
        )?;
        for t in terms {
            let of = t.parent.as_ref().map_or(String::new(), |p| format!(" ({p})"));
            let sensitive = if t.sensitive { " ⚑" } else { "" };
            writeln!(page, "| `{}`{of}{sensitive} | {} | {} | {} |", t.code, t.fr, t.en, t.aliases.join("; "))?;
        }
        if terms.iter().any(|t| t.sensitive) {
            writeln!(page, "\n⚑ sensitive: never below region on a public layer.")?;
        }
    }
    Ok(())
}

#[test]
fn the_page_of_columns_says_what_the_themes_say() {
    let mut page = HEAD.to_owned();
    for theme in shipped_themes() {
        theme_page(theme, &mut page).expect("a string takes all");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/columns.md");
    if std::env::var_os("VIGIE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    let stands = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stands == page, "docs/columns.md is behind the themes: run the tests once with VIGIE_WRITE_DOCS=1");
}

#[test]
fn the_page_of_rejects_lists_every_code_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rejects.md");
    let page = std::fs::read_to_string(path).expect("docs/rejects.md");
    let mut severity = None;
    let mut listed = Vec::new();
    for line in page.lines() {
        match line.split(['/', ' ']).nth(1).filter(|_| line.starts_with("## ")) {
            Some("Rejects") => severity = Some(Severity::Reject),
            Some("Warnings") => severity = Some(Severity::Warning),
            Some("Infos") => severity = Some(Severity::Info),
            Some("Boundaries") => severity = None,
            _ => {}
        }
        if let (Some(rest), Some(severity)) = (line.strip_prefix("| `"), severity) {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert!(cells.len() == 4 && cells.iter().all(|c| !c.is_empty()), "an example and two cures: {line}");
            listed.push((rest.split('`').next().unwrap_or_default(), severity));
        }
    }
    let used: Vec<_> = ALL_CODES.iter().map(|c| (c.name, c.severity)).collect();
    assert_eq!(listed, used);
}

#[test]
fn the_page_of_rejects_lists_every_code_that_boundaries_give() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/rejects.md")).expect("docs/rejects.md");
    let (_, section) = page.split_once("## Boundaries").expect("the section");
    let listed: std::collections::BTreeSet<&str> =
        section.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next()).collect();
    let mut given = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(root.join("src/boundaries/read")).expect("a folder") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("UTF-8");
        for call in text.split("note(").skip(1) {
            let code = call.trim_start().strip_prefix('"').and_then(|c| c.split('"').next());
            given.extend(code.map(str::to_owned));
        }
    }
    assert_eq!(listed, given.iter().map(String::as_str).collect());
}

#[test]
fn names_and_imports_speak_of_one_code_each() {
    use crate::boundaries::NameFinding;
    use crate::domain::Level;
    let (level, value) = (Level::Commune, String::new());
    let of = |f: NameFinding| f.code();
    let unknown = NameFinding::UnknownName { level, value: value.clone(), suggestions: Vec::new() };
    let several = NameFinding::AmbiguousName { level, value: value.clone(), candidates: Vec::new() };
    let contradiction =
        NameFinding::ParentContradiction { level, value: value.clone(), stated_parent: value, elsewhere: Vec::new() };
    assert_eq!(
        [of(unknown), of(several), of(contradiction)],
        [super::codes::UNKNOWN_PLACE.name, super::codes::AMBIGUOUS_PLACE.name, super::codes::PLACE_CONTRADICTION.name]
    );
}
