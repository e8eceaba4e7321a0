//! Layers of GIS files: each feature a row, its point in two columns more.

use super::{Cell, Known, Line, Meter, RawTable, Rows, Tag, header};
use crate::boundaries::{self, Place, PointLayer, read_point_layers};
use crate::domain::Lang;
use crate::ingest::codes;
use crate::ingest::{IngestError, Limits};

/// Whether a file's name says that it is read by layers. A zip that comes here holds a shapefile.
pub(super) fn is_layer(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    [".geojson", ".json", ".topojson", ".gpkg", ".fgb", ".shp", ".zip"].iter().any(|e| lower.ends_with(e))
}

/// Whether a file in an archive is a shapefile's main part.
pub(super) fn is_shapefile(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".shp")
}

pub(super) fn read(
    bytes: &[u8],
    name: &str,
    limits: &Limits,
    lang: Lang,
    asked: Option<&str>,
    known: &Known<'_>,
) -> Result<RawTable<'static>, IngestError> {
    let most = boundaries::Limits { file_bytes: limits.bytes, ..boundaries::Limits::default() };
    let mut layers = read_point_layers(name, bytes, most).map_err(|e| IngestError::Layer(e.message(lang)))?;
    if let Some(asked) = asked {
        let found = layers.iter().map(|l| l.layer.clone()).collect();
        layers.retain(|l| l.layer == asked);
        if layers.is_empty() {
            return Err(IngestError::NoSheet { sheet: asked.chars().take(80).collect(), found });
        }
    }
    let score = |layer: &PointLayer| layer.headings.iter().filter(|h| (known.heading)(h)).count();
    let mut best: Option<(usize, PointLayer)> = None;
    let mut others = Vec::new();
    for layer in layers {
        let score = score(&layer);
        match &best {
            Some((most, _)) if score <= *most => others.push((score, layer.layer)),
            _ => others.extend(best.replace((score, layer)).map(|(score, layer)| (score, layer.layer))),
        }
    }
    let Some((score, layer)) = best else { return Err(IngestError::Empty) };
    let others: Vec<String> = others.into_iter().filter(|(s, _)| *s > 1 && *s * 2 >= score).map(|(_, n)| n).collect();
    let mut notes = Vec::new();
    if !others.is_empty() {
        let (name, others) = (&layer.layer, others.join(", "));
        let message = say!(
            lang,
            "Seule la couche « {name} » est lue ; ces couches ont aussi les colonnes du thème : {others}. Importez-les une à une avec --sheet.",
            "Only the layer “{name}” is read; these layers have the theme’s columns too: {others}. Import them one by one with --sheet."
        );
        notes.push((codes::OTHER_SHEET, message));
    }
    let shapes = layer.points.iter().filter(|p| **p == Place::NoPoint).count();
    if shapes > 0 {
        let message = say!(
            lang,
            "{shapes} lignes ont un contour ou une ligne au lieu d’un point : elles sont situées par leurs codes et leurs noms seulement.",
            "{shapes} rows have an outline or a line instead of a point: they are located by their codes and names only."
        );
        notes.push((codes::NO_POINTS, message));
    }
    table(layer, limits, known, notes)
}

fn table(
    layer: PointLayer,
    limits: &Limits,
    known: &Known<'_>,
    notes: Vec<(codes::IssueCode, String)>,
) -> Result<RawTable<'static>, IngestError> {
    // Columns of coordinates that the layer has itself prevail over its points.
    let own = ["lon", "lat"].map(|c| layer.headings.iter().any(|h| super::super::fold(h) == c));
    let located = !own.contains(&true) && layer.points.iter().any(|p| matches!(p, Place::At(..)));
    let mut names: Vec<Cell<'_>> = layer.headings.iter().map(|h| Cell::text(h)).collect();
    if located {
        names.extend([Cell::text("lon"), Cell::text("lat")]);
    }
    // A layer has no lines: features are counted from 1, the header is line 0.
    let mut first = vec![Line::new(0, 0, names)];
    let header = header::find(&mut first, limits, known.heading, &|_: &Tag| false)?;
    let mut meter = Meter::new(limits);
    let mut rows = Vec::with_capacity(layer.rows.len());
    for (at, (values, place)) in (1_u64..).zip(layer.rows.into_iter().zip(layer.points)) {
        let mut cells: Vec<Cell<'_>> =
            values.into_iter().map(|v| v.map_or(Cell::Empty, |v| super::workbook::composed(&v))).collect();
        if let Place::At(lon, lat) = place
            && located
        {
            cells.extend([Cell::Number(lon), Cell::Number(lat)]);
        }
        while cells.last() == Some(&Cell::Empty) {
            cells.pop();
        }
        if !cells.is_empty() {
            meter.row(cells.len())?;
            rows.push(Line::new(at, 0, cells));
        }
    }
    Ok(RawTable {
        format: layer.format,
        encoding: Some(layer.encoding),
        separator: None,
        sheet: Some(layer.layer),
        header,
        rows: Rows::Ready(rows.into_iter()),
        notes,
    })
}
