//! Writers of the file formats: plain data in, bytes out. None of them knows where the data come from.

mod csv_table;
pub mod geojson;
pub mod grid;
pub mod qlr;
mod template;
mod xlsx_table;

pub use csv_table::{CsvError, write_list_csv, write_tidy_csv};
pub use template::{TemplateError, write_template};
pub use xlsx_table::{XlsxTableError, write_tables};
