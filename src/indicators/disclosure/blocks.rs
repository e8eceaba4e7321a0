//! Which cells of a month stay hidden, so that none that is hidden can be worked out from what is told.
//!
//! The month's figures are a tree: the country, its regions, their cercles, perhaps their communes, and beside the children of
//! each what is known no finer than it. The leaves of the tree make up every figure there is. Hidden leaves lie in *blocks*:
//! a block's sum can be worked out, and nothing more can, because whatever is told is a sum of leaves that are told and of
//! whole blocks. So one rule a block protects against every question: totals, parents, zones, periods, differences.
//!
//! The rule: at least two leaves, and for each measure a sum of at least three more than the leaves that are not zero. Then each
//! leaf can be any number from 1 to sum − leaves + 1, four numbers at least: it is known neither exactly nor to within one.
//! Whoever kept an earlier release of the month knows what changed since. What was hidden stays so, each node by itself, even
//! where nothing is left of it. Where a place of which nothing was told has something now that is hidden, every other place beside
//! it of which nothing was told and nothing is to be told is hidden with it: any of them may be the one. All of them, since a
//! choice among them would tell which it was made for.
//!
//! (This is suppression with complements on a hierarchy, as in A. Hundepool et al., Statistical Disclosure Control, 2012, ch. 4,
//! with sliding protection of a fixed width.)

use std::collections::{BTreeMap, BTreeSet};

/// Numbers that a hidden leaf must be able to be, less one: 3 leaves it unknown by more than one either way.
const WIDTH: u64 = 3;

/// A part of the month's figures in no smaller part: the positions of its region, cercle and commune, as far as it is known
/// (and told of).
pub(super) type Chain = [Option<u32>; 3];

/// A leaf: where it is, and its number in each measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
    pub chain: Chain,
    /// By measure; all 0 of a place that held something in an earlier release, or that may have to hide another.
    pub amounts: Vec<u64>,
    /// Never told by itself, however large.
    pub withheld: bool,
    /// That there was nothing here is what an earlier release told.
    pub fresh: bool,
}

impl Leaf {
    pub fn is_empty(&self) -> bool {
        self.amounts.iter().all(|n| *n == 0)
    }
}

/// A node of the tree: the leaves below it begin with the same positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    Country,
    Unit(Chain),
    /// What is known to the node above alone.
    Rest(Chain),
}

/// What is hidden of a month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    /// Leaves, by position in the list given.
    pub leaves: BTreeSet<usize>,
    /// Leaves by block. A block of the country itself where its total is hidden too.
    pub blocks: Vec<Vec<usize>>,
    /// Whether the country's total is told.
    pub total: bool,
    /// The nodes, for the releases to come.
    pub nodes: BTreeSet<Node>,
}

impl Hidden {
    /// Whether the sum of some leaves is told: it cuts through no block.
    pub fn tells(&self, some: &BTreeSet<usize>) -> bool {
        self.blocks.iter().all(|block| {
            let inside = block.iter().filter(|k| some.contains(k)).count();
            // Where the total is hidden the sum of the one block is not known either.
            inside == 0 || (inside == block.len() && self.total)
        })
    }
}

/// Whether the sums of some hidden leaves may be known, by those too who have earlier releases.
fn safe(leaves: &[Leaf], some: &[usize]) -> bool {
    enough(leaves, some) && blurred(leaves, some)
}

/// Whether a place of which nothing was told and that has something now is among others that may be the one.
fn blurred(leaves: &[Leaf], some: &[usize]) -> bool {
    let fresh = |empty: bool| some.iter().any(|k| leaves[*k].fresh && leaves[*k].is_empty() == empty);
    !fresh(false) || fresh(true)
}

/// Whether each of some hidden leaves can be enough numbers while the sums are known.
fn enough(leaves: &[Leaf], some: &[usize]) -> bool {
    let measures = leaves.first().map_or(0, |l| l.amounts.len());
    some.len() >= 2
        && (0..measures).all(|m| {
            let sum: u64 = some.iter().map(|k| leaves[*k].amounts[m]).sum();
            let present = some.iter().filter(|k| leaves[**k].amounts[m] > 0).count() as u64;
            sum == 0 || sum >= present + WIDTH
        })
}

/// The tree over the leaves.
struct Tree<'a> {
    leaves: &'a [Leaf],
    /// Nodes above leaves, each with its children, the country first.
    inner: Vec<(Node, Vec<Node>)>,
    /// Leaves below each node.
    below: BTreeMap<Node, Vec<usize>>,
}

impl<'a> Tree<'a> {
    fn new(leaves: &'a [Leaf]) -> Self {
        let depth = |c: &Chain| c.iter().take_while(|p| p.is_some()).count();
        let cut = |c: &Chain, d: usize| std::array::from_fn(|k| c[k].filter(|_| k < d));
        let deepest = leaves.iter().map(|l| depth(&l.chain)).max().unwrap_or(0);
        let mut inner = Vec::new();
        for d in 0..=deepest {
            let above: BTreeSet<Chain> =
                leaves.iter().filter(|l| depth(&l.chain) >= d).map(|l| cut(&l.chain, d)).collect();
            for parent in above {
                let under = |l: &&Leaf| depth(&l.chain) >= d && cut(&l.chain, d) == parent;
                let children: BTreeSet<Node> = leaves
                    .iter()
                    .filter(under)
                    .map(|l| if depth(&l.chain) == d { Node::Rest(parent) } else { Node::Unit(cut(&l.chain, d + 1)) })
                    .collect();
                // A unit of which nothing finer is told is a leaf itself, not a node above one.
                if d > 0 && children.len() == 1 && children.contains(&Node::Rest(parent)) {
                    continue;
                }
                inner.push((if d == 0 { Node::Country } else { Node::Unit(parent) }, children.into_iter().collect()));
            }
        }
        let mut below: BTreeMap<Node, Vec<usize>> = BTreeMap::new();
        for (k, leaf) in leaves.iter().enumerate() {
            let own = depth(&leaf.chain);
            let nodes = (1..=own).map(|d| Node::Unit(cut(&leaf.chain, d)));
            for node in nodes.chain([Node::Rest(leaf.chain), Node::Country]) {
                below.entry(node).or_default().push(k);
            }
        }
        Self { leaves, inner, below }
    }

    fn below(&self, node: Node) -> &[usize] {
        self.below.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing was told of all that is below, and nothing is there.
    fn quiet(&self, node: Node) -> bool {
        self.below(node).iter().all(|k| self.leaves[*k].fresh && self.leaves[*k].is_empty())
    }

    fn amount(&self, node: Node, measure: usize) -> u64 {
        self.below(node).iter().map(|k| self.leaves[*k].amounts[measure]).sum()
    }
}

/// Hides what must be of one month. `least` is the smallest number that is told; `before` are nodes that were hidden in an
/// earlier release of the month: they stay hidden, and are the first complements.
pub(super) fn hide(leaves: &[Leaf], least: u64, before: &BTreeSet<Node>) -> Hidden {
    let tree = Tree::new(leaves);
    let measures = leaves.first().map_or(0, |l| l.amounts.len());
    let mut hidden: BTreeSet<Node> = BTreeSet::new();
    let nodes = || tree.inner.iter().flat_map(|(_, children)| children.iter().copied()).chain([Node::Country]);
    for node in nodes() {
        let below = tree.below(node);
        let small = (0..measures).any(|m| (1..least).contains(&tree.amount(node, m)));
        let alone = below.len() == 1 && leaves[below[0]].withheld;
        // A country's total of many is told once it is no small one.
        let was = before.contains(&node) && node != Node::Country;
        if small || alone || was {
            hidden.insert(node);
        }
    }
    loop {
        spread(&tree, &mut hidden);
        let next = |(parent, children): &(Node, Vec<Node>)| complement(&tree, *parent, children, &hidden);
        let Some(next) = tree.inner.iter().map(next).find(|n| !n.is_empty()) else { break };
        hidden.extend(next);
    }
    let mut out = Hidden {
        total: !hidden.contains(&Node::Country),
        nodes: hidden.iter().copied().collect(),
        ..Hidden::default()
    };
    for (parent, children) in &tree.inner {
        if *parent == Node::Country || !hidden.contains(parent) {
            let block = block(&tree, children, &hidden);
            if !block.is_empty() {
                out.leaves.extend(&block);
                out.blocks.push(block);
            }
        }
    }
    out
}

/// Below what is hidden everything is.
fn spread(tree: &Tree<'_>, hidden: &mut BTreeSet<Node>) {
    for (parent, children) in &tree.inner {
        // The country comes first, and parents before children: once through is enough.
        if hidden.contains(parent) {
            hidden.extend(children);
        }
    }
}

/// The leaves below the hidden ones of a node's children.
fn block(tree: &Tree<'_>, children: &[Node], hidden: &BTreeSet<Node>) -> Vec<usize> {
    let mut leaves: Vec<usize> =
        children.iter().filter(|c| hidden.contains(c)).flat_map(|c| tree.below(*c)).copied().collect();
    leaves.sort_unstable();
    leaves
}

/// What is to be hidden next below a node that is told; nothing where its hidden children are safe.
fn complement(tree: &Tree<'_>, parent: Node, children: &[Node], hidden: &BTreeSet<Node>) -> Vec<Node> {
    if hidden.contains(&parent) {
        return Vec::new();
    }
    let block = block(tree, children, hidden);
    if block.is_empty() || safe(tree.leaves, &block) {
        return Vec::new();
    }
    let told = || children.iter().copied().filter(|c| !hidden.contains(c));
    // The smallest costs the least; the position decides between equals, so that the choice is the same at any time.
    let smallest = |some: &mut dyn Iterator<Item = Node>| some.min_by_key(|c| (tree.amount(*c, 0), *c));
    if enough(tree.leaves, &block) {
        let quiet: Vec<Node> = told().filter(|c| tree.quiet(*c)).collect();
        if !quiet.is_empty() {
            return quiet;
        }
        // Another place with a number makes nobody doubt which one is new: one that holds such places may.
        let holds = |c: &Node| tree.below(*c).iter().any(|k| tree.leaves[*k].fresh && tree.leaves[*k].is_empty());
        return vec![smallest(&mut told().filter(holds)).unwrap_or(parent)];
    }
    vec![smallest(&mut told().filter(|c| !tree.quiet(*c))).unwrap_or(parent)]
}

/// Which of several sums over leaves may be told beside the rest, in order: those that are no small number themselves, and leave
/// every part into which they and the ones before divide a block as safe as a block must be. Each is given as the leaves it takes
/// in.
pub(super) fn told_beside(leaves: &[Leaf], hidden: &Hidden, sums: &[BTreeSet<usize>], least: u64) -> Vec<bool> {
    let measures = leaves.first().map_or(0, |l| l.amounts.len());
    let small = |sum: &BTreeSet<usize>| {
        (0..measures).any(|m| (1..least).contains(&sum.iter().map(|k| leaves[*k].amounts[m]).sum::<u64>()))
    };
    // Of a block whose sum is known; that of the country itself is not while its total is hidden.
    let mut summed = hidden.total;
    let mut parts: Vec<Vec<usize>> = hidden.blocks.clone();
    let mut told = Vec::with_capacity(sums.len());
    for sum in sums {
        let split: Vec<Vec<usize>> = parts
            .iter()
            .flat_map(|part| {
                let (inside, outside): (Vec<usize>, Vec<usize>) = part.iter().partition(|k| sum.contains(k));
                [inside, outside]
            })
            .filter(|part| !part.is_empty())
            .collect();
        let nothing_new = split.len() == parts.len() && (summed || sum.is_empty());
        let fits = !small(sum) && (nothing_new || split.iter().all(|part| safe(leaves, part)));
        if fits {
            parts = split;
            summed |= !sum.is_empty();
        }
        told.push(fits);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaf(chain: [i64; 3], amounts: &[u64]) -> Leaf {
        let chain = chain.map(|p| u32::try_from(p).ok());
        Leaf { chain, amounts: amounts.to_vec(), withheld: false, fresh: false }
    }

    fn hidden(leaves: &[Leaf]) -> Hidden {
        hide(leaves, 5, &BTreeSet::new())
    }

    #[test]
    fn large_numbers_are_told() {
        let found = hidden(&[leaf([0, 0, -1], &[9, 5]), leaf([0, 1, -1], &[7, 6])]);
        assert!(found.total && found.leaves.is_empty());
    }

    #[test]
    fn a_small_one_takes_the_smallest_other_of_its_region_with_it() {
        let leaves = [leaf([0, 0, -1], &[2]), leaf([0, 1, -1], &[40]), leaf([0, 2, -1], &[6]), leaf([1, 3, -1], &[50])];
        let found = hidden(&leaves);
        assert_eq!(found.blocks, [vec![0, 2]]);
        assert!(found.total);
    }

    #[test]
    fn a_zone_that_holds_everything_does_not_tell_the_total_that_is_hidden() {
        // Seven places with nine in all: too few to be told, by whatever name.
        let leaves: Vec<Leaf> = [1, 1, 2, 2, 1, 1, 1]
            .iter()
            .enumerate()
            .map(|(k, n)| leaf([0, i64::try_from(k).expect("small"), -1], &[*n]))
            .collect();
        let found = hidden(&leaves);
        assert!(!found.total);
        let all: BTreeSet<usize> = (0..7).collect();
        assert_eq!(told_beside(&leaves, &found, &[all, BTreeSet::new()], 5), [false, true]);
    }

    #[test]
    fn a_zone_of_a_small_number_is_not_told_even_of_places_that_may_be() {
        let leaves = [leaf([0, 0, -1], &[4]), leaf([0, 1, -1], &[0]), leaf([1, 2, -1], &[60]), leaf([1, 3, -1], &[70])];
        let found = hidden(&leaves);
        let zones = [[0, 1].into(), [2].into()];
        assert!(!told_beside(&leaves, &found, &zones, 5)[0]);
    }

    #[test]
    fn two_ones_are_not_enough_for_each_other() {
        // Their sum, 2, would give both away.
        let leaves = [leaf([0, 0, -1], &[1]), leaf([0, 1, -1], &[1]), leaf([0, 2, -1], &[30])];
        assert_eq!(hidden(&leaves).blocks, [vec![0, 1, 2]]);
    }

    #[test]
    fn a_region_that_cannot_hide_its_cercles_is_hidden_with_another() {
        let leaves = [leaf([0, 0, -1], &[3]), leaf([0, 1, -1], &[2]), leaf([1, 2, -1], &[8]), leaf([2, 3, -1], &[20])];
        // 3 and 2 make 5: two leaves, and 5 ≥ 2 + 3: safe by themselves.
        assert_eq!(hidden(&leaves).blocks, [vec![0, 1]]);
        let leaves = [leaf([0, 0, -1], &[4]), leaf([1, 2, -1], &[8]), leaf([2, 3, -1], &[20])];
        assert_eq!(hidden(&leaves).blocks, [vec![0, 1]]);
    }

    #[test]
    fn a_month_of_one_small_number_tells_nothing() {
        let found = hidden(&[leaf([0, 0, -1], &[3])]);
        assert!(!found.total);
        assert_eq!(found.leaves.len(), 1);
    }

    #[test]
    fn a_zone_that_would_cut_a_small_number_out_is_not_told() {
        let leaves = [leaf([0, 0, -1], &[2]), leaf([0, 1, -1], &[40]), leaf([0, 2, -1], &[6]), leaf([1, 3, -1], &[50])];
        let found = hidden(&leaves);
        let sums = [BTreeSet::from([0, 1]), BTreeSet::from([0, 1, 2]), BTreeSet::from([1, 3])];
        assert_eq!(told_beside(&leaves, &found, &sums, 5), [false, true, true]);
    }

    #[test]
    fn what_was_hidden_once_stays_hidden() {
        let leaves = [leaf([0, 0, -1], &[9]), leaf([0, 1, -1], &[40]), leaf([0, 2, -1], &[6])];
        assert!(hidden(&leaves).leaves.is_empty());
        let before = BTreeSet::from([Node::Unit(leaves[0].chain)]);
        assert!(hide(&leaves, 5, &before).leaves.contains(&0));
    }

    fn fresh(chain: [i64; 3], amounts: &[u64]) -> Leaf {
        Leaf { fresh: true, ..leaf(chain, amounts) }
    }

    #[test]
    fn a_place_that_had_nothing_is_hidden_with_all_beside_it_that_still_have() {
        let leaves = [
            leaf([0, 0, -1], &[40]),
            leaf([0, 1, -1], &[6]),
            fresh([0, 2, -1], &[1]),
            fresh([0, 3, -1], &[0]),
            fresh([0, 4, -1], &[0]),
            leaf([1, 5, -1], &[50]),
            fresh([1, 6, -1], &[0]),
        ];
        let found = hidden(&leaves);
        assert_eq!(found.blocks, [vec![1, 2, 3, 4]]);
        // Whichever of the three it is, the same are hidden.
        let mut other = leaves.clone();
        (other[2].amounts[0], other[4].amounts[0]) = (0, 1);
        assert_eq!(hidden(&other).blocks, found.blocks);
    }

    #[test]
    fn where_no_place_beside_it_is_empty_its_region_is_hidden_with_one_that_has_such() {
        let leaves = [
            leaf([0, 0, -1], &[40]),
            fresh([0, 1, -1], &[2]),
            leaf([1, 2, -1], &[9]),
            leaf([2, 3, -1], &[50]),
            fresh([2, 4, -1], &[0]),
        ];
        assert_eq!(hidden(&leaves).blocks, [vec![0, 1, 3, 4]]);
        // Nowhere is there any: the total is not told.
        let found = hidden(&leaves[..4]);
        assert!(!found.total, "{found:?}");
    }

    #[test]
    fn empty_places_are_told_as_such_where_they_hide_nobody() {
        let leaves = [leaf([0, 0, -1], &[2]), leaf([0, 1, -1], &[40]), leaf([0, 2, -1], &[6]), fresh([0, 3, -1], &[0])];
        assert_eq!(hidden(&leaves).blocks, [vec![0, 2]]);
    }

    #[test]
    fn a_place_whose_last_report_was_taken_back_stays_hidden() {
        let before = hidden(&[leaf([0, 0, -1], &[1]), leaf([0, 1, -1], &[7]), leaf([0, 2, -1], &[40])]);
        let after = hide(&[leaf([0, 0, -1], &[0]), leaf([0, 1, -1], &[7]), leaf([0, 2, -1], &[40])], 5, &before.nodes);
        assert_eq!(after.blocks, [vec![0, 1]]);
    }

    #[test]
    fn a_region_that_was_hidden_stays_so_when_a_new_place_of_it_reports() {
        let old = [leaf([0, 0, -1], &[2]), leaf([1, 1, -1], &[6]), leaf([2, 2, -1], &[50])];
        let before = hidden(&old);
        let new: Vec<Leaf> = old.into_iter().chain([fresh([0, 3, -1], &[9]), fresh([0, 4, -1], &[0])]).collect();
        let after = hide(&new, 5, &before.nodes);
        assert!(after.leaves.contains(&0) && after.leaves.contains(&3), "{after:?}");
        let region = BTreeSet::from([0, 3, 4]);
        assert!(!after.tells(&region));
    }

    fn months() -> impl Strategy<Value = Vec<Leaf>> {
        let one = ((0_i64..4, -1_i64..4), prop_oneof![1_u64..6, 1_u64..60], 0_u64..4);
        proptest::collection::vec(one, 1..20).prop_map(|list| {
            let mut seen = BTreeSet::new();
            list.into_iter()
                .filter(|((r, c), ..)| seen.insert((*r, *c)))
                .map(|((r, c), n, other)| leaf([r, if c < 0 { -1 } else { r * 4 + c }, -1], &[n, other.min(n)]))
                .collect()
        })
    }

    proptest! {
        /// Each block has room: another assignment with the same sum has the leaf at least three away.
        #[test]
        fn no_hidden_leaf_is_known_to_within_one(leaves in months()) {
            let found = hidden(&leaves);
            for block in &found.blocks {
                let is_country = !found.total && block.len() == leaves.len();
                prop_assert!(is_country || safe(&leaves, block), "{block:?} of {leaves:?}");
            }
            for (k, leaf) in leaves.iter().enumerate() {
                let small = leaf.amounts.iter().any(|n| (1..5).contains(n));
                prop_assert!(!small || found.leaves.contains(&k));
            }
            // A parent is told only where its hidden leaves are whole blocks.
            prop_assert_eq!(found.blocks.iter().map(Vec::len).sum::<usize>(), found.leaves.len());
        }
    }
}
