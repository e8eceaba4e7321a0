//! Clusters of points by density: DBSCAN, and ST-DBSCAN in space and time.
//!
//! **Question**: which events crowd together, in groups of any shape, and which stand alone? **Definition**: a point is a
//! *core* where at least `min_points` points, itself included, lie within `radius_m` of it (and, for ST-DBSCAN, within
//! `window_days` of its day); cores within reach of each other are one cluster; a point within reach of a core but no core
//! itself is its *border*; the rest is noise. **Input**: points in metres or degrees ([`Metric`]; distances on the earth
//! are geodesics), days as whole numbers, a radius in metres. **Output**: a cluster number for each point, or none.
//!
//! **Order**: cores and noise do not depend on the order of the points. Clusters are numbered by their first core, and a
//! border point between several clusters goes to that of its first core, so the same input gives the same answer.
//! **Assumptions**: one density for the whole area; no test of chance: a cluster is a description, not a significant
//! one (see [`super::scan`] and [`super::knox`] for that). Incidents known only to their commune pile up on one place and
//! make clusters of their own: leave imprecise ones out. **Sources**: Ester, Kriegel, Sander, Xu 1996, "A density-based
//! algorithm…", KDD-96, definitions 1–6; Birant and Kut 2007, "ST-DBSCAN", Data & Knowledge Engineering 60.
//!
//! ```
//! use vigie::stats::{Metric, dbscan::dbscan};
//! // Three villages 11 km apart along a road, one far away.
//! let places = [[-4.0, 14.0], [-4.0, 14.1], [-4.0, 14.2], [0.0, 16.0]];
//! let found = dbscan(&places, Metric::Earth, 12_000.0, 2)?;
//! assert_eq!(found.cluster, [Some(0), Some(0), Some(0), None]);
//! # Ok::<(), vigie::stats::StatsError>(())
//! ```

use super::error::{StatsError, same_length};
use super::near::{Metric, close_pairs};

/// Which cluster each point belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DensityClusters {
    /// The cluster of each point, from 0; none for noise.
    pub cluster: Vec<Option<u32>>,
    /// Whether each point is a core.
    pub core: Vec<bool>,
    /// How many clusters there are.
    pub clusters: u32,
}

/// DBSCAN: clusters of points with at least `min_points` (itself included, ≥ 1) within `radius_m`. No points, no clusters.
pub fn dbscan(
    points: &[[f64; 2]],
    metric: Metric,
    radius_m: f64,
    min_points: usize,
) -> Result<DensityClusters, StatsError> {
    let pairs = close_pairs(points, metric, radius_m, |_, _| true)?;
    cluster(points.len(), &pairs, min_points)
}

/// ST-DBSCAN: as [`dbscan`], where a neighbour must also be at most `window_days` before or after.
pub fn st_dbscan(
    points: &[[f64; 2]],
    metric: Metric,
    days: &[i64],
    radius_m: f64,
    window_days: u64,
    min_points: usize,
) -> Result<DensityClusters, StatsError> {
    same_length("days", points.len(), days.len())?;
    let pairs = close_pairs(points, metric, radius_m, |a, b| days[a].abs_diff(days[b]) <= window_days)?;
    cluster(points.len(), &pairs, min_points)
}

fn cluster(points: usize, pairs: &[(u32, u32)], min_points: usize) -> Result<DensityClusters, StatsError> {
    if min_points == 0 {
        return Err(StatsError::OutOfRange { what: "least number of points", given: 0.0, allowed: "1 or more" });
    }
    let mut within = vec![1_usize; points];
    for (a, b) in pairs {
        within[*a as usize] += 1;
        within[*b as usize] += 1;
    }
    let core: Vec<bool> = within.iter().map(|n| *n >= min_points).collect();
    // Each core points to a core with a lower number of its cluster; the lowest points to itself.
    let mut parent: Vec<usize> = (0..points).collect();
    for (a, b) in pairs {
        let (a, b) = (*a as usize, *b as usize);
        if core[a] && core[b] {
            let (a, b) = (first(&mut parent, a), first(&mut parent, b));
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut cluster = vec![None; points];
    let mut clusters = 0;
    for k in 0..points {
        if core[k] {
            let of = first(&mut parent, k);
            if of == k {
                cluster[k] = Some(clusters);
                clusters += 1;
            } else {
                cluster[k] = cluster[of];
            }
        }
    }
    let mut border: Vec<Option<usize>> = vec![None; points];
    for (a, b) in pairs {
        let (a, b) = (*a as usize, *b as usize);
        for (edge, reached) in [(a, b), (b, a)] {
            if core[reached] && !core[edge] && border[edge].is_none_or(|c| reached < c) {
                border[edge] = Some(reached);
            }
        }
    }
    for (k, reached) in border.into_iter().enumerate() {
        if let Some(reached) = reached {
            cluster[k] = cluster[reached];
        }
    }
    Ok(DensityClusters { cluster, core, clusters })
}

/// The lowest core of a core's cluster, with the way there shortened.
fn first(parent: &mut [usize], mut k: usize) -> usize {
    while parent[k] != k {
        parent[k] = parent[parent[k]];
        k = parent[k];
    }
    k
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_order_of_the_points_changes_neither_cores_nor_noise_nor_which_cores_belong_together(
            points in prop::collection::vec((0_i32..30, 0_i32..30), 1..60),
            min_points in 1_usize..6,
            turn in 0_usize..60,
        ) {
            let points: Vec<[f64; 2]> = points.into_iter().map(|(x, y)| [f64::from(x), f64::from(y)]).collect();
            // Reversed and turned: every point gets another number.
            let n = points.len();
            let place = |k: usize| (2 * n - 1 - k + turn) % n;
            let mut moved = vec![[0.0; 2]; n];
            for (k, p) in points.iter().enumerate() {
                moved[place(k)] = *p;
            }
            let a = dbscan(&points, Metric::Plane, 3.0, min_points).expect("points");
            let b = dbscan(&moved, Metric::Plane, 3.0, min_points).expect("points");
            prop_assert_eq!(a.clusters, b.clusters);
            let mut same: BTreeMap<Option<u32>, BTreeSet<Option<u32>>> = BTreeMap::new();
            for k in 0..n {
                prop_assert_eq!(a.core[k], b.core[place(k)]);
                prop_assert_eq!(a.cluster[k].is_none(), b.cluster[place(k)].is_none());
                if a.core[k] {
                    same.entry(a.cluster[k]).or_default().insert(b.cluster[place(k)]);
                }
            }
            prop_assert!(same.values().all(|s| s.len() == 1), "{:?}", same);
        }

        #[test]
        fn a_border_point_lies_within_reach_of_a_core_of_its_cluster(
            points in prop::collection::vec((0_i32..30, 0_i32..30), 1..60),
            min_points in 2_usize..6,
        ) {
            let points: Vec<[f64; 2]> = points.into_iter().map(|(x, y)| [f64::from(x), f64::from(y)]).collect();
            let found = dbscan(&points, Metric::Plane, 3.0, min_points).expect("points");
            let reach = |a: [f64; 2], b: [f64; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2) <= 9.0;
            for (k, p) in points.iter().enumerate() {
                let cores = (0..points.len()).filter(|c| found.core[*c] && reach(*p, points[*c]));
                let of: BTreeSet<_> = cores.map(|c| found.cluster[c]).collect();
                match found.cluster[k] {
                    Some(_) => prop_assert!(of.contains(&found.cluster[k])),
                    None => prop_assert!(of.is_empty()),
                }
            }
        }
    }

    #[test]
    fn events_in_one_place_months_apart_are_no_cluster_in_time() {
        let points = [[0.0, 0.0]; 6];
        let days = [0, 1, 2, 100, 200, 300];
        let found = st_dbscan(&points, Metric::Plane, &days, 10.0, 5, 3).expect("points");
        assert_eq!(found.cluster, [Some(0), Some(0), Some(0), None, None, None]);
        assert_eq!(dbscan(&points, Metric::Plane, 10.0, 3).expect("points").clusters, 1);
    }

    #[test]
    fn a_point_between_two_clusters_goes_to_that_of_its_first_core() {
        // Two groups of three with one point halfway: a border of both.
        let points = [[10.0, 0.0], [10.5, 0.0], [11.0, 0.0], [12.0, 0.0], [13.0, 0.0], [13.5, 0.0], [14.0, 0.0]];
        let found = dbscan(&points, Metric::Plane, 1.0, 4).expect("points");
        assert_eq!(found.clusters, 2, "{found:?}");
        assert!(!found.core[3]);
        assert_eq!(found.cluster[3], found.cluster[2]);
    }

    #[test]
    fn no_points_one_point_and_a_least_number_of_none() {
        assert_eq!(dbscan(&[], Metric::Earth, 1.0, 2).expect("nothing").clusters, 0);
        assert_eq!(dbscan(&[[0.0, 0.0]], Metric::Earth, 1.0, 2).expect("one").cluster, [None]);
        assert!(dbscan(&[[0.0, 0.0]], Metric::Earth, 1.0, 0).is_err());
        assert!(st_dbscan(&[[0.0, 0.0]], Metric::Earth, &[], 1.0, 1, 2).is_err());
    }
}
