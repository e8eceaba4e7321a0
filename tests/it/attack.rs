//! An attacker with every answer a role can get: sets up what they say as linear equations over what is hidden, and solves for the
//! smallest and largest number that each hidden cell can be. A second opinion on `indicators::disclosure`, which it shares no line with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use microlp::{ComparisonOp, OptimizationDirection, Problem};
use vigie::app::{AsOf, ConcentrationQuery, LayerQuery, LayerSource as _, Policy, PropertyValue, Service, open_as};
use vigie::app::{TrendBy, TrendsFormat, TrendsQuery};
use vigie::boundaries::BoundarySet;
use vigie::domain::{Level, Period, Role};
use vigie::indicators::Zone;

use crate::support::{arg, json};

/// Region, cercle and commune as far as known, by position; what is known no finer is a place of its own.
pub type Leaf = [Option<usize>; 3];

pub const CATEGORIES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// The measures of the theme of incidents, each of which bounds the other.
pub const INCIDENTS: [&str; 2] = ["violations", "incidents"];
/// That of alerts.
pub const ALERTS: [&str; 1] = ["alerts"];

/// What truly happened in a month: violations by place and category, incidents by place.
#[derive(Default)]
pub struct Truth {
    pub violations: BTreeMap<Leaf, [u64; 6]>,
    pub incidents: BTreeMap<Leaf, u64>,
}

/// A stream of numbers from a seed (SplitMix64: S. Vigna's constants).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % n as u64).expect("below n")
    }
}

/// A month's rows: a few places with much, many with little, some known only to their cercle or region.
fn month(random: &mut Random, set: &BoundarySet, month: &str, first: usize, csv: &mut String) -> Truth {
    use std::fmt::Write as _;
    let mut truth = Truth::default();
    let mut number = first;
    for _ in 0..5 + random.below(40) {
        let communes = set.units(Level::Commune);
        let chain = set.chain(&communes[random.below(communes.len())]);
        let depth = [3, 3, 3, 2, 2, 1][random.below(6)];
        let leaf: Leaf = std::array::from_fn(|k| {
            let code = chain[k].as_deref().filter(|_| k < depth)?;
            set.position(Level::ALL[k], code)
        });
        let often = [1, 1, 2, 3, 6, 15][random.below(6)];
        for _ in 0..often {
            let (category, victims) = (random.below(6), 1 + [0_u64, 0, 0, 1, 2, 5][random.below(6)]);
            let code = chain[depth - 1].as_deref().unwrap_or_default();
            let _ = writeln!(csv, "i{number},{month}-15,{code},{},{victims}", CATEGORIES[category]);
            number += 1;
            truth.violations.entry(leaf).or_default()[category] += victims;
            *truth.incidents.entry(leaf).or_default() += 1;
        }
    }
    truth
}

/// A sum that is known: variables with the value 1, and what they add up to.
pub type Equation = (BTreeSet<usize>, u64);

/// The attacker's table of one month.
pub struct Attack<'a> {
    set: &'a BoundarySet,
    finest: Level,
    /// What is counted: violations and incidents, or alerts.
    measures: &'static [&'static str],
    /// Violations by leaf and category, then incidents (or alerts) by leaf.
    pub leaves: Vec<Leaf>,
    pub equations: Vec<Equation>,
    /// Sums that zones ask for, told or not.
    pub zones: Vec<(String, BTreeSet<usize>)>,
    /// Leaves that are known to hold something: hidden, and not zero.
    present: BTreeSet<Leaf>,
}

fn number(value: &PropertyValue) -> Option<u64> {
    match value {
        PropertyValue::Int(n) => u64::try_from(*n).ok(),
        _ => None,
    }
}

impl<'a> Attack<'a> {
    /// Before anything was listened to: `leaves` are the places that there may be anything of.
    pub fn new(set: &'a BoundarySet, finest: Level, measures: &'static [&'static str], leaves: Vec<Leaf>) -> Self {
        let (equations, zones, present) = (Vec::new(), Vec::new(), BTreeSet::new());
        Attack { set, finest, measures, leaves, equations, zones, present }
    }

    pub fn fold(&self, leaf: &Leaf) -> Leaf {
        std::array::from_fn(|k| leaf[k].filter(|_| k <= self.finest.index()))
    }

    pub fn violations(&self, leaf: usize, category: usize) -> usize {
        leaf * 6 + category
    }

    pub fn incidents(&self, leaf: usize) -> usize {
        self.leaves.len() * 6 + leaf
    }

    /// The variables of a measure over some leaves, of one category or all.
    pub fn over(&self, measure: &str, category: Option<usize>, some: impl Fn(&Leaf) -> bool) -> BTreeSet<usize> {
        let leaves = (0..self.leaves.len()).filter(|k| some(&self.leaves[*k]));
        match measure {
            "incidents" | "alerts" => leaves.map(|k| self.incidents(k)).collect(),
            _ => leaves
                .flat_map(|k| (0..6).filter(move |c| category.is_none_or(|w| w == *c)).map(move |c| (k, c)))
                .map(|(k, c)| self.violations(k, c))
                .collect(),
        }
    }

    pub fn learn(&mut self, variables: BTreeSet<usize>, sum: u64) {
        self.equations.push((variables, sum));
    }

    /// The places inside a zone, and those known too coarsely to tell.
    pub fn zone(&self, zone: &Zone) -> [BTreeSet<Leaf>; 2] {
        let members: Vec<Leaf> = zone
            .units
            .iter()
            .filter(|u| u.set == self.set.info.id)
            .map(|u| {
                let chain = self.set.chain(self.set.unit(u.level, &u.pcode).expect("a unit"));
                std::array::from_fn(|k| chain[k].as_deref().and_then(|c| self.set.position(Level::ALL[k], c)))
            })
            .collect();
        let inside = |leaf: &&Leaf| members.iter().any(|m| (0..3).all(|k| m[k].is_none() || m[k] == leaf[k]));
        let unclear = |leaf: &&Leaf| {
            let may = |m: &Leaf| (0..3).all(|k| m[k].is_none() || leaf[k].is_none() || m[k] == leaf[k]);
            !inside(leaf) && members.iter().any(may)
        };
        [self.leaves.iter().filter(inside).copied().collect(), self.leaves.iter().filter(unclear).copied().collect()]
    }

    /// Everything that layers, zones, shares and trend tables say of the month.
    pub fn listen(&mut self, service: &Service, period: Period) {
        let query = LayerQuery { period: Some(period), ..LayerQuery::default() };
        for measure in self.measures.iter().copied() {
            for level in Level::ALL {
                let Some(info) = service.layer(&format!("{measure}-{}", level.plural())) else { continue };
                let answer = service.select(&info.id, &query).expect("an answer");
                let at = |name: &str| answer.fields.iter().position(|f| f.name == name).expect("a field");
                for (k, row) in answer.rows.iter().enumerate() {
                    let l = level.index();
                    let here = move |leaf: &Leaf| leaf[l] == Some(k);
                    if let Some(n) = number(&row.values[at("value")]) {
                        self.learn(self.over(measure, None, here), n);
                    }
                    for (c, category) in CATEGORIES.iter().enumerate().filter(|_| measure == "violations") {
                        if let Some(n) = number(&row.values[at(&format!("category_{}", category.to_lowercase()))]) {
                            self.learn(self.over(measure, Some(c), here), n);
                        }
                    }
                }
                if let Some(n) = answer.total {
                    self.learn(self.over(measure, None, |_| true), n);
                }
                if let Some(n) = answer.non_located {
                    self.learn(self.over(measure, None, |leaf| leaf[level.index()].is_none()), n);
                }
            }
            let query =
                ConcentrationQuery { measure: measure.into(), layer: query.clone(), ..ConcentrationQuery::default() };
            let shares = service.concentration_answer(&query).expect("shares");
            for share in shares["shares"].as_array().expect("a list") {
                let zone = service.snapshot().zones.iter().find(|z| share["zone"] == *z.id).expect("a zone");
                let [inside, unclear] = self.zone(zone);
                for (word, sum) in [
                    ("inside", self.over(measure, None, |l| inside.contains(l))),
                    ("unclear", self.over(measure, None, |l| unclear.contains(l))),
                ] {
                    self.zones.push((format!("{measure} {word} {}", zone.id), sum.clone()));
                    if let Some(n) = share[word].as_u64() {
                        self.learn(sum, n);
                    }
                }
            }
        }
        if self.measures.contains(&"violations") {
            self.read_tables(service, &query, period);
        }
    }

    fn read_tables(&mut self, service: &Service, query: &LayerQuery, period: Period) {
        let by = vec![TrendBy::Category, TrendBy::Region, TrendBy::Cercle];
        let query = TrendsQuery { layer: query.clone(), by, ..TrendsQuery::default() };
        let bytes = service.trend_tables(&query, TrendsFormat::Json).expect("tables");
        let report: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        for table in report["tables"].as_array().expect("tables") {
            let columns = table["columns"].as_array().expect("columns");
            let Some(at) = columns.iter().position(|c| c["id"] == period.to_string()) else { continue };
            for row in table["rows"].as_array().expect("rows") {
                let (code, cell) = (row["code"].as_str().unwrap_or_default(), &row["cells"][at]);
                let Some(n) = cell["value"].as_u64() else { continue };
                let of = |level: Level| self.set.position(level, code);
                let known = match (table["id"].as_str().unwrap_or_default(), code) {
                    (_, "total") => self.over("violations", None, |_| true),
                    ("category_month", code) => {
                        let Some(c) = CATEGORIES.iter().position(|c| *c == code) else { continue };
                        self.over("violations", Some(c), |_| true)
                    }
                    ("region_month", "not_located") => self.over("violations", None, |l| l[0].is_none()),
                    ("region_month", _) => self.over("violations", None, |l| l[0] == of(Level::Region)),
                    ("cercles", "above") => self.over("violations", None, |l| l[1].is_none()),
                    ("cercles", _) => self.over("violations", None, |l| l[1] == of(Level::Cercle)),
                    other => panic!("a table that the attacker does not know: {other:?}"),
                };
                self.learn(known, n);
            }
        }
    }

    /// The true number of each variable.
    pub fn values_of(&self, truth: &Truth) -> Vec<u64> {
        let mut values = vec![0; self.leaves.len() * 7];
        for (leaf, by) in &truth.violations {
            let k = self.leaves.iter().position(|l| *l == self.fold(leaf)).expect("a leaf");
            (0..6).for_each(|c| values[self.violations(k, c)] += by[c]);
            values[self.incidents(k)] += truth.incidents[leaf];
        }
        values
    }

    /// What was learnt is true, so that a wrong reading cannot pass for a defence.
    pub fn is_of(&self, truth: &Truth) -> Vec<u64> {
        let values = self.values_of(truth);
        for (variables, n) in &self.equations {
            let sum: u64 = variables.iter().map(|v| values[*v]).sum();
            assert_eq!(sum, *n, "{:?}: an answer that is not true of {variables:?}", self.measures);
        }
        for k in 0..self.leaves.len() {
            let victims: u64 = (0..6).map(|c| values[self.violations(k, c)]).sum();
            let coupled = self.measures.contains(&"violations");
            assert!(
                !coupled || victims >= values[self.incidents(k)],
                "{:?}: more incidents than victims",
                self.leaves[k]
            );
        }
        values
    }

    /// The least and the most that a sum of variables can be.
    fn bounds(&self, sum: &BTreeSet<usize>) -> (f64, f64) {
        let solve = |direction| {
            let mut problem = Problem::new(direction);
            let variables: Vec<_> = (0..self.leaves.len() * 7)
                .map(|v| problem.add_var(f64::from(u8::from(sum.contains(&v))), (0.0, 1e6)))
                .collect();
            for (known, n) in &self.equations {
                let terms: Vec<_> = known.iter().map(|v| (variables[*v], 1.0)).collect();
                if !terms.is_empty() {
                    problem.add_constraint(&terms[..], ComparisonOp::Eq, *n as f64);
                }
            }
            for k in 0..self.leaves.len() {
                let own = || (0..6).map(|c| (variables[self.violations(k, c)], 1.0));
                let incidents = variables[self.incidents(k)];
                // Each incident has a victim; a place that is hidden has an incident.
                let excess: Vec<_> = own().chain([(incidents, -1.0)]).collect();
                problem.add_constraint(&excess[..], ComparisonOp::Ge, 0.0);
                if self.present.contains(&self.leaves[k]) {
                    problem.add_constraint(&[(incidents, 1.0)][..], ComparisonOp::Ge, 1.0);
                }
            }
            problem.solve().expect("the truth is a solution").objective()
        };
        (solve(OptimizationDirection::Minimize), solve(OptimizationDirection::Maximize))
    }
}

/// Who knows where there is something, and not yet how much.
pub fn attacker<'a>(
    role: Role,
    (set, measures): (&'a BoundarySet, &'static [&'static str]),
    truth: &Truth,
) -> Attack<'a> {
    let finest = if role == Role::Public { Level::Cercle } else { Level::Commune };
    let mut attack = Attack::new(set, finest, measures, Vec::new());
    let leaves: BTreeSet<Leaf> = truth.violations.keys().map(|l| attack.fold(l)).collect();
    // Whether there is anything at all is told by « suppressed » against the other statuses, but of what is known no finer.
    let own = |leaf: &&Leaf| leaf[finest.index()].is_some();
    attack.present = leaves.iter().filter(own).copied().collect();
    let rest = leaves.iter().flat_map(|l| (0..3).map(|d| std::array::from_fn(|k| l[k].filter(|_| k < d))));
    attack.leaves =
        leaves.iter().copied().chain(rest.collect::<BTreeSet<Leaf>>()).collect::<BTreeSet<_>>().into_iter().collect();
    attack
}

/// Every small number of a month that is worked out exactly or to within one.
fn found_out(
    service: &Service,
    role: Role,
    of: (&BoundarySet, &'static [&'static str]),
    period: Period,
    truth: &Truth,
) -> Vec<String> {
    let mut attack = attacker(role, of, truth);
    attack.listen(service, period);
    small_numbers_found(&attack, truth, period)
}

/// The same of what an attacker has learnt.
pub fn small_numbers_found(attack: &Attack<'_>, truth: &Truth, period: Period) -> Vec<String> {
    let values = attack.is_of(truth);
    let mut targets: BTreeMap<BTreeSet<usize>, (String, u64)> = BTreeMap::new();
    let mut aim = |what: String, sum: BTreeSet<usize>, n: u64| {
        if (1..5).contains(&n) {
            targets.insert(sum, (what, n));
        }
    };
    for (what, sum) in &attack.zones {
        aim(what.clone(), sum.clone(), sum.iter().map(|v| values[*v]).sum());
    }
    // Every unit that holds anything, the country, and what is known to each no finer.
    let mut places: BTreeMap<(Leaf, bool), ([u64; 6], u64)> = BTreeMap::new();
    for (leaf, counts) in &truth.violations {
        let (leaf, incidents) = (attack.fold(leaf), truth.incidents[leaf]);
        let depth = leaf.iter().flatten().count();
        let above = (0..=depth).map(|d| (std::array::from_fn(|k| leaf[k].filter(|_| k < d)), false));
        for place in above.chain([(leaf, true)]) {
            let known = places.entry(place).or_default();
            known.0.iter_mut().zip(counts).for_each(|(a, b)| *a += b);
            known.1 += incidents;
        }
    }
    for ((place, alone), (violations, incidents)) in &places {
        let depth = place.iter().flatten().count();
        let here = |leaf: &Leaf| if *alone { leaf == place } else { (0..depth).all(|k| leaf[k] == place[k]) };
        aim(format!("violations of {place:?}"), attack.over("violations", None, here), violations.iter().sum());
        aim(format!("reports of {place:?}"), attack.over("incidents", None, here), *incidents);
        for (c, n) in violations.iter().enumerate() {
            aim(format!("category {} of {place:?}", CATEGORIES[c]), attack.over("violations", Some(c), here), *n);
        }
    }
    let mut out = Vec::new();
    for (sum, (what, n)) in targets {
        let (least, most) = attack.bounds(&sum);
        assert!(least - 1e-6 <= n as f64 && n as f64 <= most + 1e-6, "{what}: {n} is not in {least}..{most}");
        if most - least < 2.5 {
            out.push(format!("{period} {what}: {n}, known to be {least:.2}..{most:.2}"));
        }
    }
    out
}

/// How many small numbers the same attacker finds where nothing is hidden: the search can succeed.
fn in_the_open(whole: &Service, of: (&BoundarySet, &'static [&'static str]), period: Period, truth: &Truth) -> usize {
    found_out(whole, Role::Partner, of, period, truth).len()
}

fn attacked(stores: u64, roles: &[Role]) {
    let mut caught = 0;
    let dir = tempfile::tempdir().expect("a folder");
    let mut months = 0;
    for seed in 0..stores {
        let store = dir.path().join(format!("{seed}.gpkg"));
        let csv = dir.path().join("rows.csv");
        let head = "incident_id,date,pcode,category,victims\n";
        std::fs::write(&csv, format!("{head}x,2020-01-15,ML01,A,30\n")).expect("written");
        json(&["import", "incidents", arg(&csv), "--store", arg(&store)]);
        let open = |role: Role| -> Arc<Service> {
            let policy = Policy::read(None).expect("the policy");
            open_as(&store, AsOf::Now, &policy, |_| role).expect("opened")
        };
        let whole = open(Role::Admin);
        let set = whole.snapshot().set(&whole.snapshot().default_set).expect("the set").clone();
        let (mut random, mut text) = (Random(seed), head.to_owned());
        let periods = ["2021-01", "2021-02"];
        let truths: Vec<Truth> =
            periods.iter().enumerate().map(|(k, m)| month(&mut random, &set, m, k * 10_000, &mut text)).collect();
        std::fs::write(&csv, text).expect("written");
        let outcome = json(&["import", "incidents", arg(&csv), "--store", arg(&store)]);
        assert_eq!(outcome["rejected"], 0, "{outcome:#}");
        json(&["release", "2021-01/2021-02", "--store", arg(&store)]);
        let first = Period::parse(periods[0]).expect("a month");
        caught += in_the_open(&open(Role::Admin), (&set, &INCIDENTS), first, &truths[0]);
        for role in roles {
            let service = open(*role);
            for (period, truth) in periods.iter().zip(&truths) {
                let period = Period::parse(period).expect("a month");
                let found = found_out(&service, *role, (&set, &INCIDENTS), period, truth);
                assert!(found.is_empty(), "seed {seed}, {role}:\n{}", found.join("\n"));
                months += 1;
            }
            longer_periods_say_no_more(&service);
        }
    }
    assert!(caught > 0, "an attacker who finds nothing in the open proves nothing");
    println!("{stores} stores, {months} months attacked; {caught} small numbers found where nothing is hidden");
}

/// A number of two months is told only where each month's is: it follows from what the attacker has.
fn longer_periods_say_no_more(service: &Service) {
    for info in service.layers().iter().filter(|l| l.by_period && !l.id.ends_with("-monthly")) {
        let ask = |period: &str| {
            let period = Some(Period::parse(period).expect("a period"));
            service.select(&info.id, &LayerQuery { period, ..LayerQuery::default() }).expect("an answer")
        };
        let (both, one, two) = (ask("2021-01/2021-02"), ask("2021-01"), ask("2021-02"));
        let Some(at) = both.fields.iter().position(|f| f.name == "value") else { continue };
        for ((b, x), y) in both.rows.iter().zip(&one.rows).zip(&two.rows) {
            if let Some(sum) = number(&b.values[at]).filter(|_| !info.id.starts_with("risk")) {
                let months = [x, y].map(|r| number(&r.values[at]).unwrap_or(0));
                assert_eq!(sum, months.iter().sum::<u64>(), "{} {}", info.id, b.id);
            }
        }
    }
}

#[test]
fn no_small_number_of_random_stores_can_be_worked_out_by_the_public_or_a_partner() {
    attacked(5, &[Role::Public, Role::Partner]);
}

/// The whole of it: `cargo test --test it -- --ignored attack --nocapture`.
#[test]
#[ignore = "minutes: 200 stores"]
fn attack_on_200_random_stores() {
    attacked(200, &[Role::Public, Role::Partner]);
}

/// What truly happened in a month, as a service that hides nothing tells it.
pub fn truth_of(open: &Service, set: &BoundarySet, measures: &[&str], period: Period) -> Truth {
    let query = LayerQuery { period: Some(period), ..LayerQuery::default() };
    let mut truth = Truth::default();
    for measure in measures {
        // Counted at a place and not at any finer one: what the level says, less what the next finer says of it.
        let mut counted: BTreeMap<Leaf, [i64; 7]> = BTreeMap::new();
        let mut add = |place: Leaf, sign: i64, numbers: [i64; 7]| {
            let own = counted.entry(place).or_default();
            own.iter_mut().zip(numbers).for_each(|(a, b)| *a += sign * b);
        };
        for level in Level::ALL {
            let answer = open.select(&format!("{measure}-{}", level.plural()), &query).expect("an answer");
            let at = |name: &str| answer.fields.iter().position(|f| f.name == name);
            let value = at("value").expect("a field");
            let categories = CATEGORIES.map(|c| at(&format!("category_{}", c.to_lowercase())));
            for (row, unit) in answer.rows.iter().zip(set.units(level)) {
                let n = |k: usize| i64::try_from(number(&row.values[k]).unwrap_or(0)).expect("a small number");
                let by = categories.map(|k| k.map_or(0, n));
                let numbers = std::array::from_fn(|k| if k < 6 { by[k] } else { n(value) });
                assert!(*measure != "violations" || by.iter().sum::<i64>() == n(value), "each has a category");
                let chain = set.chain(unit);
                let place = |depth: usize| -> Leaf {
                    std::array::from_fn(|k| {
                        chain[k].as_deref().filter(|_| k < depth).and_then(|c| set.position(Level::ALL[k], c))
                    })
                };
                add(place(level.index() + 1), 1, numbers);
                add(place(level.index()), -1, numbers);
            }
            if level == Level::Region {
                let table = open.select(&format!("{measure}-regions"), &query).expect("an answer");
                let total = i64::try_from(table.total.expect("a total")).expect("a small number");
                add([None; 3], 1, [0, 0, 0, 0, 0, 0, total]);
            }
        }
        for (leaf, numbers) in counted {
            let numbers = numbers.map(|n| n.max(0).unsigned_abs());
            // Categories of what is located nowhere are not asked here: it has a place of its own with a total alone.
            if numbers[6] == 0 || leaf[0].is_none() {
                continue;
            }
            if *measure == "violations" {
                truth.violations.insert(leaf, std::array::from_fn(|k| numbers[k]));
            } else {
                truth.incidents.insert(leaf, numbers[6]);
                truth.violations.entry(leaf).or_default();
            }
        }
    }
    truth
}

/// The demonstration, its months released, as the public and partners see it.
fn demonstration_attacked(months: &[&str], roles: &[Role]) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = dir.path().join("demo.gpkg");
    std::fs::copy(crate::support::demo_store(), &store).expect("copied");
    json(&["release", "2020-01/2021-06", "--store", arg(&store)]);
    let policy = Policy::read(None).expect("the policy");
    let open = |role: Role| open_as(&store, AsOf::Now, &policy, |_| role).expect("opened");
    let whole = open(Role::Admin);
    let set = whole.snapshot().set(&whole.snapshot().default_set).expect("the set").clone();
    let (mut attacked, mut small, mut caught) = (0, 0, 0);
    for role in roles {
        let service = open(*role);
        for month in months {
            let period = Period::parse(month).expect("a month");
            for measures in [&INCIDENTS[..], &ALERTS] {
                let truth = truth_of(&whole, &set, measures, period);
                if truth.incidents.is_empty() {
                    continue;
                }
                attacked += 1;
                small += truth.incidents.values().filter(|n| **n < 5).count();
                let found = found_out(&service, *role, (&set, measures), period, &truth);
                assert!(found.is_empty(), "{role}, {measures:?}:\n{}", found.join("\n"));
                if caught == 0 && measures == ALERTS {
                    caught = in_the_open(&whole, (&set, measures), period, &truth);
                }
            }
        }
    }
    assert!(caught > 0, "an attacker who finds nothing in the open proves nothing");
    println!(
        "{attacked} tables of the demonstration attacked, {small} small numbers of reports in them; {caught} found where nothing is hidden"
    );
}

#[test]
fn no_small_number_of_a_month_of_the_demonstration_can_be_worked_out_by_the_public() {
    demonstration_attacked(&["2021-06"], &[Role::Public]);
}

/// The whole of it: `cargo test --test it -- --ignored attack_on_the_demonstration --nocapture`.
#[test]
#[ignore = "minutes: eighteen months, and partners"]
fn attack_on_the_demonstration() {
    let months: Vec<String> = (2020..=2021)
        .flat_map(|y| (1..=12).map(move |m| format!("{y}-{m:02}")))
        .filter(|m| m.as_str() <= "2021-06")
        .collect();
    demonstration_attacked(&months.iter().map(String::as_str).collect::<Vec<_>>(), &[Role::Public, Role::Partner]);
}
