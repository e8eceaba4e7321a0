//! A row's coordinates: read, checked, and held against what its code or names say.

use super::Issue;
use super::locate::{Locator, Units};
use super::number::{Wrong, degrees};
use super::plan::{Plan, Row};
use crate::domain::{Lang, Level, Match};
use crate::ingest::codes;
use crate::ingest::place::{PointAnswer, finest};
use crate::ingest::table::Cell;
use crate::spatial::LonLat;

impl Locator<'_> {
    /// Reads and checks longitude and latitude.
    pub(super) fn coordinates(&self, plan: &Plan, row: &Row<'_>, issues: &mut Vec<Issue>) -> Option<LonLat> {
        let lang = self.ctx.lang;
        let (lon_column, lat_column) = (plan.lon?, plan.lat?);
        let (lon_cell, lat_cell) = (row.cell(lon_column), row.cell(lat_column));
        match (lon_cell, lat_cell) {
            (Cell::Empty, Cell::Empty) => return None,
            (Cell::Empty, _) | (_, Cell::Empty) => {
                let empty = if *lon_cell == Cell::Empty { lon_column } else { lat_column };
                let message = say!(
                    lang,
                    "longitude et latitude vont ensemble : donnez les deux ou aucune",
                    "longitude and latitude go together: give both or neither"
                );
                issues.push(Issue::of(empty, &Cell::Empty, (codes::INCOMPLETE_COORDINATES, message)));
                return None;
            }
            _ => {}
        }
        let mut read = |column: usize, cell: &Cell| match degrees(cell, lang) {
            Ok(x) => Some(x),
            Err(wrong) => {
                issues.push(Issue::of(column, cell, wrong));
                None
            }
        };
        let (lon, lat) = (read(lon_column, lon_cell), read(lat_column, lat_cell));
        let (lon, lat) = (lon?, lat?);
        let inside = |p: LonLat| self.boxes.iter().any(|b| b.contains(p));
        let swapped = LonLat::new(lat, lon).is_ok_and(inside);
        let wrong = match LonLat::new(lon, lat) {
            Ok(_) if lon == 0.0 && lat == 0.0 => {
                let message = say!(
                    lang,
                    "0, 0 est au large de l’Afrique : c’est un GPS sans signal ; videz les deux cellules",
                    "0, 0 is in the sea off Africa: a GPS without signal; empty both cells"
                );
                (codes::NULL_ISLAND, message)
            }
            Ok(point) if !inside(point) && swapped => swapped_wrong(lang),
            Ok(point) => return Some(point),
            Err(_) if swapped => swapped_wrong(lang),
            Err(_) => {
                let message = say!(
                    lang,
                    "hors de la Terre (longitude de −180 à 180, latitude de −90 à 90) : donnez des degrés décimaux WGS 84",
                    "off the earth (longitude -180 to 180, latitude -90 to 90): give decimal degrees, WGS 84"
                );
                (codes::COORDINATES_OUT_OF_RANGE, message)
            }
        };
        issues.push(Issue::of(lon_column, &Cell::Text(format!("{lon} {lat}").into()), wrong));
        None
    }

    /// What the coordinates add: they locate where nothing else does, refine where they agree, warn where they do not.
    pub(super) fn add_point(
        &self,
        plan: &Plan,
        point: LonLat,
        (precision, country, anything): (Option<&str>, Option<&str>, bool),
        (set, units, matched): (&mut usize, &mut Units, &mut Match),
        issues: &mut Vec<Issue>,
    ) {
        let lang = self.ctx.lang;
        let mut say = |wrong: Wrong| {
            issues.push(Issue { column: plan.lon, value: Some(format!("{} {}", point.lon(), point.lat())), wrong });
        };
        let located = finest(units);
        match self.ctx.places.point(point, country) {
            PointAnswer::NoSurveyedSet => {
                if !anything {
                    let message = say!(
                        lang,
                        "ce découpage est schématique, on n’y situe pas de coordonnées : importez des limites réelles (vigie import boundaries …) ou donnez des p-codes ou des noms",
                        "this boundary set is schematic, coordinates are not located on it: import real boundaries (vigie import boundaries …) or give p-codes or names"
                    );
                    say((codes::SCHEMATIC_SET, message));
                }
            }
            PointAnswer::Outside => {
                if located.is_none() {
                    let message = say!(
                        lang,
                        "à plus de 5 km de toute unité : la ligne entre, mais seulement dans les totaux ; vérifiez les coordonnées",
                        "more than 5 km from any unit: the row goes in, but only into totals; check the coordinates"
                    );
                    say((codes::POINT_OUTSIDE, message));
                } else {
                    say(elsewhere(&self.name(*set, units), None, lang));
                }
            }
            PointAnswer::Unit { set: point_set, units: mut point_units, km_outside } => {
                // A point that only stands for a cercle or region says nothing below it.
                if precision == Some("3") {
                    point_units = [point_units[0].take(), None, None];
                }
                let Some(level) = located else {
                    if let Some(km) = km_outside {
                        let (km, name) = (libm::round(km * 10.0) / 10.0, self.name(point_set, &point_units));
                        let message = say!(
                            lang,
                            "à {km} km hors de toute unité, rattaché à la plus proche ({name}) : vérifiez les coordonnées",
                            "{km} km outside every unit, put in the nearest ({name}): check the coordinates"
                        );
                        say((codes::NEAREST_UNIT, message));
                    }
                    *set = point_set;
                    *units = point_units;
                    *matched = if km_outside.is_some() { Match::Nearest } else { Match::Point };
                    return;
                };
                if point_set != *set {
                    // Two vintages cannot be compared by code.
                    return;
                }
                let shared = Level::ALL.into_iter().filter(|l| *l <= level && point_units[l.index()].is_some());
                if shared.clone().any(|l| point_units[l.index()] != units[l.index()]) {
                    say(elsewhere(&self.name(*set, units), Some(&self.name(point_set, &point_units)), lang));
                } else if km_outside.is_none() && finest(&point_units) > located {
                    *units = point_units;
                    *matched = Match::Point;
                }
            }
        }
    }
}

fn swapped_wrong(lang: Lang) -> Wrong {
    let message = say!(
        lang,
        "longitude et latitude sont échangées : remettez chacune dans sa colonne (au Mali, la longitude va de −12 à 4)",
        "longitude and latitude are exchanged: put each in its column (in Mali, longitude runs from -12 to 4)"
    );
    (codes::SWAPPED_COORDINATES, message)
}

fn elsewhere(stated: &str, point: Option<&str>, lang: Lang) -> Wrong {
    let message = match point {
        Some(point) => say!(
            lang,
            "les coordonnées sont dans {point}, la ligne dit {stated} : le code ou le nom l’emporte ; vérifiez les coordonnées",
            "the coordinates are in {point}, the row says {stated}: the code or name prevails; check the coordinates"
        ),
        None => say!(
            lang,
            "les coordonnées sont hors de tout découpage, la ligne dit {stated} : le code ou le nom l’emporte ; vérifiez les coordonnées",
            "the coordinates are outside every set, the row says {stated}: the code or name prevails; check the coordinates"
        ),
    };
    (codes::POINT_ELSEWHERE, message)
}
