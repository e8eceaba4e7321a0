//! A short run of every fuzz target (`fuzz/`) on kept inputs and on seeded changes of them, with every test run: no nightly
//! compiler is needed for it. `make fuzz` is the long one.

use std::path::Path;

#[path = "../../fuzz/src/targets.rs"]
mod targets;

/// A xorshift: the run is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (n.max(1) as u64)).unwrap_or(0)
    }
}

/// What readers look for: a change that puts one of these in reaches further than a random byte.
const PIECES: [&[u8]; 24] = [
    b";",
    b",",
    b"\n",
    b"\"",
    b"\t",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"date",
    b"type",
    b"Gao",
    b"Total",
    b"17/06/2021",
    b"1\xe7:06:2021",
    b"-0",
    b"1e9",
    b"NaN",
    b"=cmd|",
    b"#adm1+name",
    b"[columns]",
    b"\n---\n",
    b"<row r=\"1048576\">",
    b"</c>",
    b"&a;",
];

fn changed(inputs: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = inputs[dice.below(inputs.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let end = (at + dice.below(9)).min(bytes.len());
        match dice.below(5) {
            0 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap_or(0),
            1 => drop(bytes.drain(at..end)),
            2 => drop(bytes.splice(at..at, PIECES[dice.below(PIECES.len())].iter().copied())),
            3 => drop(bytes.splice(at..end, bytes[at..end].repeat(2))),
            _ => {
                let other = &inputs[dice.below(inputs.len())];
                let from = dice.below(other.len() + 1);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
        bytes.truncate(2_000);
    }
    bytes
}

fn run(target: &str, runs: usize, on: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("fuzz/corpus").map(|f| f.expect("an entry").path()).collect();
    paths.sort();
    let inputs: Vec<Vec<u8>> = paths.iter().map(|p| std::fs::read(p).expect("read")).collect();
    assert!(inputs.len() > 3, "{target} has kept inputs");
    for input in &inputs {
        on(input);
    }
    let mut dice = Dice(0x5eed_0001);
    for _ in 0..runs {
        on(&changed(&inputs, &mut dice));
    }
}

#[test]
fn texts_are_read_or_refused_and_every_row_is_accounted_for() {
    run("csv", 10_000, targets::csv);
}

#[test]
fn workbooks_are_read_or_refused_and_every_row_is_accounted_for() {
    run("xlsx", 4_000, targets::xlsx);
}

#[test]
fn profiles_are_read_or_refused_with_a_reason() {
    run("profiles", 20_000, targets::profiles);
}

#[test]
fn cells_and_names_read_the_same_way_twice() {
    run("dates", 50_000, targets::dates);
    run("names", 20_000, targets::names);
}
