//! Every path: those of the service, and for each layer its own, written out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::negotiate::{self, Form, Offer};
use super::super::service::Asked;
use super::super::{
    address, annexes, asked, choice, collections, definition, imports, maps, schema, statistics, styles, tiles, ui,
};
use super::operation::{of_imports, operation};
use super::parameters::filter;
use crate::app::LayerInfo;
use crate::domain::Lang;

/// Paths by their address, and the parameters that fields of layers make.
pub(super) fn paths(asked: &Asked, layers: &[Arc<LayerInfo>]) -> (Map<String, Value>, BTreeMap<String, Value>) {
    let (mut paths, mut filters) = (Map::new(), BTreeMap::new());
    of_service(&mut paths, asked.lang);
    of_pages(&mut paths, asked.lang);
    for layer in layers {
        of_layer(&mut paths, &mut filters, layer, asked.lang);
    }
    if asked.desk {
        of_desk(&mut paths, asked.lang);
    }
    (paths, filters)
}

const CONTEXT_NAMES: [&str; 9] = ["period", "set", "source", "basis", "lang", "detail", "as_of", "v", "f"];

fn parameter_refs<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Value> {
    names.into_iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})).collect()
}

fn with_context(own: &[&str]) -> Vec<Value> {
    parameter_refs(CONTEXT_NAMES.iter().chain(own).copied())
}

/// Without `f`, where the address says the form.
fn without_form(parameters: &[Value]) -> Vec<Value> {
    parameters.iter().filter(|p| p["$ref"] != "#/components/parameters/f").cloned().collect()
}

fn of_service(paths: &mut Map<String, Value>, lang: Lang) {
    let plain = with_context(&[]);
    let mut add = |path: &str, id: &str, (fr, en): (&str, &str), parameters: &[Value], offers: &[Offer], miss: bool| {
        paths.insert(path.to_owned(), operation(id, lang.pick(fr, en), "service", parameters, offers, miss));
    };
    add("/", "landing", ("Page d’accueil", "Landing page"), &plain, negotiate::PLAIN, false);
    let said = ("Classes de conformité", "Conformance classes");
    add("/conformance", "conformance", said, &plain, negotiate::PLAIN, false);
    let said = ("Cette description", "This description");
    add("/api", "api", said, &plain, negotiate::API, false);
    add("/api.html", "apiPage", said, &plain, negotiate::API_PAGE, false);
    let said = ("Les collections", "The collections");
    add("/collections", "collections", said, &plain, negotiate::PLAIN, false);
    let said = ("Foyers : où la violence se concentre", "Hotspots: where violence clusters");
    add("/hotspots", "hotspots", said, &with_context(&statistics::HOTSPOTS), negotiate::FEATURES_ONLY, false);
    let said = ("Part par zone, et inégalité de la répartition", "Share by zone, and how unevenly it lies");
    let own = with_context(&statistics::CONCENTRATION);
    add("/concentration", "concentration", said, &own, negotiate::JSON_ONLY, false);
    let said = (
        "Déclencheurs d’alerte précoce (seuils d’exemple, non approuvés)",
        "Triggers of early warning (example thresholds, not approved)",
    );
    add("/triggers", "triggers", said, &plain, negotiate::JSON_ONLY, false);
    let own = with_context(&["by", "region", "category", "formula", "tolerance", "hxl"]);
    let said = ("Tableaux et flèches de tendance", "Trend tables and arrows");
    add("/trends", "trends", said, &own, negotiate::TABLES, true);
    let mut own = parameter_refs(CONTEXT_NAMES.iter().copied().filter(|name| *name != "detail"));
    own.extend(parameter_refs(maps::PARAMETERS.into_iter().chain(["layer"])));
    add("/map", "map", ("Carte d’une couche", "Map of a layer"), &own, negotiate::MAP, true);
    add("/styles", "styles", ("Styles des couches", "Styles of the layers"), &plain, negotiate::JSON_ONLY, false);
    let said = ("Grilles de tuiles", "Tile matrix sets");
    add("/tileMatrixSets", "tileMatrixSets", said, &plain, negotiate::JSON_ONLY, false);
    let (set, said) =
        (format!("/tileMatrixSets/{}", tiles::MATRIX_SET), ("La grille de tuiles", "The tile matrix set"));
    add(&set, "tileMatrixSet", said, &plain, negotiate::JSON_ONLY, false);
    let said = ("Les annexes et leurs fichiers", "The annexes and their files");
    add("/annexes", "annexes", said, &parameter_refs(["lang", "f", "v"]), negotiate::JSON_ONLY, false);
    let own = parameter_refs(annexes::PARAMETERS.into_iter().chain(["month"]));
    let said = ("Toutes les annexes d’une période", "All annexes of a period");
    add("/annexes/{month}.zip", "annexArchive", said, &own, negotiate::ZIP_FILE, true);
    let own = parameter_refs(annexes::PARAMETERS.into_iter().chain(["month", "annexFile"]));
    let said = ("Une annexe d’une période", "One annex of a period");
    add("/annexes/{month}/{annexFile}", "annex", said, &own, &annexes::every_offer(), true);
    let said = ("Toutes les couches, pour QGIS", "All layers, for QGIS");
    let project = format!("/qgis/{}", definition::PROJECT);
    add(&project, "project", said, &without_form(&plain), negotiate::LAYER_DEFINITION, true);
    let said = ("État du service", "State of the service");
    for (path, id) in [("/health", "health"), ("/health/live", "healthLive"), ("/health/ready", "healthReady")] {
        add(path, id, said, &[], negotiate::JSON_ONLY, false);
    }
}

/// Pages for people, and what they and web maps are made of.
fn of_pages(paths: &mut Map<String, Value>, lang: Lang) {
    let mut add = |path: &str, id: &str, (fr, en): (&str, &str), parameters: &[Value], offers: &[Offer]| {
        paths.insert(path.to_owned(), operation(id, lang.pick(fr, en), "pages", parameters, offers, true));
    };
    let said = ("Carte d’une couche à insérer dans une page", "Map of a layer to put into a page");
    add("/embed", "embed", said, &with_context(&["inserted"]), negotiate::EMBED);
    let plain = without_form(&with_context(&[]));
    let mut own = plain.clone();
    own.extend(parameter_refs(ui::PARAMETERS));
    add("/app", "app", ("Carte, tableaux et graphiques", "Map, tables and charts"), &own, negotiate::EMBED);
    add("/app/report", "report", ("Rapport du mois", "The month’s report"), &plain, negotiate::EMBED);
    let said = ("Partie des pages web", "Part of the web pages");
    add(
        "/web/{part}",
        "webPart",
        said,
        &parameter_refs(["part"]),
        &[negotiate::SCRIPT_FILE, negotiate::STYLESHEET_FILE].concat(),
    );
    let said = ("Motifs et signes", "Patterns and signs");
    for (file, id) in styles::sprite_files() {
        add(&format!("/sprites/{file}"), id, said, &[], styles::sprite_offers(file));
    }
    let said = ("Caractères pour cartes web", "Glyphs for web maps");
    add("/glyphs/{font}/{range}.pbf", "glyphs", said, &parameter_refs(["font", "range"]), negotiate::GLYPHS);
}

/// Imports, where the service has an import page.
fn of_desk(paths: &mut Map<String, Value>, lang: Lang) {
    let one = parameter_refs(["importId", "lang"]);
    let mut tried = one.clone();
    tried.extend(parameter_refs(["dry_run"]));
    let file = json!({
        "required": true,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    });
    let answers = json!({"required": true, "content": {negotiate::JSON: {"schema": {
        "type": "object", "required": ["answers"],
        "properties": {"answers": {"type": "object", "additionalProperties": {"type": "string"}}},
    }}}});
    let get = |id: &str, fr: &str, en: &str, parameters: &[Value]| of_imports(id, lang.pick(fr, en), parameters, None);
    let post = |id: &str, fr: &str, en: &str, parameters: &[Value], body: Value| {
        of_imports(id, lang.pick(fr, en), parameters, Some(body))
    };
    let said = ("Un fichier : le corps de la demande", "A file: the body of the request");
    paths.insert(
        "/imports".into(),
        json!({
            "get": get("imports", "Les imports", "The imports", &parameter_refs(["lang"])),
            "post": post("import", said.0, said.1, &parameter_refs(imports::PARAMETERS), file),
        }),
    );
    paths.insert("/imports/{importId}".into(), json!({"get": get("importOne", "Un import", "One import", &one)}));
    let asked = get("importQuestions", "Ses questions ouvertes", "Its open questions", &one);
    paths.insert("/imports/{importId}/review".into(), json!({ "get": asked }));
    let settled = post("importSettle", "Répond aux questions", "Answers the questions", &tried, answers);
    paths.insert("/imports/{importId}/settle".into(), json!({ "post": settled }));
    let undone = of_imports("importUndo", lang.pick("Défait l’import", "Undoes the import"), &one, None);
    paths.insert("/imports/{importId}/undo".into(), json!({ "post": undone }));
    let page = operation(
        "importPage",
        lang.pick("Page d’import", "Import page"),
        "pages",
        &without_form(&with_context(&[])),
        negotiate::EMBED,
        true,
    );
    paths.insert("/app/import".into(), page);
}

/// The paths of one collection; the filters that its fields make go into `filters`.
fn of_layer(paths: &mut Map<String, Value>, filters: &mut BTreeMap<String, Value>, layer: &LayerInfo, lang: Lang) {
    let (id, title) = (layer.id.as_str(), collections::title(layer, lang));
    let home = collections::path(id);
    let plain = with_context(&[]);
    let own = parameter_refs(asked::feature_parameters(layer));
    let mut of_items = own.clone();
    of_items.extend(parameter_refs(["bbox", "datetime", "limit", "offset"].into_iter().chain(choice::PARAMETERS)));
    for field in asked::filter_fields(layer) {
        // The same name may hold whole numbers in one layer and decimals in another.
        let key = format!("field.{}.{}", field.name, schema::kind_name(field.kind));
        of_items.push(json!({"$ref": format!("#/components/parameters/{key}")}));
        filters.entry(key).or_insert_with(|| filter(field, lang));
    }
    let and = |parameters: &[Value], more: &[&str]| {
        let mut all = parameters.to_vec();
        all.extend(parameter_refs(more.iter().copied()));
        all
    };
    // Tiles and maps: their outlines are as fine as their scale.
    let drawn = parameter_refs(asked::picture_parameters(layer));
    let mut add = |path: String, what: &str, (fr, en): (&str, &str), parameters: &[Value], offers: &[Offer]| {
        let said = if what == "collection" { title.to_owned() } else { format!("{title} : {}", lang.pick(fr, en)) };
        let mut one = operation(&format!("{what}.{id}"), &said, id, parameters, offers, true);
        if offers.iter().any(|o| o.form == Form::Mvt) || what == "xyzPicture" {
            one["get"]["responses"]["204"] = json!({"description": lang.pick("Tuile vide", "Empty tile")});
        }
        paths.insert(path, one);
    };
    add(home.clone(), "collection", ("", ""), &plain, negotiate::PLAIN);
    add(format!("{home}/schema"), "schema", ("schéma", "schema"), &plain, negotiate::JSON_SCHEMA);
    let said = ("champs filtrables", "fields to filter by");
    add(format!("{home}/queryables"), "queryables", said, &plain, negotiate::JSON_SCHEMA);
    add(format!("{home}/items"), "items", ("entités", "features"), &of_items, negotiate::ITEMS);
    let of_one = and(&own, &["featureId", "crs"]);
    add(format!("{home}/items/{{featureId}}"), "item", ("une entité", "one feature"), &of_one, negotiate::FEATURES);
    add(format!("{home}/download"), "download", ("un fichier", "a file"), &own, negotiate::DOWNLOAD);
    add(format!("{home}/map"), "map", ("carte", "map"), &and(&drawn, &maps::PARAMETERS), negotiate::MAP);
    let name = address::segment(id);
    let style = format!("/styles/{name}");
    add(style.clone(), "style", ("style", "style"), &drawn, negotiate::STYLE);
    let said = ("entités aux points d’étiquette", "features on label points");
    add(format!("{style}/places"), "places", said, &drawn, negotiate::FEATURES_ONLY);
    add(format!("/legend/{name}"), "legend", ("légende", "legend"), &drawn, negotiate::LEGEND);
    let sets = format!("{home}/tiles");
    add(sets.clone(), "tilesets", ("jeux de tuiles", "tilesets"), &drawn, negotiate::JSON_ONLY);
    let set = format!("{sets}/{}", tiles::MATRIX_SET);
    add(set.clone(), "tileset", ("jeu de tuiles", "tileset"), &drawn, negotiate::JSON_ONLY);
    let of_tile = and(&drawn, &["tileMatrix", "tileRow", "tileCol"]);
    let tile = format!("{set}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}");
    add(tile, "tile", ("une tuile", "one tile"), &of_tile, negotiate::TILE);
    let drawn = without_form(&drawn);
    let said = ("adresse des tuiles XYZ", "address of XYZ tiles");
    add(format!("/tiles/{name}.json"), "tilejson", said, &drawn, negotiate::JSON_ONLY);
    let (of_tile, said) = (and(&drawn, &["z", "x", "y"]), ("une tuile XYZ", "one XYZ tile"));
    add(format!("/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"), "xyz", said, &of_tile, negotiate::MVT_TILE);
    add(format!("/tiles/{name}/{{z}}/{{x}}/{{y}}.png"), "xyzPicture", said, &of_tile, negotiate::PNG_TILE);
    for (ending, what) in definition::WAYS {
        let said = ("couche QGIS", "QGIS layer");
        add(format!("/qgis/{name}{ending}"), what, said, &without_form(&own), negotiate::LAYER_DEFINITION);
    }
}
