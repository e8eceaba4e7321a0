//! Why a file cannot be used at all; each message says the cure.

use std::fmt;

use crate::domain::Lang;

/// What a file's first bytes say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContentKind {
    /// Text.
    Text,
    /// A workbook of Excel 2007 and later.
    Xlsx,
    /// An OpenDocument spreadsheet.
    Ods,
    /// Another zip archive.
    Zip,
    /// An old Office file: a workbook of Excel 97–2003, or a workbook under a password.
    OldOffice,
    /// A page of a web browser, as some programs export tables under `.xls`.
    Html,
    /// A PDF.
    Pdf,
    /// A GeoPackage or other SQLite file.
    Sqlite,
    /// None of these.
    Binary,
}

impl ContentKind {
    /// The format's name.
    pub(super) fn format(self) -> &'static str {
        match self {
            Self::Text => "CSV",
            Self::Xlsx => "XLSX",
            Self::Ods => "ODS",
            Self::OldOffice => "XLS",
            Self::Zip => "ZIP",
            Self::Html => "HTML",
            Self::Pdf => "PDF",
            Self::Sqlite => "SQLite",
            Self::Binary => "?",
        }
    }

    fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::Text => lang.pick("du texte", "text"),
            Self::Xlsx => lang.pick("un classeur XLSX", "an XLSX workbook"),
            Self::Ods => lang.pick("un classeur ODS", "an ODS spreadsheet"),
            Self::Zip => lang.pick("une archive ZIP", "a ZIP archive"),
            Self::OldOffice => lang.pick(
                "un classeur XLS ancien ou protégé par mot de passe",
                "an old XLS workbook or one under a password",
            ),
            Self::Html => lang.pick("une page web", "a web page"),
            Self::Pdf => lang.pick("un PDF", "a PDF"),
            Self::Sqlite => lang.pick("un GeoPackage ou une base SQLite", "a GeoPackage or SQLite database"),
            Self::Binary => lang.pick("des données binaires", "binary data"),
        }
    }
}

/// A file that cannot be used, with the reason. Nothing of it goes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IngestError {
    /// Nothing in it.
    Empty,
    /// Larger than the limit.
    TooLarge {
        /// Its size in bytes (unpacked, for a workbook).
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// More rows than the limit.
    TooManyRows {
        /// The limit.
        limit: usize,
    },
    /// More rows stay out than are kept to be corrected: the file is wrong as a whole.
    TooManyRejected {
        /// The limit.
        limit: usize,
        /// The code that most of them have.
        code: String,
        /// The first line that has it.
        line: u64,
        /// What is said of that line, with the cure.
        said: String,
    },
    /// More columns than the limit.
    TooManyColumns {
        /// How many.
        columns: usize,
        /// The limit.
        limit: usize,
    },
    /// More cells than the limit.
    TooManyCells {
        /// The limit.
        limit: usize,
    },
    /// The name ends in something that is no table.
    UnknownExtension {
        /// The name.
        name: String,
    },
    /// The content is not what the name says.
    WrongContent {
        /// The extension.
        says: String,
        /// What the bytes are.
        found: ContentKind,
    },
    /// A workbook or text that breaks off or is damaged.
    Damaged {
        /// What the reader said.
        reason: String,
    },
    /// A quotation mark is never closed: everything after it is one cell.
    OpenQuote {
        /// The line of the row where it opens.
        line: u64,
    },
    /// The first row holds no heading that the theme knows.
    NoHeader {
        /// The start of the first row, or the sheets' names.
        found: String,
        /// Headings that are expected.
        expected: Vec<String>,
    },
    /// Two headings mean the same column.
    SameColumn {
        /// The column.
        column: String,
        /// The first heading.
        first: String,
        /// The second.
        second: String,
    },
    /// Columns without which no row can go in.
    MissingColumns {
        /// Their ids.
        columns: Vec<String>,
    },
    /// A file of a tool whose rows are of other themes.
    OtherTheme {
        /// The profile.
        profile: String,
        /// The theme of the import.
        theme: String,
        /// Those that its files are of.
        themes: Vec<String>,
    },
    /// A day that reads two ways, and nothing in the file settles which.
    AmbiguousDates {
        /// Its line.
        line: u64,
        /// As written.
        text: Box<str>,
    },
    /// Days of both orders in one file.
    MixedDates {
        /// Line and text of a day first.
        day_first: (u64, Box<str>),
        /// Line and text of a month first.
        month_first: (u64, Box<str>),
    },
    /// A number that reads two ways, and nothing in the file settles which.
    AmbiguousNumbers {
        /// Its line.
        line: u64,
        /// As written.
        text: Box<str>,
    },
    /// A sheet or layer that the file does not have.
    NoSheet {
        /// The name asked for.
        sheet: String,
        /// Those that are there.
        found: Vec<String>,
    },
    /// An archive with several data files.
    SeveralFiles {
        /// Their names.
        names: Vec<String>,
    },
    /// An archive without any data file.
    NoFileInside {
        /// What is there.
        names: Vec<String>,
    },
    /// A layer of a GIS format that cannot be read.
    Layer(String),
    /// No boundary set to place the rows in.
    NoSet,
}

impl IngestError {
    /// The message for the officer, with the cure.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Empty => say!(lang, "Le fichier est vide.", "The file is empty."),
            Self::TooLarge { bytes, limit } => say!(
                lang,
                "Le fichier compte {bytes} octets, la limite est de {limit} : partagez-le, par mois par exemple.",
                "The file has {bytes} bytes, the limit is {limit}: split it, by month for example."
            ),
            Self::TooManyRows { limit } => say!(
                lang,
                "Plus de {limit} lignes : partagez le fichier, par mois par exemple.",
                "More than {limit} rows: split the file, by month for example."
            ),
            Self::TooManyRejected { limit, code, line, said } => say!(
                lang,
                "Plus de {limit} lignes rejetées : le fichier est à corriger en entier, rien n’en a été retenu. Le plus souvent {code}, ligne {line} : {said}",
                "More than {limit} rows rejected: the whole file needs correction, nothing of it was kept. Most often {code}, line {line}: {said}"
            ),
            Self::TooManyColumns { columns, limit } => say!(
                lang,
                "{columns} colonnes, la limite est de {limit} : ne gardez que celles du modèle (vigie template).",
                "{columns} columns, the limit is {limit}: keep only those of the template (vigie template)."
            ),
            Self::TooManyCells { limit } => say!(
                lang,
                "Plus de {limit} cellules remplies : partagez le fichier.",
                "More than {limit} cells: split the file."
            ),
            Self::UnknownExtension { name } => say!(
                lang,
                "« {name} » : un tableau se nomme .csv, .tsv, .txt, .xlsx, .xlsm, .xls, .ods, .geojson, .gpkg, .fgb, .shp ou .zip.",
                "“{name}”: a table is named .csv, .tsv, .txt, .xlsx, .xlsm, .xls, .ods, .geojson, .gpkg, .fgb, .shp or .zip."
            ),
            Self::WrongContent { says, found } => wrong_content(lang, says, *found),
            Self::Damaged { reason } => say!(
                lang,
                "Le fichier est abîmé ou incomplet ({reason}) : rouvrez-le, enregistrez-le à nouveau, ou copiez-le encore une fois.",
                "The file is damaged or incomplete ({reason}): open and save it again, or copy it once more."
            ),
            Self::OpenQuote { line } => say!(
                lang,
                "Le guillemet ouvert à la ligne {line} n’est jamais fermé, tout ce qui suit serait une seule cellule : fermez-le ou enlevez-le.",
                "The quotation mark opened on line {line} is never closed, all that follows would be one cell: close or remove it."
            ),
            Self::NoHeader { found, expected } => {
                let expected = expected.join(", ");
                say!(
                    lang,
                    "Aucun en-tête connu dans les premières lignes ({found}) : une ligne doit nommer les colonnes, par exemple {expected}.",
                    "No known heading in the first rows ({found}): a row must name the columns, for example {expected}."
                )
            }
            Self::SameColumn { column, first, second } => say!(
                lang,
                "« {first} » et « {second} » désignent tous deux la colonne {column} : gardez-en un.",
                "“{first}” and “{second}” both mean the column {column}: keep one of them."
            ),
            Self::MissingColumns { columns } => {
                let columns = columns.join(", ");
                say!(
                    lang,
                    "Il manque des colonnes sans lesquelles aucune ligne ne peut entrer : {columns}. Voir docs/columns.md ou vigie template.",
                    "Columns without which no row can go in are missing: {columns}. See docs/columns.md or vigie template."
                )
            }
            Self::OtherTheme { profile, theme, themes } => {
                let themes = themes.join(", ");
                say!(
                    lang,
                    "Un fichier « {profile} » n’est pas du thème {theme} : importez-le comme {themes} (vigie import {themes} …), ou dites --profile vigie si c’en est un autre.",
                    "A “{profile}” file is not of the theme {theme}: import it as {themes} (vigie import {themes} …), or say --profile vigie if it is another one."
                )
            }
            Self::AmbiguousDates { .. } | Self::MixedDates { .. } | Self::AmbiguousNumbers { .. } => {
                self.two_readings(lang)
            }
            Self::NoSheet { .. } | Self::SeveralFiles { .. } | Self::NoFileInside { .. } => self.about_parts(lang),
            Self::Layer(reason) => reason.clone(),
            Self::NoSet => say!(
                lang,
                "Aucun découpage pour situer les lignes : importez d’abord des limites (vigie import boundaries …).",
                "No boundary set to place the rows in: import boundaries first (vigie import boundaries …)."
            ),
        }
    }

    /// A cell that reads two ways: both of them, and how to say which is meant.
    fn two_readings(&self, lang: Lang) -> String {
        match self {
            Self::AmbiguousDates { line, text } => {
                let day = lang.pick("fr", "en-GB");
                let (first, second) = two_days(text, lang);
                say!(
                    lang,
                    "« {text} » (ligne {line}) se lit {first} ou {second}, et rien dans le fichier ne dit lequel. Déclarez-le : --locale {day} (le jour d’abord) ou --locale en-US (le mois d’abord) ; ou écrivez 2021-06-17.",
                    "“{text}” (line {line}) reads as {first} or {second}, and nothing in the file says which. Declare it: --locale {day} (day first) or --locale en-US (month first); or write 2021-06-17."
                )
            }
            Self::MixedDates { day_first: (line, text), month_first: (other_line, other) } => say!(
                lang,
                "« {text} » (ligne {line}) met le jour d’abord, « {other} » (ligne {other_line}) le mois : corrigez l’un ou l’autre, ou déclarez l’ordre (--locale fr ou --locale en-US) ; les lignes qui n’y sont pas seront alors rejetées une à une.",
                "“{text}” (line {line}) puts the day first, “{other}” (line {other_line}) the month: correct one of them, or declare the order (--locale en-GB or --locale en-US); rows that are not in it are then rejected one by one."
            ),
            Self::AmbiguousNumbers { line, text } => {
                let whole: String = text.chars().filter(char::is_ascii_digit).collect();
                let fraction = text.replace(['.', ','], lang.pick(",", "."));
                say!(
                    lang,
                    "« {text} » (ligne {line}) se lit {whole} (milliers) ou {fraction} (décimales), et rien dans le fichier ne dit lequel. Déclarez-le : --locale fr (1.877,5) ou --locale en-GB (1,877.5) ; ou écrivez les nombres sans point ni virgule.",
                    "“{text}” (line {line}) reads as {whole} (thousands) or {fraction} (decimals), and nothing in the file says which. Declare it: --locale fr (1.877,5) or --locale en-GB (1,877.5); or write numbers without point or comma."
                )
            }
            _ => String::new(),
        }
    }

    /// A sheet, layer or archived file that is not there, or one of several.
    fn about_parts(&self, lang: Lang) -> String {
        match self {
            Self::NoSheet { sheet, found } => {
                let found = list(found);
                say!(
                    lang,
                    "Le fichier n’a pas de feuille ou de couche « {sheet} » ; il a : {found}.",
                    "The file has no sheet or layer “{sheet}”; it has: {found}."
                )
            }
            Self::SeveralFiles { names } => {
                let names = list(names);
                say!(
                    lang,
                    "L’archive contient plusieurs fichiers de données ({names}) : sortez celui qu’il faut, ou importez-les un à un.",
                    "The archive holds several data files ({names}): take out the one that is meant, or import them one by one."
                )
            }
            Self::NoFileInside { names } => {
                let names = list(names);
                say!(
                    lang,
                    "L’archive ne contient aucun tableau ({names}) : mettez-y un fichier .csv, .xlsx, .xls, .ods, .geojson, .gpkg, .fgb ou .shp avec ses .dbf et .shx.",
                    "The archive holds no table ({names}): put a .csv, .xlsx, .xls, .ods, .geojson, .gpkg, .fgb file in it, or a .shp with its .dbf and .shx."
                )
            }
            _ => String::new(),
        }
    }
}

fn wrong_content(lang: Lang, says: &str, found: ContentKind) -> String {
    let what = found.words(lang);
    let cure = match found {
        ContentKind::Text => lang.pick("nommez-le .csv", "name it .csv"),
        ContentKind::Xlsx => lang.pick("nommez-le .xlsx", "name it .xlsx"),
        ContentKind::Ods => lang.pick("nommez-le .ods", "name it .ods"),
        ContentKind::Zip => lang.pick("nommez-le .zip", "name it .zip"),
        ContentKind::OldOffice => lang.pick(
            "nommez-le .xls ou, s’il a un mot de passe, enregistrez-le sans",
            "name it .xls or, if it has a password, save it without one",
        ),
        ContentKind::Html => lang.pick(
            "ouvrez-le dans un tableur et enregistrez-le en XLSX",
            "open it in a spreadsheet and save it as XLSX",
        ),
        ContentKind::Sqlite => lang.pick("nommez-le .gpkg", "name it .gpkg"),
        ContentKind::Pdf | ContentKind::Binary => {
            lang.pick("enregistrez le tableau en CSV ou XLSX", "save the table as CSV or XLSX")
        }
    };
    say!(
        lang,
        "Le nom dit .{says}, mais le contenu est {what} : {cure}.",
        "The name says .{says}, but the content is {what}: {cure}."
    )
}

/// Names, as many as a message can hold.
fn list(names: &[String]) -> String {
    let mut shown = names.iter().take(8).map(|n| n.chars().take(80).collect()).collect::<Vec<String>>().join(", ");
    if names.len() > 8 {
        shown.push_str(", …");
    }
    shown
}

/// Both readings of a day like 03/04/2021, in words.
fn two_days(text: &str, lang: Lang) -> (String, String) {
    const FR: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let Some((a, b)) = super::rows::readings_of_day(text) else { return (text.to_owned(), text.to_owned()) };
    let name = |day: u8, month: u8| {
        let month = lang.pick(FR, EN).get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("?");
        if day == 1 && lang == Lang::Fr { format!("1er {month}") } else { format!("{day} {month}") }
    };
    (name(a, b), name(b, a))
}

impl fmt::Display for IngestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for IngestError {}
