//! Writers of the file formats: plain data in, bytes out. None of them knows where the data come from.

pub mod cog;
pub mod geojson;
pub mod qlr;
mod report;
mod template;

pub use report::{QUEUE_CHOICE, QUEUE_KEY, QueueLine, Table, TableError, write_csv, write_queue, write_workbook};
pub use template::{TemplateError, TemplateUnits, write_template};
