//! Annex 1: circles by count of each cercle over ground that shows which communes are covered.

use std::collections::BTreeMap;
use std::path::Path;

use geo::MultiPolygon;

use super::context::Context;
use super::frame::MapFrame;
use super::inks::STATE_LINE;
use super::map_circles::{circles, draw_circle};
use super::map_ground::{borders, ground, neighbours, outside_marks, water};
use super::map_names::labels;
use super::marginalia;
use super::mesh::Mesh;
use super::messages::Messages;
use super::page::{Page, PageParts, RenderError};
use super::page_svg::micrometres;
use super::place::Placer;
use super::scene::{Item, Scene, Stroke};
use super::world::Templates;
use crate::domain::Lang;
use crate::spatial::{Bbox, LonLat};
use crate::style::{Style, Styles};

/// An administrative unit as the map needs it.
#[derive(Debug, Clone, Copy)]
pub struct Area<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its outline, degrees.
    pub shape: &'a MultiPolygon<f64>,
    /// A place inside it.
    pub label: LonLat,
    /// Position of the unit above it; 0 where there is none.
    pub parent: usize,
}

/// What is known of a commune's coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Its status word; `value` and `zero` are drawn alike: covered, report received.
    pub status: &'static str,
    /// A value came from it although it was not covered.
    pub outside_coverage: bool,
}

/// What is known of a cercle's count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The number, where there is one.
    pub number: Option<u64>,
    /// The status word.
    pub status: &'static str,
    /// A value from a cercle of which no commune was covered.
    pub outside_coverage: bool,
    /// The number by category, parallel to [`IncidentMap::categories`]; may be empty.
    pub by: Vec<u64>,
}

/// A category with its total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its letter.
    pub letter: String,
    /// Its label in the page's language.
    pub label: String,
    /// Its total, located or not.
    pub total: u64,
}

/// A named zone, outlined.
#[derive(Debug, Clone)]
pub struct Zone {
    /// Its title, which names the definition.
    pub title: String,
    /// For each commune whether it belongs.
    pub members: Vec<bool>,
}

/// The sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 297 × 210 mm.
    #[default]
    A4,
    /// 420 × 297 mm.
    A3,
}

impl Paper {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::A3 => "a3",
        }
    }
}

/// What the page says around the map, in its language.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// The country's name: « Mali ».
    pub country: String,
    /// Its ISO code, to leave it out of its neighbours: `MLI`.
    pub iso3: String,
    /// The period as a title writes it: « juin 2021 ».
    pub period: String,
    /// The year whose classes hold.
    pub year: i16,
    /// What is counted, with a capital: « Violations documentées ».
    pub measure: String,
    /// Where the data come from.
    pub sources: String,
    /// The boundary set's title.
    pub set_title: String,
    /// Day of creation, year, month, day.
    pub created: Option<(i32, u8, u8)>,
    /// The same as printed: « 12 juillet 2021 ».
    pub created_text: String,
    /// The data version, where there is one.
    pub version: Option<i64>,
    /// Data are made up.
    pub synthetic: bool,
    /// Lines are a diagram.
    pub schematic: bool,
    /// The month is not released.
    pub provisional: bool,
    /// Number of the page and of all pages.
    pub page: (u32, u32),
}

/// Everything on the page.
#[derive(Debug, Clone)]
pub struct IncidentMap<'a> {
    /// Language of the page.
    pub lang: Lang,
    /// The sheet.
    pub paper: Paper,
    /// Level 1.
    pub regions: Vec<Area<'a>>,
    /// Level 2; [`Area::parent`] points into the regions.
    pub cercles: Vec<Area<'a>>,
    /// Level 3 (or the finest there is); points into the cercles.
    pub communes: Vec<Area<'a>>,
    /// Parallel to the communes.
    pub ground: Vec<Ground>,
    /// Parallel to the cercles.
    pub counts: Vec<Count>,
    /// Parallel to the regions: counted there, in none of its cercles.
    pub region_only: Vec<u64>,
    /// Counted, in no region.
    pub nowhere: u64,
    /// All of it.
    pub total: u64,
    /// Categories in the order of their letters; empty where there are none.
    pub categories: Vec<Category>,
    /// Communes covered.
    pub units_covered: u32,
    /// Communes.
    pub units_total: u32,
    /// A zone to outline.
    pub zone: Option<Zone>,
    /// The base map.
    pub context: &'a Context,
    /// The words around.
    pub notes: Notes,
}

/// Least share of a cercle's count that makes a category a leading one, per cent, and how many are shown.
pub(super) const LEADING: (u64, usize) = (20, 3);

/// Borders are drawn to within this of where they are, millimetres: finer than the thinnest line.
const TOLERANCE_MM: f64 = 0.06;

/// What the map holds besides the drawing.
pub(super) struct Drawn {
    /// The drawing.
    pub scene: Scene,
    /// Cercles whose name found no room, with their counts.
    pub dropped: Vec<(String, u64)>,
    /// Statuses and marks that occur, for the legend.
    pub present: Present,
}

/// What occurs on the map.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of the legend, independent of the others")]
pub(super) struct Present {
    /// A commune reported without being covered.
    pub outside_commune: bool,
    /// A cercle did.
    pub outside_cercle: bool,
    /// A cercle's number is withheld.
    pub suppressed_cercle: bool,
    /// Something is known to a region only.
    pub region_only: bool,
}

/// Draws the page.
///
/// `styles` are the layers' styles, `directory` an office's own templates (`DIR/annexes`). An empty set of communes and
/// lists that are not parallel are errors.
pub fn incident_page(map: &IncidentMap, styles: &Styles, directory: Option<&Path>) -> Result<Page, RenderError> {
    check(map)?;
    let templates = Templates::new(directory);
    let layout = marginalia::Layout::parse(&templates.text("layout.toml")?, map.paper)?;
    let messages = Messages::parse(&templates.text("messages.toml")?, map.lang)?;
    let style = styles
        .for_year("violations-cercles", map.notes.year)
        .ok_or_else(|| RenderError::Empty("no style violations-cercles".to_owned()))?;
    let mut bbox = Bbox::EMPTY;
    for commune in &map.communes {
        bbox = bbox.union(Bbox::of(commune.shape));
    }
    let frame = MapFrame::fit(&bbox, layout.map.width, layout.map.height, 3.5)
        .ok_or_else(|| RenderError::Empty("the units have no extent".to_owned()))?;
    let drawn = draw(map, style, styles, &frame, &layout);
    let mut files = BTreeMap::new();
    let data = marginalia::data(map, style, styles, &frame, &layout, &messages, &drawn, &mut files);
    let name = "map.svg".to_owned();
    let plain = BTreeMap::from([(name.clone(), drawn.scene.to_svg("map", false).into_bytes())]);
    files.insert(name, drawn.scene.to_svg("map", true).into_bytes());
    files.insert("data.json".to_owned(), data.to_string().into_bytes());
    let halos = drawn
        .scene
        .texts()
        .filter(|t| t.halo_mm > 0.0)
        .map(|t| ((micrometres(t.at.0 + layout.map.x), micrometres(t.at.1 + layout.map.y)), micrometres(t.halo_mm)))
        .collect();
    Page::compose(&templates, PageParts { template: "annex1.typ", files, plain, halos, created: map.notes.created })
}

fn check(map: &IncidentMap) -> Result<(), RenderError> {
    if map.communes.is_empty() {
        return Err(RenderError::Empty("the boundary set has no units".to_owned()));
    }
    let parallel = map.ground.len() == map.communes.len()
        && map.counts.len() == map.cercles.len()
        && map.region_only.len() == map.regions.len()
        && map.zone.as_ref().is_none_or(|z| z.members.len() == map.communes.len())
        && map.counts.iter().all(|c| c.by.is_empty() || c.by.len() == map.categories.len());
    if parallel { Ok(()) } else { Err(RenderError::Empty("counts and units do not match".to_owned())) }
}

pub(super) fn draw(
    map: &IncidentMap,
    style: &Style,
    styles: &Styles,
    frame: &MapFrame,
    layout: &marginalia::Layout,
) -> Drawn {
    let rect = frame.rect();
    let mut scene = Scene::new(rect.x1, rect.y1);
    let mut present = Present::default();
    let mesh = Mesh::build(map.communes.iter().map(|c| c.shape), frame, TOLERANCE_MM);
    neighbours(&mut scene, map, frame);
    ground(&mut scene, map, styles, &mesh);
    water(&mut scene, map.context, frame);
    borders(&mut scene, map, styles, &mesh);
    outside_marks(&mut scene, map, frame, &mut present);
    let mut placer = Placer::new(rect.grown(-0.8));
    for taken in layout.insets() {
        placer.take(taken);
    }
    let circles = circles(map, style, frame, layout.text_scale, &mut present);
    for c in &circles {
        placer.take_disc(c.centre, c.radius + 0.25);
    }
    for c in &circles {
        draw_circle(&mut scene, c, style, styles);
    }
    let dropped = labels(&mut scene, &mut placer, map, frame, &circles, layout.text_scale, &mut present);
    scene.push(Item::Lines(
        vec![(vec![(0.0, 0.0), (rect.x1, 0.0), (rect.x1, rect.y1), (0.0, rect.y1)], true)],
        Stroke::new(STATE_LINE, 0.3),
    ));
    Drawn { scene, dropped, present }
}
