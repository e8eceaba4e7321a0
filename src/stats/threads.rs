//! Simulations over several threads, with results in the order of the simulations whatever the number of threads.

use std::ops::Range;

/// Runs `work` on contiguous parts of `0..count` on at most `threads` threads, each part a multiple of `step` long (but
/// the last), and joins what they return.
pub(super) fn in_parts<R: Send>(
    count: usize,
    threads: usize,
    step: usize,
    work: impl Fn(Range<usize>) -> Vec<R> + Sync,
) -> Vec<R> {
    let part = count.div_ceil(threads.max(1)).next_multiple_of(step.max(1));
    if threads <= 1 || part >= count {
        return work(0..count);
    }
    let work = &work;
    std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..count).step_by(part).map(|from| scope.spawn(move || work(from..(from + part).min(count)))).collect();
        let mut out = Vec::with_capacity(count);
        for thread in running {
            match thread.join() {
                Ok(part) => out.extend(part),
                Err(cause) => std::panic::resume_unwind(cause),
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_in_order_whatever_the_number_of_threads() {
        for threads in [0, 1, 2, 3, 7, 100] {
            let out = in_parts(50, threads, 8, |part| part.map(|k| k * k).collect());
            assert_eq!(out, (0..50).map(|k| k * k).collect::<Vec<_>>(), "{threads}");
        }
        assert!(in_parts(0, 2, 8, Iterator::collect::<Vec<_>>).is_empty());
    }
}
