//! Fields that layers share, in the contract's names, and rows that keep to them.

use std::sync::Arc;

use crate::app::{FieldInfo, FieldKind, PropertyValue};

use FieldKind::{Boolean, Integer, Number, String as Text};

/// Name, type, French title, English title.
pub(in crate::app) type FieldRow = (&'static str, FieldKind, &'static str, &'static str);

/// What every unit says of itself.
pub(in crate::app) const UNIT: [FieldRow; 6] = [
    ("set", Text, "Découpage", "Boundary set"),
    ("pcode", Text, "P-code", "P-code"),
    ("name", Text, "Nom", "Name"),
    ("level", Integer, "Niveau administratif", "Administrative level"),
    ("parent_pcode", Text, "P-code de l’unité supérieure", "P-code of the unit above"),
    ("parent_name", Text, "Unité supérieure", "Unit above"),
];

/// What every layer by unit and period adds.
pub(in crate::app) const BY_UNIT: [FieldRow; 15] = [
    ("period", Text, "Période", "Period"),
    ("source", Text, "Source", "Source"),
    ("status", Text, "Statut de la valeur", "Status of the value"),
    ("value", Integer, "Valeur", "Value"),
    ("outside_coverage", Boolean, "Hors couverture", "Outside coverage"),
    ("class", Integer, "Classe", "Class"),
    ("class_label", Text, "Libellé de la classe", "Class label"),
    ("population", Integer, "Population", "Population"),
    ("rate_per_100k", Number, "Taux pour 100 000 habitants", "Rate per 100,000 people"),
    ("rate_status", Text, "Statut du taux", "Status of the rate"),
    ("units_covered", Integer, "Unités couvertes", "Units covered"),
    ("units_total", Integer, "Unités en tout", "Units in all"),
    ("months_covered", Integer, "Mois couverts", "Months covered"),
    ("months_total", Integer, "Mois en tout", "Months in all"),
    ("release", Text, "État de publication", "Release state"),
];

/// What every feature ends with.
pub(in crate::app) const ORIGIN: [FieldRow; 2] = [
    ("synthetic", Boolean, "Données synthétiques", "Synthetic data"),
    ("schematic", Boolean, "Limites schématiques", "Schematic boundaries"),
];

/// Fields out of rows.
pub(in crate::app) fn fields<'a>(rows: impl IntoIterator<Item = &'a FieldRow>) -> Vec<FieldInfo> {
    rows.into_iter()
        .map(|(name, kind, fr, en)| FieldInfo {
            name: (*name).to_owned(),
            kind: *kind,
            title_fr: (*fr).to_owned(),
            title_en: (*en).to_owned(),
        })
        .collect()
}

/// A value for a field, from what Rust has.
pub(in crate::app) fn text(t: impl Into<Arc<str>>) -> PropertyValue {
    PropertyValue::Text(t.into())
}

/// Text where there is some.
pub(in crate::app) fn text_or_null(t: Option<&str>) -> PropertyValue {
    t.map_or(PropertyValue::Null, text)
}

/// A whole number.
pub(in crate::app) fn int(n: impl TryInto<i64>) -> PropertyValue {
    n.try_into().map_or(PropertyValue::Null, PropertyValue::Int)
}

/// A whole number where there is one.
pub(in crate::app) fn int_or_null(n: Option<impl TryInto<i64>>) -> PropertyValue {
    n.map_or(PropertyValue::Null, int)
}
