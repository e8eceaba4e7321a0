//! The API description: OpenAPI 3.0 made from the collections themselves, with a literal path for each of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::html::{self, Node};
use super::negotiate::{self, CSV, FGB, GEOJSON, GPKG, HTML, MVT, Offer, PARQUET, PDF, PNG, QLR, QML, SVG, XLSX, ZIP};
use super::problem::{Kind, Problem};
use super::service::{Asked, Page};
use super::{asked, choice, collections, maps, schema, statistics, tiles};
use crate::app::{FieldInfo, LayerInfo};
use crate::domain::Lang;
use crate::formats::crs::Crs;

/// `/api` and `/api.html`.
pub(super) fn api(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    asked::context(&asked.given, asked.source.as_ref())?;
    let document = document(asked);
    if asked.html() {
        return Ok(Page::html(explained(asked, &document)));
    }
    Page::json(&document, &[])
}

fn document(asked: &Asked) -> Value {
    let lang = asked.lang;
    let layers = asked.layers();
    let mut paths = Map::new();
    let plain = parameter_refs(CONTEXT_NAMES.iter().copied());
    let page = |id: &str, summary: &str, offers: &[Offer]| operation(id, summary, "service", &plain, offers, false);
    paths.insert("/".into(), page("landing", lang.pick("Page d’accueil", "Landing page"), negotiate::PLAIN));
    paths.insert(
        "/conformance".into(),
        page("conformance", lang.pick("Classes de conformité", "Conformance classes"), negotiate::PLAIN),
    );
    paths.insert("/api".into(), page("api", lang.pick("Cette description", "This description"), negotiate::API));
    paths.insert(
        "/collections".into(),
        page("collections", lang.pick("Les collections", "The collections"), negotiate::PLAIN),
    );
    let with = |own: &[&'static str]| parameter_refs(CONTEXT_NAMES.iter().chain(own).copied());
    let (spots, shares) = (with(&statistics::HOTSPOTS), with(&statistics::CONCENTRATION));
    let said = lang.pick("Foyers : où la violence se concentre", "Hotspots: where violence clusters");
    paths.insert("/hotspots".into(), operation("hotspots", said, "service", &spots, negotiate::FEATURES_ONLY, false));
    let said = lang.pick("Part par zone, et inégalité de la répartition", "Share by zone, and how unevenly it lies");
    paths.insert(
        "/concentration".into(),
        operation("concentration", said, "service", &shares, negotiate::JSON_ONLY, false),
    );
    let said = lang.pick(
        "Déclencheurs d’alerte précoce (seuils d’exemple, non approuvés)",
        "Triggers of early warning (example thresholds, not approved)",
    );
    paths.insert("/triggers".into(), operation("triggers", said, "service", &with(&[]), negotiate::JSON_ONLY, false));
    let mut filters = BTreeMap::new();
    for layer in &layers {
        collection_paths(&mut paths, &mut filters, layer, lang);
    }
    let tables = lang.pick("Tableaux et flèches de tendance", "Trend tables and arrows");
    let mut own = plain.clone();
    own.extend(parameter_refs(["by", "region", "category", "formula", "tolerance", "hxl"].into_iter()));
    paths.insert("/trends".into(), operation("trends", tables, "service", &own, negotiate::TABLES, true));
    let said = lang.pick("Carte d’une couche", "Map of a layer");
    let mut own = parameter_refs(CONTEXT_NAMES.iter().copied().filter(|name| *name != "detail"));
    own.extend(parameter_refs(maps::PARAMETERS.into_iter().chain(["layer"])));
    paths.insert("/map".into(), operation("map", said, "service", &own, negotiate::MAP, true));
    let said = lang.pick("Styles des couches", "Styles of the layers");
    paths.insert("/styles".into(), page("styles", said, negotiate::JSON_ONLY));
    let said = lang.pick("Grilles de tuiles", "Tile matrix sets");
    paths.insert("/tileMatrixSets".into(), page("tileMatrixSets", said, negotiate::JSON_ONLY));
    let set = format!("/tileMatrixSets/{}", tiles::MATRIX_SET);
    paths.insert(
        set,
        page("tileMatrixSet", lang.pick("La grille de tuiles", "The tile matrix set"), negotiate::JSON_ONLY),
    );
    for (path, id) in [("/health", "health"), ("/health/live", "healthLive"), ("/health/ready", "healthReady")] {
        paths.insert(
            path.into(),
            operation(
                id,
                lang.pick("État du service", "State of the service"),
                "service",
                &[],
                negotiate::JSON_ONLY,
                false,
            ),
        );
    }
    let mut parameters = parameters(asked);
    parameters.extend(filters);
    parameters.extend(forms(lang));
    let root = format!("{}/", asked.base);
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": asked.source.title(lang),
            "description": lang.pick(
                "Couches de suivi de protection selon OGC API Features. Une absence n’est jamais un zéro : « status » dit laquelle.",
                "Protection monitoring layers as OGC API Features. An absence is never a zero: “status” says which one."
            ),
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": root.trim_end_matches('/')}],
        "tags": tags(&layers, lang),
        "paths": paths,
        "components": {
            "parameters": parameters,
            "responses": {"Problem": {
                "description": lang.pick("Ce qui n’a pas pu être répondu, et pourquoi", "What could not be answered, and why"),
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
            "schemas": {"Problem": problem_schema(), "FeatureCollection": feature_collection_schema()},
        },
    })
}

fn tags(layers: &[std::sync::Arc<LayerInfo>], lang: Lang) -> Value {
    std::iter::once(json!({"name": "service"}))
        .chain(layers.iter().map(|l| json!({"name": l.id, "description": collections::description(l, lang)})))
        .collect()
}

const CONTEXT_NAMES: [&str; 9] = ["period", "set", "source", "basis", "lang", "detail", "as_of", "v", "f"];

fn parameter_refs<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Value> {
    names.map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect()
}

/// The paths of one collection; the filters that its fields make go into `filters`.
fn collection_paths(
    paths: &mut Map<String, Value>,
    filters: &mut BTreeMap<String, Value>,
    layer: &LayerInfo,
    lang: Lang,
) {
    let (id, title) = (layer.id.as_str(), collections::title(layer, lang));
    let home = collections::path(id);
    let plain = parameter_refs(CONTEXT_NAMES.iter().copied());
    let own = parameter_refs(asked::feature_parameters(layer).into_iter());
    let mut of_items = own.clone();
    of_items.extend(parameter_refs(["bbox", "datetime", "limit", "offset"].into_iter().chain(choice::PARAMETERS)));
    for field in asked::filter_fields(layer) {
        // The same name may hold whole numbers in one layer and decimals in another.
        let key = format!("field.{}.{}", field.name, schema::kind_name(field.kind));
        of_items.push(json!({"$ref": format!("#/components/parameters/{key}")}));
        filters.entry(key).or_insert_with(|| filter(field, lang));
    }
    let mut of_one = own.clone();
    of_one.extend(parameter_refs(["featureId", "crs"].into_iter()));
    let name = |what: &str| format!("{what}.{id}");
    let said = |fr: &str, en: &str| format!("{title} : {}", lang.pick(fr, en));
    let mut add = |path: String, operation: Value| {
        paths.insert(path, operation);
    };
    add(home.clone(), operation(&name("collection"), title, id, &plain, negotiate::PLAIN, true));
    add(
        format!("{home}/schema"),
        operation(&name("schema"), &said("schéma", "schema"), id, &plain, negotiate::JSON_SCHEMA, true),
    );
    add(
        format!("{home}/queryables"),
        operation(
            &name("queryables"),
            &said("champs filtrables", "fields to filter by"),
            id,
            &plain,
            negotiate::JSON_SCHEMA,
            true,
        ),
    );
    add(
        format!("{home}/items"),
        operation(&name("items"), &said("entités", "features"), id, &of_items, negotiate::ITEMS, true),
    );
    add(
        format!("{home}/items/{{featureId}}"),
        operation(&name("item"), &said("une entité", "one feature"), id, &of_one, negotiate::FEATURES, true),
    );
    let plain_own = own.clone();
    let file = said("un fichier", "a file");
    add(format!("{home}/download"), operation(&name("download"), &file, id, &own, negotiate::DOWNLOAD, true));
    let own = parameter_refs(asked::picture_parameters(layer).into_iter());
    let mut of_map = own.clone();
    of_map.extend(parameter_refs(maps::PARAMETERS.into_iter()));
    add(format!("{home}/map"), operation(&name("map"), &said("carte", "map"), id, &of_map, negotiate::MAP, true));
    let tiled = format!("{home}/tiles");
    let said_sets = said("jeux de tuiles", "tilesets");
    let style = format!("/styles/{}", super::address::segment(id));
    add(style.clone(), operation(&name("style"), &said("style", "style"), id, &own, negotiate::STYLE, true));
    let said_places = said("entités aux points d’étiquette", "features on label points");
    add(format!("{style}/places"), operation(&name("places"), &said_places, id, &own, negotiate::FEATURES_ONLY, true));
    let legend = format!("/legend/{}", super::address::segment(id));
    add(legend, operation(&name("legend"), &said("légende", "legend"), id, &own, negotiate::LEGEND, true));
    add(tiled.clone(), operation(&name("tilesets"), &said_sets, id, &own, negotiate::JSON_ONLY, true));
    let set = format!("{tiled}/{}", tiles::MATRIX_SET);
    add(
        set.clone(),
        operation(&name("tileset"), &said("jeu de tuiles", "tileset"), id, &own, negotiate::JSON_ONLY, true),
    );
    let without_form: Vec<Value> = own.iter().filter(|p| p["$ref"] != "#/components/parameters/f").cloned().collect();
    let mut of_tile = own.clone();
    of_tile.extend(parameter_refs(["tileMatrix", "tileRow", "tileCol"].into_iter()));
    let mut one = operation(&name("tile"), &said("une tuile", "one tile"), id, &of_tile, negotiate::TILE, true);
    one["get"]["responses"]["204"] = json!({"description": lang.pick("Tuile vide", "Empty tile")});
    add(format!("{set}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"), one);
    let file = format!("/tiles/{}.json", super::address::segment(id));
    let said_json = said("adresse des tuiles XYZ", "address of XYZ tiles");
    add(file, operation(&name("tilejson"), &said_json, id, &without_form, negotiate::JSON_ONLY, true));
    let without_form: Vec<Value> =
        plain_own.iter().filter(|p| p["$ref"] != "#/components/parameters/f").cloned().collect();
    add(
        collections::definition_path(id),
        operation(
            &name("qlr"),
            &said("couche QGIS", "QGIS layer"),
            id,
            &without_form,
            negotiate::LAYER_DEFINITION,
            true,
        ),
    );
}

/// The name of the parameter `f` of a resource with these forms: each list of forms has its own.
fn form_key(offers: &[Offer]) -> String {
    let names: Vec<&str> = offers.iter().flat_map(|o| o.names).copied().collect();
    format!("form.{}", names.join("."))
}

/// `f` as every list of forms has it.
fn forms(lang: Lang) -> impl Iterator<Item = (String, Value)> {
    let said = lang.pick(
        "Format de la réponse, plutôt que l’en-tête Accept.",
        "Form of the answer, in place of the Accept header.",
    );
    [
        negotiate::PLAIN,
        negotiate::API,
        negotiate::ITEMS,
        negotiate::FEATURES,
        negotiate::FEATURES_ONLY,
        negotiate::JSON_SCHEMA,
        negotiate::JSON_ONLY,
        negotiate::TABLES,
        negotiate::TILE,
        negotiate::MAP,
        negotiate::DOWNLOAD,
        negotiate::STYLE,
        negotiate::LEGEND,
    ]
    .into_iter()
    .map(move |offers| {
        let names: Vec<&str> = offers.iter().flat_map(|o| o.names).copied().collect();
        (form_key(offers), query_parameter("f", said, &json!({"type": "string", "enum": names})))
    })
}

fn operation(id: &str, summary: &str, tag: &str, parameters: &[Value], offers: &[Offer], may_miss: bool) -> Value {
    let schema = |media: &str| match media {
        GEOJSON => json!({"$ref": "#/components/schemas/FeatureCollection"}),
        HTML | QLR | QML | SVG | CSV => json!({"type": "string"}),
        XLSX | PDF | MVT | PNG | FGB | GPKG | ZIP | PARQUET => json!({"type": "string", "format": "binary"}),
        _ => json!({"type": "object"}),
    };
    // Only the list is a collection; one feature is an object of its own.
    let schema = |m: &str| if id.starts_with("item.") && m == GEOJSON { json!({"type": "object"}) } else { schema(m) };
    let content: Map<String, Value> =
        offers.iter().map(|o| (o.media.to_owned(), json!({"schema": schema(o.media)}))).collect();
    let problem = json!({"$ref": "#/components/responses/Problem"});
    let mut responses = Map::new();
    responses.insert("200".into(), json!({"description": summary, "content": content}));
    responses.insert("400".into(), problem.clone());
    // What has parameters can be asked for a data version that is not served.
    if may_miss || !parameters.is_empty() {
        responses.insert("404".into(), problem.clone());
    }
    for status in ["406", "500", "503"] {
        responses.insert(status.into(), problem.clone());
    }
    let mut get = json!({"operationId": id, "summary": summary, "tags": [tag]});
    let form = format!("#/components/parameters/{}", form_key(offers));
    let of_form = |p: &Value| if p["$ref"] == "#/components/parameters/f" { json!({"$ref": form}) } else { p.clone() };
    if !parameters.is_empty() {
        get["parameters"] = parameters.iter().map(of_form).collect();
    }
    get["responses"] = Value::Object(responses);
    json!({ "get": get })
}

/// A period as text. The first month of an interval is not after its last, which a pattern cannot say.
const PERIOD: &str = "^(latest|[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?(/[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?)?)$";
/// A date, or the number of a data version.
const AS_OF: &str = "^([12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-9]|3[01])|[1-9][0-9]{0,17})$";

/// Every parameter with `style: form, explode: false`, as QGIS reads them.
fn query_parameter(name: &str, said: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "description": said, "style": "form", "explode": false, "schema": schema})
}

fn filter(field: &FieldInfo, lang: Lang) -> Value {
    let title = lang.pick(&field.title_fr, &field.title_en);
    let said = lang.pick(
        format!("Garde les entités dont ce champ a cette valeur : {title}"),
        format!("Keeps the features whose field has this value: {title}"),
    );
    query_parameter(&field.name, &said, &json!({"type": schema::kind_name(field.kind)}))
}

#[expect(clippy::too_many_lines, reason = "a list, a line or two a parameter")]
fn parameters(asked: &Asked) -> Map<String, Value> {
    let (lang, limits) = (asked.lang, &asked.limits);
    let sets: Vec<String> = asked.source.set_ids().into_iter().map(String::from).collect();
    let text = json!({"type": "string"});
    let crs = json!({"type": "string", "format": "uri", "enum": Crs::ALL.map(Crs::uri), "default": Crs::CRS84.uri()});
    let ids: Vec<String> = asked.layers().iter().map(|l| l.id.clone()).collect();
    let side = json!({"type": "integer", "minimum": 1, "maximum": maps::SIDE_MAXIMUM});
    let rows: [(&str, &str, &str, Value); 41] = [
        ("layer", "La couche dessinée.", "The layer drawn.", json!({"type": "string", "enum": ids})),
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
            json!({"type": "integer", "minimum": 0, "default": 1}),
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
            json!({"type": "number", "exclusiveMinimum": true, "minimum": 0, "maximum": 1000}),
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
            json!({"type": "integer", "minimum": 2, "default": 5}),
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
    ];
    let mut all: Map<String, Value> = rows
        .iter()
        .map(|(name, fr, en, schema)| ((*name).to_owned(), query_parameter(name, lang.pick(fr, en), schema)))
        .collect();
    let said = lang.pick("Identifiant de l’entité : {découpage}.{code}", "The feature’s id: {set}.{code}");
    all.insert(
        "featureId".into(),
        json!({"name": "featureId", "in": "path", "required": true, "description": said, "schema": {"type": "string"}}),
    );
    let said = lang.pick("Zoom, ligne ou colonne de la tuile.", "Zoom, row or column of the tile.");
    for (name, most) in [("tileMatrix", 14), ("tileRow", 16_383), ("tileCol", 16_383)] {
        let schema = json!({"type": "integer", "minimum": 0, "maximum": most});
        all.insert(
            name.into(),
            json!({"name": name, "in": "path", "required": true, "description": said, "schema": schema}),
        );
    }
    all
}

fn problem_schema() -> Value {
    let kinds: Vec<_> = Kind::ALL.iter().map(|k| k.uri()).collect();
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": kinds},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "parameter": {"type": "string"},
            "value": {"type": "string"},
            "allowed": {"type": "array", "items": {"type": "string"}},
            "request_id": {"type": "string"},
        },
    })
}

fn feature_collection_schema() -> Value {
    json!({
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "data_version": {"type": "integer"},
            "period": {"type": "string", "nullable": true},
            "sets": {"type": "array", "items": {"type": "string"}},
            "non_located": {"type": "integer", "nullable": true},
            "total": {"type": "integer", "nullable": true},
            "synthetic": {"type": "boolean"},
            "schematic": {"type": "boolean"},
            "notes": {"type": "array", "items": {"type": "string"}},
            "links": {"type": "array", "items": {"type": "object"}},
            "features": {"type": "array", "items": {"type": "object"}},
        },
    })
}

/// The description for people: paths, parameters, problems.
fn explained(asked: &Asked, document: &Value) -> String {
    let lang = asked.lang;
    let empty = Map::new();
    let object = |v: &'_ Value| v.as_object().cloned().unwrap_or_else(|| empty.clone());
    let row = |name: &str, said: &str| {
        format!("<tr><th scope=\"row\"><code>{}</code></th><td>{}</td></tr>", html::escape(name), html::escape(said))
    };
    let paths: String = object(&document["paths"])
        .iter()
        .map(|(path, o)| row(path, o["get"]["summary"].as_str().unwrap_or_default()))
        .collect();
    let parameters: String = object(&document["components"]["parameters"])
        .iter()
        .filter(|(key, _)| !key.starts_with("field.") && !key.starts_with("form."))
        .map(|(name, p)| row(name, p["description"].as_str().unwrap_or_default()))
        .collect();
    let problems: String =
        Kind::ALL.iter().map(|k| row(&k.uri(), &format!("{} : {}", k.status().as_u16(), k.title(lang)))).collect();
    let table = |rows: String| {
        Node::Raw(format!("<div class=\"wide\" tabindex=\"0\"><table><tbody>{rows}</tbody></table></div>"))
    };
    let body = [
        Node::text("p", document["info"]["description"].as_str().unwrap_or_default()),
        Node::text("h2", lang.pick("Adresses", "Addresses")),
        table(paths),
        Node::text("h2", lang.pick("Paramètres", "Parameters")),
        table(parameters),
        Node::text(
            "p",
            lang.pick(
                "Les champs d’une couche sont aussi des paramètres : « status=zero » garde les entités dont le champ a cette valeur.",
                "The fields of a layer are parameters too: “status=zero” keeps the features whose field has this value.",
            ),
        ),
        Node::text("h2", lang.pick("Problèmes", "Problems")),
        table(problems),
    ];
    html::page(asked, lang.pick("L’API", "The API"), &[], &body)
}
