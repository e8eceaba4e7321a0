//! How much a file may hold.

/// Ceilings of one import; past any of them the file is refused (or, for a cell, its row).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes: 200 MB. More is not read.
    pub bytes: u64,
    /// What an archive (a zipped file, a workbook) holds once unpacked, in bytes: 1 GB, counted and not only claimed.
    pub unpacked_bytes: u64,
    /// What a workbook's part that must be whole in memory holds (its shared texts, its styles), in bytes: 256 MB.
    pub part_bytes: u64,
    /// Rows below the header: 2,000,000.
    pub rows: usize,
    /// Rows that stay out: 100,000. Past them the file is wrong as a whole (another set, another locale) and is refused,
    /// with what most of them have in common; each is kept with its cells, about 3.5 kB.
    pub rejected: usize,
    /// Columns of the header: 500.
    pub columns: usize,
    /// Cells that are not empty, in all: 40,000,000.
    pub cells: usize,
    /// Characters in a cell: 32,767, as spreadsheets have it.
    pub cell_chars: usize,
    /// Characters of a text that is kept: 500.
    pub text_chars: usize,
    /// Filled rows among which the header is looked for: 30.
    pub header_rows: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 200_000_000,
            unpacked_bytes: 1_000_000_000,
            part_bytes: 256_000_000,
            rows: 2_000_000,
            rejected: 100_000,
            columns: 500,
            cells: 40_000_000,
            cell_chars: 32_767,
            text_chars: 500,
            header_rows: 30,
        }
    }
}
