//! Tokens: made, listed, revoked; the audit: read and looked at.

use std::path::Path;

use jiff::civil::Date;

use super::AppError;
use super::open::now;
use crate::domain::Role;
use crate::store::{AuditCheck, AuditEntry, NewToken, Store, Token};

/// Makes a token.
///
/// # Errors
/// A role that needs none, a label that is empty, a day that has passed.
pub fn add_token(path: &Path, role: Role, label: &str, expires: Option<Date>, by: &str) -> Result<NewToken, AppError> {
    if role == Role::Public {
        return Err(AppError::Input("public needs no token: partner, restricted, editor or admin".into()));
    }
    if label.trim().is_empty() {
        return Err(AppError::Input("say who the token is for, with --label".into()));
    }
    if let Some(day) = expires.filter(|d| *d < today()) {
        return Err(AppError::Input(format!("--expires {day} has passed")));
    }
    Ok(Store::open(path)?.add_token(role, label, expires, (&now(), by))?)
}

/// Every token, by when it was made.
pub fn tokens(path: &Path) -> Result<Vec<Token>, AppError> {
    let mut list: Vec<Token> = Store::open(path)?.tokens()?.iter().cloned().collect();
    list.sort_by(|a, b| (&a.created, &a.id).cmp(&(&b.created, &b.id)));
    Ok(list)
}

/// Revokes a token.
pub fn revoke_token(path: &Path, id: &str, by: &str) -> Result<(), AppError> {
    Ok(Store::open(path)?.revoke_token(id, (&now(), by))?)
}

/// The audit's entries, oldest first.
pub fn audited(path: &Path, since: Option<Date>) -> Result<Vec<AuditEntry>, AppError> {
    Ok(Store::open(path)?.audited(since)?)
}

/// Looks at the audit's whole chain.
pub fn verify_audit(path: &Path) -> Result<AuditCheck, AppError> {
    Ok(Store::open(path)?.verify_audit()?)
}

/// The day, UTC.
pub(super) fn today() -> Date {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date()
}
