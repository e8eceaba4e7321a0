//! The one integration binary: it drives the real program.

mod architecture;
mod boundaries;
mod imports;
mod published;
mod qgis;
mod source;
mod support;
mod web;
