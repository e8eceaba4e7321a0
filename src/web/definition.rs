//! `/qgis/…`: layers with their styles, one by one (`.qlr`) or all of them as a project (`vigie.qgs`), to be opened in QGIS.

use std::sync::Arc;

use axum::http::{HeaderValue, header};
use serde_json::json;

use super::problem::Problem;
use super::service::{Asked, Page};
use super::{address, asked, collections, tiles};
use crate::app::{LayerGeometry, LayerInfo, PrintLayout};
use crate::domain::Lang;
use crate::formats::qgis_layout::{LegendLayer, QgisLayout};
use crate::formats::qlr::{Access, LayerDefinition, project_id, write_project};
use crate::spatial::{MAX_ZOOM, mercator};

/// The project with every layer.
pub(super) const PROJECT: &str = "vigie.qgs";
/// The endings of definitions, longest first, and how each gets at its layer.
const ENDINGS: [(&str, Way); 3] =
    [(".tiles.qlr", Way::Tiles), (".pictures.qlr", Way::Pictures), (".qlr", Way::Features)];

/// The same endings, each with a word for it.
pub(super) const WAYS: [(&str, &str); 3] =
    [(".qlr", "qlr"), (".tiles.qlr", "qlrTiles"), (".pictures.qlr", "qlrPictures")];

/// How QGIS gets at a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Features,
    Tiles,
    Pictures,
}

/// What a layer's definition is made of.
struct Material {
    layer: Arc<LayerInfo>,
    way: Way,
    title: String,
    address: String,
    style: String,
}

impl Material {
    /// The context given (a month, a language) goes into the address that QGIS keeps, so that the file opens that month; without one
    /// it opens the latest, whenever it is opened.
    fn new(asked: &Asked, layer: Arc<LayerInfo>, way: Way, dated: Option<&str>) -> Result<Self, Problem> {
        let context = asked.given.meant_for(&layer).context();
        let title = collections::title(&layer, asked.lang);
        let title = dated.map_or_else(|| title.to_owned(), |period| format!("{title} ({period})"));
        let (address, style) = match way {
            Way::Features => {
                let landing = collections::with_query(asked, "/", &context.query(&[("v", None)]));
                (landing, asked.source.qml(&layer.id, asked.lang)?)
            }
            Way::Tiles => (tiles::lasting(asked, &layer, "mvt"), asked.source.qml_tiles(&layer.id, asked.lang)?),
            Way::Pictures => (tiles::lasting(asked, &layer, "png"), String::new()),
        };
        Ok(Self { layer, way, title, address, style })
    }

    fn definition<'m>(&'m self, asked: &Asked, shown: bool) -> LayerDefinition<'m> {
        let b = self.layer.bbox;
        let template = self.address.as_str();
        LayerDefinition {
            access: match self.way {
                Way::Features => Access::Features {
                    landing: template,
                    qml: &self.style,
                    month: self.layer.is_monthly().then_some("period"),
                },
                Way::Tiles => Access::Tiles { template, renderer: &self.style },
                Way::Pictures => Access::Pictures { template },
            },
            collection: &self.layer.id,
            title: &self.title,
            description: collections::description(&self.layer, asked.lang),
            points: self.layer.geometry == LayerGeometry::Point,
            bounds: [b.west, b.south, b.east, b.north],
            zoom: MAX_ZOOM,
            shown,
        }
    }
}

/// A layer's definition, or the project.
pub(super) fn definition(asked: &Asked, file: &str) -> Result<Page, Problem> {
    if file == PROJECT {
        return project(asked);
    }
    let Some((id, way)) = ENDINGS.iter().find_map(|(ending, way)| Some((file.strip_suffix(ending)?, *way))) else {
        let file = super::problem::cut(file);
        return Err(Problem::not_found(
            format!("Il n’y a pas de « {file} » : /qgis/{{couche}}.qlr, .tiles.qlr, .pictures.qlr ou /qgis/{PROJECT} attendu."),
            format!("There is no “{file}”: /qgis/{{layer}}.qlr, .tiles.qlr, .pictures.qlr or /qgis/{PROJECT} expected."),
        )
        .with("allowed", json!(asked.layers().iter().map(|l| format!("{}.qlr", l.id)).collect::<Vec<_>>())));
    };
    let layer = asked.layer(id)?;
    asked.given.only(&asked::feature_parameters(&layer))?;
    let query = asked::context(&asked.given, asked.source.as_ref())?;
    let dated = query.period.map(|p| p.to_string());
    let material = Material::new(asked, layer, way, dated.as_deref())?;
    let body = material.definition(asked, true).write().map_err(|e| Problem::fault(format!("{id}: {e}")))?;
    let stem = dated.map_or_else(|| id.to_owned(), |period| format!("{id}-{}", period.replace('/', "_")));
    attachment(body, &format!("{}.qlr", address::segment(&stem)))
}

/// Every layer in groups: points, by unit, month by month, boundaries; then the same as vector tiles and as pictures.
fn project(asked: &Asked) -> Result<Page, Problem> {
    asked.given.only(&asked::page_parameters())?;
    let query = asked::context(&asked.given, asked.source.as_ref())?;
    let lang = asked.lang;
    let dated = query.period.map(|p| p.to_string());
    let layers = asked.layers();
    let of_group = |l: &LayerInfo| match () {
        () if l.geometry == LayerGeometry::Point => 0,
        () if l.is_monthly() => 2,
        () if l.by_period => 1,
        () => 3,
    };
    let names = [
        lang.pick("Points", "Points"),
        lang.pick("Par unité administrative", "By administrative unit"),
        lang.pick("Mois par mois (contrôleur temporel)", "Month by month (temporal controller)"),
        lang.pick("Limites administratives et zones", "Boundaries and zones"),
        lang.pick("Tuiles vectorielles", "Vector tiles"),
        lang.pick("Images", "Pictures"),
    ];
    let mut groups: Vec<(&str, Vec<Material>)> = names.into_iter().map(|name| (name, Vec::new())).collect();
    for layer in &layers {
        let group = of_group(layer);
        let date = dated.as_deref().filter(|_| layer.by_period);
        groups[group].1.push(Material::new(asked, layer.clone(), Way::Features, date)?);
        // A tile shows one period: a monthly twin's tiles are the plain layer's.
        if group != 2 {
            groups[4].1.push(Material::new(asked, layer.clone(), Way::Tiles, date)?);
            groups[5].1.push(Material::new(asked, layer.clone(), Way::Pictures, date)?);
        }
    }
    groups.retain(|(_, members)| !members.is_empty());
    // Opened light: the regions and one layer of figures; the rest waits for a click.
    let shown =
        |m: &Material| m.way == Way::Features && ["regions", "violations-cercles"].contains(&m.layer.id.as_str());
    let written: Vec<_> = groups
        .iter()
        .map(|(name, members)| (*name, members.iter().map(|m| m.definition(asked, shown(m))).collect()))
        .collect();
    let all = layers.iter().map(|l| l.bbox).filter(|b| !b.is_empty());
    let corners = |lon: f64, lat: f64| {
        const HALF: f64 = 20_037_508.342_789_2;
        let (x, y) = mercator(lon, lat);
        ((2.0 * x - 1.0) * HALF, (1.0 - 2.0 * y) * HALF)
    };
    let bounds = all.fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |[w, s, e, n], b| {
        let ((west, south), (east, north)) = (corners(b.west, b.south), corners(b.east, b.north));
        [w.min(west), s.min(south), e.max(east), n.max(north)]
    });
    let first = layers.iter().filter_map(|l| l.months).map(|(first, _)| first).min();
    let last = layers.iter().filter_map(|l| l.months).map(|(_, last)| last).max();
    let months = first
        .zip(last)
        .map(|(first, last)| (format!("{first}-01T00:00:00Z"), format!("{}T23:59:59Z", collections::last_day(last))));
    let sheets = asked.source.print_layouts(&crate::app::LayerQuery { lang, ..query })?;
    // An annex without the layer it is about is none.
    let seen = |sheet: &&PrintLayout| sheet.layers.last().is_some_and(|id| layers.iter().any(|l| l.id == *id));
    let layouts: Vec<QgisLayout> = sheets.iter().filter(seen).map(|sheet| print_layout(sheet, &layers, lang)).collect();
    let body = write_project(&asked.source.title(lang), &written, bounds, months, &layouts)
        .map_err(|e| Problem::fault(e.to_string()))?;
    attachment(body, PROJECT)
}

/// A print layout over the project's layers; of an annex those that the asker sees.
fn print_layout(sheet: &PrintLayout, layers: &[Arc<LayerInfo>], lang: Lang) -> QgisLayout {
    // An annex of a layer that the asker does not see keeps the rest of its map.
    let named = |id: &str| {
        let layer = layers.iter().find(|l| l.id == id)?;
        Some((project_id(id), collections::title(layer, lang).to_owned()))
    };
    let explained = |(id, circles_mm): &(&'static str, Vec<f64>)| {
        let (id, title) = named(id)?;
        Some(LegendLayer { id, title, circles_mm: circles_mm.clone() })
    };
    QgisLayout {
        name: sheet.name.clone(),
        title: sheet.title.clone(),
        subtitle: sheet.subtitle.clone(),
        badges: sheet.badges.join(" · "),
        foot: sheet.foot.clone(),
        limits: sheet.limits.clone(),
        disclaimer: sheet.disclaimer.clone(),
        layers: sheet.layers.iter().filter_map(|id| named(id)).collect(),
        legend: sheet.legend.iter().filter_map(explained).collect(),
        projection: sheet.projection.clone(),
        extent: sheet.extent,
        north: sheet.north.clone(),
    }
}

/// As an attachment: QGIS opens a file, and a browser would show XML.
fn attachment(body: String, name: &str) -> Result<Page, Problem> {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let disposition = disposition.map_err(|e| Problem::fault(e.to_string()))?;
    Ok(Page { body: body.into_bytes(), headers: vec![(header::CONTENT_DISPOSITION, disposition)] })
}
