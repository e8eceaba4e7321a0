//! The annexes as print layouts of QGIS, for last-minute edits: what each layout shows and says. The maps there are QGIS's own,
//! of the service's layers; what stands here is what a page around them may not lack.

use super::ground::Setting;
use super::{Annex, AnnexError, AnnexRequest};
use crate::app::{AppError, LayerQuery, LayerSource as _, Service};
use crate::domain::{Lang, Period};
use crate::formats::qgis_layout::MAP;
use crate::render::{MapFrame, Sheet, projection_line};
use crate::spatial::Bbox;
use crate::style::Mark;

/// Room left between the country and the map's edge, millimetres.
const MARGIN_MM: f64 = 3.0;

/// An annex as a print layout: words in the language asked, layers by id.
#[derive(Debug, Clone, PartialEq)]
pub struct PrintLayout {
    /// Its name in QGIS's list of layouts.
    pub name: String,
    /// Place, subject, date of the data. Without a period asked the date is an expression of QGIS that reads the layer's
    /// own, since the project then opens the latest month whenever it is opened.
    pub title: String,
    /// What is drawn.
    pub subtitle: String,
    /// Provisional, synthetic, schematic, where true.
    pub badges: Vec<String>,
    /// Layers of the map, the uppermost first.
    pub layers: Vec<&'static str>,
    /// Those whose symbols the legend explains, each with the diameters of its circles, millimetres; none of other layers.
    pub legend: Vec<(&'static str, Vec<f64>)>,
    /// Sources, boundary set, projection.
    pub foot: Vec<String>,
    /// The limits of the data in one sentence.
    pub limits: String,
    /// The disclaimer, word for word.
    pub disclaimer: String,
    /// The map's projection as a PROJ string.
    pub projection: String,
    /// What the map shows in that projection, metres: west, south, east, north.
    pub extent: [f64; 4],
    /// The letter of the north arrow.
    pub north: String,
}

/// The annexes that are maps of layers: the key of their subtitle, and the layers they are made of, the uppermost first. The
/// lowest is the one that the page is about, whose months the title names; circles by cercle bring their own ground, the coverage.
const MAPS: [(Annex, &str, &str, &[&str]); 5] = [
    (Annex::Incidents, "annex1", "annex1_layout", &["regions", "violations-cercles"]),
    (Annex::Alerts, "annex2", "annex2_layout", &["regions", "alerts-cercles"]),
    (Annex::Risk, "annex3", "annex3_subtitle", &["regions", "cercles", "risk-communes"]),
    (Annex::Coverage, "annex5", "annex5_subtitle", &["regions", "cercles", "coverage-communes"]),
    (Annex::Hotspots, "hotspots", "hotspots_subtitle", &["regions", "cercles", "hotspots-communes"]),
];

/// The layouts of the default set, or of the first one asked.
pub(in crate::app) fn print_layouts(service: &Service, query: &LayerQuery) -> Result<Vec<PrintLayout>, AppError> {
    let request = AnnexRequest {
        period: query.period.map_or_else(|| service.parse_period("latest"), Ok)?,
        set: query.sets.first().cloned(),
        source: query.source.clone(),
        lang: query.lang,
        sheet: Sheet::default(),
        date: None,
        rates: false,
        page: (1, 1),
        hxl: false,
    };
    Ok(layouts(service, &request, query.period)?)
}

fn layouts(service: &Service, request: &AnnexRequest, asked: Option<Period>) -> Result<Vec<PrintLayout>, AnnexError> {
    let here = Setting::new(service, request)?;
    let (say, lang) = (service.kit().words(here.lang())?, here.lang());
    let base = here.base(request.period, ("incidents", super::incidents::measure(lang)), None);
    let notes = &base.notes;
    let bbox = base.communes.iter().fold(Bbox::EMPTY, |b, c| b.union(Bbox::of(c.shape)));
    let Some(frame) = MapFrame::fit(&bbox, MAP.2, MAP.3, MARGIN_MM) else { return Ok(Vec::new()) };
    let badges = |annex: Annex| {
        // Nobody knows yet whether the month that an undated project will open is released.
        let released = service.snapshot().release_of(annex.theme(), request.period) == "released" && asked.is_some();
        let words = [(!released, "provisional"), (notes.synthetic, "synthetic"), (notes.schematic, "schematic")];
        words.into_iter().filter(|(on, _)| *on).map(|(_, key)| say.say(key, &[])).collect::<Vec<_>>()
    };
    // The day is the one on which QGIS makes the page: the officer's edit, not the service's answer.
    let today = format!("[% format_date(now(), 'd MMMM yyyy', '{}') %]", lang.code());
    let mut foot = vec![
        say.say("sources", &[("sources", &notes.sources)]),
        say.say("set", &[("set", &notes.set_title)]),
        say.say("created", &[("date", &today)]),
        projection_line(&say, &frame, lang),
    ];
    for (on, key) in [(notes.schematic, "schematic_note"), (notes.synthetic, "synthetic_note")] {
        if on {
            foot.push(say.say(key, &[]));
        }
    }
    let circles = |layer: &'static str| {
        let style = service.kit().styles.for_year(layer, notes.year).filter(|s| s.mark == Mark::Circle);
        (layer, style.map(|s| s.classes.iter().map(|c| c.size_mm).collect()).unwrap_or_default())
    };
    let layout = |(annex, key, subtitle, layers): (Annex, &str, &str, &[&'static str])| {
        let dated = layers.last().copied().unwrap_or_default();
        let period = asked.map_or_else(|| period_of(dated, lang), |_| notes.period.clone());
        let values = [("country", notes.country.as_str()), ("period", &period), ("measure", &notes.measure)];
        let title = say.say(&format!("{key}_title"), &values);
        PrintLayout {
            name: match annex {
                Annex::Hotspots => lang.pick("Foyers de violations", "Hotspots of violations").to_owned(),
                _ => format!("{} {}", lang.pick("Annexe", "Annex"), annex.number()),
            },
            title,
            subtitle: say.say(subtitle, &values),
            badges: badges(annex),
            layers: layers.to_vec(),
            legend: layers.iter().filter(|l| **l != "cercles").map(|l| circles(l)).collect(),
            foot: foot.clone(),
            limits: say.say(&format!("{key}_limits"), &[]),
            disclaimer: say.say("disclaimer", &[]),
            projection: frame.projection().proj_string(),
            extent: frame.projected(),
            north: say.say("north", &[]),
        }
    };
    Ok(MAPS.into_iter().map(layout).collect())
}

/// The period of a layer's features as an expression of QGIS: « juin 2021 » of a month, as written of another.
fn period_of(layer: &str, lang: Lang) -> String {
    let id = crate::formats::qlr::project_id(layer);
    format!(
        "[% with_variable('p', aggregate('{id}', 'max', \"period\"), \
         if(regexp_match(@p, '^[0-9]{{4}}-[0-9]{{2}}$'), format_date(to_date(@p || '-01'), 'MMMM yyyy', '{}'), @p)) %]",
        lang.code()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_is_read_from_the_layer_where_none_was_asked() {
        let text = period_of("risk-communes", Lang::Fr);
        assert!(text.contains("'vigie_risk_communes'") && text.contains("'fr'") && text.contains("{4}"), "{text}");
    }
}
