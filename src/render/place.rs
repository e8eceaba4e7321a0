//! Places labels so that no two overlap and none covers a circle or leaves the map.

use super::frame::{Point, Rect};

/// Space taken on the map so far.
#[derive(Debug, Clone)]
pub struct Placer {
    frame: Rect,
    taken: Vec<Rect>,
    /// Which of the taken rectangles touch each cell of a grid over the frame: a label asks its neighbourhood, not the map.
    cells: Vec<Vec<u32>>,
    columns: usize,
    discs: Vec<(Point, f64)>,
}

/// Side of a cell of the grid, millimetres: some labels wide.
const CELL_MM: f64 = 6.0;

/// Where a label went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Which of the offered shapes it took.
    pub shape: usize,
    /// The space it takes.
    pub rect: Rect,
    /// Where it stands apart, the line that leads to it: from the disc's edge to the label.
    pub leader: Option<(Point, Point)>,
}

/// A label that stands nearer than this to another disc could be taken for that one's, millimetres.
const CLEAR_MM: f64 = 0.9;

/// Sixteen directions round a symbol, the best for reading first (right, above right…), as unit vectors; y goes down.
const DIRECTIONS: [(f64, f64); 16] = [
    (1.0, 0.0),
    (0.707, -0.707),
    (0.707, 0.707),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (-0.707, -0.707),
    (-0.707, 0.707),
    (0.924, -0.383),
    (0.924, 0.383),
    (0.383, -0.924),
    (0.383, 0.924),
    (-0.924, -0.383),
    (-0.924, 0.383),
    (-0.383, -0.924),
    (-0.383, 0.924),
];

impl Placer {
    /// An empty map.
    pub fn new(frame: Rect) -> Self {
        let columns = steps(frame.x1 - frame.x0) + 1;
        let rows = steps(frame.y1 - frame.y0) + 1;
        Self { frame, taken: Vec::new(), cells: vec![Vec::new(); columns * rows], columns, discs: Vec::new() }
    }

    /// Takes a rectangle, whatever stands there.
    pub fn take(&mut self, rect: Rect) {
        let number = u32::try_from(self.taken.len()).unwrap_or(u32::MAX);
        self.taken.push(rect);
        for cell in self.cells_of(&rect) {
            self.cells[cell].push(number);
        }
    }

    /// The cells that a rectangle touches; what lies outside the frame counts to the cells at its edge.
    fn cells_of(&self, rect: &Rect) -> impl Iterator<Item = usize> + use<> {
        let (columns, rows) = (self.columns, self.cells.len() / self.columns);
        let (x0, x1) = (steps(rect.x0 - self.frame.x0), steps(rect.x1 - self.frame.x0));
        let (y0, y1) = (steps(rect.y0 - self.frame.y0), steps(rect.y1 - self.frame.y0));
        (y0.min(rows - 1)..=y1.min(rows - 1))
            .flat_map(move |y| (x0.min(columns - 1)..=x1.min(columns - 1)).map(move |x| y * columns + x))
    }

    /// Whether a taken rectangle within the cells of `area` is as asked.
    fn any_taken(&self, area: &Rect, asked: impl Fn(&Rect) -> bool) -> bool {
        self.cells_of(area).any(|cell| self.cells[cell].iter().any(|k| asked(&self.taken[*k as usize])))
    }

    /// Takes a disc, whatever stands there.
    pub fn take_disc(&mut self, centre: Point, radius: f64) {
        self.discs.push((centre, radius));
    }

    /// Whether the rectangle is free and on the map.
    pub fn is_free(&self, rect: &Rect) -> bool {
        self.frame.holds(rect)
            && !self.any_taken(rect, |t| t.overlaps(rect))
            && !self.discs.iter().any(|(c, r)| rect.distance_to(*c) < *r)
    }

    /// Distance from a rectangle to the nearest disc's edge, millimetres.
    fn clearance(&self, rect: &Rect) -> f64 {
        self.discs.iter().map(|(c, r)| rect.distance_to(*c) - r).fold(f64::INFINITY, f64::min)
    }

    /// Places a label beside a disc that is already taken: touching it with `gap`, in the best free direction where no other
    /// disc is so near that the label could be taken for that one's; else a little farther off with a leader; else
    /// touching it whatever is near; else as far as `reach` millimetres; else not at all. `shapes` are the sizes it may
    /// take, the preferred one first.
    pub fn beside(
        &mut self,
        centre: Point,
        radius: f64,
        gap: f64,
        reach: f64,
        shapes: &[(f64, f64)],
    ) -> Option<Placed> {
        self.beside_where(centre, radius, gap, reach, shapes, |_| true)
    }

    /// As [`Placer::beside`], where `fits` agrees to the place too.
    pub fn beside_where(
        &mut self,
        centre: Point,
        radius: f64,
        gap: f64,
        reach: f64,
        shapes: &[(f64, f64)],
        fits: impl Fn(&Rect) -> bool,
    ) -> Option<Placed> {
        // How far off, and how far from other discs at least.
        let near = (1..=5).map(|k| (1.6 * f64::from(k), CLEAR_MM));
        let far = (1..=40).map(|k| 1.6 * f64::from(k)).take_while(|d| *d <= reach).map(|d| (d, 0.0));
        let tries =
            std::iter::once((0.0, CLEAR_MM)).chain(near.filter(|(d, _)| *d <= reach)).chain([(0.0, 0.0)]).chain(far);
        for (distance, clear) in tries {
            for (shape, (w, h)) in shapes.iter().enumerate() {
                for (dx, dy) in DIRECTIONS {
                    let off = radius + gap + distance;
                    // The box's nearest edge or corner touches the circle of that distance.
                    let (cx, cy) = (centre.0 + dx * off, centre.1 + dy * off);
                    let rect = Rect::at(
                        cx - w / 2.0 + dx.clamp(-0.5, 0.5) * w,
                        cy - h / 2.0 + dy.clamp(-0.5, 0.5) * h,
                        *w,
                        *h,
                    );
                    let mut others = self.discs.iter().filter(|(c, _)| *c != centre);
                    if !self.is_free(&rect) || !others.all(|(c, r)| rect.distance_to(*c) >= r + clear) || !fits(&rect) {
                        continue;
                    }
                    let leader = (distance > 0.0).then(|| leader(centre, radius, &rect));
                    if let Some(line) = leader {
                        let path = along(line);
                        if path.iter().any(|p| self.is_crossed(*p, centre)) {
                            continue;
                        }
                        // Later labels keep off the line.
                        for (x, y) in path {
                            self.take(Rect::at(x - 0.15, y - 0.15, 0.3, 0.3));
                        }
                    }
                    self.take(rect);
                    return Some(Placed { shape, rect, leader });
                }
            }
        }
        None
    }

    /// Whether a leader through this point would cross a label or another disc than its own.
    fn is_crossed(&self, p: Point, own: Point) -> bool {
        self.any_taken(&Rect::at(p.0 - 0.1, p.1 - 0.1, 0.2, 0.2), |t| t.distance_to(p) < 0.1)
            || self.discs.iter().any(|(c, r)| *c != own && Rect::at(p.0, p.1, 0.0, 0.0).distance_to(*c) < *r)
    }

    /// Places a label inside an area given by its rings: of a grid of free positions whose box lies inside the area, the
    /// one nearest to `wish` that keeps `clear` millimetres from every disc, else the one with the most room.
    pub fn inside(&mut self, rings: &[Vec<Point>], wish: Point, clear: f64, size: (f64, f64)) -> Option<Rect> {
        let (width, height) = size;
        let bounds = bounds(rings);
        let step = 1.5;
        let mut tries: Vec<(f64, Rect)> = Vec::new();
        let mut top = bounds.y0;
        while top + height <= bounds.y1 {
            let mut left = bounds.x0;
            while left + width <= bounds.x1 {
                let (dx, dy) = (left + width / 2.0 - wish.0, top + height / 2.0 - wish.1);
                tries.push(((dx * dx + dy * dy).sqrt(), Rect::at(left, top, width, height)));
                left += step;
            }
            top += step;
        }
        // The nearest first: past the best so far nothing can be better. Of equal ones the upper left one, which the order keeps.
        tries.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut best: Option<(f64, Rect)> = None;
        for (distance, rect) in tries {
            if best.is_some_and(|(least, _)| distance >= least) {
                break;
            }
            if self.is_free(&rect) && edge_points(&rect).all(|c| inside(rings, c)) {
                let cost = distance + 10.0 * (clear - self.clearance(&rect)).max(0.0);
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, rect));
                }
            }
        }
        let (_, rect) = best?;
        self.take(rect);
        Some(rect)
    }

    /// Everything taken by rectangles so far.
    pub fn rects(&self) -> &[Rect] {
        &self.taken
    }
}

/// Whole cells within a length, none of a negative one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sheets are some metres at most")]
fn steps(length: f64) -> usize {
    (length / CELL_MM).floor().max(0.0) as usize
}

/// The line from a disc's edge to the nearest point of a label.
fn leader(centre: Point, radius: f64, r: &Rect) -> (Point, Point) {
    let to = (centre.0.clamp(r.x0, r.x1), centre.1.clamp(r.y0 + 0.3, r.y1 - 0.3));
    let (dx, dy) = (to.0 - centre.0, to.1 - centre.1);
    let length = (dx * dx + dy * dy).sqrt().max(1e-6);
    ((centre.0 + dx / length * radius, centre.1 + dy / length * radius), to)
}

/// The box of rings.
fn bounds(rings: &[Vec<Point>]) -> Rect {
    let empty = Rect { x0: f64::INFINITY, y0: f64::INFINITY, x1: f64::NEG_INFINITY, y1: f64::NEG_INFINITY };
    rings.iter().flatten().fold(empty, |b, (x, y)| Rect {
        x0: b.x0.min(*x),
        y0: b.y0.min(*y),
        x1: b.x1.max(*x),
        y1: b.y1.max(*y),
    })
}

/// Points along a line, half a millimetre apart.
fn along((a, b): (Point, Point)) -> Vec<Point> {
    let length = ((b.0 - a.0) * (b.0 - a.0) + (b.1 - a.1) * (b.1 - a.1)).sqrt();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "leaders are some centimetres long")]
    let steps = (length / 0.5).ceil().clamp(1.0, 1000.0) as u32;
    (0..=steps)
        .map(|k| f64::from(k) / f64::from(steps))
        .map(|t| (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1)))
        .collect()
}

/// Points along the edges of a rectangle, at most about two millimetres apart.
fn edge_points(r: &Rect) -> impl Iterator<Item = Point> + use<> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "labels are some centimetres long")]
    let steps = ((r.x1 - r.x0) / 2.0).ceil().clamp(1.0, 200.0) as u32;
    let r = *r;
    (0..=steps).flat_map(move |k| {
        let x = r.x0 + (r.x1 - r.x0) * f64::from(k) / f64::from(steps);
        [(x, r.y0), (x, r.y1)]
    })
}

/// Even-odd test.
pub fn inside(rings: &[Vec<Point>], (x, y): Point) -> bool {
    let mut within = false;
    for ring in rings {
        let Some(mut a) = ring.last() else { continue };
        for b in ring {
            within ^= crosses(*a, *b, (x, y));
            a = b;
        }
    }
    within
}

/// Height of a band, millimetres.
const BAND_MM: f64 = 0.5;

/// The edges of an even-odd area by the height they cross: a question about a point asks the edges at its height, not all.
#[derive(Debug)]
pub struct Bands {
    top: f64,
    bands: Vec<Vec<(Point, Point)>>,
}

impl Bands {
    /// Of an area, for points from height `top` to height `bottom`.
    pub fn new(rings: &[Vec<Point>], top: f64, bottom: f64) -> Self {
        let mut bands = vec![Vec::new(); band(top, bottom) + 1];
        let last = bands.len() - 1;
        for ring in rings {
            let Some(mut a) = ring.last() else { continue };
            for b in ring {
                let (low, high) = (a.1.min(b.1), a.1.max(b.1));
                if high >= top && low <= bottom {
                    for band in &mut bands[band(top, low)..=band(top, high).min(last)] {
                        band.push((*a, *b));
                    }
                }
                a = b;
            }
        }
        Self { top, bands }
    }

    /// Whether a point lies in the area: as [`inside`] says of all its rings. False above the top and below the bottom.
    pub fn hold(&self, (x, y): Point) -> bool {
        let edges = self.bands.get(band(self.top, y)).filter(|_| y >= self.top);
        edges.into_iter().flatten().filter(|(a, b)| crosses(*a, *b, (x, y))).count() % 2 == 1
    }
}

/// Which band a height is in; 0 above the top.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sheets are some metres at most")]
fn band(top: f64, y: f64) -> usize {
    ((y - top) / BAND_MM).floor().max(0.0) as usize
}

/// Whether a line from a point to the right crosses an edge.
fn crosses(a: Point, b: Point, (x, y): Point) -> bool {
    (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_labels_overlap_however_dense_the_circles() {
        let mut placer = Placer::new(Rect::at(0.0, 0.0, 100.0, 100.0));
        let centres: Vec<Point> =
            (0..144).map(|k| (8.0 + f64::from(k % 12) * 7.0, 8.0 + f64::from(k / 12) * 7.0)).collect();
        for c in &centres {
            placer.take_disc(*c, 2.0);
        }
        let labels: Vec<Rect> = centres
            .iter()
            .filter_map(|c| placer.beside(*c, 2.0, 0.4, 9.0, &[(9.0, 2.2), (5.0, 4.4)]))
            .map(|p| p.rect)
            .collect();
        assert!(labels.len() > 20 && labels.len() < 144, "{}", labels.len());
        for (k, a) in labels.iter().enumerate() {
            assert!(Rect::at(0.0, 0.0, 100.0, 100.0).holds(a));
            assert!(labels[k + 1..].iter().all(|b| !a.overlaps(b)), "{k}");
            assert!(centres.iter().all(|c| a.distance_to(*c) >= 2.0 - 1e-9), "{k}");
        }
    }

    #[test]
    fn the_grid_of_cells_gives_the_answer_of_all_rectangles_also_beyond_the_frame() {
        let mut placer = Placer::new(Rect::at(5.0, 5.0, 90.0, 40.0));
        let at = |k: u32, by: u32, within: u32| f64::from(k * by % within) / 7.0 - 8.0;
        let rects: Vec<Rect> =
            (0..300).map(|k| Rect::at(at(k, 97, 800), at(k, 31, 500), 0.3 + at(k, 3, 90).abs(), 1.1)).collect();
        let (taken, asked) = rects.split_at(120);
        for rect in taken {
            placer.take(*rect);
        }
        let mut free = 0;
        for rect in asked {
            let plain = placer.frame.holds(rect) && !taken.iter().any(|t| t.overlaps(rect));
            assert_eq!(placer.is_free(rect), plain, "{rect:?}");
            free += usize::from(plain);
            let p = (rect.x0, rect.y0);
            assert_eq!(placer.is_crossed(p, p), taken.iter().any(|t| t.distance_to(p) < 0.1), "{p:?}");
        }
        assert!(free > 10, "{free}");
    }

    #[test]
    fn the_bands_of_an_area_say_what_all_its_edges_say() {
        let at = |k: u32, by: u32| f64::from(k * by % 1009) / 10.0 - 20.0;
        let star: Vec<Point> = (0..200).map(|k| (at(k, 397), at(k, 613))).collect();
        let rings = [star, vec![(0.0, 0.0), (30.0, 0.0), (30.0, 40.0), (0.0, 40.0)]];
        let bands = Bands::new(&rings, 0.0, 60.0);
        let points: Vec<Point> = (0..2000).map(|k| (at(k, 89), f64::from(k * 31 % 601) / 10.0)).collect();
        let within: Vec<bool> = points.iter().map(|p| inside(&rings, *p)).collect();
        assert!(within.iter().any(|w| *w) && within.iter().any(|w| !*w));
        for (p, expected) in points.iter().zip(within) {
            assert_eq!(bands.hold(*p), expected, "{p:?}");
        }
        assert!(!bands.hold((10.0, -1.0)) && !bands.hold((10.0, 70.0)));
    }

    #[test]
    fn a_lone_label_stands_to_the_right_and_a_crowded_one_gets_a_leader() {
        let mut placer = Placer::new(Rect::at(0.0, 0.0, 50.0, 50.0));
        placer.take_disc((25.0, 25.0), 2.0);
        let first = placer.beside((25.0, 25.0), 2.0, 0.5, 10.0, &[(8.0, 2.0)]).expect("room");
        assert!(first.leader.is_none() && (first.rect.x0 - 27.5).abs() < 1e-9);
        // All round, but for a way out below.
        placer.take(Rect::at(20.0, 20.0, 10.0, 4.0));
        placer.take(Rect::at(15.0, 20.0, 7.0, 10.0));
        placer.take(Rect::at(28.0, 20.0, 7.0, 10.0));
        placer.take(Rect::at(22.5, 27.2, 2.0, 2.0));
        placer.take(Rect::at(25.5, 27.2, 2.0, 2.0));
        let second = placer.beside((25.0, 25.0), 2.0, 0.5, 10.0, &[(8.0, 2.0)]).expect("room farther off");
        assert!(second.leader.is_some());
        placer.take(Rect::at(0.0, 0.0, 50.0, 50.0));
        assert!(placer.beside((25.0, 25.0), 2.0, 0.5, 10.0, &[(8.0, 2.0)]).is_none());
    }

    #[test]
    fn a_name_inside_an_area_keeps_off_its_edges_and_off_circles() {
        let mut placer = Placer::new(Rect::at(0.0, 0.0, 100.0, 100.0));
        let ell = vec![vec![(10.0, 10.0), (30.0, 10.0), (30.0, 60.0), (80.0, 60.0), (80.0, 80.0), (10.0, 80.0)]];
        placer.take_disc((45.0, 70.0), 5.0);
        let rect = placer.inside(&ell, (45.0, 45.0), 2.0, (15.0, 4.0)).expect("room");
        assert!(edge_points(&rect).all(|c| inside(&ell, c)));
        assert!(rect.distance_to((45.0, 70.0)) >= 7.0 - 1e-9);
    }
}
