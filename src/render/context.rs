//! The quiet ground round the mapped country: neighbours, water, towns.

use std::sync::LazyLock;

use geo::{LineString, MultiLineString, MultiPolygon, Polygon};
use serde_json::Value;

/// A country of the base map.
#[derive(Debug, Clone)]
pub struct Country {
    /// ISO 3166-1 alpha-3.
    pub iso3: String,
    /// French name.
    pub name_fr: String,
    /// English name.
    pub name_en: String,
    /// Its outline, degrees.
    pub shape: MultiPolygon<f64>,
}

/// A town of the base map.
#[derive(Debug, Clone)]
pub struct Town {
    /// Its name.
    pub name: String,
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
    /// 1 for capitals, 2 for the others.
    pub rank: u8,
}

/// The base map.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Countries, cut at the edge of the base map.
    pub countries: Vec<Country>,
    /// Rivers.
    pub rivers: Vec<MultiLineString<f64>>,
    /// Lakes.
    pub lakes: Vec<MultiPolygon<f64>>,
    /// Towns.
    pub towns: Vec<Town>,
}

static SHIPPED: LazyLock<Context> = LazyLock::new(|| {
    Context::parse(
        include_str!("../../geodata/context/countries.geojson"),
        include_str!("../../geodata/context/rivers.geojson"),
        include_str!("../../geodata/context/lakes.geojson"),
        include_str!("../../geodata/context/towns.csv"),
    )
});

impl Context {
    /// The base map that ships with the program (Natural Earth; West Africa).
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// Reads a base map: three GeoJSON texts and a CSV of `name_fr,lon,lat,rank`. What cannot be read is left out: a base
    /// map is a comfort, and a page without it is still right.
    pub fn parse(countries: &str, rivers: &str, lakes: &str, towns: &str) -> Self {
        let text = |f: &Value, key: &str| f["properties"][key].as_str().unwrap_or_default().to_owned();
        let countries = features(countries)
            .iter()
            .map(|f| Country {
                iso3: text(f, "iso3"),
                name_fr: text(f, "name_fr"),
                name_en: text(f, "name_en"),
                shape: multi_polygon(&f["geometry"]),
            })
            .collect();
        let rivers = features(rivers).iter().map(|f| MultiLineString(lines(&f["geometry"]["coordinates"]))).collect();
        let lakes = features(lakes).iter().map(|f| multi_polygon(&f["geometry"])).collect();
        let towns = towns.lines().skip(1).filter_map(|line| {
            let mut cells = line.split(',');
            let name = cells.next()?.to_owned();
            let (lon, lat) = (cells.next()?.trim().parse().ok()?, cells.next()?.trim().parse().ok()?);
            Some(Town { name, lon, lat, rank: cells.next()?.trim().parse().ok()? })
        });
        Self { countries, rivers, lakes, towns: towns.collect() }
    }
}

/// The shapes of a GeoJSON text with the property that names them.
pub(super) fn named_shapes(text: &str, key: &str) -> Vec<(String, MultiPolygon<f64>)> {
    features(text)
        .iter()
        .map(|f| (f["properties"][key].as_str().unwrap_or_default().to_owned(), multi_polygon(&f["geometry"])))
        .collect()
}

fn features(text: &str) -> Vec<Value> {
    let parsed: Value = serde_json::from_str(text).unwrap_or_default();
    parsed["features"].as_array().cloned().unwrap_or_default()
}

fn line(value: &Value) -> LineString<f64> {
    let points = value.as_array().map(Vec::as_slice).unwrap_or_default();
    points.iter().filter_map(|p| Some((p[0].as_f64()?, p[1].as_f64()?))).collect()
}

fn lines(value: &Value) -> Vec<LineString<f64>> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(line).collect()
}

fn multi_polygon(geometry: &Value) -> MultiPolygon<f64> {
    let polygon = |rings: &Value| {
        let mut rings = lines(rings).into_iter();
        rings.next().map(|outer| Polygon::new(outer, rings.collect()))
    };
    match geometry["type"].as_str() {
        Some("Polygon") => MultiPolygon(polygon(&geometry["coordinates"]).into_iter().collect()),
        _ => MultiPolygon(
            geometry["coordinates"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
                .iter()
                .filter_map(polygon)
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_base_map_has_countries_water_and_towns() {
        let context = Context::shipped();
        assert!(context.countries.iter().any(|c| c.iso3 == "MLI" && !c.shape.0.is_empty()));
        assert!(!context.rivers.is_empty() && !context.lakes.is_empty());
        assert!(context.towns.iter().any(|t| t.name == "Bamako" && t.rank == 1));
    }

    #[test]
    fn a_broken_base_map_is_an_empty_one() {
        let context = Context::parse("nonsense", "{}", "", "name_fr,lon,lat,rank\nNowhere,x,y,1\n");
        assert!(context.countries.is_empty() && context.towns.is_empty());
    }
}
