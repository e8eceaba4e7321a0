//! Every parameter, once: what it says, and what it may be.

use serde_json::{Map, Value, json};

use super::super::choice;
use super::super::service::Asked;
use super::super::{annexes, maps, schema, statistics, ui};
use crate::app::{FieldInfo, GLYPH_FONTS};
use crate::domain::Lang;
use crate::formats::crs::Crs;

/// A period as text. The first month of an interval is not after its last, which a pattern cannot say.
const PERIOD: &str = "^(latest|[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?(/[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?)?)$";
/// The same, or nothing: forms of pages send what was left empty.
const PERIOD_OR_EMPTY: &str =
    "^(|latest|[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?(/[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?)?)$";
/// A date, or the number of a data version.
const AS_OF: &str = "^([12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-9]|3[01])|[1-9][0-9]{0,17})$";

/// One of the values, or nothing.
fn one_of(values: &[&str]) -> Value {
    let values = [values, &[""]].concat();
    json!({"type": "string", "enum": values})
}

/// Every parameter with `style: form, explode: false`, as QGIS reads them.
pub(super) fn query_parameter(name: &str, said: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": said, "style": "form", "explode": false, "schema": schema})
}

pub(super) fn filter(field: &FieldInfo, lang: Lang) -> Value {
    let title = lang.pick(&field.title_fr, &field.title_en);
    let said = lang.pick(
        format!("Garde les entités dont ce champ a cette valeur : {title}"),
        format!("Keeps the features whose field has this value: {title}"),
    );
    query_parameter(&field.name, &said, &json!({"type": schema::kind_name(field.kind)}))
}

/// The parameters of addresses, by the name that operations refer to.
#[expect(clippy::too_many_lines, reason = "a list, a line or two a parameter")]
pub(super) fn parameters(asked: &Asked) -> Map<String, Value> {
    let (lang, limits) = (asked.lang, &asked.limits);
    let sets: Vec<String> = asked.source.set_ids().into_iter().map(String::from).collect();
    let text = json!({"type": "string"});
    let crs = json!({"type": "string", "format": "uri", "enum": Crs::ALL.map(Crs::uri), "default": Crs::CRS84.uri()});
    let ids: Vec<String> = asked.layers().iter().map(|l| l.id.clone()).collect();
    let side = json!({"type": "integer", "minimum": 1, "maximum": maps::SIDE_MAXIMUM});
    let rows: [(&str, &str, &str, Value); 57] = [
        ("layer", "La couche dessinée.", "The layer drawn.", json!({"type": "string", "enum": ids.clone()})),
        ("inserted", "La couche montrée.", "The layer shown.", json!({"type": "string", "enum": ids})),
        ("width", "Largeur de la carte, en pixels.", "Width of the map, pixels.", side.clone()),
        ("height", "Hauteur de la carte, en pixels.", "Height of the map, pixels.", side),
        (
            "measure",
            "Ce qui est compté.",
            "What is counted.",
            json!({"type": "string", "enum": statistics::MEASURES, "default": "violations"}),
        ),
        (
            "level",
            "Niveau des unités.",
            "Level of the units.",
            json!({"type": "string", "enum": ["regions", "cercles", "communes"]}),
        ),
        (
            "method",
            "Méthode : gi-star (Gi*, p exacte par permutation, taux de fausses découvertes) a des formes, les autres se joignent par set et pcode.",
            "Method: gi-star (Gi*, exact permutation p, false discovery rate) has shapes, the others are joined by set and pcode.",
            json!({"type": "string", "enum": statistics::METHODS, "default": "gi-star"}),
        ),
        (
            "weights",
            "Voisinage : queen, rook, nearest-K (1 à 50) ou within-KMkm (1 à 2000).",
            "Neighbours: queen, rook, nearest-K (1 to 50) or within-KMkm (1 to 2000).",
            json!({"type": "string", "default": "queen", "pattern": "^(queen|rook|nearest-[1-9][0-9]?|within-[1-9][0-9]{0,3}km)$"}),
        ),
        (
            "alpha",
            "Taux de fausses découvertes, entre 0 et 1.",
            "False discovery rate, between 0 and 1.",
            json!({"type": "number", "minimum": 0, "maximum": 1, "default": 0.05}),
        ),
        (
            "permutations",
            "Permutations ou simulations, des méthodes qui tirent au sort.",
            "Permutations or simulations, of methods that draw.",
            json!({"type": "integer", "minimum": 99, "maximum": 9999, "default": 999}),
        ),
        (
            "seed",
            "Graine des tirages.",
            "Seed of what is drawn.",
            json!({"type": "integer", "minimum": 0, "maximum": i64::MAX, "default": 1}),
        ),
        (
            "months",
            "Mois d’historique, jusqu’au dernier de la période.",
            "Months of history, up to the period’s last.",
            json!({"type": "integer", "minimum": 2, "maximum": 120, "default": 12}),
        ),
        (
            "radius_km",
            "Kilomètres en deçà desquels des événements sont proches ; largeur du noyau d’une densité.",
            "Kilometres within which events are close; a density’s bandwidth.",
            json!({"type": "number", "minimum": 0.001, "maximum": 1000}),
        ),
        (
            "days",
            "Jours en deçà desquels des événements sont proches.",
            "Days within which events are close.",
            json!({"type": "integer", "minimum": 1, "maximum": 3660, "default": 30}),
        ),
        (
            "min_events",
            "Événements d’un lieu dense, lui-même compris.",
            "Events of a dense place, itself included.",
            json!({"type": "integer", "minimum": 2, "maximum": 1_000_000, "default": 5}),
        ),
        (
            "against",
            "Période à laquelle comparer ; sans elle, celle juste avant.",
            "Period to compare with; the one just before where not given.",
            json!({"type": "string", "pattern": PERIOD, "example": "2021-05"}),
        ),
        (
            "zone",
            "Identifiant d’une zone, ou all.",
            "A zone’s id, or all.",
            json!({"type": "string", "default": "all"}),
        ),
        (
            // QGIS reads its page size here and nowhere else.
            "limit",
            "Nombre d’entités par page.",
            "Features on a page.",
            json!({"type": "integer", "minimum": 1, "maximum": limits.page_maximum, "default": limits.page_default}),
        ),
        (
            "offset",
            "Nombre d’entités à passer.",
            "Features to skip.",
            json!({"type": "integer", "minimum": 0, "maximum": limits.offset_maximum, "default": 0}),
        ),
        (
            "bbox",
            "Ouest,sud,est,nord en degrés (WGS 84) ; avec des altitudes, six nombres.",
            "West,south,east,north in degrees (WGS 84); six numbers with heights.",
            json!({"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}),
        ),
        (
            "bbox-crs",
            "Système de coordonnées de « bbox », dans l’ordre de ses axes.",
            "Reference system of “bbox”, in the order of its axes.",
            crs.clone(),
        ),
        (
            "crs",
            "Système de coordonnées de la réponse, dans l’ordre de ses axes.",
            "Reference system of the answer, in the order of its axes.",
            crs.clone(),
        ),
        (
            "filter",
            "Filtre CQL2 sur les champs de /queryables : value >= 10 AND name LIKE 'Mop%'.",
            "CQL2 filter on the fields of /queryables: value >= 10 AND name LIKE 'Mop%'.",
            json!({"type": "string", "maxLength": crate::app::FILTER_BYTES}),
        ),
        (
            "filter-lang",
            "Langage du filtre.",
            "Language of the filter.",
            json!({"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}),
        ),
        (
            "filter-crs",
            "Système de coordonnées des géométries du filtre.",
            "Reference system of the filter’s geometries.",
            crs,
        ),
        (
            "properties",
            "Champs voulus ; sans lui, tous.",
            "Fields wanted; without it all.",
            json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
        ),
        (
            "sortby",
            "Champs de tri, un moins devant pour décroître ; les absences viennent à la fin.",
            "Fields to sort by, a minus before one to go down; absences come last.",
            json!({"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": choice::SORT_KEYS}),
        ),
        (
            "datetime",
            "Un instant ou un intervalle, ouvert par « .. ».",
            "An instant or an interval, open with “..”.",
            text.clone(),
        ),
        (
            "period",
            "Période : 2021-06, 2021-Q2, 2021, 2021-01/2021-06 ou latest (par défaut).",
            "Period: 2021-06, 2021-Q2, 2021, 2021-01/2021-06 or latest (the default).",
            json!({"type": "string", "pattern": PERIOD, "example": "2021-06"}),
        ),
        (
            "set",
            "Découpages administratifs, séparés par des virgules ; sans lui, celui par défaut.",
            "Boundary sets, separated by commas; without it the default one.",
            json!({"type": "array", "items": if sets.is_empty() { text.clone() } else { json!({"type": "string", "enum": sets}) }, "minItems": 1}),
        ),
        (
            "source",
            "Source comptée ; les chiffres de deux sources ne s’additionnent jamais.",
            "Source counted; figures of two sources are never added.",
            json!({"type": "string", "default": "monitoring"}),
        ),
        (
            "basis",
            "Documenté seulement, ou documenté et non documenté.",
            "Documented only, or documented and undocumented.",
            json!({"type": "string", "enum": ["documented", "all"], "default": "documented"}),
        ),
        ("lang", "Langue des libellés.", "Language of labels.", json!({"type": "string", "enum": ["fr", "en"]})),
        (
            "detail",
            "Finesse des contours ; les frontières communes le restent.",
            "How fine the outlines are; shared borders stay shared.",
            json!({"type": "string", "enum": ["full", "display", "overview"], "default": "full"}),
        ),
        (
            "as_of",
            "État des données à une date (fin du jour, UTC) ou après l’import de ce numéro.",
            "State of the data on a date (its end, UTC) or after the import of this number.",
            json!({"type": "string", "pattern": AS_OF, "example": asked.source.version().to_string()}),
        ),
        (
            "v",
            "Version des données attendue. Les pages d’une liste la gardent ; ailleurs, une autre que la courante est introuvable.",
            "Data version expected. The pages of a list keep it; elsewhere any but the current one is not found.",
            json!({"type": "integer"}),
        ),
        (
            "by",
            "Tableaux de tendance voulus ; sans lui, tous.",
            "Trend tables wanted; without it all.",
            json!({"type": "array", "items": {"type": "string", "enum": crate::app::TrendBy::ALL.map(crate::app::TrendBy::word)}}),
        ),
        (
            "region",
            "Tableaux de cette région seule (p-code) ; ceux qui comparent des régions sont alors laissés.",
            "Tables of this region alone (p-code); those that compare regions are then left out.",
            json!({"type": "string", "example": "ML05"}),
        ),
        (
            "category",
            "Tableaux de cette catégorie seule (code) ; ceux qui comparent des catégories sont alors laissés.",
            "Tables of this category alone (code); those that compare categories are then left out.",
            json!({"type": "string", "example": "E"}),
        ),
        (
            "formula",
            "Formule des évolutions.",
            "Formula of changes.",
            json!({"type": "string", "enum": ["relative", "symmetric"], "default": "relative"}),
        ),
        (
            "tolerance",
            "Écart en % qui reste « même niveau ».",
            "Change in % that still counts as level.",
            json!({"type": "number", "minimum": 0, "maximum": 100, "default": 5}),
        ),
        (
            "hxl",
            "Ajoute la ligne d’étiquettes HXL au classeur.",
            "Adds the row of HXL tags to the workbook.",
            json!({"type": "boolean", "default": false}),
        ),
        ("paper", "Format du papier.", "Paper size.", json!({"type": "string", "enum": ["a4", "a3"], "default": "a4"})),
        (
            "orientation",
            "Sens de la feuille.",
            "Which way the sheet lies.",
            json!({"type": "string", "enum": ["landscape", "portrait"], "default": "landscape"}),
        ),
        (
            "dpi",
            "Points par pouce d’une image.",
            "Dots an inch of a picture.",
            json!({"type": "integer", "minimum": annexes::LEAST_DPI, "maximum": annexes::MOST_DPI, "default": 150}),
        ),
        (
            "rate",
            "Rapporte à la population au lieu de compter.",
            "Rates by population in place of counts.",
            json!({"type": "boolean", "default": false}),
        ),
        ("theme", "Thème montré.", "Theme shown.", one_of(&ui::themes())),
        (
            "shown",
            "Niveau montré ; un thème qui ne l’a pas montre le sien.",
            "Level shown; a theme that does not have it shows its own.",
            one_of(&ui::LEVELS),
        ),
        (
            "compare",
            "Période montrée à côté.",
            "Period shown beside it.",
            json!({"type": "string", "pattern": PERIOD_OR_EMPTY, "example": "2021-05"}),
        ),
        (
            "view",
            "Sans la carte interactive, pour une mauvaise ligne.",
            "Without the interactive map, for a bad line.",
            one_of(&["light", "full"]),
        ),
        (
            "brought",
            "Thème du fichier.",
            "Theme of the file.",
            json!({"type": "string", "enum": crate::app::import_themes(lang).into_iter().map(|(id, _)| id).collect::<Vec<_>>()}),
        ),
        ("file", "Nom du fichier.", "Name of the file.", text.clone()),
        ("of", "Source des faits.", "Source of the facts.", json!({"type": "string", "default": "monitoring"})),
        (
            "profile",
            "Profil de lecture ; « auto » reconnaît le fichier.",
            "How the file is read; “auto” recognises it.",
            json!({"type": "string", "pattern": "^[^/\\\\.]+$", "default": "auto"}),
        ),
        (
            "dry_run",
            "Dit ce qui serait fait, et n’écrit rien.",
            "Says what would be done, and writes nothing.",
            json!({"type": "boolean", "default": false}),
        ),
        (
            "strict",
            "Refuse tout le fichier pour une ligne rejetée.",
            "Refuses the whole file for one rejected row.",
            json!({"type": "boolean", "default": false}),
        ),
        (
            "replaces",
            "Période dont le fichier remplace les faits de la même source.",
            "Period whose facts of the same source the file replaces.",
            json!({"type": "string", "pattern": PERIOD, "example": "2021-06"}),
        ),
    ];
    rows.iter()
        .map(|(key, fr, en, schema)| {
            // The same name means something else in the application and of an import.
            let name = match *key {
                "shown" => "level",
                "brought" => "theme",
                "of" => "source",
                "inserted" => "layer",
                other => other,
            };
            let mut parameter = query_parameter(name, lang.pick(fr, en), schema);
            if matches!(*key, "brought" | "layer") {
                parameter["required"] = json!(true);
            }
            ((*key).to_owned(), parameter)
        })
        .collect()
}

/// The parts of paths that stand in braces.
pub(super) fn path_parameters(lang: Lang) -> Map<String, Value> {
    let text = |example: &str| json!({"type": "string", "example": example});
    let whole = |most: u32| json!({"type": "integer", "minimum": 0, "maximum": most});
    let (zoom, cell) = (whole(14), whole(16_383));
    let tile = lang.pick("Zoom, ligne ou colonne de la tuile.", "Zoom, row or column of the tile.");
    let rows: [(&str, &str, Value); 13] = [
        (
            "featureId",
            lang.pick("Identifiant de l’entité : {découpage}.{code}", "The feature’s id: {set}.{code}"),
            json!({"type": "string"}),
        ),
        ("tileMatrix", tile, zoom.clone()),
        ("tileRow", tile, cell.clone()),
        ("tileCol", tile, cell.clone()),
        ("z", tile, zoom),
        ("x", tile, cell.clone()),
        ("y", tile, cell),
        (
            "month",
            lang.pick(
                "Période : 2021-06, 2021-Q2, latest ; entre deux mois un tiret bas, 2021-01_2021-06.",
                "Period: 2021-06, 2021-Q2, latest; between two months an underscore, 2021-01_2021-06.",
            ),
            text("2021-06"),
        ),
        (
            "annexFile",
            lang.pick("Annexe et format : 3.pdf, liptako.xlsx.", "Annex and form: 3.pdf, liptako.xlsx."),
            json!({"type": "string", "enum": annexes::files()}),
        ),
        ("font", lang.pick("Police.", "Font."), json!({"type": "string", "enum": GLYPH_FONTS})),
        (
            "range",
            lang.pick("Bloc de 256 caractères : 0-255, 256-511…", "Block of 256 characters: 0-255, 256-511…"),
            text("0-255"),
        ),
        ("part", lang.pick("Fichier des pages web.", "File of the web pages."), text("embed.js")),
        (
            "importId",
            lang.pick("Numéro de l’import.", "Number of the import."),
            json!({"type": "integer", "minimum": 1}),
        ),
    ];
    rows.into_iter()
        .map(|(name, said, schema)| {
            (
                name.to_owned(),
                json!({"name": name, "in": "path", "required": true, "description": said, "schema": schema}),
            )
        })
        .collect()
}
