//! Places labels so that no two overlap and none covers a circle or leaves the map.

use super::frame::{Point, Rect};

/// Space taken on the map so far.
#[derive(Debug, Clone)]
pub struct Placer {
    frame: Rect,
    taken: Vec<Rect>,
    discs: Vec<(Point, f64)>,
}

/// Where a label went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Which of the offered shapes it took.
    pub shape: usize,
    /// The space it takes.
    pub rect: Rect,
    /// Whether it stands apart, so that a line must lead to it.
    pub leader: bool,
}

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
        Self { frame, taken: Vec::new(), discs: Vec::new() }
    }

    /// Takes a rectangle, whatever stands there.
    pub fn take(&mut self, rect: Rect) {
        self.taken.push(rect);
    }

    /// Takes a disc, whatever stands there.
    pub fn take_disc(&mut self, centre: Point, radius: f64) {
        self.discs.push((centre, radius));
    }

    /// Whether the rectangle is free and on the map.
    pub fn is_free(&self, rect: &Rect) -> bool {
        self.frame.holds(rect)
            && !self.taken.iter().any(|t| t.overlaps(rect))
            && !self.discs.iter().any(|(c, r)| rect.distance_to(*c) < *r)
    }

    /// Distance from a rectangle to the nearest disc's edge, millimetres.
    fn clearance(&self, rect: &Rect) -> f64 {
        self.discs.iter().map(|(c, r)| rect.distance_to(*c) - r).fold(f64::INFINITY, f64::min)
    }

    /// Places a label beside a disc: touching it with `gap` in the best free direction; else farther off with a leader, up
    /// to `reach` millimetres; else not at all. `shapes` are the sizes it may take, the preferred one first.
    pub fn beside(&mut self, centre: Point, radius: f64, gap: f64, reach: f64, shapes: &[(f64, f64)]) -> Option<Placed> {
        let rect = |(dx, dy): (f64, f64), distance: f64, (w, h): (f64, f64)| {
            // The box's nearest edge or corner touches the circle of that distance.
            let (cx, cy) = (centre.0 + dx * distance, centre.1 + dy * distance);
            Rect::at(cx - w / 2.0 + dx.clamp(-0.5, 0.5) * w, cy - h / 2.0 + dy.clamp(-0.5, 0.5) * h, w, h)
        };
        for (shape, size) in shapes.iter().enumerate() {
            for direction in DIRECTIONS {
                let r = rect(direction, radius + gap, *size);
                if self.is_free(&r) {
                    self.take(r);
                    return Some(Placed { shape, rect: r, leader: false });
                }
            }
        }
        let mut distance = 1.5;
        while distance <= reach {
            for (shape, size) in shapes.iter().enumerate() {
                for direction in DIRECTIONS {
                    let r = rect(direction, radius + gap + distance, *size);
                    if self.is_free(&r) {
                        self.take(r);
                        return Some(Placed { shape, rect: r, leader: true });
                    }
                }
            }
            distance += 1.5;
        }
        None
    }

    /// Places a label inside an area given by its rings: of a grid of free positions whose box lies inside the area, the
    /// one nearest to `wish` that keeps `clear` millimetres from every disc, else the one with the most room.
    pub fn inside(&mut self, rings: &[Vec<Point>], wish: Point, clear: f64, (w, h): (f64, f64)) -> Option<Rect> {
        let mut bounds = Rect { x0: f64::INFINITY, y0: f64::INFINITY, x1: f64::NEG_INFINITY, y1: f64::NEG_INFINITY };
        for (x, y) in rings.iter().flatten() {
            bounds = Rect { x0: bounds.x0.min(*x), y0: bounds.y0.min(*y), x1: bounds.x1.max(*x), y1: bounds.y1.max(*y) };
        }
        let step = 1.5;
        let mut best: Option<(f64, Rect)> = None;
        let mut y = bounds.y0;
        while y + h <= bounds.y1 {
            let mut x = bounds.x0;
            while x + w <= bounds.x1 {
                let r = Rect::at(x, y, w, h);
                if self.is_free(&r) && corners(&r).iter().all(|c| inside(rings, *c)) {
                    let near = ((x + w / 2.0 - wish.0) * (x + w / 2.0 - wish.0) + (y + h / 2.0 - wish.1) * (y + h / 2.0 - wish.1)).sqrt();
                    let lack = (clear - self.clearance(&r)).max(0.0);
                    let cost = near + 10.0 * lack;
                    if best.is_none_or(|(c, _)| cost < c) {
                        best = Some((cost, r));
                    }
                }
                x += step;
            }
            y += step;
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

fn corners(r: &Rect) -> [Point; 6] {
    let mid = f64::midpoint(r.x0, r.x1);
    [(r.x0, r.y0), (r.x1, r.y0), (r.x1, r.y1), (r.x0, r.y1), (mid, r.y0), (mid, r.y1)]
}

/// Even-odd test.
pub fn inside(rings: &[Vec<Point>], (x, y): Point) -> bool {
    let mut within = false;
    for ring in rings {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            if (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0) {
                within = !within;
            }
        }
    }
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_labels_overlap_however_dense_the_circles() {
        let mut placer = Placer::new(Rect::at(0.0, 0.0, 100.0, 100.0));
        let centres: Vec<Point> = (0..144).map(|k| (8.0 + f64::from(k % 12) * 7.0, 8.0 + f64::from(k / 12) * 7.0)).collect();
        for c in &centres {
            placer.take_disc(*c, 2.0);
        }
        let placed: Vec<Rect> =
            centres.iter().filter_map(|c| placer.beside(*c, 2.0, 0.4, 9.0, &[(9.0, 2.2), (5.0, 4.4)])).map(|p| p.rect).collect();
        assert!(placed.len() > 20 && placed.len() < 144, "{}", placed.len());
        for (k, a) in placed.iter().enumerate() {
            assert!(Rect::at(0.0, 0.0, 100.0, 100.0).holds(a));
            assert!(placed[k + 1..].iter().all(|b| !a.overlaps(b)), "{k}");
            assert!(centres.iter().all(|c| a.distance_to(*c) >= 2.0 - 1e-9), "{k}");
        }
    }

    #[test]
    fn a_lone_label_stands_to_the_right_and_a_crowded_one_gets_a_leader() {
        let mut placer = Placer::new(Rect::at(0.0, 0.0, 50.0, 50.0));
        placer.take_disc((25.0, 25.0), 2.0);
        let first = placer.beside((25.0, 25.0), 2.0, 0.5, 10.0, &[(8.0, 2.0)]).expect("room");
        assert!(!first.leader && (first.rect.x0 - 27.5).abs() < 1e-9);
        placer.take(Rect::at(20.0, 20.0, 10.0, 10.0));
        let second = placer.beside((25.0, 25.0), 2.0, 0.5, 10.0, &[(8.0, 2.0)]).expect("room farther off");
        assert!(second.leader);
        placer.take(Rect::at(0.0, 0.0, 50.0, 50.0));
        assert!(placer.beside((25.0, 25.0), 2.0, 0.5, 10.0, &[(8.0, 2.0)]).is_none());
    }

    #[test]
    fn a_name_inside_an_area_keeps_off_its_edges_and_off_circles() {
        let mut placer = Placer::new(Rect::at(0.0, 0.0, 100.0, 100.0));
        let ell = vec![vec![(10.0, 10.0), (30.0, 10.0), (30.0, 60.0), (80.0, 60.0), (80.0, 80.0), (10.0, 80.0)]];
        placer.take_disc((45.0, 70.0), 5.0);
        let rect = placer.inside(&ell, (45.0, 45.0), 2.0, (15.0, 4.0)).expect("room");
        assert!(corners(&rect).iter().all(|c| inside(&ell, *c)));
        assert!(rect.distance_to((45.0, 70.0)) >= 7.0 - 1e-9);
    }
}
