//! Who asks: the role that a bearer token gives, or that of those who bring none.

use std::sync::Arc;

use axum::http::{HeaderMap, header};

use super::exposure::Exposure;
use super::problem::{Kind, Problem};
use crate::domain::Role;

/// What a token gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The token's id, for the audit; never the token.
    pub token: String,
    /// The role.
    pub role: Role,
}

/// Says what a token gives; none where it is unknown, expired or revoked.
pub type Authorise = Arc<dyn Fn(&str) -> Option<Granted> + Send + Sync>;

/// Takes note of what a token read: its id, and the path without its query.
pub type Noted = Arc<dyn Fn(&str, &str) + Send + Sync>;

/// Who may come in, and as whom.
#[derive(Clone)]
pub struct Access {
    /// The role of those without a token; none: restricted on made-up data, else public.
    pub anonymous: Option<Role>,
    /// What tokens give.
    pub authorise: Authorise,
    /// Told of each answer to a token: its id and the path.
    pub noted: Noted,
}

impl Default for Access {
    /// No token is known.
    fn default() -> Self {
        Self { anonymous: None, authorise: Arc::new(|_| None), noted: Arc::new(|_, _| {}) }
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Access").field("anonymous", &self.anonymous).finish_non_exhaustive()
    }
}

/// Whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asker {
    pub role: Role,
    /// The token brought; none where none was.
    pub token: Option<String>,
}

impl Access {
    /// The asker of a request. `synthetic` says whether the data are made up.
    ///
    /// # Errors
    /// 401 where a token is brought and not good: it is never taken for none, or a revoked one would go unnoticed.
    pub(super) fn asker(&self, headers: &HeaderMap, exposure: Exposure, synthetic: bool) -> Result<Asker, Problem> {
        let Some(brought) = headers.get(header::AUTHORIZATION) else {
            let standing = if synthetic || exposure == Exposure::UnsafeLocal { Role::Restricted } else { Role::Public };
            return Ok(Asker { role: self.anonymous.unwrap_or(standing), token: None });
        };
        let token = brought.to_str().ok().and_then(token_of);
        let granted = token.and_then(|t| (self.authorise)(&t));
        granted.map(|g| Asker { role: g.role, token: Some(g.token) }).ok_or_else(|| {
            Problem::new(
                Kind::Unauthorised,
                "Ce jeton n’est pas connu, a expiré ou a été révoqué : demandez-en un autre à qui tient le service.",
                "This token is not known, has expired or was revoked: ask whoever runs the service for another.",
            )
        })
    }
}

/// The token in an `Authorization` header: `Bearer TOKEN`, or the password of `Basic`, which is what QGIS's basic
/// authentication sends.
fn token_of(header: &str) -> Option<String> {
    use base64::Engine as _;
    let (scheme, rest) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let pair =
        scheme.eq_ignore_ascii_case("basic").then(|| base64::engine::general_purpose::STANDARD.decode(rest.trim()))?;
    let pair = String::from_utf8(pair.ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(authorization: Option<&str>, synthetic: bool) -> Result<Asker, Problem> {
        let access = Access {
            authorise: Arc::new(|t| (t == "good").then(|| Granted { token: "7".into(), role: Role::Partner })),
            ..Access::default()
        };
        let mut headers = HeaderMap::new();
        if let Some(text) = authorization {
            headers.insert(header::AUTHORIZATION, text.parse().expect("a header"));
        }
        access.asker(&headers, Exposure::Public, synthetic)
    }

    #[test]
    fn without_a_token_real_data_are_public_and_made_up_ones_open() {
        assert_eq!(asked(None, false).expect("let in").role, Role::Public);
        assert_eq!(asked(None, true).expect("let in").role, Role::Restricted);
    }

    #[test]
    fn a_token_gives_its_role_as_bearer_and_as_password() {
        for text in ["Bearer good", "bearer good", "Basic cWdpczpnb29k"] {
            let asker = asked(Some(text), false).expect("let in");
            assert_eq!((asker.role, asker.token.as_deref()), (Role::Partner, Some("7")), "{text}");
        }
    }

    #[test]
    fn a_bad_token_is_refused_and_never_taken_for_none() {
        for text in ["Bearer bad", "Bearer", "good", "Basic good", "Digest good", "Bearer "] {
            assert!(asked(Some(text), true).is_err(), "{text}");
        }
    }
}
