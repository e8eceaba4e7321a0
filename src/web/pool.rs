//! Where answers are computed: a bounded number at once, a bounded number waiting for a bounded time, the rest refused.
//!
//! A short crowd (a map drawn anew) waits and is answered. More than can be answered, for longer, would only make everybody wait the
//! whole queue through: once one had to be refused, hardly any waits, and what waited longer than an answer takes is refused before
//! work on it begins. That lasts until a worker was found free and none was refused for a second.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::problem::{Kind, Problem};

/// How long the queue stays short after the last one was refused.
const STRAIN: Duration = Duration::from_secs(1);

/// A bounded pool for work that must not run on the threads that talk to the network.
#[derive(Debug)]
pub(super) struct Pool {
    workers: Arc<Semaphore>,
    /// Places in the queue: of a crowd, and under strain.
    queue: usize,
    short: usize,
    patience: Duration,
    waiting: AtomicUsize,
    /// When one was refused last; none where that is over.
    refused: Mutex<Option<Instant>>,
    /// Microseconds that work takes, the last ones counting most.
    usual: Arc<AtomicU64>,
}

/// One place in the queue, given back however the wait ends (a client that goes away included).
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    pub(super) fn new(workers: usize, queue: usize, patience: Duration) -> Self {
        let workers = workers.max(1);
        Self {
            workers: Arc::new(Semaphore::new(workers)),
            queue,
            short: (workers / 2).max(1).min(queue),
            patience,
            waiting: AtomicUsize::new(0),
            refused: Mutex::default(),
            usual: Arc::default(),
        }
    }

    /// Runs the work on a thread of its own once a worker is free; 503 where too many wait already, or too long. A panic in it is a
    /// fault like another.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = if let Ok(permit) = self.workers.clone().try_acquire_owned() {
            self.breathe();
            permit
        } else {
            let before = self.waiting.fetch_add(1, Ordering::Relaxed);
            let place = Place(&self.waiting);
            if before >= if self.strained() { self.short } else { self.queue } {
                return Err(self.refuse());
            }
            let since = Instant::now();
            let Ok(permit) = tokio::time::timeout(self.patience, self.workers.clone().acquire_owned()).await else {
                return Err(self.refuse());
            };
            if self.strained() && since.elapsed() > Duration::from_micros(self.usual.load(Ordering::Relaxed)) {
                return Err(self.refuse());
            }
            drop(place);
            permit.map_err(|closed| Problem::fault(closed.to_string()))?
        };
        let usual = self.usual.clone();
        let done = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the one who waits: who goes away does not free the processor.
            let _permit = permit;
            let begun = Instant::now();
            let done = work();
            let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            // Two that end together may lose one of the two: it is a rule of thumb.
            let before = usual.load(Ordering::Relaxed);
            usual.store(if before == 0 { took } else { before - before / 16 + took / 16 }, Ordering::Relaxed);
            done
        });
        done.await.unwrap_or_else(|failed| Err(Problem::fault(failure(failed))))
    }

    fn strained(&self) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn refuse(&self) -> Problem {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Problem::new(
            Kind::Busy,
            "Trop de demandes à la fois. Réessayez dans quelques secondes.",
            "Too many requests at once. Try again in a few seconds.",
        )
    }

    /// A worker was free.
    fn breathe(&self) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.is_some_and(|at| at.elapsed() > STRAIN) {
            *refused = None;
        }
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

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn past_the_queue_work_is_refused_and_places_come_back() {
        runtime().block_on(async {
            let pool = Arc::new(Pool::new(1, 1, LONG));
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
            let pool = Pool::new(1, 1, LONG);
            let failed = pool.run::<()>(|| panic!("on purpose")).await;
            assert_eq!(failed.map_err(|p| p.kind), Err(Kind::Fault));
            assert!(pool.run(|| Ok(())).await.is_ok());
        });
    }

    /// A pool whose one worker is held until the sender speaks.
    async fn held(pool: &Arc<Pool>) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), Problem>>) {
        let (release, hold) = std::sync::mpsc::channel::<()>();
        let of = pool.clone();
        let running = tokio::spawn(async move {
            of.run(move || {
                let _ = hold.recv();
                Ok(())
            })
            .await
        });
        while pool.workers.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        (release, running)
    }

    fn waiter(pool: &Arc<Pool>) -> tokio::task::JoinHandle<Result<(), Problem>> {
        let pool = pool.clone();
        tokio::spawn(async move { pool.run(|| Ok(())).await })
    }

    async fn until(pool: &Pool, waiting: usize) {
        while pool.waiting.load(Ordering::Relaxed) != waiting {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn whoever_waits_too_long_is_refused_before_work_begins() {
        runtime().block_on(async {
            let pool = Arc::new(Pool::new(1, 4, Duration::from_millis(30)));
            let (release, running) = held(&pool).await;
            let begun = Arc::new(std::sync::atomic::AtomicBool::new(false));
            let seen = begun.clone();
            let late = pool.run(move || {
                seen.store(true, Ordering::Relaxed);
                Ok(())
            });
            assert_eq!(late.await.map_err(|p| p.kind), Err(Kind::Busy));
            assert!(!begun.load(Ordering::Relaxed));
            release.send(()).expect("still held");
            assert!(running.await.expect("joined").is_ok());
        });
    }

    #[test]
    fn a_crowd_waits_but_after_a_refusal_hardly_any_does_until_it_is_calm_again() {
        runtime().block_on(async {
            let pool = Arc::new(Pool::new(1, 4, LONG));
            let (release, running) = held(&pool).await;
            let crowd: Vec<_> = (0..4).map(|_| waiter(&pool)).collect();
            until(&pool, 4).await;
            assert_eq!(pool.run(|| Ok(())).await.map_err(|p| p.kind), Err(Kind::Busy));
            // Those of the crowd waited longer than the usual answer takes: none is known yet, so that is no time at all.
            release.send(()).expect("still held");
            assert!(running.await.expect("joined").is_ok());
            for one in crowd {
                let _ = one.await.expect("joined");
            }
            let (release, running) = held(&pool).await;
            let first = waiter(&pool);
            until(&pool, 1).await;
            assert_eq!(pool.run(|| Ok(())).await.map_err(|p| p.kind), Err(Kind::Busy), "one place under strain");
            release.send(()).expect("still held");
            assert!(running.await.expect("joined").is_ok());
            let _ = first.await.expect("joined");
            tokio::time::sleep(STRAIN + Duration::from_millis(50)).await;
            assert!(pool.run(|| Ok(())).await.is_ok());
            assert!(!pool.strained());
            let (release, running) = held(&pool).await;
            let crowd: Vec<_> = (0..4).map(|_| waiter(&pool)).collect();
            until(&pool, 4).await;
            release.send(()).expect("still held");
            assert!(running.await.expect("joined").is_ok());
            for one in crowd {
                assert!(one.await.expect("joined").is_ok(), "a crowd is answered");
            }
        });
    }
}
