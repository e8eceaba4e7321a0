//! Codes, flags and texts.

use std::sync::Arc;

use super::number::Wrong;
use crate::domain::{Attr, Lang};
use crate::ingest::Limits;
use crate::ingest::codes;
use crate::ingest::fold::fold;
use crate::ingest::table::Cell;
use crate::ingest::vocabulary::List;

/// A cell's value, and what is worth saying of it although it is taken.
pub(super) type Read = Result<(Attr, Option<Wrong>), Wrong>;

/// Reads one term of a list. In an open list what is no term is kept as written.
pub(super) fn code(cell: &Cell, list: &List<'_>, open: bool, limits: &Limits, lang: Lang) -> Read {
    let text = cell.shown();
    if let Some(code) = list.find(&text).and_then(|k| list.code(k)) {
        return Ok((Attr::Text(code.clone()), None));
    }
    if open {
        let message = say!(lang, "hors de la liste connue, gardé tel quel", "not on the known list, kept as written");
        return Ok((self::text(cell, limits, lang)?, Some((codes::UNLISTED_TERM, message))));
    }
    Err(unknown_term(&text, list, lang))
}

/// Reads several terms of a list, separated by `|`, `;` or `/`; each once, in the list's order.
pub(super) fn codes(cell: &Cell, list: &List<'_>, lang: Lang) -> Read {
    let text = cell.shown();
    let mut found = std::collections::BTreeSet::new();
    if let Some(k) = list.find(&text) {
        found.insert(k);
    } else {
        for part in text.split(['|', ';', '/', '\n']).map(str::trim).filter(|p| !p.is_empty()) {
            found.insert(list.find(part).ok_or_else(|| unknown_term(part, list, lang))?);
        }
    }
    if found.is_empty() {
        return Err(unknown_term(&text, list, lang));
    }
    let codes: Vec<Arc<str>> = found.into_iter().filter_map(|k| list.code(k).cloned()).collect();
    Ok((Attr::Codes(codes), None))
}

fn unknown_term(text: &str, list: &List<'_>, lang: Lang) -> Wrong {
    let near = list.suggestions(text, lang);
    let text: String = text.chars().take(60).collect();
    let message = if near.is_empty() {
        say!(
            lang,
            "« {text} » n’est pas dans la liste : prenez un terme de docs/columns.md ou du modèle (vigie template)",
            "“{text}” is not on the list: take a term of docs/columns.md or of the template (vigie template)"
        )
    } else {
        say!(
            lang,
            "« {text} » n’est pas dans la liste ; les plus proches : {near}",
            "“{text}” is not on the list; nearest: {near}"
        )
    };
    (codes::UNKNOWN_TERM, message)
}

/// Reads yes or no.
pub(super) fn flag(cell: &Cell, lang: Lang) -> Read {
    let key = fold(&cell.shown());
    let value = match key.as_str() {
        "1" | "oui" | "o" | "yes" | "y" | "vrai" | "true" | "x" => Some(true),
        "0" | "non" | "n" | "no" | "faux" | "false" => Some(false),
        _ => None,
    };
    value.map(|v| (Attr::Flag(v), None)).ok_or_else(|| {
        let message = say!(
            lang,
            "écrivez 1 ou 0 (oui ou non) ; laissez vide si l’on ne sait pas",
            "write 1 or 0 (yes or no); leave it empty where unknown"
        );
        (codes::BAD_FLAG, message)
    })
}

/// Reads a text: no control characters, not above the limit.
pub(super) fn text(cell: &Cell, limits: &Limits, lang: Lang) -> Result<Attr, Wrong> {
    let text = cell.shown();
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        let message = say!(
            lang,
            "des caractères invisibles sont dans le texte : retapez-le",
            "invisible characters are in the text: type it again"
        );
        return Err((codes::CONTROL_CHARACTER, message));
    }
    let (length, limit) = (text.chars().count(), limits.text_chars);
    if length > limit {
        let message = say!(
            lang,
            "{length} caractères, la limite est de {limit} : abrégez",
            "{length} characters, the limit is {limit}: shorten it"
        );
        return Err((codes::TEXT_TOO_LONG, message));
    }
    Ok(Attr::Text(text.as_ref().into()))
}
