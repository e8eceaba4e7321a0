//! Work split over scoped threads, by place: the result does not depend on how many there are.

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
