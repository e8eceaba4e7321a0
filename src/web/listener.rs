//! Connections: so many at once and so many of one machine, each with a time to say what it wants and to take the answer.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep};

use super::client::TrustedProxies;
use super::limits::Limits;

/// How long to wait after the system refused a connection (too many open files, say).
const REFUSED: Duration = Duration::from_millis(100);

/// Connections of each machine that are open.
#[derive(Debug, Default)]
struct Open(Mutex<HashMap<IpAddr, usize>>);

/// One of them, given back when it closes.
struct Line(Arc<Open>, IpAddr);

impl Open {
    /// One more of a machine; none where it has as many as it may.
    fn one_more(self: &Arc<Self>, machine: IpAddr, most: usize) -> Option<Line> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(machine).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Line(self.clone(), machine))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut open = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.1);
            }
        }
    }
}

/// Answers connections until `stop` comes, then lets requests under way finish for at most [`Limits::drain_seconds`]; whether
/// all of them did.
pub(super) async fn serve(
    listener: TcpListener,
    routes: Router,
    limits: &Limits,
    trusted: &TrustedProxies,
    stop: impl Future<Output = ()>,
) -> bool {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.header_seconds))
        .max_buf_size(limits.header_bytes);
    let routes = TowerToHyperService::new(routes);
    let places = Arc::new(Semaphore::new(limits.connections));
    let open = Arc::new(Open::default());
    let under_way = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(REFUSED).await;
                    continue;
                }
            },
        };
        // One too many is closed without a word: an answer would cost what is short.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        // A proxy brings everyone's.
        let most = if trusted.contains(peer.ip()) { usize::MAX } else { limits.connections_of_one };
        let Some(line) = open.one_more(peer.ip(), most) else { continue };
        // An answer goes out when it is there; a system that cannot do so sends it a little later.
        let _ = stream.set_nodelay(true);
        let routes = routes.clone();
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            routes.call(request)
        });
        let io = TokioIo::new(Patient::new(stream, Duration::from_secs(limits.stalled_seconds)));
        let connection = under_way.watch(http.serve_connection(io, service));
        tokio::spawn(async move {
            let _held = (place, line);
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    drop(listener);
    let drain = Duration::from_secs(limits.drain_seconds);
    tokio::time::timeout(drain, under_way.shutdown()).await.is_ok()
}

/// A connection that gives up on a reader who takes nothing for a while.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// Runs while something waits to be taken.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, waiting: None }
    }

    /// What a write came to; an error where nothing was taken for too long.
    fn watched<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.waiting = None;
            return done;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + patience)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watched(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watched(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_so_many_connections_and_they_come_back() {
        let open = Arc::new(Open::default());
        let (one, other) = ("192.0.2.1".parse().expect("one"), "192.0.2.2".parse().expect("other"));
        let lines: Vec<_> = (0..3).filter_map(|_| open.one_more(one, 2)).collect();
        assert_eq!(lines.len(), 2);
        assert!(open.one_more(other, 2).is_some());
        drop(lines);
        assert!(open.0.lock().expect("a table").is_empty());
        assert!(open.one_more(one, 2).is_some());
    }

    #[test]
    fn a_reader_who_takes_nothing_is_given_up() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
            let _silent = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("connected");
            let (stream, _) = listener.accept().await.expect("accepted");
            let mut patient = Patient::new(stream, Duration::from_millis(50));
            let bytes = vec![0; 1 << 20];
            let ended = loop {
                let written = std::future::poll_fn(|cx| Pin::new(&mut patient).poll_write(cx, &bytes)).await;
                if let Err(error) = written {
                    break error;
                }
            };
            assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
        });
    }
}
