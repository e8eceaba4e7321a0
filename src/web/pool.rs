//! Where answers are computed: a bounded number at once, a bounded number waiting, the rest refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::problem::{Kind, Problem};

/// A bounded pool for work that must not run on the threads that talk to the network.
#[derive(Debug)]
pub(super) struct Pool {
    workers: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue: usize,
}

/// One place in the queue, given back however the wait ends (a client that goes away included).
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    pub(super) fn new(workers: usize, queue: usize) -> Self {
        Self { workers: Arc::new(Semaphore::new(workers.max(1))), waiting: AtomicUsize::new(0), queue }
    }

    /// Runs the work on a thread of its own once a worker is free; 503 where too many wait already. A panic in it is a
    /// fault like another.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = if let Ok(permit) = self.workers.clone().try_acquire_owned() {
            permit
        } else {
            let before = self.waiting.fetch_add(1, Ordering::Relaxed);
            let place = Place(&self.waiting);
            if before >= self.queue {
                return Err(Problem::new(
                    Kind::Busy,
                    "Trop de demandes à la fois. Réessayez dans quelques secondes.",
                    "Too many requests at once. Try again in a few seconds.",
                ));
            }
            let permit = self.workers.clone().acquire_owned().await;
            drop(place);
            permit.map_err(|closed| Problem::fault(closed.to_string()))?
        };
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the one who waits: who goes away does not free the processor.
            let _permit = permit;
            work()
        });
        done.await.unwrap_or_else(|failed| Err(Problem::fault(failure(failed))))
    }
}

/// What a task that did not come back says of itself.
fn failure(failed: tokio::task::JoinError) -> String {
    match failed.try_into_panic() {
        Ok(panic) => format!("panic: {}", panic_text(panic.as_ref())),
        Err(failed) => failed.to_string(),
    }
}

/// The text of a panic.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a text")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
    }

    #[test]
    fn past_the_queue_work_is_refused_and_places_come_back() {
        runtime().block_on(async {
            let pool = Arc::new(Pool::new(1, 1));
            let (release, hold) = std::sync::mpsc::channel::<()>();
            let spawn = |work: Box<dyn FnOnce() -> Result<(), Problem> + Send>| {
                let pool = pool.clone();
                tokio::spawn(async move { pool.run(work).await })
            };
            let running = spawn(Box::new(move || {
                let _ = hold.recv();
                Ok(())
            }));
            while pool.workers.available_permits() > 0 {
                tokio::task::yield_now().await;
            }
            let waiting = spawn(Box::new(|| Ok(())));
            while pool.waiting.load(Ordering::Relaxed) == 0 {
                tokio::task::yield_now().await;
            }
            let refused = pool.run(|| Ok(())).await;
            assert_eq!(refused.map_err(|p| p.kind), Err(Kind::Busy));
            // One that stops waiting gives its place back.
            waiting.abort();
            let _ = waiting.await;
            assert_eq!(pool.waiting.load(Ordering::Relaxed), 0);
            release.send(()).expect("still held");
            assert!(running.await.expect("joined").is_ok());
            assert!(pool.run(|| Ok(())).await.is_ok());
        });
    }

    #[test]
    #[expect(clippy::panic, reason = "the panic is what is tested")]
    fn a_panic_is_a_fault_and_the_worker_comes_back() {
        runtime().block_on(async {
            let pool = Pool::new(1, 1);
            let failed = pool.run::<()>(|| panic!("on purpose")).await;
            assert_eq!(failed.map_err(|p| p.kind), Err(Kind::Fault));
            assert!(pool.run(|| Ok(())).await.is_ok());
        });
    }
}
