//! The one integration binary: it drives the real program.

mod qgis;
mod source;
mod web;
