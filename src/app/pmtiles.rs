//! `vigie tiles`: the tiles of a layer and period as one file for a static host.

use std::path::Path;

use super::{AppError, LayerGeometry, LayerQuery, LayerSource as _, Service, TileForm};
use crate::domain::Lang;
use crate::formats::pmtiles::{PmTiles, PmTilesKind, tile_number};
use crate::spatial::{MAX_ZOOM, TileId};

/// Most tiles of a file: about zoom 12 over Mali.
const MOST_TILES: u64 = 100_000;

/// Tiles and different contents of a file written, and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilesWritten {
    /// Tiles that are not empty.
    pub tiles: u64,
    /// Different ones among them.
    pub contents: usize,
    /// Bytes of the file.
    pub bytes: usize,
}

/// Writes the tiles of a layer, zoom 0 to `zoom`, as PMTiles. What is published holds no more than the service shows to everybody:
/// no points of real data, no small counts.
///
/// # Errors
/// A layer that is not published, a zoom with too many tiles, a file that cannot be written.
pub fn write_pmtiles(
    service: &Service,
    layer: &str,
    query: &LayerQuery,
    (form, zoom): (TileForm, u8),
    out: &Path,
) -> Result<TilesWritten, AppError> {
    let lang = query.lang;
    let info = service.layer(layer).ok_or_else(|| {
        let known: Vec<String> = service.layers().iter().map(|l| l.id.clone()).collect();
        AppError::NotFound(lang.pick(
            format!("pas de couche « {layer} »\u{a0}; il y a {}", known.join(", ")),
            format!("no layer “{layer}”; there are {}", known.join(", ")),
        ))
    })?;
    let mut tiles = Vec::new();
    if !info.bbox.is_empty() {
        let b = info.bbox;
        for z in 0..=zoom.min(MAX_ZOOM) {
            let (first, last) = (TileId::holding(z, b.west, b.north), TileId::holding(z, b.east, b.south));
            let count = u64::from(last.x() - first.x() + 1) * u64::from(last.y() - first.y() + 1);
            if tiles.len() as u64 + count > MOST_TILES {
                return Err(AppError::BadRequest(lang.pick(
                    format!(
                        "plus de {MOST_TILES} tuiles jusqu’au zoom {zoom}\u{a0}: demandez --max-zoom {} au plus.",
                        z.saturating_sub(1)
                    ),
                    format!(
                        "more than {MOST_TILES} tiles up to zoom {zoom}: ask for --max-zoom {} at most.",
                        z.saturating_sub(1)
                    ),
                )));
            }
            let rows = first.y()..=last.y();
            tiles.extend(rows.flat_map(|y| (first.x()..=last.x()).filter_map(move |x| TileId::new(z, x, y).ok())));
        }
    }
    tiles.sort_by_cached_key(|t| tile_number(*t));
    let kind = if form == TileForm::Png { PmTilesKind::Png } else { PmTilesKind::Mvt };
    let mut file = PmTiles::new(kind);
    let fault = |e: crate::formats::pmtiles::PmTilesError| AppError::Fault(e.to_string());
    for tile in tiles {
        file.push(tile, &service.tile(layer, query, tile, form)?).map_err(fault)?;
    }
    let (tiles, contents) = file.counts();
    let bytes = file.finish(&metadata(service, &info, query, lang)?, info.bbox).map_err(fault)?;
    std::fs::write(out, &bytes).map_err(|e| AppError::Input(format!("{}: {e}", out.display())))?;
    Ok(TilesWritten { tiles, contents, bytes: bytes.len() })
}

/// What the file says of itself, in the terms of TileJSON.
fn metadata(service: &Service, info: &super::LayerInfo, query: &LayerQuery, lang: Lang) -> Result<String, AppError> {
    use super::FieldKind as K;
    let kind = |kind: K| match kind {
        K::String => "String",
        K::Integer | K::Number => "Number",
        K::Boolean => "Boolean",
    };
    let count = (info.geometry == LayerGeometry::Point).then(|| ("point_count".to_owned(), "Number".into()));
    let fields: serde_json::Map<String, serde_json::Value> =
        info.fields.iter().map(|f| (f.name.clone(), kind(f.kind).into())).chain(count).collect();
    let few: serde_json::Map<String, serde_json::Value> = fields
        .iter()
        .filter(|(name, _)| super::PLACE_FIELDS.contains(&name.as_str()))
        .map(|(name, kind)| (name.clone(), kind.clone()))
        .collect();
    let title = lang.pick(&info.title_fr, &info.title_en);
    let mut of_tiles = vec![serde_json::json!({"id": info.id, "description": title, "fields": fields})];
    of_tiles.extend(service.tile_places(&info.id).map(|id| serde_json::json!({"id": id, "fields": few})));
    let document = serde_json::json!({
        "name": title,
        "description": lang.pick(&info.description_fr, &info.description_en),
        "attribution": service.notes(&info.id, &query.sets, lang).join(" "),
        "version": format!("{}.0.0", service.version()),
        "period": query.period.map(|p| p.to_string()),
        "vector_layers": of_tiles,
    });
    serde_json::to_string(&document).map_err(|e| AppError::Fault(e.to_string()))
}
