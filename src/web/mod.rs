//! The service on the network: OGC API Features, layer definitions for QGIS, health.
//!
//! Thin: each request is read and checked ([`asked`], [`negotiate`]), answered from an immutable snapshot of the
//! application ([`crate::app::LayerSource`]) on a bounded pool, and kept as finished bytes until the data change.

mod access;
mod address;
mod annexes;
mod api;
mod asked;
mod cache;
mod choice;
mod client;
mod collections;
mod definition;
mod desk;
mod download;
mod edge;
mod embed;
mod exposure;
mod glyphs;
mod health;
mod html;
mod imports;
mod items;
mod landing;
mod limits;
mod listener;
mod maps;
mod negotiate;
mod pool;
mod preview;
mod problem;
mod rate;
mod schema;
mod server;
mod service;
mod statistics;
mod styles;
mod tiles;
mod time;
mod trends;
mod ui;

pub use access::{Access, Authorise, Granted, Noted};
pub use address::{BadPublicUrl, PublicUrl};
pub use client::{BadNetwork, Network, TrustedProxies};
pub use exposure::Exposure;
pub use limits::Limits;
pub use server::{ServeError, ServeOptions, Server, stop_signal};
pub use service::{Provider, router};

/// The methods of every resource so far.
const METHODS: &str = "GET, HEAD, OPTIONS";
