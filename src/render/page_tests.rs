//! The whole page, made from the demonstration data.

use super::fixture::Fixture;
use super::incident_map::incident_page;
use crate::domain::Lang;
use crate::style::Styles;

#[test]
#[ignore = "writes files to look at: VIGIE_LOOK=DIR"]
fn pages_to_look_at() {
    let Ok(dir) = std::env::var("VIGIE_LOOK") else { return };
    let styles = Styles::load(None).expect("styles");
    let mut fixtures = vec![("demo", Fixture::month("2021-06"))];
    fixtures.extend(Fixture::real("2021-06").map(|f| ("real", f)));
    for (name, fixture) in &fixtures {
        for (lang, zone) in [(Lang::Fr, false), (Lang::En, true)] {
            let start = std::time::Instant::now();
            let map = fixture.map(lang, zone);
            let page = incident_page(&map, &styles, None).unwrap_or_else(|e| panic!("{e}"));
            let laid = start.elapsed();
            let base = format!("{dir}/{name}-{}", lang.code());
            let t = std::time::Instant::now();
            std::fs::write(format!("{base}.pdf"), page.pdf().expect("PDF")).expect("written");
            let pdf = t.elapsed();
            let t = std::time::Instant::now();
            std::fs::write(format!("{base}.png"), page.png(300.0).expect("PNG")).expect("written");
            let png = t.elapsed();
            let t = std::time::Instant::now();
            std::fs::write(format!("{base}.svg"), page.svg().expect("SVG")).expect("written");
            eprintln!("{base}: laid out {laid:?}, PDF {pdf:?}, PNG {png:?}, SVG {:?}", t.elapsed());
        }
    }
}
