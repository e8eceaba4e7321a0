//! The whole page, made from the demonstration data.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::base::Paper;
use super::composer::Composer;
use super::fixture::Fixture;
use super::fonts::{cap_height_mm, width_mm};
use super::frame::Rect;
use super::ground::{Detail, Window};
use super::incident_map::{CircleStyles, Drawn, IncidentMap, draw, incident_page};
use super::kit::Kit;
use super::map_ground::Covered;
use super::page::RenderError;
use super::world::Templates;
use crate::domain::Lang;
use crate::style::Styles;

fn kit() -> Kit {
    Kit::new(std::sync::Arc::new(Styles::load(None).expect("styles")), None).expect("a kit")
}

fn with(directory: &std::path::Path) -> Kit {
    Kit::new(std::sync::Arc::new(Styles::load(None).expect("styles")), Some(directory)).expect("a kit")
}

fn drawn(map: &IncidentMap) -> (Drawn, Rect) {
    let kit = kit();
    let page = Composer::new(&kit, &map.base).expect("a page");
    let slot = page.layout.map;
    let window =
        Window { bbox: map.base.bbox(), width: slot.width, height: slot.height, margin: 3.5, detail: Detail::Full };
    let ground = kit.ground(&map.base, &window).expect("a ground");
    let own = CircleStyles::of(map, &kit.styles).expect("styles");
    (draw(map, &own, &kit.styles, &ground, &page.layout), ground.frame.rect())
}

/// The words of a page's PDF; none where `pdftotext` is not installed.
fn words(pdf: &[u8]) -> Option<String> {
    let spawned =
        Command::new("pdftotext").args(["-layout", "-", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        eprintln!("skipped: pdftotext is not installed");
        return None;
    };
    child.stdin.take().expect("piped").write_all(pdf).expect("written");
    Some(String::from_utf8(child.wait_with_output().expect("an end").stdout).expect("UTF-8"))
}

#[test]
fn the_pdf_says_in_selectable_text_all_that_the_page_must_carry() {
    let fixture = Fixture::month("2021-06");
    let mut map = fixture.map(Lang::Fr, true);
    map.base.notes.provisional = true;
    let page = incident_page(&map, &kit()).expect("a page");
    let pdf = page.pdf().expect("PDF");
    let has = |mark: &[u8]| pdf.windows(mark.len()).any(|w| w == mark);
    assert!(has(b"pdfuaid:part"), "the page keeps to PDF/UA-1");
    let Some(text) = words(&pdf) else { return };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['\u{a0}', '\u{202f}'], " ");
    for said in [
        "Annexe 1 – Carte des incidents de protection : Mali, juin 2021",
        "une victime × un type de violation",
        "1 237",
        "644",
        "Douentza",
        "KOULIKORO",
        "communes couvertes sur 701 (35,1 %)",
        "non localisées",
        "Couverte, sans rapport ce mois",
        "Non couverte par le monitoring",
        "Liptako-Gourma",
        " km",
        "Sources :",
        "Découpage",
        "12 juillet 2021",
        "Albers",
        "représailles",
        "Les frontières et les noms indiqués et les désignations employées sur cette carte n’impliquent pas la reconnaissance ou acceptation officielle par l’Organisation des Nations Unies.",
        "Page 1/1",
        "Données de démonstration (synthétiques)",
        "Limites schématiques",
        "Provisoire",
    ] {
        assert!(text.contains(said), "« {said} » is not in:\n{text}");
    }
}

#[test]
fn the_svg_is_well_formed_and_its_text_is_text() {
    let fixture = Fixture::month("2021-06");
    let page = incident_page(&fixture.map(Lang::Fr, false), &kit()).expect("a page");
    let svg = page.svg().expect("SVG");
    let mut reader = quick_xml::Reader::from_str(&svg);
    let (mut texts, mut halos) = (0, 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event().expect("well-formed") {
            Event::Start(e) if e.name().as_ref() == "text" => {
                texts += 1;
                halos += usize::from(e.attributes().flatten().any(|a| a.key.as_ref() == "paint-order"));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(texts > 100, "{texts}");
    assert!(halos > 40, "{halos} of the map's words stand on a halo");
    assert!(svg.contains(">Douentza</text>") && svg.contains("Roboto Condensed"));
    assert!(!svg.contains("<image") && !svg.contains("href"), "nothing from outside");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let fixture = Fixture::month("2021-06");
    let make = || {
        let page = incident_page(&fixture.map(Lang::Fr, true), &kit()).expect("a page");
        (page.pdf().expect("PDF"), page.png(40.0).expect("PNG"), page.svg().expect("SVG"))
    };
    let first = make();
    let other = std::thread::scope(|s| s.spawn(make).join().expect("made"));
    assert!(first == other);
}

#[test]
fn no_two_words_on_the_map_overlap_and_none_leaves_it() {
    for month in ["2020-06", "2020-09", "2021-01", "2021-04", "2021-06"] {
        let fixture = Fixture::month(month);
        for paper in [Paper::A4, Paper::A3] {
            let mut map = fixture.map(Lang::Fr, false);
            map.base.sheet = paper.into();
            let (drawn, frame) = drawn(&map);
            let boxes: Vec<(Rect, &str)> = drawn
                .scene
                .texts()
                .map(|t| {
                    let (w, h) = (width_mm(&t.text, t.face, t.size_pt, t.tracking_pt), cap_height_mm(t.size_pt));
                    (Rect::at(t.at.0, t.at.1 - h, w, h), t.text.as_str())
                })
                .collect();
            assert!(boxes.len() > 40);
            for (k, (a, name)) in boxes.iter().enumerate() {
                assert!(frame.holds(a), "{month} {paper:?}: {name} leaves the map");
                for (b, other) in &boxes[k + 1..] {
                    assert!(!a.overlaps(b), "{month} {paper:?}: « {name} » over « {other} »");
                }
            }
            assert!(drawn.dropped.len() <= 1, "{month} {paper:?}: {:?}", drawn.dropped);
        }
    }
}

#[test]
fn the_png_has_the_size_of_the_sheet_and_says_its_resolution() {
    let fixture = Fixture::month("2021-06");
    let page = incident_page(&fixture.map(Lang::En, false), &kit()).expect("a page");
    let png = page.png(150.0).expect("PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((number(16), number(20)), (1754, 1240));
    assert_eq!((&png[37..41], number(41)), (&b"pHYs"[..], 5906));
    let pixmap = tiny_skia::Pixmap::decode_png(&png).expect("a PNG that reads back");
    assert_eq!(pixmap.width(), 1754);
    assert!(matches!(page.png(1200.0), Err(RenderError::Resolution { .. })));
}

#[test]
fn every_drawing_of_a_page_is_painted_by_our_own_painter() {
    let fixture = Fixture::month("2021-06");
    let page = incident_page(&fixture.map(Lang::Fr, true), &kit()).expect("a page");
    assert_eq!(page.foreign_pictures(), 0);
}

#[test]
fn every_absence_that_occurs_is_in_the_legend_and_the_column_still_fits() {
    let fixture = Fixture::month("2021-06");
    let mut map = fixture.map(Lang::Fr, true);
    for (k, word) in
        ["unknown", "suppressed", "not_yet_elapsed", "covered_no_report", "not_covered"].into_iter().enumerate()
    {
        map.covered[k] = Covered { status: word, outside_coverage: false };
    }
    map.counts[0].status = "suppressed";
    map.counts[0].number = None;
    map.counts[7].outside_coverage = true;
    map.counts[7].number = Some(12);
    map.base.notes.provisional = true;
    let page = incident_page(&map, &kit()).expect("a page");
    let svg = page.svg().expect("SVG");
    for label in [
        "Couverture inconnue",
        "Valeur masquée (protection des personnes)",
        "Mois non encore écoulé",
        "Nombre masqué (protection des personnes)",
        "Couverte, sans rapport ce mois",
        "Non couverte par le monitoring",
    ] {
        assert!(svg.contains(label), "{label}");
    }
    // Nothing below the page's lower margin.
    let lowest = svg
        .split("<text ")
        .skip(1)
        .filter_map(|t| t.split(" y=\"").nth(1)?.split('"').next()?.parse::<f64>().ok())
        .fold(0.0, f64::max);
    assert!(lowest < 205.0, "{lowest}");
}

#[test]
fn an_office_changes_wording_without_compiling_and_a_broken_template_names_itself() {
    let fixture = Fixture::month("2021-06");
    let dir = tempfile::tempdir().expect("a directory");
    let annexes = dir.path().join("annexes");
    std::fs::create_dir(&annexes).expect("a directory");
    let words = Templates::default().text("messages.toml").expect("wording");
    std::fs::write(annexes.join("messages.toml"), words.replace("Communes selon la couverture", "Notre couverture"))
        .expect("written");
    let page = incident_page(&fixture.map(Lang::Fr, false), &with(dir.path())).expect("a page");
    assert!(page.svg().expect("SVG").contains("Notre couverture"));
    std::fs::write(annexes.join("annex1.typ"), "#let x = (").expect("written");
    let error = incident_page(&fixture.map(Lang::Fr, false), &with(dir.path())).expect_err("broken").to_string();
    assert!(error.contains("annex1.typ:1"), "the file and the line: {error}");
    std::fs::write(annexes.join("annex1.typ"), "#read(\"../../secret\")").expect("written");
    assert!(incident_page(&fixture.map(Lang::Fr, false), &with(dir.path())).is_err());
}

#[test]
fn the_real_communes_make_a_page_too() {
    let Some(fixture) = Fixture::real("2021-06") else {
        eprintln!("skipped: the real boundaries are not at hand");
        return;
    };
    let page = incident_page(&fixture.map(Lang::Fr, false), &kit()).expect("a page");
    let pdf = page.pdf().expect("PDF");
    assert!(pdf.len() < 1_500_000, "{} bytes", pdf.len());
}

#[test]
#[ignore = "writes files to look at: VIGIE_LOOK=DIR"]
fn pages_to_look_at() {
    let Ok(dir) = std::env::var("VIGIE_LOOK") else { return };
    let kit = kit();
    let mut fixtures = vec![("demo", Fixture::month("2021-06"))];
    fixtures.extend(Fixture::real("2021-06").map(|f| ("real", f)));
    for (name, fixture) in &fixtures {
        for (lang, paper) in [(Lang::Fr, Paper::A4), (Lang::En, Paper::A3)] {
            let mut map = fixture.map(lang, lang == Lang::En);
            map.base.sheet = paper.into();
            let start = std::time::Instant::now();
            let page = incident_page(&map, &kit).expect("a page");
            let laid = start.elapsed();
            let base = format!("{dir}/{name}-{}", lang.code());
            let (pdf, png, svg) = (page.pdf().expect("PDF"), page.png(300.0).expect("PNG"), page.svg().expect("SVG"));
            eprintln!("{base}: laid out {laid:?}, with all formats {:?}", start.elapsed());
            for (kind, bytes) in [("pdf", pdf), ("png", png), ("svg", svg.into_bytes())] {
                std::fs::write(format!("{base}.{kind}"), bytes).expect("written");
            }
        }
    }
}

#[test]
fn the_heading_stays_above_the_map_on_every_sheet() {
    let fixture = Fixture::month("2021-06");
    for (paper, portrait) in [(Paper::A4, false), (Paper::A4, true), (Paper::A3, false), (Paper::A3, true)] {
        let mut map = fixture.map(Lang::Fr, true);
        map.base.sheet = super::base::Sheet { paper, portrait };
        (map.base.notes.provisional, map.base.notes.synthetic, map.base.notes.schematic) = (true, true, true);
        let kit = kit();
        let layout = Composer::new(&kit, &map.base).expect("a page").layout;
        let top = layout.map.y;
        let svg = incident_page(&map, &kit).expect("a page").svg().expect("SVG");
        let number = |line: &str, key: &str| line.split(key).nth(1)?.split('"').next()?.parse::<f64>().ok();
        // The words of the map are in the condensed face, those of the heading are not; the column may stand beside the map.
        let words = svg.lines().filter(|l| l.starts_with("<text ") && !l.contains("Condensed"));
        let places = words.filter_map(|l| Some((number(l, " x=\"")?, number(l, " y=\"")?)));
        let heading = places.filter(|(x, y)| *x < layout.column.x - 0.1 || *y < layout.column.y).map(|(_, y)| y);
        let near: Vec<f64> = heading.filter(|y| *y < top + 8.0).collect();
        let lowest = near.iter().copied().fold(0.0, f64::max);
        assert!(near.len() >= 5 && lowest < top - 0.8, "{paper:?} {portrait}: {lowest} of {top} ({near:?})");
    }
}
