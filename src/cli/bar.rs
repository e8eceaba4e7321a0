//! How far an import is, on a terminal; nothing in a pipe, and nothing for what is over in a second.

use std::cell::Cell;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::domain::Lang;
use crate::style::grouped;

/// What is over by then is not worth a word.
const QUIET: Duration = Duration::from_secs(1);
/// The terminal is written to no more often.
const EVERY: Duration = Duration::from_millis(200);
/// The clock is looked at once in so many rows.
const LOOK: usize = 1000;

/// A line on the terminal that counts rows.
pub(super) struct Bar {
    lang: Lang,
    shown: bool,
    start: Instant,
    last: Cell<Duration>,
}

impl Bar {
    pub(super) fn new(lang: Lang) -> Self {
        let shown = std::io::stderr().is_terminal();
        Self { lang, shown, start: Instant::now(), last: Cell::new(Duration::ZERO) }
    }

    /// Told of the number of rows done.
    pub(super) fn rows(&self, rows: usize) {
        if !self.shown || !rows.is_multiple_of(LOOK) {
            return;
        }
        let elapsed = self.start.elapsed();
        if elapsed < QUIET || elapsed < self.last.get() + EVERY {
            return;
        }
        self.last.set(elapsed);
        let _ = write!(std::io::stderr().lock(), "\r{}\x1b[K", line(rows, elapsed, self.lang));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.last.get() > Duration::ZERO {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}

fn line(rows: usize, elapsed: Duration, lang: Lang) -> String {
    let rows = u64::try_from(rows).unwrap_or(u64::MAX);
    let rate = u128::from(rows) * 1000 / elapsed.as_millis().max(1);
    let (rows, rate) = (grouped(rows, lang), grouped(u64::try_from(rate).unwrap_or(u64::MAX), lang));
    lang.pick(format!("{rows} lignes · {rate} par seconde"), format!("{rows} rows · {rate} a second"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_rows_and_rate() {
        assert_eq!(line(500_000, Duration::from_secs(2), Lang::En), "500,000 rows · 250,000 a second");
    }
}
