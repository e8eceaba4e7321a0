//! Writers of the formats that leave the program.

mod template;

pub use template::{TemplateError, write_template};
