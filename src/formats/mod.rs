//! Writers of the file formats: plain data in, bytes out. None of them knows where the data come from.

pub mod cog;
pub mod geojson;
pub mod qlr;
mod template;

pub use template::{TemplateError, write_template};
