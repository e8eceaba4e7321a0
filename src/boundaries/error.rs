//! Why boundaries could not be read.

use crate::domain::Lang;

/// Why nothing was read; each says the cure. (Filled in below as the reader grows.)
#[derive(Debug, thiserror::Error)]
pub enum BoundaryError {
    /// The file is not there or cannot be opened.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
}

impl BoundaryError {
    /// The sentence for the officer, with the cure.
    pub fn message(&self, _lang: Lang) -> String {
        self.to_string()
    }
}
