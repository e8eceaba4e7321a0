//! Writers of the file formats: plain data in, bytes out. None of them knows where the data come from.

pub mod geojson;
pub mod qlr;
