//! Areas as arcs between junctions, so that a border two units share is simplified once and drawn once: no sliver, no
//! gap, no double line. The plane is the caller's: millimetres of paper, or the grid of a tile.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A point of a plane: x to the right, y up or down as the projection has it.
pub type Point = (f64, f64);

/// A border between two junctions (or a closed one without any).
#[derive(Debug, Clone)]
pub struct Arc {
    /// Its points on the plane, simplified.
    pub points: Vec<Point>,
    /// The units it bounds: two inside the country, one along its edge.
    pub sides: (u32, Option<u32>),
}

/// Units as rings of arcs.
#[derive(Debug)]
pub struct Mesh {
    /// Every border, once.
    pub arcs: Vec<Arc>,
    /// For each unit its rings, outer ones and holes alike; a ring is arcs with whether each runs backwards.
    rings: Vec<Vec<Vec<(u32, bool)>>>,
}

/// Who uses a segment: the first unit, and the second where there is one.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Sides(u32, Option<u32>);

impl Mesh {
    /// Builds the mesh of shapes in degrees on the plane that `project` puts them on, every border simplified to `tolerance`, in
    /// the plane's unit (Douglas-Peucker: no point of the original farther than that from the drawn line).
    ///
    /// Vertices are the same where their coordinates are the same, which is how valid coverages come. Borders that do not
    /// match vertex for vertex are kept apart as two edges and simplified each by itself.
    pub fn build<'a>(
        shapes: impl Iterator<Item = &'a geo::MultiPolygon<f64>>,
        project: impl Fn(f64, f64) -> Point,
        tolerance: f64,
    ) -> Self {
        let mut vertices = Vertices::default();
        let unit_rings: Vec<Vec<Vec<u32>>> = shapes
            .map(|shape| {
                let rings = shape.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
                rings.map(|ring| vertices.ring(ring, &project)).filter(|r| r.len() >= 3).collect()
            })
            .collect();
        let mut segments: HashMap<(u32, u32), Sides> = HashMap::new();
        let mut links: Vec<Links> = vec![Links::default(); vertices.points.len()];
        for (unit, rings) in unit_rings.iter().enumerate() {
            let unit = u32::try_from(unit).unwrap_or(u32::MAX);
            for (a, b) in rings.iter().flat_map(|r| edges(r)) {
                if let Some(sides) = segments.get_mut(&ordered(a, b)) {
                    sides.1.get_or_insert(unit);
                } else {
                    segments.insert(ordered(a, b), Sides(unit, None));
                    links[a as usize].add(b);
                    links[b as usize].add(a);
                }
            }
        }
        let sides_of = |a: u32, b: u32| segments.get(&ordered(a, b)).copied();
        let junction = |v: u32| {
            let l = &links[v as usize];
            l.count != 2 || sides_of(v, l.near[0]) != sides_of(v, l.near[1])
        };
        let mut arcs: Vec<Arc> = Vec::new();
        let mut lines: Vec<Vec<Point>> = Vec::new();
        let mut known: HashMap<(u32, u32, u32), u32> = HashMap::new();
        let mut rings = Vec::with_capacity(unit_rings.len());
        for unit in &unit_rings {
            let mut own = Vec::with_capacity(unit.len());
            for ring in unit {
                let chains = chains(ring, &junction);
                let refs = chains.into_iter().map(|chain| {
                    let backward = reversed(&chain);
                    let chain: Vec<u32> = if backward { chain.into_iter().rev().collect() } else { chain };
                    let key = (chain[0], chain[1], chain[chain.len() - 1]);
                    let index = *known.entry(key).or_insert_with(|| {
                        let line: Vec<Point> = chain.iter().map(|v| vertices.points[*v as usize]).collect();
                        let Sides(a, b) = sides_of(chain[0], chain[1]).unwrap_or(Sides(0, None));
                        arcs.push(Arc { points: simplified(&line, tolerance), sides: (a, b) });
                        lines.push(line);
                        u32::try_from(arcs.len() - 1).unwrap_or(u32::MAX)
                    });
                    (index, backward)
                });
                own.push(refs.collect());
            }
            rings.push(own);
        }
        untangle(&mut arcs, &lines, tolerance);
        Self { arcs, rings }
    }

    /// The rings of a unit on paper, each closed by its first point left off; rings that shrank to nothing are left out.
    pub fn unit(&self, index: usize) -> Vec<Vec<Point>> {
        let Some(rings) = self.rings.get(index) else { return Vec::new() };
        let outline = rings.iter().map(|ring| {
            let mut points: Vec<Point> = Vec::new();
            for (arc, backward) in ring {
                let line = &self.arcs[*arc as usize].points;
                // Each arc's last point is the next one's first.
                if *backward {
                    points.extend(line.iter().skip(1).rev());
                } else {
                    points.extend(line.iter().take(line.len() - 1));
                }
            }
            points
        });
        outline.filter(|r| r.len() >= 3).collect()
    }
}

/// An end of an arc, bit for bit: the same vertex gives the same end.
type End = (u64, u64);

fn end(p: Point) -> End {
    (p.0.to_bits(), p.1.to_bits())
}

impl Mesh {
    /// The outline of several units together on paper: rings (even-odd) made of the arcs that have a member on one side
    /// only. Rings that shrank to nothing are left out.
    pub fn outline(&self, member: impl Fn(u32) -> bool) -> Vec<Vec<Point>> {
        let own: Vec<&[Point]> = self
            .arcs
            .iter()
            .filter(|a| member(a.sides.0) != a.sides.1.is_some_and(&member))
            .map(|a| a.points.as_slice())
            .filter(|points| points.len() >= 2)
            .collect();
        let mut at: BTreeMap<End, Vec<usize>> = BTreeMap::new();
        for (k, points) in own.iter().enumerate() {
            at.entry(end(points[0])).or_default().push(k);
            at.entry(end(points[points.len() - 1])).or_default().push(k);
        }
        let mut used = vec![false; own.len()];
        let mut rings = Vec::new();
        for start in 0..own.len() {
            if used[start] {
                continue;
            }
            let mut ring: Vec<Point> = Vec::new();
            let (mut arc, mut from) = (start, end(own[start][0]));
            let home = from;
            loop {
                used[arc] = true;
                let points = own[arc];
                let forward = end(points[0]) == from;
                if forward {
                    ring.extend(points.iter().take(points.len() - 1));
                    from = end(points[points.len() - 1]);
                } else {
                    ring.extend(points.iter().skip(1).rev());
                    from = end(points[0]);
                }
                // Any way on closes in the end: an even number of arcs meets at every vertex of an outline.
                let next = at.get(&from).and_then(|arcs| arcs.iter().copied().find(|k| !used[*k]));
                match next {
                    Some(k) if from != home => arc = k,
                    _ => break,
                }
            }
            if ring.len() >= 3 {
                rings.push(ring);
            }
        }
        rings
    }
}

/// The neighbours of a vertex: the first two, and how many.
#[derive(Clone, Copy, Default)]
struct Links {
    near: [u32; 2],
    count: u8,
}

impl Links {
    fn add(&mut self, other: u32) {
        if usize::from(self.count) < 2 {
            self.near[usize::from(self.count)] = other;
        }
        self.count = self.count.saturating_add(1);
    }
}

/// Distinct vertices, numbered as they are met.
#[derive(Default)]
struct Vertices {
    points: Vec<Point>,
    numbers: HashMap<(u64, u64), u32>,
}

impl Vertices {
    fn ring(&mut self, ring: &geo::LineString<f64>, project: &impl Fn(f64, f64) -> Point) -> Vec<u32> {
        let mut out: Vec<u32> = Vec::with_capacity(ring.0.len());
        for c in ring {
            let number = *self.numbers.entry((c.x.to_bits(), c.y.to_bits())).or_insert_with(|| {
                self.points.push(project(c.x, c.y));
                u32::try_from(self.points.len() - 1).unwrap_or(u32::MAX)
            });
            if out.last() != Some(&number) {
                out.push(number);
            }
        }
        if out.len() > 1 && out.first() == out.last() {
            out.pop();
        }
        out
    }
}

fn ordered(a: u32, b: u32) -> (u32, u32) {
    (a.min(b), a.max(b))
}

fn edges(ring: &[u32]) -> impl Iterator<Item = (u32, u32)> + '_ {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| (*a, *b))
}

/// Cuts a ring at its junctions. A ring without one is a single closed chain from its lowest vertex, so that both its
/// sides cut it alike.
fn chains(ring: &[u32], junction: &impl Fn(u32) -> bool) -> Vec<Vec<u32>> {
    let n = ring.len();
    let start = (0..n).find(|k| junction(ring[*k])).or_else(|| (0..n).min_by_key(|k| ring[*k])).unwrap_or(0);
    let mut out = Vec::new();
    let mut chain = vec![ring[start]];
    for k in 1..=n {
        let v = ring[(start + k) % n];
        chain.push(v);
        if k < n && junction(v) {
            out.push(std::mem::replace(&mut chain, vec![v]));
        }
    }
    out.push(chain);
    out
}

/// Whether a chain runs against its own canonical direction: from the lower end, or, closed, towards the lower neighbour.
fn reversed(chain: &[u32]) -> bool {
    let (first, last) = (chain[0], chain[chain.len() - 1]);
    if first == last { chain[1] > chain[chain.len() - 2] } else { first > last }
}

/// Douglas-Peucker; a closed line is cut at the point farthest from its start first, so that it keeps an inside.
fn simplified(line: &[Point], tolerance: f64) -> Vec<Point> {
    let n = line.len();
    if n <= 2 {
        return line.to_vec();
    }
    let mut keep = vec![false; n];
    keep[0] = true;
    keep[n - 1] = true;
    let mut stack = Vec::new();
    if line[0] == line[n - 1] {
        let far = farthest(line, 0, n - 1, |p| distance2(p, line[0]));
        keep[far.0] = true;
        // A third corner, so that a small closed border stays an area.
        let third = farthest(line, 0, n - 1, |p| segment_distance2(p, line[0], line[far.0]));
        keep[third.0] = true;
        let mut cuts: Vec<usize> = (0..n).filter(|k| keep[*k]).collect();
        cuts.dedup();
        stack.extend(cuts.windows(2).map(|w| (w[0], w[1])));
    } else {
        stack.push((0, n - 1));
    }
    while let Some((a, b)) = stack.pop() {
        if b <= a + 1 {
            continue;
        }
        let (k, d2) = farthest(line, a, b, |p| segment_distance2(p, line[a], line[b]));
        if d2 > tolerance * tolerance {
            keep[k] = true;
            stack.push((a, k));
            stack.push((k, b));
        }
    }
    line.iter().zip(keep).filter(|(_, keep)| *keep).map(|(p, _)| *p).collect()
}

/// The point strictly between two positions with the largest measure, and that measure.
fn farthest(line: &[Point], a: usize, b: usize, measure: impl Fn(Point) -> f64) -> (usize, f64) {
    let mut best = (a + 1, -1.0);
    for (k, p) in line.iter().enumerate().take(b).skip(a + 1) {
        let d = measure(*p);
        if d > best.1 {
            best = (k, d);
        }
    }
    best
}

/// Rounds of refining at most; after them an arc is drawn as it is.
const ROUNDS: u32 = 10;

/// Draws arcs that came to cross each other, or to lie on each other, with half the tolerance, and again, until none does:
/// simplified units neither overlap nor vanish. `lines` are the arcs before simplification.
fn untangle(arcs: &mut [Arc], lines: &[Vec<Point>], tolerance: f64) {
    for round in 1..=ROUNDS {
        let tangled = tangled(arcs);
        if tangled.is_empty() {
            return;
        }
        // The last round draws every one as it is.
        let own = if round == ROUNDS { 0.0 } else { tolerance / f64::from(1_u32 << round) };
        for k in tangled {
            arcs[k].points = simplified(&lines[k], own);
        }
    }
}

/// The arcs with a segment that crosses another arc's, or its own, or is another arc's.
fn tangled(arcs: &[Arc]) -> BTreeSet<usize> {
    // Segments by the squares of a grid that they touch, so that only near ones are compared.
    let lengths =
        arcs.iter().flat_map(|a| a.points.windows(2)).map(|w| (w[1].0 - w[0].0).abs() + (w[1].1 - w[0].1).abs());
    let (sum, count) = lengths.fold((0.0, 0.0), |(sum, count), length| (sum + length, count + 1.0));
    if sum <= 0.0 {
        return BTreeSet::new();
    }
    // Two mean segments wide: few segments a square and few squares a segment, whatever the plane's unit.
    let side = 2.0 * sum / count;
    #[expect(clippy::cast_possible_truncation, reason = "a plane is some thousand squares wide")]
    let square = |x: f64| (x / side).floor() as i64;
    let mut grid: HashMap<(i64, i64), Vec<(usize, usize)>> = HashMap::new();
    for (k, arc) in arcs.iter().enumerate() {
        for (s, w) in arc.points.windows(2).enumerate() {
            let (x0, x1) = (square(w[0].0.min(w[1].0)), square(w[0].0.max(w[1].0)));
            let (y0, y1) = (square(w[0].1.min(w[1].1)), square(w[0].1.max(w[1].1)));
            for x in x0..=x1 {
                for y in y0..=y1 {
                    grid.entry((x, y)).or_default().push((k, s));
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    for segments in grid.values() {
        for (i, (k, s)) in segments.iter().enumerate() {
            let (a, b) = (arcs[*k].points[*s], arcs[*k].points[s + 1]);
            for (l, t) in &segments[i + 1..] {
                let (c, d) = (arcs[*l].points[*t], arcs[*l].points[t + 1]);
                let same = k != l && ((a == c && b == d) || (a == d && b == c));
                if same || crosses(a, b, c, d) {
                    found.extend([*k, *l]);
                }
            }
        }
    }
    found
}

/// Whether two segments cross inside both.
fn crosses(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |p: Point, q: Point, r: Point| (q.0 - p.0) * (r.1 - p.1) - (q.1 - p.1) * (r.0 - p.0);
    let (c_side, d_side) = (side(a, b, c), side(a, b, d));
    let (a_side, b_side) = (side(c, d, a), side(c, d, b));
    c_side * d_side < 0.0 && a_side * b_side < 0.0
}

fn distance2(p: Point, q: Point) -> f64 {
    (p.0 - q.0) * (p.0 - q.0) + (p.1 - q.1) * (p.1 - q.1)
}

fn segment_distance2(p: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    if length2 == 0.0 {
        return distance2(p, a);
    }
    let t = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length2).clamp(0.0, 1.0);
    distance2(p, (a.0 + t * dx, a.1 + t * dy))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some 50 mm a degree, y down.
    fn plane(lon: f64, lat: f64) -> Point {
        (lon * 50.0, (12.0 - lat) * 50.0)
    }

    fn square(x: f64, y: f64, side: f64) -> Vec<(f64, f64)> {
        vec![(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]
    }

    fn polygon(outer: Vec<(f64, f64)>, holes: Vec<Vec<(f64, f64)>>) -> geo::MultiPolygon<f64> {
        let holes = holes.into_iter().map(geo::LineString::from).collect();
        geo::MultiPolygon(vec![geo::Polygon::new(outer.into(), holes)])
    }

    #[test]
    fn a_border_that_two_units_share_is_one_arc_and_both_draw_the_same_points() {
        // A wavy border between two units, drawn in opposite directions.
        let wave: Vec<(f64, f64)> =
            (0..=40).map(|k| (1.0 + if k % 2 == 0 { 0.0 } else { 0.01 }, 10.0 + f64::from(k) / 40.0)).collect();
        let mut left = vec![(0.0, 11.0), (0.0, 10.0)];
        left.extend(wave.iter());
        left.push((0.0, 11.0));
        let mut right = vec![(2.0, 10.0), (2.0, 11.0)];
        right.extend(wave.iter().rev());
        right.push((2.0, 10.0));
        let shapes = [polygon(left, vec![]), polygon(right, vec![])];
        for tolerance in [0.0, 0.2, 5.0] {
            let mesh = Mesh::build(shapes.iter(), plane, tolerance);
            assert_eq!(mesh.arcs.len(), 3, "two outer borders and one between");
            let shared: Vec<_> = mesh.arcs.iter().filter(|a| a.sides == (0, Some(1))).collect();
            assert_eq!(shared.len(), 1);
            let (a, b) = (mesh.unit(0), mesh.unit(1));
            assert!(shared[0].points.iter().all(|p| a[0].contains(p) && b[0].contains(p)));
        }
    }

    #[test]
    fn borders_that_simplification_would_cross_or_lay_on_each_other_are_refined() {
        // A thin unit between two wavy ones: at a coarse tolerance its two sides become one line.
        let side = |x: f64| -> Vec<(f64, f64)> {
            (0..=20).map(|k| (x + 0.003 * libm::sin(f64::from(k)), 10.0 + f64::from(k) / 10.0)).collect()
        };
        let (west, east) = (side(1.0), side(1.004));
        let (south, north) = (west[0], west[20]);
        let between: Vec<(f64, f64)> = west.iter().chain(east[1..20].iter().rev()).chain([&south]).copied().collect();
        let mut left = vec![(0.0, 12.0), (0.0, 10.0)];
        left.extend(west.iter());
        left.push((0.0, 12.0));
        let mut right = vec![(2.0, 10.0), (2.0, 12.0), north];
        right.extend(east[1..20].iter().rev());
        right.extend([south, (2.0, 10.0)]);
        let shapes = [polygon(left, vec![]), polygon(between, vec![]), polygon(right, vec![])];
        for tolerance in [0.01, 0.2, 2.0, 20.0] {
            let mesh = Mesh::build(shapes.iter(), plane, tolerance);
            assert!(tangled(&mesh.arcs).is_empty(), "{tolerance}");
            assert!(!mesh.unit(1).is_empty(), "{tolerance}: the thin unit is still there");
        }
    }

    fn shape(geometry: &serde_json::Value) -> geo::MultiPolygon<f64> {
        type Rings = Vec<Vec<(f64, f64)>>;
        let coordinates = geometry["coordinates"].clone();
        let polygons: Vec<Rings> = if geometry["type"] == "Polygon" {
            vec![serde_json::from_value(coordinates).expect("rings")]
        } else {
            serde_json::from_value(coordinates).expect("polygons")
        };
        let ring = |r: Vec<(f64, f64)>| geo::LineString::from(r);
        let polygons = polygons.into_iter().map(|rings| {
            let mut rings = rings.into_iter().map(ring);
            geo::Polygon::new(rings.next().expect("an outline"), rings.collect())
        });
        geo::MultiPolygon(polygons.collect())
    }

    fn area(rings: &[Vec<Point>]) -> f64 {
        let ring = |r: &Vec<Point>| {
            r.iter().zip(r.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>() / 2.0
        };
        rings.iter().map(ring).sum::<f64>().abs()
    }

    #[test]
    fn the_real_communes_stay_a_partition_at_every_tolerance() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mli_cod_2019/mli_adm3.geojson");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("skipped: the real boundaries are not at hand");
            return;
        };
        let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let shapes: Vec<_> =
            file["features"].as_array().expect("features").iter().map(|f| shape(&f["geometry"])).collect();
        let mut pairs = None;
        for tolerance in [0.0, 0.06, 0.3, 1.0, 4.0] {
            let mesh = Mesh::build(shapes.iter(), |lon, lat| (lon * 12.0, lat * -12.0), tolerance);
            // Arcs meet in their ends only, so the units they bound neither overlap nor leave gaps between them…
            assert!(tangled(&mesh.arcs).is_empty(), "{tolerance}");
            // …which the areas say too: the units' sum is the country's.
            let units: f64 = (0..shapes.len()).map(|k| area(&mesh.unit(k))).sum();
            let whole = area(&mesh.outline(|_| true));
            assert!((units / whole - 1.0).abs() < 1e-9, "{tolerance}: {units} {whole}");
            let neighbours: BTreeSet<(u32, u32)> =
                mesh.arcs.iter().filter_map(|a| a.sides.1.map(|b| (a.sides.0.min(b), a.sides.0.max(b)))).collect();
            assert_eq!(*pairs.get_or_insert(neighbours.clone()), neighbours, "{tolerance}: the same neighbours");
            assert!((0..shapes.len()).all(|k| !mesh.unit(k).is_empty()), "{tolerance}: none vanished");
        }
    }

    #[test]
    fn an_enclave_and_the_hole_around_it_are_the_same_arc() {
        let hole = square(0.5, 10.5, 0.5);
        let mut turned = hole.clone();
        turned.rotate_left(2);
        turned.dedup();
        if turned.first() != turned.last() {
            turned.push(turned[0]);
        }
        let shapes = [polygon(square(0.0, 10.0, 2.0), vec![hole.into_iter().rev().collect()]), polygon(turned, vec![])];
        let mesh = Mesh::build(shapes.iter(), plane, 0.1);
        assert_eq!(mesh.arcs.len(), 2);
        assert_eq!(mesh.unit(0).len(), 2);
        assert_eq!(mesh.unit(1)[0].len(), 4);
    }

    #[test]
    fn three_units_round_a_point_meet_in_one_junction() {
        let shapes = [
            polygon(vec![(0.0, 10.0), (1.0, 10.0), (1.0, 11.0), (0.0, 11.0), (0.0, 10.0)], vec![]),
            polygon(vec![(1.0, 10.0), (2.0, 10.0), (2.0, 11.0), (1.0, 11.0), (1.0, 10.0)], vec![]),
            polygon(vec![(0.0, 11.0), (1.0, 11.0), (2.0, 11.0), (2.0, 12.0), (0.0, 12.0), (0.0, 11.0)], vec![]),
        ];
        let mesh = Mesh::build(shapes.iter(), plane, 0.1);
        let inner = mesh.arcs.iter().filter(|a| a.sides.1.is_some()).count();
        assert_eq!((inner, mesh.arcs.len()), (3, 6));
    }

    #[test]
    fn simplification_keeps_within_the_tolerance_and_a_closed_line_keeps_an_inside() {
        let line: Vec<Point> = (0..500).map(|k| (f64::from(k) * 0.1, libm::sin(f64::from(k) * 0.37) * 0.6)).collect();
        let simple = simplified(&line, 0.1);
        assert!(simple.len() < line.len());
        for p in &line {
            let near = simple.windows(2).map(|w| segment_distance2(*p, w[0], w[1])).fold(f64::INFINITY, f64::min);
            assert!(near.sqrt() <= 0.1 + 1e-9);
        }
        let ring: Vec<Point> = vec![(0.0, 0.0), (0.01, 0.0), (0.01, 0.01), (0.0, 0.01), (0.0, 0.0)];
        assert!(simplified(&ring, 1.0).len() >= 4);
    }
}
