//! Sets that try the pages: one commune, tiny beside huge, long names, nothing to show.

use geo::MultiPolygon;

use super::base::{Area, BaseMap, Notes, Paper, Sheet};
use super::choropleth::{Cell, ChoroplethMap, ClassSymbol, Filled, choropleth_page};
use super::context::Context;
use super::fonts::{cap_height_mm, width_mm};
use super::frame::Rect;
use super::incident_map::{Count, IncidentMap, incident_page};
use super::kit::Kit;
use super::map_ground::Covered;
use super::page::{Page, RenderError};
use super::scene::Text;
use super::severity_map::{SeverityMap, severity_page};
use crate::domain::Lang;
use crate::spatial::LonLat;
use crate::style::Styles;

fn kit() -> Kit {
    Kit::new(std::sync::Arc::new(Styles::load(None).expect("styles")), None).expect("a kit")
}

fn square(x: f64, y: f64, w: f64, h: f64) -> MultiPolygon<f64> {
    let ring = vec![(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)];
    MultiPolygon(vec![geo::Polygon::new(ring.into(), vec![])])
}

/// Communes of one cercle and region, with their names.
struct Country {
    communes: Vec<(String, MultiPolygon<f64>, LonLat)>,
    whole: MultiPolygon<f64>,
}

impl Country {
    fn of(list: &[(&str, [f64; 4])], whole: [f64; 4]) -> Self {
        let shape = |[x, y, w, h]: [f64; 4]| square(x, y, w, h);
        let middle = |[x, y, w, h]: [f64; 4]| LonLat::new(x + w / 2.0, y + h / 2.0).expect("on earth");
        Self {
            communes: list.iter().map(|(name, b)| ((*name).to_owned(), shape(*b), middle(*b))).collect(),
            whole: shape(whole),
        }
    }

    fn base(&self, sheet: Sheet) -> BaseMap<'_> {
        let label = self.communes[0].2;
        let all = |name| vec![Area { name, shape: &self.whole, label, parent: 0 }];
        BaseMap {
            key: "robust".into(),
            lang: Lang::Fr,
            sheet,
            regions: all("Région"),
            cercles: all("Cercle"),
            communes: self
                .communes
                .iter()
                .map(|(name, shape, label)| Area { name, shape, label: *label, parent: 0 })
                .collect(),
            units_covered: 1,
            units_total: 2,
            zone: None,
            context: Context::shipped(),
            notes: Notes { country: "Pays".into(), iso3: "XXX".into(), year: 2021, ..Notes::default() },
        }
    }

    fn risk(&self, sheet: Sheet, cells: Vec<Cell>) -> Result<Page, RenderError> {
        let kit = kit();
        let style = kit.styles.get("risk-communes").expect("a style");
        let map = ChoroplethMap {
            base: self.base(sheet),
            key: "annex3",
            template: "annex3.typ",
            filled: Filled::Communes,
            cells,
            classes: ClassSymbol::of(style, Lang::Fr),
            headline: None,
            always: &["not_covered"],
            lines: Vec::new(),
            table: None,
            coverage_known: true,
        };
        choropleth_page(&map, &kit)
    }
}

fn level(k: u8) -> Cell {
    Cell { class: Some(k), status: "value", outside_coverage: false, mark: k.to_string() }
}

fn absent(status: &'static str) -> Cell {
    Cell { status, ..Cell::default() }
}

/// Every word of the page's maps lies on its map, and no two lie on each other.
fn words_are_apart(page: &Page) {
    for scene in page.scenes() {
        let frame = Rect::at(0.0, 0.0, scene.width, scene.height).grown(0.01);
        let of = |t: &Text| {
            let (w, h) = (width_mm(&t.text, t.face, t.size_pt, t.tracking_pt), cap_height_mm(t.size_pt));
            Rect::at(t.at.0, t.at.1 - h, w, h)
        };
        let boxes: Vec<(Rect, &str)> = scene.texts().map(|t| (of(t), t.text.as_str())).collect();
        for (k, (a, name)) in boxes.iter().enumerate() {
            assert!(frame.holds(a), "« {name} » leaves its map");
            for (b, other) in &boxes[k + 1..] {
                assert!(!a.overlaps(b), "« {name} » over « {other} »");
            }
        }
    }
}

#[test]
fn a_country_of_one_commune_has_its_page_on_every_sheet() {
    let country = Country::of(&[("Seule", [-4.0, 14.0, 1.0, 1.0])], [-4.0, 14.0, 1.0, 1.0]);
    for paper in [Paper::A4, Paper::A3] {
        for portrait in [false, true] {
            let page = country.risk(Sheet { paper, portrait }, vec![level(3)]).expect("a page");
            let svg = page.svg().expect("SVG");
            assert!(svg.contains(">3</text>") && svg.contains("3 – Sérieuse"), "{paper:?} {portrait}");
            assert_eq!(page.pages(), 1);
            words_are_apart(&page);
        }
    }
}

#[test]
fn five_square_kilometres_beside_290_000_get_their_digit_by_a_leader() {
    // 0.02° × 0.02° at 16° north is about 4.7 km²; 5° × 4.9° about 290 000.
    let country = Country::of(
        &[("Grande", [-4.0, 14.0, 5.0, 4.9]), ("Petite", [1.0, 16.0, 0.02, 0.02])],
        [-4.0, 14.0, 5.02, 4.9],
    );
    let page = country.risk(Sheet::default(), vec![level(1), level(4)]).expect("a page");
    let map = page.scenes().next().expect("a map");
    let digits: Vec<&str> =
        page.scenes().flat_map(super::scene::Scene::texts).map(|t| t.text.as_str()).filter(|t| *t == "4").collect();
    assert_eq!(digits, ["4"], "the tiny commune's level is written once ({} items)", map.items().len());
    words_are_apart(&page);
}

#[test]
fn names_of_sixty_letters_are_left_out_or_fit_and_never_overlap() {
    let long = "Saint-Barthélemy-du-Bois-Joli-sur-la-Grande-Rivière-Blanche-x";
    assert!(long.chars().count() >= 60);
    let boxes: Vec<(&str, [f64; 4])> =
        (0..16).map(|k| (long, [f64::from(k % 4) * 0.5 - 4.0, f64::from(k / 4) * 0.5 + 14.0, 0.5, 0.5])).collect();
    let country = Country::of(&boxes, [-4.0, 14.0, 2.0, 2.0]);
    let page = country.risk(Sheet::default(), (0..16).map(|k| level(k % 4 + 1)).collect()).expect("a page");
    words_are_apart(&page);
}

#[test]
fn a_month_without_data_is_a_page_of_absences_and_not_of_zeros() {
    let country =
        Country::of(&[("Une", [-4.0, 14.0, 1.0, 1.0]), ("Deux", [-3.0, 14.0, 1.0, 1.0])], [-4.0, 14.0, 2.0, 1.0]);
    let page = country.risk(Sheet::default(), vec![absent("unknown"), absent("not_yet_elapsed")]).expect("a page");
    let svg = page.svg().expect("SVG");
    for words in ["Couverture inconnue", "Mois non encore écoulé", "Non couverte par le monitoring"] {
        assert!(svg.contains(words), "{words}");
    }
}

#[test]
fn zero_incidents_are_a_page_and_no_units_are_a_clear_error() {
    let country = Country::of(&[("Une", [-4.0, 14.0, 1.0, 1.0])], [-4.0, 14.0, 1.0, 1.0]);
    let zero = Count { number: None, status: "zero", outside_coverage: false, by: Vec::new(), rate: None };
    let mut map = IncidentMap {
        base: country.base(Sheet::default()),
        covered: vec![Covered { status: "zero", outside_coverage: false }],
        counts: vec![zero],
        region_only: vec![0],
        nowhere: Some(0),
        total: Some(0),
        categories: Vec::new(),
        rates: false,
    };
    let svg = incident_page(&map, &kit()).expect("a page").svg().expect("SVG");
    assert!(svg.contains(">0</text>") && !svg.contains("NaN"));
    map.base.communes.clear();
    map.covered.clear();
    let error = incident_page(&map, &kit()).expect_err("nothing to draw");
    assert!(matches!(error, RenderError::Empty(_)) && error.is_input());
}

#[test]
fn small_maps_stand_from_one_month_to_twelve_and_no_more() {
    let country =
        Country::of(&[("Une", [-4.0, 14.0, 1.0, 1.0]), ("Deux", [-3.0, 14.0, 1.0, 1.0])], [-4.0, 14.0, 2.0, 1.0]);
    let kit = kit();
    let classes = ClassSymbol::of(kit.styles.get("risk-communes").expect("a style"), Lang::Fr);
    let change_classes = ClassSymbol::of(kit.styles.get("risk-change").expect("a style"), Lang::Fr);
    for (months, fits) in [(0, false), (1, true), (5, true), (12, true), (13, false)] {
        let map = SeverityMap {
            base: country.base(Sheet { paper: Paper::A4, portrait: months % 2 == 1 }),
            months: (0..months).map(|k| (format!("mois {k}"), vec![level(1), level(4)])).collect(),
            change: (months > 1).then(|| vec![level(3), Cell::default()]),
            classes: classes.clone(),
            change_classes: change_classes.clone(),
            coverage_known: true,
        };
        let page = severity_page(&map, &kit);
        assert_eq!(page.is_ok(), fits, "{months}");
        if let Ok(page) = page {
            words_are_apart(&page);
        }
    }
}
