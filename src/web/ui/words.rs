//! The words of the web application, in both languages, in one place: pages take theirs by key, scripts get theirs with the page.

use serde_json::{Map, Value, json};

use crate::domain::{Lang, typeset};

/// Key, French, English. French spacing is set when a word is taken.
const WORDS: &[(&str, &str, &str)] = &[
    ("brand", "Vigie", "Vigie"),
    ("skip", "Aller au contenu", "Skip to content"),
    ("menu", "Pages", "Pages"),
    ("nav_app", "Carte et tableaux", "Map and tables"),
    ("nav_report", "Rapport", "Report"),
    ("nav_import", "Import", "Import"),
    ("nav_data", "Données et API", "Data and API"),
    ("h1_app", "Protection au Mali", "Protection in Mali"),
    ("h1_report", "Annexes du rapport mensuel", "Annexes of the monthly report"),
    ("h1_import", "Import de données", "Data import"),
    ("choose", "Choix de la carte", "Choice of the map"),
    ("theme", "Thème", "Theme"),
    ("level", "Niveau", "Level"),
    ("period", "Mois", "Month"),
    ("compare", "Comparer avec", "Compare with"),
    ("no_compare", "aucun mois", "no month"),
    ("set", "Découpage", "Boundary set"),
    ("zone", "Contour de zone", "Zone outline"),
    ("no_zone", "aucun", "none"),
    ("show", "Afficher", "Show"),
    ("previous", "Mois précédent", "Previous month"),
    ("next", "Mois suivant", "Next month"),
    ("theme_violations", "Violations", "Violations"),
    ("theme_incidents", "Incidents", "Incidents"),
    ("theme_alerts", "Alertes flash", "Flash alerts"),
    ("theme_risk", "Indice de risque", "Risk index"),
    ("theme_coverage", "Couverture", "Coverage"),
    ("theme_hotspots", "Foyers", "Hotspots"),
    ("level_regions", "Régions", "Regions"),
    ("level_cercles", "Cercles", "Cercles"),
    ("level_communes", "Communes", "Communes"),
    ("level_points", "Points", "Points"),
    ("figures", "Chiffres du mois", "Figures of the month"),
    ("fig_violations", "violations documentées", "documented violations"),
    ("fig_incidents", "incidents", "incidents"),
    ("fig_alerts", "alertes flash", "flash alerts"),
    ("fig_covered", "communes suivies", "communes monitored"),
    ("fig_critical", "communes au niveau critique", "communes at critical level"),
    (
        "apart",
        "Violations et alertes sont deux flux distincts : ils ne s’additionnent pas.",
        "Violations and alerts are two separate streams: they are not added.",
    ),
    ("of", "sur", "of"),
    ("against", "par rapport à", "against"),
    ("map", "Carte", "Map"),
    ("still", "Carte dessinée par le serveur", "Map drawn by the server"),
    ("legend", "Légende, et nombre d’unités", "Legend, and number of units"),
    ("non_located", "Non localisé à ce niveau :", "Not located at this level:"),
    ("units", "Valeurs des unités de la carte", "Values of the units on the map"),
    ("unit", "Unité", "Unit"),
    ("above", "Dans", "In"),
    ("value", "Valeur", "Value"),
    (
        "first_units",
        "Les premières unités par valeur ; toutes sont dans les données (GeoJSON, CSV).",
        "The first units by value; all of them are in the data (GeoJSON, CSV).",
    ),
    ("tables", "Tableaux et graphiques", "Tables and charts"),
    ("sentences", "En bref", "In short"),
    ("table", "Tableau", "Table"),
    ("filtered", "Filtre :", "Filter:"),
    ("unfilter", "Retirer le filtre", "Remove the filter"),
    ("only_region", "Ne montrer que cette région", "Show this region alone"),
    ("only_category", "Ne montrer que cette catégorie", "Show this category alone"),
    (
        "whole_country",
        "Ce tableau reste celui de tout le pays et de toutes les catégories.",
        "This table stays that of the whole country and all categories.",
    ),
    ("severity", "Sévérité : communes par niveau de risque et par mois", "Severity: communes by risk level and month"),
    ("severity_maps", "Indice de risque par commune, mois par mois", "Risk index by commune, month by month"),
    ("maps", "Cartes", "Maps"),
    ("risk_level", "Niveau de risque", "Risk level"),
    ("liptako", "Part du Liptako-Gourma, selon la définition", "Share of Liptako-Gourma, by definition"),
    ("definition", "Définition", "Definition"),
    ("id_version", "Code, version", "Code, version"),
    ("inside", "Dans la zone", "Inside the zone"),
    ("unclear", "Indécises", "Undecided"),
    ("total", "Total", "Total"),
    ("share", "Part", "Share"),
    ("communes_top", "Communes les plus touchées", "Communes most affected"),
    ("levels", "Niveaux de risque", "Risk levels"),
    ("light", "Version légère, sans carte interactive", "Light version, without interactive map"),
    ("full", "Carte interactive", "Interactive map"),
    (
        "synthetic",
        "Données de démonstration : rien de ceci n’est arrivé.",
        "Demonstration data: none of this happened.",
    ),
    ("schematic", "Limites schématiques.", "Schematic boundaries."),
    ("draft", "Provisoire.", "Provisional."),
    ("data", "Données de la carte", "Data of the map"),
    ("unavailable", "Cette partie ne peut pas être montrée :", "This part cannot be shown:"),
    ("report_all", "Tout télécharger (ZIP)", "Download all (ZIP)"),
    (
        "report_said",
        "Les annexes telles qu’elles s’impriment. Chaque fichier est fait des données de maintenant.",
        "The annexes as they print. Each file is made from the data of now.",
    ),
    ("annex", "Annexe", "Annex"),
    ("preview", "Aperçu :", "Preview:"),
    ("no_preview", "Une liste : pas d’aperçu.", "A list: no preview."),
    (
        "import_closed",
        "L’import n’est ouvert que sur la machine du service : lancez « vigie serve » sur 127.0.0.1 et ouvrez cette page à cette adresse.",
        "Import is open only on the service’s own machine: run “vigie serve” on 127.0.0.1 and open this page at that address.",
    ),
    (
        "import_script",
        "Cette page a besoin de JavaScript. Sans lui : « vigie import » en ligne de commande.",
        "This page needs JavaScript. Without it: “vigie import” on the command line.",
    ),
    ("import_step1", "1. Choisir un fichier", "1. Choose a file"),
    ("import_theme", "Contenu du fichier", "Content of the file"),
    ("import_file", "Fichier (CSV, XLSX)", "File (CSV, XLSX)"),
    ("import_drop", "ou déposez-le ici", "or drop it here"),
    ("import_source", "Source", "Source"),
    ("import_try", "Lire sans enregistrer", "Read without storing"),
    ("import_step2", "2. Ce qui a été compris", "2. What was understood"),
    ("import_confirm", "Enregistrer", "Store"),
    ("import_list", "Imports", "Imports"),
    (
        "import_synthetic",
        "Cet entrepôt est celui de la démonstration : il refuse les données réelles. Servez un autre entrepôt pour importer.",
        "This store is the demonstration’s: it refuses real data. Serve another store to import.",
    ),
    (
        "js_failed",
        "La connexion est coupée. Nouvel essai dès qu’elle revient…",
        "The line is down. Trying again as soon as it is back…",
    ),
    ("js_back", "La connexion est revenue.", "The line is back."),
    ("js_loading", "Chargement…", "Loading…"),
    ("js_map_loading", "La carte interactive arrive…", "The interactive map is on its way…"),
    ("js_ready", "Carte interactive prête.", "Interactive map ready."),
    (
        "js_no_webgl",
        "Carte interactive impossible ici (WebGL manque) : la carte du serveur reste.",
        "No interactive map here (WebGL is missing): the server’s map stays.",
    ),
    (
        "js_map_help",
        "Carte. Flèches : déplacer ; + et − : zoom. La recherche et le tableau donnent les mêmes valeurs.",
        "Map. Arrows move, + and − zoom. Search and table give the same values.",
    ),
    ("js_search", "Chercher un lieu", "Search a place"),
    ("js_found", "lieux trouvés", "places found"),
    ("js_none", "Aucun lieu de ce nom", "No place of this name"),
    ("js_play", "Défiler les mois", "Play the months"),
    ("js_pause", "Arrêter", "Stop"),
    ("js_slider", "Mois affiché", "Month shown"),
    ("js_swipe", "Position du rideau entre les deux mois", "Position of the curtain between the two months"),
    ("js_copy", "Copier le code d’intégration", "Copy embed code"),
    ("js_copied", "Copié.", "Copied."),
    ("js_print", "Imprimer", "Print"),
    ("js_value", "Valeur", "Value"),
    ("js_trend", "Évolution", "Trend"),
    ("js_close", "Fermer", "Close"),
    ("js_download", "Télécharger", "Download"),
    ("js_chart", "Graphique :", "Chart:"),
    ("js_zone", "Contour de zone", "Zone outline"),
    ("js_score", "Score", "Score"),
    ("js_rows_in", "lignes lues", "rows read"),
    ("js_accepted", "retenues", "kept"),
    ("js_rejected", "rejetées", "rejected"),
    ("js_to_review", "à vérifier", "to review"),
    ("js_skipped", "passées", "skipped"),
    ("js_rejects", "Lignes rejetées", "Rejected rows"),
    ("js_findings", "Remarques", "Findings"),
    ("js_line", "Ligne", "Line"),
    ("js_column", "Colonne", "Column"),
    ("js_given", "Valeur lue", "Value read"),
    ("js_message", "Ce qui ne va pas, et le remède", "What is wrong, and the cure"),
    ("js_tried", "Rien n’est encore enregistré.", "Nothing is stored yet."),
    ("js_stored", "Enregistré : lot", "Stored: batch"),
    ("js_undo", "Annuler", "Undo"),
    ("js_undone", "Annulé : lot", "Undone: batch"),
    ("js_undone_by", "annulé par le lot", "undone by batch"),
    ("js_review", "Lieux à vérifier", "Places to review"),
    ("js_stated", "Lieu écrit", "Place as written"),
    ("js_known", "Connu jusqu’à", "Known as far as"),
    ("js_choice", "Choix", "Choice"),
    ("js_leave", "laisser en attente", "leave waiting"),
    ("js_other", "autre p-code", "other p-code"),
    ("js_settle", "Régler", "Settle"),
    ("js_settled", "lignes réglées : lot", "rows settled: batch"),
    ("js_nothing_waits", "Rien n’attend dans ce lot.", "Nothing waits in this batch."),
    ("js_batch", "Lot", "Batch"),
    ("js_date", "Date", "Date"),
    ("js_theme", "Contenu", "Content"),
    ("js_file", "Fichier", "File"),
    ("js_rows", "Lignes", "Rows"),
    ("js_actions", "Actions", "Actions"),
    ("js_choose_file", "Choisissez d’abord un fichier.", "Choose a file first."),
];

/// A word in a language; a key that is not there is a mistake that a test finds.
pub(super) fn say(key: &str, lang: Lang) -> String {
    let found = WORDS.iter().find(|(k, ..)| *k == key);
    found.map_or_else(|| key.to_owned(), |(_, fr, en)| set(lang, fr, en))
}

fn set(lang: Lang, fr: &str, en: &str) -> String {
    match lang {
        Lang::Fr => typeset(fr),
        Lang::En => en.to_owned(),
    }
}

/// The words that scripts say, by key without `js_`.
pub(super) fn of_scripts(lang: Lang) -> Value {
    let words =
        WORDS.iter().filter_map(|(key, fr, en)| Some((key.strip_prefix("js_")?.to_owned(), json!(set(lang, fr, en)))));
    Value::Object(words.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_has_one_key_and_both_languages() {
        let keys: BTreeSet<_> = WORDS.iter().map(|(key, ..)| key).collect();
        assert_eq!(keys.len(), WORDS.len());
        assert!(WORDS.iter().all(|(_, fr, en)| !fr.is_empty() && !en.is_empty()));
        assert_eq!(say("js_value", Lang::En), "Value");
        assert_eq!(say("js_chart", Lang::Fr), "Graphique\u{a0}:");
    }
}
