//! Splits, mergers and moves on rectangles; shares make 1 over random ones.

use geo::{MultiPolygon, polygon};
use proptest::prelude::*;

use super::*;
use crate::domain::Level;
use crate::spatial::{LonLat, polygon_area_km2};

fn unit(pcode: &str, name: &str, [west, south, east, north]: [f64; 4]) -> Unit {
    let shape = MultiPolygon(vec![polygon![
        (x: west, y: south), (x: east, y: south), (x: east, y: north), (x: west, y: north)
    ]]);
    Unit {
        pcode: pcode.into(),
        name: name.into(),
        level: Level::Cercle,
        parent: None,
        bbox: Bbox::of(&shape),
        area: polygon_area_km2(&shape),
        label: LonLat::new(f64::midpoint(west, east), f64::midpoint(south, north)).expect("in range"),
        shape,
    }
}

fn fates(from: &[Unit], to: &[Unit]) -> Vec<(Fate, Vec<usize>, Vec<usize>)> {
    changes(from, to, &by_area(from, to)).into_iter().map(|c| (c.fate, c.from, c.to)).collect()
}

#[test]
fn a_unit_that_became_two_is_split_and_the_reverse_is_a_merger() {
    let one = [unit("A", "Ménaka", [0.0, 15.0, 2.0, 16.0])];
    let two = [unit("A1", "Inékar", [0.0, 15.0, 0.5, 16.0]), unit("A2", "Menaka", [0.5, 15.0, 2.0, 16.0])];
    let walk = by_area(&one, &two);
    assert!((walk.parts[0].share - 0.25).abs() < 1e-3 && (walk.parts[1].share - 0.75).abs() < 1e-3, "{walk:?}");
    assert_eq!(fates(&one, &two), [(Fate::Split, vec![0], vec![0, 1])]);
    assert_eq!(fates(&two, &one), [(Fate::Merged, vec![0, 1], vec![0])]);
    let back = by_area(&two, &one);
    assert!(back.parts.iter().all(|p| (p.share - 1.0).abs() < 1e-9), "{back:?}");
    // Three in four live in the quarter that is Inékar.
    let people = walk.by_population(&[Some(300), Some(100)]);
    assert!((people.parts[0].share - 0.75).abs() < 1e-6, "{people:?}");
}

#[test]
fn names_and_codes_tell_what_a_place_is_called_and_never_where_it_is() {
    let (left, right) = ([0.0, 15.0, 1.0, 16.0], [1.0, 15.0, 2.0, 16.0]);
    let old = [unit("ML1001", "Andéramboukane", left), unit("ML1002", "Ménaka", right)];
    let new = [unit("ML1001", "Menaka", right), unit("ML1003", "Anderamboukane", left)];
    assert_eq!(
        fates(&old, &new),
        [(Fate::Recoded, vec![0], vec![1]), (Fate::Recoded, vec![1], vec![0]), (Fate::CodeReused, vec![0], vec![0])]
    );
    let renamed = [unit("ML1001", "Autre", left), unit("ML1002", "MENAKA", right)];
    assert_eq!(fates(&old, &renamed), [(Fate::Renamed, vec![0], vec![0]), (Fate::Identical, vec![1], vec![1])]);
}

#[test]
fn a_line_that_moved_a_unit_that_went_and_one_that_came_are_named() {
    let old = [
        unit("A", "A", [0.0, 15.0, 1.0, 16.0]),
        unit("B", "B", [1.0, 15.0, 2.0, 16.0]),
        unit("C", "C", [8.0, 15.0, 9.0, 16.0]),
    ];
    let new = [
        unit("A", "A", [0.0, 15.0, 1.3, 16.0]),
        unit("B", "B", [1.3, 15.0, 2.0, 16.0]),
        unit("D", "D", [5.0, 15.0, 6.0, 16.0]),
    ];
    assert_eq!(
        fates(&old, &new),
        [
            (Fate::Moved, vec![0], vec![0]),
            (Fate::Moved, vec![1], vec![0, 1]),
            (Fate::Gone, vec![2], vec![]),
            (Fate::New, vec![], vec![2])
        ]
    );
    let walk = by_area(&old, &new);
    assert_eq!(walk.outside, [0.0, 0.0, 1.0]);
}

#[test]
fn a_hair_between_two_drawings_of_one_line_is_no_overlap_and_no_gap() {
    let old = [unit("A", "A", [0.0, 15.0, 1.0, 16.0]), unit("B", "B", [1.0, 15.0, 2.0, 16.0])];
    let new = [unit("A", "A", [0.0, 15.0, 1.004, 16.0]), unit("B", "B", [1.004, 15.0, 2.01, 16.01])];
    let walk = by_area(&old, &new);
    assert_eq!(walk.parts.iter().map(|p| (p.from, p.to, p.share)).collect::<Vec<_>>(), [(0, 0, 1.0), (1, 1, 1.0)]);
    assert_eq!(walk.outside, [0.0, 0.0]);
}

/// A row of cells of a strip 10 degrees long, cut at random places; some left out.
fn strip() -> impl Strategy<Value = Vec<Unit>> {
    prop::collection::btree_set(1_u32..1000, 1..12).prop_flat_map(|cuts| {
        let cells = cuts.len() + 1;
        (Just(cuts), prop::collection::vec(prop::bool::weighted(0.9), cells)).prop_map(|(cuts, kept)| {
            let edges: Vec<f64> = [0].into_iter().chain(cuts).chain([1000]).map(|c| f64::from(c) / 100.0).collect();
            edges
                .windows(2)
                .zip(kept)
                .enumerate()
                .filter(|(_, (_, kept))| *kept)
                .map(|(k, (e, _))| unit(&format!("U{k:02}"), "u", [e[0], 12.0, e[1], 13.0]))
                .collect()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_shares_of_every_unit_and_what_lies_outside_make_one(from in strip(), to in strip()) {
        let walk = by_area(&from, &to);
        prop_assert_eq!(walk.outside.len(), from.len());
        for (i, outside) in walk.outside.iter().enumerate() {
            let inside: f64 = walk.parts.iter().filter(|p| p.from == i).map(|p| p.share).sum();
            prop_assert!((inside + outside - 1.0).abs() < 1e-9, "{} {}", inside, outside);
            prop_assert!(*outside == 0.0 || *outside > SLACK - 1e-9, "{}", outside);
        }
        let people: Vec<Option<u64>> = (0..to.len()).map(|k| (k % 5 != 3).then_some(k as u64 * 10)).collect();
        let walk = walk.by_population(&people);
        for (i, outside) in walk.outside.iter().enumerate() {
            let inside: f64 = walk.parts.iter().filter(|p| p.from == i).map(|p| p.share).sum();
            prop_assert!((inside + outside - 1.0).abs() < 1e-9, "{} {}", inside, outside);
        }
        for change in changes(&from, &to, &walk) {
            prop_assert!(change.from.len() + change.to.len() >= 1);
        }
    }
}
