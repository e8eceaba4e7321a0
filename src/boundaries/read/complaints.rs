//! What GDAL and GEOS say while they work: the reason why a polygon is invalid comes only this way.

use std::cell::RefCell;
use std::sync::Once;

use gdal::errors::CplErrType;

thread_local! {
    /// Messages of this thread since the last call of [`listen`]; none while nobody listens.
    static HEARD: RefCell<Option<Heard>> = const { RefCell::new(None) };
}

/// What was said during one piece of work.
#[derive(Debug, Default)]
pub struct Heard {
    /// Remarks: GEOS's reasons among them.
    pub warnings: Vec<String>,
    /// Failures: something was not read.
    pub failures: Vec<String>,
}

/// At most so many messages of a kind are kept: a broken file can make millions.
const KEPT: usize = 50;

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        gdal::config::set_error_handler(|kind, number, message| {
            let taken = HEARD.with_borrow_mut(|heard| {
                let Some(heard) = heard else { return false };
                let list = match kind {
                    CplErrType::Failure | CplErrType::Fatal => &mut heard.failures,
                    _ => &mut heard.warnings,
                };
                if list.len() < KEPT {
                    list.push(message.to_owned());
                }
                true
            });
            if !taken {
                tracing::debug!(number, "GDAL: {message}");
            }
        });
    });
}

/// Does a piece of work and returns what was said meanwhile on this thread. Does not nest: an inner
/// call takes the outer one's messages away from it.
pub fn listen<T>(work: impl FnOnce() -> T) -> (T, Heard) {
    install();
    HEARD.with_borrow_mut(|heard| *heard = Some(Heard::default()));
    let result = work();
    let heard = HEARD.with_borrow_mut(Option::take).unwrap_or_default();
    (result, heard)
}
