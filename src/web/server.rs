//! The listener: bound first, so that its address can be told, then served until told to stop.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use super::access::Access;
use super::address::PublicUrl;
use super::client::TrustedProxies;
use super::desk::Desk;
use super::exposure::Exposure;
use super::limits::Limits;
use super::listener;
use super::service::{Provider, router_with};

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What links start with; none = the host that was asked.
    pub public_url: Option<PublicUrl>,
    /// How far the service is open.
    pub exposure: Exposure,
    /// Who comes in as whom.
    pub access: Access,
    /// What one request may ask.
    pub limits: Limits,
    /// The proxies that say who asks.
    pub trusted: TrustedProxies,
}

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// `--unsafe-local` asked of an address that other machines reach.
    #[error("--unsafe-local listens only on this machine (127.0.0.1 or [::1]), not on {0}")]
    NotLoopback(SocketAddr),
    /// The address cannot be taken.
    #[error("cannot listen on {address}: {source}; is another service there? try --listen with another port")]
    Bind {
        /// The address asked.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The listener failed.
    #[error("the listener failed: {0}")]
    Listen(#[from] std::io::Error),
}

/// A service that is bound and not yet answering.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    options: ServeOptions,
    desk: Option<Desk>,
}

impl Server {
    /// Takes the address. From here on connections wait; they are answered by [`Server::run`].
    pub async fn bind(options: ServeOptions) -> Result<Self, ServeError> {
        let listen = options.listen;
        if options.exposure == Exposure::UnsafeLocal && !listen.ip().is_loopback() {
            return Err(ServeError::NotLoopback(listen));
        }
        let listener =
            TcpListener::bind(listen).await.map_err(|source| ServeError::Bind { address: listen, source })?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, options, desk: None })
    }

    /// The address taken, its port settled.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets editors change the store, and a person at this machine (`/app/import`) where no other machine reaches the service.
    #[must_use]
    pub fn with_desk(mut self, store: &std::path::Path) -> Self {
        // An address that links carry and a proxy that is trusted say that one stands before: whoever comes from this machine may
        // be anyone.
        let options = &self.options;
        let alone = self.address.ip().is_loopback() && options.public_url.is_none() && options.trusted.is_empty();
        self.desk = Some(Desk { store: store.to_path_buf(), alone });
        self
    }

    /// Answers until `stop` comes, then lets requests under way finish for at most [`Limits::drain_seconds`].
    pub async fn run(
        self,
        provider: Provider,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let ServeOptions { public_url, exposure, access, limits, trusted, .. } = self.options;
        let routes =
            router_with(provider, (exposure, access), public_url, (limits.clone(), trusted.clone()), self.desk);
        if !listener::serve(self.listener, routes, &limits, &trusted, stop).await {
            tracing::warn!("requests still under way after {} s were cut off", limits.drain_seconds);
        }
        Ok(())
    }
}

/// Ends when the process is told to stop (SIGTERM, or SIGINT from the keyboard). It listens from this call on, within a
/// runtime: who is told the address may stop the service at once.
pub fn stop_signal() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let wait = |listened: std::io::Result<tokio::signal::unix::Signal>| async move {
        match listened {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    async move {
        tokio::select! {
            () = wait(terminate) => {}
            () = wait(interrupt) => {}
        }
    }
}
