//! Bearer tokens: who may see more than the public. A token is shown once; the store keeps its digest alone.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Store, StoreError};
use crate::domain::{Role, hex};

/// A token as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Token {
    /// Its id: in the token itself, in lists and in the audit.
    pub id: String,
    /// What it gives.
    pub role: Role,
    /// Who it is for, as whoever made it says.
    pub label: String,
    /// When it was made, RFC 3339 UTC.
    pub created: String,
    /// The last day on which it is good (UTC); none where it does not end.
    pub expires: Option<Date>,
    /// When it was revoked, RFC 3339 UTC.
    pub revoked: Option<String>,
    /// The last day on which it was used (UTC).
    pub last_used: Option<Date>,
    #[serde(skip)]
    digest: [u8; 32],
}

/// A token just made.
#[derive(Debug, Clone, Serialize)]
pub struct NewToken {
    /// As it is listed.
    #[serde(flatten)]
    pub token: Token,
    /// The token itself, `vigie_ID_SECRET`: shown now and never again.
    pub secret: String,
}

/// Every token, by id, as the service checks them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens(BTreeMap<String, Token>);

const CREATE: &str = "
CREATE TABLE IF NOT EXISTS vigie_token (
  id TEXT PRIMARY KEY, digest BLOB NOT NULL, role TEXT NOT NULL, label TEXT NOT NULL, created TEXT NOT NULL,
  expires TEXT, revoked TEXT, last_used TEXT) WITHOUT ROWID;";

/// Bytes of a secret: 256 bits.
const SECRET_BYTES: usize = 32;
/// Bytes of an id.
const ID_BYTES: usize = 4;
/// What a token starts with: tools that look for leaked secrets know it by that.
const PREFIX: &str = "vigie_";
/// Longest label, in characters.
pub const LABEL_CHARS: usize = 100;

fn digest(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

impl Tokens {
    /// The token that was brought, where it is good on this day. The id finds it; the secret is compared by digests of one
    /// length in constant time, so that how long it takes says nothing of how much was right.
    pub fn check(&self, brought: &str, today: Date) -> Option<&Token> {
        let (id, secret) = brought.strip_prefix(PREFIX)?.split_once('_')?;
        let known = self.0.get(id);
        let nobody = [0; 32];
        let right = digest(secret.as_bytes()).ct_eq(known.map_or(&nobody, |t| &t.digest));
        let token = known.filter(|_| bool::from(right))?;
        let good = token.revoked.is_none() && token.expires.is_none_or(|last| today <= last);
        good.then_some(token)
    }

    /// Every token, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Token> {
        self.0.values()
    }
}

impl Store {
    /// Makes a token.
    pub fn add_token(
        &mut self,
        role: Role,
        label: &str,
        expires: Option<Date>,
        (created, by): (&str, &str),
    ) -> Result<NewToken, StoreError> {
        let mut random = [0; SECRET_BYTES + ID_BYTES];
        getrandom::fill(&mut random).map_err(|e| StoreError::NoRandom(e.to_string()))?;
        let (id, secret) = random.split_at(ID_BYTES);
        let id = hex(id);
        let secret = URL_SAFE_NO_PAD.encode(secret);
        let token = Token {
            id: id.clone(),
            role,
            label: label.chars().filter(|c| !c.is_control()).take(LABEL_CHARS).collect(),
            created: created.to_owned(),
            expires,
            revoked: None,
            last_used: None,
            digest: digest(secret.as_bytes()),
        };
        self.write(|tx, fails| {
            tx.execute_batch(CREATE).map_err(fails)?;
            tx.execute(
                "INSERT INTO vigie_token(id, digest, role, label, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    token.id,
                    token.digest,
                    token.role.word(),
                    token.label,
                    token.created,
                    token.expires.map(|d| d.to_string())
                ],
            )
            .map_err(fails)?;
            let detail = serde_json::json!({"token": token.id, "role": token.role, "label": token.label});
            let entry = super::NewEntry { time: created, actor: by, action: "token-add", detail };
            super::audit::append(tx, &entry).map_err(fails)
        })?;
        Ok(NewToken { token, secret: format!("{PREFIX}{id}_{secret}") })
    }

    /// Every token.
    pub fn tokens(&self) -> Result<Tokens, StoreError> {
        let fails = |e| StoreError::of(self.path(), e);
        Ok(Tokens(load(self.db()).map_err(fails)?.into_iter().map(|t| (t.id.clone(), t)).collect()))
    }

    /// Revokes a token: from now on it is refused. Revoking it again changes nothing.
    pub fn revoke_token(&mut self, id: &str, (when, by): (&str, &str)) -> Result<(), StoreError> {
        self.write(|tx, fails| {
            tx.execute_batch(CREATE).map_err(fails)?;
            let there: Option<i64> = tx
                .query_row("SELECT 1 FROM vigie_token WHERE id = ?1", [id], |r| r.get(0))
                .optional()
                .map_err(fails)?;
            there.ok_or_else(|| StoreError::NoToken(id.chars().take(20).collect()))?;
            tx.execute("UPDATE vigie_token SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL", params![id, when])
                .map_err(fails)?;
            let detail = serde_json::json!({"token": id});
            super::audit::append(tx, &super::NewEntry { time: when, actor: by, action: "token-revoke", detail })
                .map_err(fails)
        })
    }

    /// Notes the day on which tokens were used.
    pub fn tokens_used<'a>(&mut self, ids: impl Iterator<Item = &'a str>, day: Date) -> Result<(), StoreError> {
        self.write(|tx, fails| {
            for id in ids {
                tx.execute("UPDATE vigie_token SET last_used = ?2 WHERE id = ?1", params![id, day.to_string()])
                    .map_err(fails)?;
            }
            Ok(())
        })
    }
}

fn load(db: &Connection) -> rusqlite::Result<Vec<Token>> {
    let there: bool =
        db.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'vigie_token'", [], |r| r.get(0))?;
    if !there {
        return Ok(Vec::new());
    }
    let mut statement = db.prepare(
        "SELECT id, digest, role, label, created, expires, revoked, last_used FROM vigie_token ORDER BY created, id",
    )?;
    let bad = |k: usize| rusqlite::Error::InvalidColumnType(k, "vigie_token".into(), rusqlite::types::Type::Text);
    let day = |k: usize, text: Option<String>| text.map(|t| t.parse().map_err(|_| bad(k))).transpose();
    statement
        .query_map([], |r| {
            Ok(Token {
                id: r.get(0)?,
                digest: r.get(1)?,
                role: r.get_ref(2)?.as_str()?.parse().map_err(|_| bad(2))?,
                label: r.get(3)?,
                created: r.get(4)?,
                expires: day(5, r.get(5)?)?,
                revoked: r.get(6)?,
                last_used: day(7, r.get(7)?)?,
            })
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().expect("a day")
    }

    #[test]
    fn a_token_is_good_until_it_ends_or_is_revoked_and_its_secret_is_not_in_the_file() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("s.gpkg");
        let mut store = Store::create(&path, true).expect("a store");
        let made =
            store.add_token(Role::Partner, "OIM", Some(day("2026-12-31")), ("2026-01-01T00:00:00Z", "")).expect("made");
        let tokens = store.tokens().expect("read");
        let found = tokens.check(&made.secret, day("2026-12-31")).expect("good");
        assert_eq!((found.role, found.label.as_str()), (Role::Partner, "OIM"));
        assert!(tokens.check(&made.secret, day("2027-01-01")).is_none(), "it has ended");
        for wrong in
            ["", "vigie_", "vigie_00000000_x", &made.secret[..made.secret.len() - 1], &format!("{}x", made.secret)]
        {
            assert!(tokens.check(wrong, day("2026-06-01")).is_none(), "{wrong}");
        }
        store.revoke_token(&made.token.id, ("2026-06-02T00:00:00Z", "")).expect("revoked");
        assert!(store.tokens().expect("read").check(&made.secret, day("2026-06-01")).is_none());
        assert!(store.revoke_token("nobody", ("2026-06-02T00:00:00Z", "")).is_err());
        store.close().expect("closed");
        let bytes = std::fs::read(&path).expect("the file");
        let secret = made.secret.rsplit('_').next().expect("a secret").as_bytes();
        assert!(!bytes.windows(secret.len()).any(|w| w == secret));
    }

    #[test]
    fn two_tokens_are_never_alike() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = Store::create(&dir.path().join("s.gpkg"), true).expect("a store");
        let mut make = || store.add_token(Role::Editor, "x", None, ("2026-01-01T00:00:00Z", "")).expect("made").secret;
        let (a, b) = (make(), make());
        assert_ne!(a, b);
        // 256 bits in base64url.
        assert_eq!(a.len(), "vigie_".len() + 8 + 1 + 43);
    }
}
