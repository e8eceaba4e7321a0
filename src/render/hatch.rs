//! Patterns as real strokes cut at the edges of an area: they survive every format and every printer.

use crate::style::{Pattern, PatternKind};

use super::frame::Point;

/// The strokes of a pattern inside the even-odd area of the rings, on paper. Lines of neighbouring areas join, since they
/// stand on one grid that starts at the map's corner. Dots come as strokes of no length, to be drawn with round ends.
pub fn strokes<R: AsRef<[Point]>>(rings: &[R], pattern: &Pattern) -> Vec<(Point, Point)> {
    match pattern.kind {
        PatternKind::Lines => lines(rings, pattern.angle_deg, pattern.spacing_mm),
        PatternKind::Cross => {
            let mut both = lines(rings, pattern.angle_deg, pattern.spacing_mm);
            both.extend(lines(rings, pattern.angle_deg + 90.0, pattern.spacing_mm));
            both
        }
        PatternKind::Dots => dots(rings, pattern.spacing_mm),
    }
}

/// Runs of each scan line inside the area: line number and from–to.
fn runs<R: AsRef<[Point]>>(rings: &[R], spacing: f64) -> Vec<(i64, f64, f64)> {
    let mut crossings: Vec<(i64, f64)> = Vec::new();
    for ring in rings.iter().map(AsRef::as_ref) {
        for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
            // Always from below upwards, so that a border met from both sides gives the same numbers.
            let (low, high) = if (a.1, a.0) < (b.1, b.0) { (a, b) } else { (b, a) };
            #[expect(clippy::cast_possible_truncation, reason = "a page has some thousand lines")]
            let (first, last) = ((low.1 / spacing).ceil() as i64, (high.1 / spacing).ceil() as i64);
            for k in first..last {
                let t = (k as f64 * spacing - low.1) / (high.1 - low.1);
                crossings.push((k, low.0 + t * (high.0 - low.0)));
            }
        }
    }
    crossings.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut out: Vec<(i64, f64, f64)> = Vec::new();
    let mut k = 0;
    while k + 1 < crossings.len() {
        let (a, b) = (crossings[k], crossings[k + 1]);
        if a.0 != b.0 {
            k += 1;
            continue;
        }
        match out.last_mut() {
            Some(run) if run.0 == a.0 && a.1 - run.2 < 1e-6 => run.2 = b.1,
            _ => out.push((a.0, a.1, b.1)),
        }
        k += 2;
    }
    out
}

fn lines<R: AsRef<[Point]>>(rings: &[R], angle_deg: f64, spacing: f64) -> Vec<(Point, Point)> {
    // Counter-clockwise on a page whose y goes down.
    let (sin, cos) = (libm::sin(-angle_deg.to_radians()), libm::cos(-angle_deg.to_radians()));
    let turned: Vec<Vec<Point>> = rings
        .iter()
        .map(|r| r.as_ref().iter().map(|(x, y)| (x * cos + y * sin, y * cos - x * sin)).collect())
        .collect();
    let back = |x: f64, y: f64| (x * cos - y * sin, x * sin + y * cos);
    let runs = runs(&turned, spacing);
    runs.into_iter().map(|(k, a, b)| (back(a, k as f64 * spacing), back(b, k as f64 * spacing))).collect()
}

fn dots<R: AsRef<[Point]>>(rings: &[R], spacing: f64) -> Vec<(Point, Point)> {
    let mut out = Vec::new();
    for (k, a, b) in runs(rings, spacing) {
        // Every other row half a step aside.
        let shift = if k.rem_euclid(2) == 0 { 0.0 } else { spacing / 2.0 };
        #[expect(clippy::cast_possible_truncation, reason = "a page has some thousand dots a row")]
        let (first, last) = (((a - shift) / spacing).ceil() as i64, ((b - shift) / spacing).floor() as i64);
        for j in first..=last {
            let at = (j as f64 * spacing + shift, k as f64 * spacing);
            out.push((at, at));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::style::Colour;

    fn pattern(kind: PatternKind, angle_deg: f64) -> Pattern {
        Pattern { kind, angle_deg, spacing_mm: 1.0, width_mm: 0.1, colour: Colour::WHITE }
    }

    #[test]
    fn lines_stay_inside_leave_holes_free_and_join_over_a_shared_border() {
        let a = vec![(0.0, 0.0), (5.0, 0.0), (5.0, 10.0), (0.0, 10.0)];
        let b = vec![(10.0, 10.0), (5.0, 10.0), (5.0, 0.0), (10.0, 0.0)];
        let hole = vec![(1.0, 1.5), (2.0, 1.5), (2.0, 3.5), (1.0, 3.5)];
        let whole = strokes(&[a.clone(), b.clone()], &pattern(PatternKind::Lines, 0.0));
        assert_eq!(whole.len(), 10);
        assert!(whole.iter().all(|(p, q)| (p.0.abs() < 1e-9) && (q.0 - 10.0).abs() < 1e-9), "joined at x = 5");
        let pierced = strokes(&[a, b, hole], &pattern(PatternKind::Lines, 0.0));
        assert_eq!(pierced.len(), 12, "two lines are cut in two by the hole");
    }

    #[test]
    fn the_length_of_a_hatch_is_the_area_over_the_spacing_at_any_angle() {
        let disc: Vec<Point> = (0..360)
            .map(|d| f64::from(d).to_radians())
            .map(|t| (20.0 + 10.0 * libm::cos(t), 20.0 + 10.0 * libm::sin(t)))
            .collect();
        for angle in [0.0, 30.0, 45.0, 90.0, 135.0] {
            let total: f64 = strokes(std::slice::from_ref(&disc), &pattern(PatternKind::Lines, angle))
                .iter()
                .map(|(p, q)| ((p.0 - q.0).powi(2) + (p.1 - q.1).powi(2)).sqrt())
                .sum();
            assert!((total / 314.0 - 1.0).abs() < 0.02, "{angle}: {total}");
        }
        let dots = strokes(&[disc], &pattern(PatternKind::Dots, 0.0)).len();
        assert!((300..330).contains(&dots), "{dots}");
    }
}
