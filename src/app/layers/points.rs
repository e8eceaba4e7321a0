//! Facts as points: only those whose source gave coordinates, only columns that may leave the store.

use std::sync::Arc;

use super::fields::{fields, int, text, text_or_null};
use super::service::{Asked, Service};
use crate::app::mask::MASKING;
use crate::app::{AppError, Days, FeatureRow, FieldInfo, FieldKind, PropertyValue, geometry};
use crate::boundaries::BoundarySet;
use crate::domain::{Attr, Column, ColumnKind, Level, Theme};
use crate::spatial::Bbox;

/// Columns of a theme that a point may carry: lists, counts and flags. Free text, ids and names never leave.
fn shown(theme: &Theme) -> impl Iterator<Item = &Column> {
    use ColumnKind as K;
    theme.columns.iter().filter(|c| !c.withheld && matches!(c.kind, K::Count | K::Flag | K::Code | K::Codes))
}

/// Fields of a points layer.
pub(super) fn layer_fields(theme: &Theme) -> Vec<FieldInfo> {
    use FieldKind::{Integer, String as Text};
    let mut out = fields(&[
        ("set", Text, "Découpage", "Boundary set"),
        ("date", Text, "Date", "Date"),
        ("source", Text, "Source", "Source"),
        ("region_pcode", Text, "P-code de la région", "P-code of the region"),
        ("cercle_pcode", Text, "P-code du cercle", "P-code of the cercle"),
        ("commune_pcode", Text, "P-code de la commune", "P-code of the commune"),
        ("located_level", Integer, "Niveau de localisation", "Located level"),
        (
            "masking",
            Text,
            "Coordonnées : exactes, déplacées ou de la commune",
            "Coordinates: exact, moved (donut), or the commune’s",
        ),
    ]);
    out.extend(shown(theme).map(|c| FieldInfo {
        name: c.id.clone(),
        kind: match c.kind {
            ColumnKind::Count => Integer,
            ColumnKind::Flag => FieldKind::Boolean,
            _ => Text,
        },
        title_fr: if c.help_fr.is_empty() { c.id.clone() } else { c.help_fr.clone() },
        title_en: if c.help_en.is_empty() { c.id.clone() } else { c.help_en.clone() },
    }));
    out.extend(fields(&super::fields::ORIGIN));
    out
}

/// Whether an ISO date, of a day, month or year, shares a day with first and last day, each open where none.
fn within(date: &str, [from, to]: &[Option<String>; 2]) -> bool {
    // To the precision that the date has: a month shares a day with whatever begins or ends in it.
    let cut = |bound: &'_ str| bound.get(..date.len()).unwrap_or(bound).to_owned();
    from.as_deref().is_none_or(|f| *date >= *cut(f)) && to.as_deref().is_none_or(|t| *date <= *cut(t))
}

impl Service {
    pub(super) fn point_rows(
        &self,
        set: &BoundarySet,
        theme_id: &str,
        asked: &Asked<'_>,
        days: Option<Days>,
    ) -> Result<Vec<FeatureRow>, AppError> {
        let theme = self.snapshot.theme(theme_id)?;
        // What holds over a span of months is chosen by months.
        let days = days.filter(|_| theme.end.is_none()).map(|(from, to)| [from, to].map(|d| d.map(|d| d.to_string())));
        let mut rows = Vec::new();
        for (number, fact) in self.snapshot.facts(theme_id).iter().enumerate() {
            let in_period = theme.span(fact).is_some_and(|span| {
                span.first <= asked.period.last()
                    && span.last.unwrap_or_else(|| self.snapshot.now()) >= asked.period.first()
            });
            let Some(p) = fact
                .place
                .point
                .filter(|_| in_period && fact.place.set == set.info.id && *fact.source == *asked.source)
                .filter(|_| fact.may_be_given_on() && days.as_ref().is_none_or(|d| within(&fact.when.iso(), d)))
            else {
                continue;
            };
            let mut values = vec![text(set.info.id.as_str()), text(fact.when.iso()), text(fact.source.clone())];
            values.extend(Level::ALL.map(|l| text_or_null(fact.place.unit(l).map(|p| &**p))));
            values.push(fact.place.located().map_or(PropertyValue::Null, |l| int(l.number())));
            values.push(text(fact.attr(MASKING).and_then(Attr::text).unwrap_or("exact").to_owned()));
            values.extend(shown(theme).map(|c| match fact.attr(&c.id) {
                None => PropertyValue::Null,
                Some(Attr::Flag(b)) => PropertyValue::Flag(*b),
                Some(Attr::Int(n)) => PropertyValue::Int(*n),
                Some(Attr::Real(x)) => PropertyValue::Real(*x),
                Some(Attr::Text(t)) => PropertyValue::Text(t.clone()),
                Some(Attr::Codes(codes)) => text(codes.iter().map(Arc::as_ref).collect::<Vec<&str>>().join("|")),
            }));
            values.extend(self.origin(set));
            let mut bbox = Bbox::EMPTY;
            bbox.grow(p.lon(), p.lat());
            // A running number, since the source's own id never leaves.
            rows.push(FeatureRow {
                id: format!("{theme_id}.{number}"),
                geometry: Some(geometry::point(p)),
                bbox,
                values,
            });
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn a_day_is_within_its_days_and_a_month_within_what_touches_it() {
        let between = |from: Option<&str>, to: Option<&str>| [from.map(str::to_owned), to.map(str::to_owned)];
        let june = between(Some("2021-06-17"), Some("2021-06-20"));
        for (date, wanted) in [
            ("2021-06-17", true),
            ("2021-06-20", true),
            ("2021-06-16", false),
            ("2021-06-21", false),
            ("2021-06", true),
            ("2021-05", false),
            ("2021", true),
        ] {
            assert_eq!(within(date, &june), wanted, "{date}");
        }
        assert!(within("1999-01-01", &between(None, Some("2021-06-20"))) && within("2030", &between(None, None)));
    }
}
