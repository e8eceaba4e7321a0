//! What withholding costs: once a data version, when each role's view is made, and each request after that. `cargo bench --bench
//! views`: the demonstration's 701 communes and 18 months, released.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use vigie::app::{AsOf, LayerQuery, LayerSource as _, Policy, open_as};
use vigie::domain::Role;

const VIGIE: &str = env!("CARGO_BIN_EXE_vigie");
const RUNS: usize = 21;

fn main() {
    let dir = tempfile::tempdir().expect("a directory");
    let store = dir.path().join("demo.gpkg");
    run(&["demo"], &store);
    run(&["release", "2020-01/2021-06"], &store);
    let policy = Policy::read(None).expect("the policy");
    println!("made once a data version, the store read (median of 5)");
    for role in [Role::Restricted, Role::Public, Role::Partner] {
        let ms = median(5, |_| drop(open_as(&store, AsOf::Now, &policy, |_| role).expect("opened")));
        println!("  {role:<10}  {ms:>7.1} ms");
    }
    println!(
        "a request, warm, without the cache of finished answers (median of {RUNS}); what a view costs beside all <5 ms>"
    );
    let views = [Role::Restricted, Role::Public, Role::Partner]
        .map(|role| open_as(&store, AsOf::Now, &policy, |_| role).expect("opened"));
    for layer in ["violations-regions", "violations-cercles", "violations-communes", "risk-communes"] {
        for period in ["2021-06", "2020-01/2021-06"] {
            let times = views.each_ref().map(|service| {
                let query = LayerQuery {
                    period: Some(service.parse_period(period).expect("a period")),
                    ..LayerQuery::default()
                };
                service.layer(layer).map(|_| median(RUNS, |_| drop(service.select(layer, &query).expect("an answer"))))
            });
            let shown = times.map(|t| t.map_or_else(|| "    none".to_owned(), |ms| format!("{ms:>8.2}")));
            println!("  {layer:<20} {period:<16} all {}  public {}  partner {} ms", shown[0], shown[1], shown[2]);
        }
    }
}

fn run(args: &[&str], store: &Path) {
    let done = Command::new(VIGIE).args(args).arg("--store").arg(store).output().expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Milliseconds.
fn median(runs: usize, mut work: impl FnMut(usize)) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|k| {
            let start = Instant::now();
            work(k);
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}
