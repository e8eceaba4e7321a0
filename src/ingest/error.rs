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
                "« {name} » : un tableau se nomme .csv, .tsv, .txt, .xlsx, .xlsm, .xls ou .ods.",
                "“{name}”: a table is named .csv, .tsv, .txt, .xlsx, .xlsm, .xls or .ods."
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
                    "Aucun en-tête connu dans la première ligne ({found}) : la première ligne doit nommer les colonnes, par exemple {expected}.",
                    "No known heading in the first row ({found}): the first row must name the columns, for example {expected}."
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
            Self::NoSet => say!(
                lang,
                "Aucun découpage pour situer les lignes : importez d’abord des limites (vigie import boundaries …).",
                "No boundary set to place the rows in: import boundaries first (vigie import boundaries …)."
            ),
        }
    }
}

fn wrong_content(lang: Lang, says: &str, found: ContentKind) -> String {
    let what = found.words(lang);
    let cure = match found {
        ContentKind::Text => lang.pick("nommez-le .csv", "name it .csv"),
        ContentKind::Xlsx => lang.pick("nommez-le .xlsx", "name it .xlsx"),
        ContentKind::Ods => lang.pick("nommez-le .ods", "name it .ods"),
        ContentKind::Zip => lang.pick("sortez le tableau de l’archive", "take the table out of the archive"),
        ContentKind::OldOffice => lang.pick(
            "nommez-le .xls ou, s’il a un mot de passe, enregistrez-le sans",
            "name it .xls or, if it has a password, save it without one",
        ),
        ContentKind::Html => lang.pick(
            "ouvrez-le dans un tableur et enregistrez-le en XLSX",
            "open it in a spreadsheet and save it as XLSX",
        ),
        ContentKind::Sqlite => lang.pick("exportez sa couche en CSV", "export its layer as CSV"),
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

impl fmt::Display for IngestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

impl std::error::Error for IngestError {}
