//! Writers of the file formats: plain data in, bytes out. None of them knows where the data come from.

pub mod cog;
pub mod crs;
mod csv_table;
pub mod geojson;
pub mod grid;
pub mod pmtiles;
pub mod qgis_layout;
pub mod qlr;
mod report;
mod sheet;
mod template;
pub mod vector;
mod xlsx_table;

pub use csv_table::{CsvError, write_list_csv, write_records_csv, write_rows_csv, write_tidy_csv};
pub use report::{QUEUE_CHOICE, QUEUE_KEY, QueueLine, Table, TableError, write_csv, write_queue, write_workbook};
pub use sheet::{SheetColumn, hxl_tag, write_sheet};
pub use template::{TemplateError, TemplateUnits, write_template};
pub use xlsx_table::{XlsxTableError, write_tables};
