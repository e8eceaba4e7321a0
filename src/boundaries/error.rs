//! Why boundaries could not be read.

use std::fmt;

use crate::domain::{Lang, Level};

/// Why nothing was read. Each says which file and what cures it; nothing is ever half-read.
#[derive(Debug, thiserror::Error)]
pub enum BoundaryError {
    /// No file was given.
    NoFiles,
    /// The file is not there or cannot be opened.
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// An ending that stands for no format read here.
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// The content is not what the name says.
    NotWhatItSays {
        /// The file.
        file: String,
        /// The format its name announces.
        expected: &'static str,
    },
    /// The file ends too early, or its parts disagree.
    Damaged {
        /// The file.
        file: String,
        /// What was seen.
        detail: String,
    },
    /// A part of a shapefile is missing.
    MissingPart {
        /// The file.
        file: String,
        /// The missing part's ending, `dbf` say.
        part: &'static str,
    },
    /// GDAL cannot open or read it.
    Unreadable {
        /// The file.
        file: String,
        /// What GDAL says.
        detail: String,
    },
    /// More than the limits allow.
    TooLarge {
        /// The file.
        file: String,
        /// What there is too much of, French then English.
        what: (&'static str, &'static str),
        /// The limit.
        limit: u64,
    },
    /// No coordinate reference system.
    MissingCrs {
        /// The file.
        file: String,
    },
    /// A CRS that cannot be understood, or coordinates that it cannot carry.
    BadCrs {
        /// The file, or the option's value.
        file: String,
        /// What GDAL says.
        detail: String,
    },
    /// A coordinate that is no longitude and latitude.
    OffTheEarth {
        /// The file.
        file: String,
        /// The unit's code, or the feature's number.
        unit: String,
        /// The coordinate.
        at: (f64, f64),
    },
    /// The file holds no such layer.
    UnknownLayer {
        /// The file.
        file: String,
        /// The layer asked for.
        layer: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// A layer without features, or a file without layers.
    Empty {
        /// The file.
        file: String,
    },
    /// Only the country's outline was given.
    OnlyOutline,
    /// The file has no such column.
    UnknownColumn {
        /// The file.
        file: String,
        /// The column asked for.
        column: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// No column that holds the codes was found.
    NoCodeColumn {
        /// The file.
        file: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// No column that holds the names was found.
    NoNameColumn {
        /// The file.
        file: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// Neither columns nor file name tell the level.
    UnknownLevel {
        /// The file.
        file: String,
    },
    /// A level was stated for several files.
    LevelForSeveral,
    /// Two files of one level.
    SameLevel {
        /// The level.
        level: Level,
        /// The files.
        files: (String, String),
    },
    /// Units without a code.
    MissingCode {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Numbers of the features, counted from 1; at most five.
        features: Vec<usize>,
        /// How many there are.
        count: usize,
    },
    /// A code that several units have.
    DuplicateCode {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// The codes, at most five.
        codes: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// A unit without polygon.
    NoPolygon {
        /// The file.
        file: String,
        /// The unit's code, or the feature's number.
        unit: String,
        /// What it has instead.
        found: String,
    },
    /// A polygon that cannot be repaired.
    Irreparable {
        /// The file.
        file: String,
        /// The unit's code, or the feature's number.
        unit: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A unit that lies in none of the level above.
    NoParent {
        /// The file.
        file: String,
        /// The unit's code.
        unit: String,
    },
}

impl BoundaryError {
    /// The sentence for the officer, with the cure.
    #[expect(clippy::too_many_lines, reason = "one arm a case, each a sentence in two languages")]
    pub fn message(&self, lang: Lang) -> String {
        let say = |fr: String, en: String| lang.pick(fr, en);
        match self {
            Self::NoFiles => say(
                "Aucun fichier de limites : indiquez-en au moins un.".into(),
                "No boundary file: give at least one.".into(),
            ),
            Self::Io { file, source } => say(
                format!("« {file} » ne s’ouvre pas : {source}. Vérifiez le chemin et les droits de lecture."),
                format!("“{file}” cannot be opened: {source}. Check the path and the right to read it."),
            ),
            Self::UnknownFormat { file } => say(
                format!("« {file} » : format inconnu. Formats lus : .geojson, .json, .topojson, .shp, .gpkg, .fgb, .zip."),
                format!("“{file}”: unknown format. Formats read: .geojson, .json, .topojson, .shp, .gpkg, .fgb, .zip."),
            ),
            Self::NotWhatItSays { file, expected } => say(
                format!("« {file} » n’est pas un fichier {expected}, malgré son nom. Redemandez le fichier ou corrigez son extension."),
                format!("“{file}” is no {expected} file, whatever its name says. Ask for the file again or correct its ending."),
            ),
            Self::Damaged { file, detail } => say(
                format!("« {file} » est tronqué ou abîmé ({detail}). Copiez-le ou téléchargez-le de nouveau."),
                format!("“{file}” is cut short or damaged ({detail}). Copy or download it again."),
            ),
            Self::MissingPart { file, part } => say(
                format!("« {file} » : il manque le fichier .{part} du même nom. Un shapefile se copie avec .shp, .shx, .dbf et .prj."),
                format!("“{file}”: the .{part} file of the same name is missing. A shapefile is copied with .shp, .shx, .dbf and .prj."),
            ),
            Self::Unreadable { file, detail } => say(
                format!("« {file} » ne se lit pas ({detail}). Ouvrez-le dans QGIS et réenregistrez-le en GeoPackage."),
                format!("“{file}” cannot be read ({detail}). Open it in QGIS and save it again as GeoPackage."),
            ),
            Self::TooLarge { file, what, limit } => say(
                format!("« {file} » dépasse la limite de {limit} {}. Simplifiez les limites ou importez un pays à la fois.", what.0),
                format!("“{file}” exceeds the limit of {limit} {}. Simplify the boundaries or import one country at a time.", what.1),
            ),
            Self::MissingCrs { file } => say(
                format!("« {file} » n’indique pas son système de coordonnées. Ajoutez son fichier .prj ou donnez --crs (par exemple --crs EPSG:4326 pour des degrés)."),
                format!("“{file}” does not state its coordinate reference system. Add its .prj file or give --crs (--crs EPSG:4326 for degrees, say)."),
            ),
            Self::BadCrs { file, detail } => say(
                format!("« {file} » : système de coordonnées inutilisable ({detail}). Donnez le bon avec --crs, par exemple --crs EPSG:32630."),
                format!("“{file}”: unusable coordinate reference system ({detail}). Give the right one with --crs, --crs EPSG:32630 say."),
            ),
            Self::OffTheEarth { file, unit, at } => say(
                format!("« {file} », unité {unit} : ({}, {}) n’est pas une longitude et une latitude. Si le fichier est projeté, donnez son système avec --crs.", at.0, at.1),
                format!("“{file}”, unit {unit}: ({}, {}) is no longitude and latitude. If the file is projected, give its system with --crs.", at.0, at.1),
            ),
            Self::UnknownLayer { file, layer, known } => say(
                format!("« {file} » n’a pas de couche « {layer} ». Ses couches : {}.", known.join(", ")),
                format!("“{file}” has no layer “{layer}”. Its layers: {}.", known.join(", ")),
            ),
            Self::Empty { file } => say(
                format!("« {file} » ne contient aucune unité. Vérifiez que c’est le bon fichier ou la bonne couche (--layer)."),
                format!("“{file}” holds no unit. Check that it is the right file or the right layer (--layer)."),
            ),
            Self::OnlyOutline => say(
                "Seul le contour du pays (admin 0) a été donné. Ajoutez les fichiers des régions, cercles ou communes.".into(),
                "Only the country's outline (admin 0) was given. Add the files of regions, cercles or communes.".into(),
            ),
            Self::UnknownColumn { file, column, known } => say(
                format!("« {file} » n’a pas de colonne « {column} ». Ses colonnes : {}.", known.join(", ")),
                format!("“{file}” has no column “{column}”. Its columns: {}.", known.join(", ")),
            ),
            Self::NoCodeColumn { file, known } => say(
                format!("« {file} » : aucune colonne de codes reconnue. Indiquez-la avec --code ; colonnes : {}.", known.join(", ")),
                format!("“{file}”: no column of codes was recognised. Name it with --code; columns: {}.", known.join(", ")),
            ),
            Self::NoNameColumn { file, known } => say(
                format!("« {file} » : aucune colonne de noms reconnue. Indiquez-la avec --name ; colonnes : {}.", known.join(", ")),
                format!("“{file}”: no column of names was recognised. Name it with --name; columns: {}.", known.join(", ")),
            ),
            Self::UnknownLevel { file } => say(
                format!("« {file} » : niveau inconnu. Donnez --level 1 (région), 2 (cercle) ou 3 (commune), un fichier à la fois."),
                format!("“{file}”: unknown level. Give --level 1 (region), 2 (cercle) or 3 (commune), one file at a time."),
            ),
            Self::LevelForSeveral => say(
                "--level ne vaut que pour un seul fichier d’une seule couche. Importez les fichiers un par un, ou retirez --level.".into(),
                "--level goes with a single file of a single layer. Import the files one by one, or leave --level out.".into(),
            ),
            Self::SameLevel { level, files } => say(
                format!("« {} » et « {} » sont tous deux de niveau {}. N’en gardez qu’un par niveau (ou choisissez la couche avec --layer).", files.0, files.1, level.number()),
                format!("“{}” and “{}” are both of level {}. Keep one a level (or choose the layer with --layer).", files.0, files.1, level.number()),
            ),
            Self::MissingCode { file, column, features, count } => {
                let list = features.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                say(
                    format!("« {file} » : {count} unité(s) sans code dans la colonne « {column} » (n° {list}). Complétez-les ou donnez une autre colonne avec --code."),
                    format!("“{file}”: {count} unit(s) without a code in the column “{column}” (no. {list}). Fill them in or give another column with --code."),
                )
            }
            Self::DuplicateCode { file, column, codes, count } => say(
                format!("« {file} » : {count} code(s) porté(s) par plusieurs unités dans la colonne « {column} » ({}). Fusionnez les morceaux d’une même unité, ou donnez une autre colonne avec --code.", codes.join(", ")),
                format!("“{file}”: {count} code(s) borne by several units in the column “{column}” ({}). Dissolve the pieces of a unit, or give another column with --code.", codes.join(", ")),
            ),
            Self::NoPolygon { file, unit, found } => say(
                format!("« {file} », unité {unit} : pas de polygone ({found}). Complétez la géométrie ou retirez la ligne."),
                format!("“{file}”, unit {unit}: no polygon ({found}). Complete the geometry or take the row out."),
            ),
            Self::Irreparable { file, unit, reason } => say(
                format!("« {file} », unité {unit} : polygone invalide et irréparable ({reason}). Corrigez-le dans QGIS."),
                format!("“{file}”, unit {unit}: invalid polygon that cannot be repaired ({reason}). Correct it in QGIS."),
            ),
            Self::NoParent { file, unit } => say(
                format!("« {file} », unité {unit} : elle n’est dans aucune unité du niveau supérieur. Les fichiers sont-ils du même découpage ? Sinon, donnez la colonne avec --parent."),
                format!("“{file}”, unit {unit}: it lies in no unit of the level above. Are the files of one vintage? Else name the column with --parent."),
            ),
        }
    }
}

impl fmt::Display for BoundaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}
