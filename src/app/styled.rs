//! A layer as it is drawn elsewhere: web style, legend, places of circles, sprite.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::tile::Placed;
use super::{AppError, LayerGeometry, LayerQuery, LayerSelection, LayerSource as _, PropertyValue, Service, geometry};
use crate::domain::Level;
use crate::render::svg_png;
pub use crate::render::{GLYPH_BLOCK, GLYPH_FONTS, glyphs};
use crate::spatial::{Bbox, MAX_ZOOM};
use crate::style::{QmlGeometry, Style, StyleSources, legend_json, legend_svg, maplibre, sld};
use crate::tiles::sprite;

/// Where a web style finds what it draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StyleAddresses {
    /// Tiles, with `{z}`, `{x}` and `{y}`.
    pub tiles: String,
    /// Label points as GeoJSON.
    pub places: String,
    /// Sprite, without its ending.
    pub sprite: String,
    /// Glyphs, with `{fontstack}` and `{range}`.
    pub glyphs: String,
}

/// From where names are written: as soon as most of them have room on a map of the country.
fn names_from_zoom(level: Level) -> f64 {
    match level {
        Level::Region => 3.5,
        Level::Cercle => 5.0,
        Level::Commune => 6.5,
    }
}

/// A legend of a layer and period.
#[derive(Debug, Clone, PartialEq)]
pub struct Legend {
    /// Lines with colours, labels and counts, and what the figures rest on.
    pub json: Value,
    /// The same drawn.
    pub svg: String,
    /// What every map says of its borders and names, as the annexes print it.
    pub disclaimer: String,
}

impl Legend {
    /// The drawing as PNG, `ratio` pixels of the picture a pixel of the drawing.
    ///
    /// # Errors
    /// A fault of the painter.
    pub fn png(&self, ratio: u8) -> Result<Vec<u8>, AppError> {
        svg_png(&self.svg, ratio).map_err(|e| AppError::Fault(e.to_string()))
    }
}

impl Service {
    fn style_of(&self, layer: &str, query: &LayerQuery) -> Result<&Style, AppError> {
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let year = query.period.map_or_else(|| self.latest().year(), |p| p.last().year());
        self.styles.for_year(&info.style, year).ok_or_else(|| AppError::Fault(format!("no style « {} »", info.style)))
    }

    /// The MapLibre style of a layer.
    pub(super) fn web_style(&self, layer: &str, query: &LayerQuery, at: StyleAddresses) -> Result<Value, AppError> {
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let Bbox { west, south, east, north } = info.bbox;
        let from = StyleSources {
            layer: layer.to_owned(),
            tiles: at.tiles,
            places: at.places,
            sprite: at.sprite,
            glyphs: at.glyphs,
            names_from_zoom: self.unit_level(self.twin_of(layer).unwrap_or(layer)).map(names_from_zoom),
            bounds: [west, south, east, north],
            attribution: self.notes(layer, &query.sets, query.lang).join(" "),
            max_zoom: MAX_ZOOM,
            points: info.geometry == LayerGeometry::Point,
        };
        Ok(maplibre(self.style_of(layer, query)?, self.styles.statuses(), &from, query.lang))
    }

    /// The legend of a layer with the features of each line counted. A monthly twin's is that of the plain layer.
    pub(super) fn legend_of(&self, layer: &str, query: &LayerQuery) -> Result<Legend, AppError> {
        let style = self.style_of(layer, query)?;
        let lang = query.lang;
        let selection = self.select(self.twin_of(layer).unwrap_or(layer), query)?;
        let counts = counts(style, &selection);
        let period = selection.period.map(|p| p.to_string());
        let title = style.title(lang);
        let heading = period.as_ref().map_or_else(|| title.to_owned(), |p| format!("{title} ({p})"));
        let json = json!({
            "layer": layer,
            "title": title,
            "counts": style.counts(lang),
            "method": style.method.map(crate::style::ClassMethod::code),
            "method_label": style.method.map(|m| m.label(lang)),
            "period": period,
            "lang": lang.code(),
            "entries": legend_json(style, &counts, lang),
            "features": selection.rows.len(),
            "non_located": selection.non_located,
            "total": selection.total,
            "sets": selection.sets.iter().map(crate::domain::SetId::as_str).collect::<Vec<_>>(),
            "synthetic": selection.synthetic,
            "schematic": selection.schematic,
            "data_version": selection.version,
            "notes": self.notes(layer, &query.sets, lang),
        });
        let words = self.kit().words(lang).map_err(|e| AppError::Fault(e.to_string()))?;
        Ok(Legend { json, svg: legend_svg(style, &heading, &counts, lang), disclaimer: words.say("disclaimer", &[]) })
    }

    /// The SLD of a layer.
    pub(super) fn sld_of(&self, layer: &str, query: &LayerQuery) -> Result<String, AppError> {
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let geometry = match info.geometry {
            LayerGeometry::MultiPolygon => QmlGeometry::Polygon,
            LayerGeometry::Point => QmlGeometry::Point,
        };
        Ok(sld(self.style_of(layer, query)?, geometry, layer, query.lang))
    }

    /// The features of a layer, each on its unit's label point; those that lie on no unit stay out.
    pub(super) fn on_label_points(&self, layer: &str, query: &LayerQuery) -> Result<LayerSelection, AppError> {
        let layer = self.twin_of(layer).unwrap_or(layer);
        let info = self.layer(layer).ok_or_else(|| AppError::NotFound(format!("no layer « {layer} »")))?;
        let mut selection = self.select(layer, query)?;
        let mut rows = Vec::with_capacity(selection.rows.len());
        for place in self.places(&info, query, &selection.rows)? {
            let Placed::Units { set, level, rows: of_units, .. } = place else { continue };
            for (unit, row) in set.units(level).iter().zip(of_units) {
                let Some(row) = row.and_then(|k| selection.rows.get(k)) else { continue };
                let (lon, lat) = (unit.label.lon(), unit.label.lat());
                let mut row = row.clone();
                row.geometry = Some(geometry::point(unit.label));
                row.bbox = Bbox { west: lon, south: lat, east: lon, north: lat };
                rows.push(row);
            }
        }
        selection.rows = rows;
        Ok(selection)
    }

    /// The sprite as its index and its picture.
    pub(super) fn web_sprite(&self, ratio: u8) -> Result<(Value, Vec<u8>), AppError> {
        let sprite = sprite(self.styles.statuses(), ratio).map_err(|e| AppError::Fault(e.to_string()))?;
        Ok((sprite.index, sprite.png))
    }
}

/// The features of each line of the legend: by class, else by status, for points by category.
fn counts(style: &Style, selection: &LayerSelection) -> BTreeMap<String, u64> {
    let column = |name: &str| selection.fields.iter().position(|f| f.name == name);
    let (class, status, field) = (column("class"), column("status"), column(&style.field));
    let mut counts = BTreeMap::new();
    for row in &selection.rows {
        let value = |at: Option<usize>| at.and_then(|k| row.values.get(k));
        if !style.categories.is_empty() {
            let Some(PropertyValue::Text(codes)) = value(field) else { continue };
            for code in codes.split('|') {
                *counts.entry(code.to_owned()).or_insert(0) += 1;
            }
            continue;
        }
        let id = match (value(class), value(status)) {
            (Some(PropertyValue::Int(n)), _) => format!("class-{n}"),
            (_, Some(PropertyValue::Text(word))) => word.to_string(),
            // Boundaries have neither.
            _ if status.is_none() => style.id.clone(),
            _ => "unknown".to_owned(),
        };
        *counts.entry(id).or_insert(0) += 1;
    }
    counts
}
