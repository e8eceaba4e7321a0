//! Of events with coordinates: Knox, density clusters, kernel density. What comes out are counts by unit, never a point.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{AppError, Method, Nothing, Outcome, Rows, Task, object, threads};
use crate::domain::Fact;
use crate::formats::cog;
use crate::indicators::Basis;
use crate::spatial::{Bbox, EqualArea};
use crate::stats::dbscan::{dbscan, st_dbscan};
use crate::stats::{Metric, kde, knox::knox};

/// Cells of a density at most: enough for 2.5 km over Mali.
const CELLS: f64 = 400_000.0;

/// Events of the question, and how many could not take part.
struct Events {
    points: Vec<[f64; 2]>,
    days: Vec<i64>,
    /// The unit of each at the level asked, where it is known.
    units: Vec<Option<usize>>,
    without_point: usize,
    without_day: usize,
}

impl Task<'_> {
    fn radius_m(&self, usual_km: f64) -> f64 {
        self.query.radius_km.unwrap_or(usual_km) * 1000.0
    }

    /// Each incident (or alert) once, whatever it counts: rows of one incident lie at one place by what they are.
    fn of_events(&self, need_day: bool) -> Result<Events, AppError> {
        let snapshot = &self.service.snapshot;
        let theme = snapshot.theme(self.what.0)?;
        let distinct = theme.measures.iter().find_map(|m| m.distinct.as_deref());
        let mut index = BTreeMap::new();
        for (k, (set, unit, _)) in self.study.units().enumerate() {
            index.insert((set.info.id.clone(), unit.pcode.clone()), k);
        }
        let mut seen = BTreeSet::new();
        let mut events =
            Events { points: Vec::new(), days: Vec::new(), units: Vec::new(), without_point: 0, without_day: 0 };
        let wanted = |f: &&Fact| {
            *f.source == *self.asked.source
                && f.when.month().is_some_and(|m| self.asked.period.contains(m))
                && (self.asked.basis == Basis::All || f.is_documented())
        };
        for fact in snapshot.facts(self.what.0).iter().filter(wanted) {
            let name = distinct.and_then(|c| fact.attr(c)?.text()).unwrap_or(&fact.id);
            if !seen.insert(name) {
                continue;
            }
            let Some(point) = fact.place.point else {
                events.without_point += 1;
                continue;
            };
            let day = fact.when.day_number();
            if need_day && day.is_none() {
                events.without_day += 1;
                continue;
            }
            let unit = fact.place.unit(self.query.level);
            events.units.push(unit.and_then(|u| index.get(&(fact.place.set.clone(), u.clone())).copied()));
            events.points.push([point.lon(), point.lat()]);
            events.days.push(day.unwrap_or_default());
        }
        Ok(events)
    }

    pub(super) fn events(&self) -> Result<Outcome, Nothing> {
        let query = self.query;
        let events = self.of_events(query.method != Method::Dbscan)?;
        let n = events.points.len();
        let radius = self.radius_m(10.0);
        let km = self.decimal(radius / 1000.0, 0);
        let told = json!({
            "events": n, "without_coordinates": events.without_point, "without_day": events.without_day,
            "radius_km": radius / 1000.0, "days": query.days,
        });
        if n < 2 {
            let without = events.without_point;
            let said = self.say(
                format!("{n} événements avec coordonnées, {without} sans"),
                format!("{n} events with coordinates, {without} without"),
            );
            return Err(Nothing::Reason("too_few_units", said));
        }
        if query.method == Method::Knox {
            let found = knox(
                &events.points,
                Metric::Earth,
                &events.days,
                radius,
                query.days,
                query.permutations as usize,
                query.seed,
                threads(),
            )
            .map_err(|e| self.undefined(e))?;
            let p = found.p_permutation.unwrap_or(found.p_poisson);
            let (pairs, expected, p_said) = (found.close_in_both, self.decimal(found.expected, 1), self.p(p));
            let more = p <= query.alpha;
            let sentence = self.say(
                format!(
                    "{pairs} paires d’événements à moins de {km}\u{a0}km et {} jours, pour {expected} attendues ({p_said}) : {}.",
                    query.days,
                    if more { "ils s’attirent dans le temps et l’espace" } else { "rien au-delà du hasard" }
                ),
                format!(
                    "{pairs} pairs of events within {km} km and {} days, where {expected} are expected ({p_said}): {}.",
                    query.days,
                    if more { "they attract each other in space and time" } else { "nothing beyond chance" }
                ),
            );
            let mut about = object(told);
            about.insert(
                "result".into(),
                json!({
                    "pairs": found.pairs, "close_in_space": found.close_in_space, "close_in_time": found.close_in_time,
                    "close_in_both": found.close_in_both, "expected": found.expected, "p_poisson": found.p_poisson,
                    "p_permutation": found.p_permutation, "permutations": found.permutations, "seed": query.seed,
                }),
            );
            let about = Value::Object(about);
            return Ok(Outcome { null: "times_permuted", about, sentence, ..Outcome::default() });
        }
        let found = match query.method {
            Method::StDbscan => {
                st_dbscan(&events.points, Metric::Earth, &events.days, radius, query.days, query.min_events)
            }
            _ => dbscan(&events.points, Metric::Earth, radius, query.min_events),
        };
        let found = found.map_err(|e| self.undefined(e))?;
        let names: Vec<(String, String)> =
            self.study.units().map(|(_, unit, _)| (unit.pcode.to_string(), unit.name.to_string())).collect();
        let (mut rows, mut clusters_of) = (Vec::new(), Vec::new());
        for cluster in 0..found.clusters {
            let members: Vec<usize> = (0..n).filter(|k| found.cluster[*k] == Some(cluster)).collect();
            let units: BTreeSet<usize> = members.iter().filter_map(|k| events.units[*k]).collect();
            let core = members.iter().filter(|k| found.core[**k]).count();
            rows.push(object(json!({
                "cluster": cluster + 1, "events": members.len(), "core": core, "units": units.len(),
                "members": units.iter().map(|u| &names[*u].0).collect::<Vec<_>>(),
                "names": units.iter().map(|u| &names[*u].1).collect::<Vec<_>>(),
            })));
            clusters_of.push(units.into_iter().collect());
        }
        let alone = found.cluster.iter().filter(|c| c.is_none()).count();
        let (clusters, least) = (found.clusters, query.min_events);
        let sentence = self.say(
            format!("{clusters} amas d’au moins {least} événements à moins de {km}\u{a0}km ; {alone} événements sur {n} n’en sont pas."),
            format!("{clusters} clusters of at least {least} events within {km} km; {alone} events of {n} are in none."),
        );
        let mut about = object(told);
        about.extend(object(json!({"min_events": least, "clusters": clusters, "noise": alone})));
        Ok(Outcome {
            about: Value::Object(about),
            rows,
            rows_are: Rows::Clusters(clusters_of),
            sentence,
            ..Outcome::default()
        })
    }

    /// Kernel density on an equal-area grid over the units, as a GeoTIFF, and its mean by unit.
    pub(super) fn density(&self) -> Result<Outcome, Nothing> {
        let events = self.of_events(false)?;
        let n = events.points.len();
        // Few events on a density are their places.
        if n < 5 {
            let said = self.say(
                format!("{n} événements avec coordonnées, il en faut 5"),
                format!("{n} events with coordinates, 5 are needed"),
            );
            return Err(Nothing::Reason("too_few_units", said));
        }
        let units: Vec<_> = self.study.units().map(|(_, unit, _)| unit).collect();
        let all = units.iter().fold(None::<Bbox>, |all, u| Some(all.map_or(u.bbox, |a| a.union(u.bbox))));
        let Some(bbox) = all else { return Err(Nothing::Reason("no_data", String::new())) };
        let albers = EqualArea::for_bbox(&bbox);
        let (mut west, mut east, mut south, mut north) = (f64::MAX, f64::MIN, f64::MAX, f64::MIN);
        let project = |p: geo::Coord| {
            let (x, y) = albers.project(p.x, p.y);
            geo::Coord { x, y }
        };
        let shapes: Vec<geo::MultiPolygon> =
            units.iter().map(|u| geo::MapCoords::map_coords(&u.shape, project)).collect();
        for c in shapes.iter().flat_map(geo::CoordsIter::coords_iter) {
            (west, east, south, north) = (west.min(c.x), east.max(c.x), south.min(c.y), north.max(c.y));
        }
        let points: Vec<[f64; 2]> = events.points.iter().map(|p| albers.project(p[0], p[1]).into()).collect();
        let bandwidth = match self.query.radius_km {
            Some(km) => km * 1000.0,
            None => kde::reference_bandwidth_m(&points).map_err(|e| self.undefined(e))?,
        };
        // A tenth of the bandwidth, no finer than the limit of cells, no coarser than the bandwidth.
        let finest = ((east - west) * (north - south) / CELLS).sqrt();
        let cell_m = (bandwidth / 10.0).max(finest).ceil();
        let bandwidth = bandwidth.max(cell_m);
        let grid = kde::Grid {
            west_m: west,
            north_m: north,
            cell_m,
            columns: cells(east - west, cell_m),
            rows: cells(north - south, cell_m),
        };
        let owner = owners(&shapes, &grid);
        let inside: Vec<bool> = owner.iter().map(Option::is_some).collect();
        let options = kde::Options { bandwidth_m: bandwidth, adaptive: true };
        let found = kde::density(&points, None, &grid, &inside, &options).map_err(|e| self.undefined(e))?;
        let mut by_unit = vec![(0.0_f64, 0_usize); units.len()];
        for (cell, unit) in owner.iter().enumerate() {
            if let Some(unit) = unit {
                by_unit[*unit].0 += found.per_km2[cell];
                by_unit[*unit].1 += 1;
            }
        }
        let mut rows = self.unit_rows();
        for (row, (sum, cells)) in rows.iter_mut().zip(&by_unit) {
            // A unit smaller than a cell has no cell of its own: no number, not 0.
            let mean = (*cells > 0).then(|| sum / *cells as f64 * 1000.0);
            row.insert("density_per_1000_km2".into(), json!(mean));
            row.insert("reason".into(), json!(mean.is_none().then_some("smaller_than_a_cell")));
        }
        let description = format!("events per km2, {} {}, Vigie", self.query.measure, self.asked.period);
        let values: Vec<f64> =
            found.per_km2.iter().zip(&inside).map(|(d, inside)| if *inside { *d } else { f64::NAN }).collect();
        let raster = cog::write(&cog::Raster {
            west_m: grid.west_m,
            north_m: grid.north_m,
            cell_m,
            columns: grid.columns,
            rows: grid.rows,
            values: &values,
            crs: &albers.proj_string(),
            description: &description,
        })
        .map_err(|e| AppError::Fault(e.to_string()))?;
        let (low, high) = found.bandwidths_m;
        let km = |m: f64| self.decimal(m / 1000.0, 0);
        let sentence = self.say(
            format!(
                "Densité de {n} événements, noyau adaptatif de {} à {}\u{a0}km, bords corrigés ; {} sans coordonnées.",
                km(low),
                km(high),
                events.without_point
            ),
            format!(
                "Density of {n} events, adaptive kernel of {} to {} km, edges corrected; {} without coordinates.",
                km(low),
                km(high),
                events.without_point
            ),
        );
        let about = json!({
            "events": n, "without_coordinates": events.without_point, "outside": found.outside, "cell_m": cell_m,
            "columns": grid.columns, "rows": grid.rows, "bandwidth_m": bandwidth, "bandwidths_m": [low, high], "crs": albers.proj_string(),
        });
        Ok(Outcome { about, rows, sentence, raster: Some(raster), ..Outcome::default() })
    }
}

/// Cells that hold a length, at least one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at least 1, and bounded by the limit of cells"
)]
fn cells(length_m: f64, cell_m: f64) -> usize {
    (length_m / cell_m).ceil().max(1.0) as usize
}

/// The unit that each cell's centre lies in, by scan lines through the rings (even-odd).
fn owners(shapes: &[geo::MultiPolygon], grid: &kde::Grid) -> Vec<Option<usize>> {
    let mut owner = vec![None; grid.columns * grid.rows];
    for (unit, shape) in shapes.iter().enumerate() {
        let mut crossings: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
        for line in rings.flat_map(geo::LineString::lines) {
            let (low, high) = if line.start.y < line.end.y { (line.start, line.end) } else { (line.end, line.start) };
            // Rows whose centre lies in [low, high).
            let row = |y: f64| (grid.north_m - y) / grid.cell_m - 0.5;
            for r in after(row(high.y), grid.rows)..after(row(low.y), grid.rows) {
                let y = grid.north_m - (r as f64 + 0.5) * grid.cell_m;
                let x = low.x + (y - low.y) / (high.y - low.y) * (high.x - low.x);
                crossings.entry(r).or_default().push(x);
            }
        }
        for (row, mut xs) in crossings {
            xs.sort_by(f64::total_cmp);
            for pair in xs.chunks_exact(2) {
                let column = |x: f64| after((x - grid.west_m) / grid.cell_m - 0.5, grid.columns);
                for c in column(pair[0])..column(pair[1]) {
                    owner[row * grid.columns + c] = Some(unit);
                }
            }
        }
    }
    owner
}

/// The first of `n` places beyond a position; `n` where none is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and n")]
fn after(position: f64, n: usize) -> usize {
    (position.floor() + 1.0).clamp(0.0, n as f64) as usize
}
