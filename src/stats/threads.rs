//! Work split over scoped threads, by place: the results do not depend on how many there are.

use std::ops::Range;

/// Fills `out[k]` with `make(k)` on up to `threads` threads; below `worth_it` items an extra thread costs more than it
/// saves.
pub(super) fn fill<T: Send>(threads: usize, worth_it: usize, out: &mut [T], make: impl Fn(usize) -> T + Sync) {
    let threads = threads.clamp(1, (out.len() / worth_it.max(1)).max(1));
    let run = |first: usize, part: &mut [T]| {
        for (k, slot) in part.iter_mut().enumerate() {
            *slot = make(first + k);
        }
    };
    if threads == 1 {
        return run(0, out);
    }
    let size = out.len().div_ceil(threads);
    std::thread::scope(|scope| {
        let mut parts = out.chunks_mut(size).enumerate();
        let own = parts.next();
        for (k, part) in parts {
            let run = &run;
            scope.spawn(move || run(k * size, part));
        }
        if let Some((_, part)) = own {
            run(0, part);
        }
    });
}

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
