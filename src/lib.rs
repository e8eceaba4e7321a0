//! Vigie: protection monitoring on the map.
//!
//! It takes the incidents, flash alerts, risk scores and coverage of a country's protection monitoring, joins
//! them to administrative boundaries, and gives GIS officers styled layers and the annex maps of the monthly
//! report. What it keeps: nothing lost, nothing invented, absence is not zero, the same input gives the same bytes.
//!
//! Modules in reading order; each imports only from those above it (`tests/it/architecture.rs` keeps that).

pub mod spatial;
pub mod stats;
pub mod domain;
pub mod boundaries;
pub mod ingest;
pub mod store;
pub mod indicators;
pub mod style;
pub mod render;
pub mod tiles;
pub mod formats;
pub mod app;
pub mod telemetry;
pub mod web;
pub mod cli;
