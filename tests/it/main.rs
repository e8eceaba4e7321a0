//! The one integration binary: it drives the real program.

// A test says what is skipped on standard output, and a panic is how it fails.
#![allow(clippy::panic, clippy::print_stdout, clippy::unused_self, clippy::format_push_string)]

mod annex_tables;
mod annexes;
mod app;
mod architecture;
mod attack;
mod between;
mod boundaries;
mod conformance;
mod corpus;
mod crosswalk;
mod downloads;
mod durability;
mod edge;
mod features;
mod harm;
mod hotspots;
mod imports;
mod materials;
mod methods;
mod maps;
mod outlines;
mod places;
mod purge;
mod published;
mod qgis;
mod revisions;
mod review;
mod service;
mod source;
mod stats_more;
mod stats;
mod styles;
mod support;
mod tables;
mod themes;
mod tiles;
mod trends;
mod twins;
mod web;
