//! How long, deep and wide a filter may be, looked at before the parser sees anything.

use super::{FilterError, refuse};

/// Longest filter, bytes.
pub const FILTER_BYTES: usize = 8 * 1024;
/// Deepest nesting of brackets, and longest run of `NOT`: each level is a call of the parser.
pub const FILTER_DEPTH: usize = 24;
/// Most comparisons and connectives.
pub const FILTER_NODES: usize = 500;

/// Length and depth, before the parser sees anything.
pub(super) fn within_limits(text: &str) -> Result<(), FilterError> {
    let too = |what_fr: &str, what_en: &str| {
        Err(refuse(
            format!(
                "Filtre trop {what_fr} : au plus {FILTER_BYTES} octets, {FILTER_DEPTH} niveaux et {FILTER_NODES} opérations. Simplifiez-le."
            ),
            format!(
                "Filter too {what_en}: at most {FILTER_BYTES} bytes, {FILTER_DEPTH} levels and {FILTER_NODES} operations. Make it simpler."
            ),
        ))
    };
    if text.len() > FILTER_BYTES {
        return too("long", "long");
    }
    let (mut depth, mut deepest, mut quote) = (0_usize, 0_usize, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    let nots = text.to_ascii_lowercase().matches("not").count().max(text.matches("--").count());
    // JSON nests an object and a list a level.
    if deepest > 3 * FILTER_DEPTH
        || (deepest > FILTER_DEPTH && !text.trim_start().starts_with('{'))
        || nots > 4 * FILTER_DEPTH
    {
        return too("profond", "deep");
    }
    Ok(())
}
