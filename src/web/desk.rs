//! Who may change the store over HTTP: an editor's token from anywhere, or a person at the service's own machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::http::{HeaderMap, Method, Uri};

use super::exposure::{FORWARDING, from_elsewhere, is_own_name};
use super::problem::{Kind, Problem};
use crate::domain::Role;

/// The header that a script of our own page sends with everything that changes the store: a form of another site cannot.
pub(super) const OWN_HEADER: &str = "x-vigie-desk";

/// A store that may be written to.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) store: PathBuf,
    /// Whether the service listens on this machine alone.
    pub(super) alone: bool,
}

/// Whether a request may see imports and change the store: made on this machine, to one of its own names, through no proxy, by no page of
/// another site; and, where it changes anything, by our own script. Whoever brings a token is as far in as its `role`.
pub(super) fn may_edit(
    role: Option<Role>,
    peer: Option<SocketAddr>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<(), Problem> {
    if role.is_some_and(|r| !r.may_edit()) {
        return Err(Problem::new(
            Kind::Forbidden,
            "Ce jeton ne donne pas le droit d’importer : il faut le rôle editor.",
            "This token does not give the right to import: that takes the role editor.",
        ));
    }
    let here = peer.is_some_and(|p| p.ip().is_loopback());
    let direct = FORWARDING.iter().all(|name| !headers.contains_key(*name));
    if !here || !direct || !is_own_name(uri, headers) {
        return Err(closed());
    }
    if from_elsewhere(headers) {
        return Err(Problem::new(
            Kind::Forbidden,
            "Demande venue de la page d’un autre site : refusée. Ouvrez /app/import sur ce service.",
            "A request from another site’s page: refused. Open /app/import on this service.",
        ));
    }
    if !method.is_safe() && !headers.contains_key(OWN_HEADER) {
        return Err(Problem::new(
            Kind::Forbidden,
            format!(
                "L’en-tête {OWN_HEADER} manque : tout ce qui change l’entrepôt le porte (par exemple « {OWN_HEADER}: 1 »)."
            ),
            format!(
                "The header {OWN_HEADER} is missing: whatever changes the store carries it (for example “{OWN_HEADER}: 1”)."
            ),
        ));
    }
    Ok(())
}

/// Import is not open to this asker.
pub(super) fn closed() -> Problem {
    Problem::new(
        Kind::Forbidden,
        "L’import est ouvert à un jeton « editor » ou « admin », et sans jeton sur la machine du service seule, sans relais : lancez « vigie serve » sur 127.0.0.1 et ouvrez /app/import à cette adresse.",
        "Import is open to an editor’s or admin’s token, and without one only on the service’s own machine, through no proxy: run “vigie serve” on 127.0.0.1 and open /app/import at that address.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn asked(peer: &str, method: &Method, pairs: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap =
            pairs.iter().map(|(n, v)| (HeaderName::from_static(n), HeaderValue::from_static(v))).collect();
        may_edit(None, peer.parse().ok(), method, &Uri::from_static("/imports"), &headers).is_ok()
    }

    #[test]
    fn a_person_at_the_machine_may_and_our_page_alone_may_change() {
        let own = [("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080"), (OWN_HEADER, "1")];
        assert!(asked("127.0.0.1:50000", &Method::POST, &own));
        assert!(asked("[::1]:50000", &Method::GET, &[("host", "localhost:8080")]));
        assert!(!asked("127.0.0.1:50000", &Method::POST, &own[..2]), "no header of our own");
    }

    #[test]
    fn a_token_is_good_for_what_its_role_may() {
        let asked = |role| {
            let headers: HeaderMap =
                [(HeaderName::from_static("host"), HeaderValue::from_static("localhost"))].into_iter().collect();
            let here = "127.0.0.1:1".parse().ok();
            may_edit(Some(role), here, &Method::GET, &Uri::from_static("/imports"), &headers).is_ok()
        };
        assert_eq!(Role::ALL.map(asked), [false, false, false, true, true]);
    }

    #[test]
    fn another_machine_a_proxy_a_foreign_name_and_a_foreign_page_may_not() {
        let host = ("host", "localhost:8080");
        assert!(!asked("192.168.1.7:50000", &Method::GET, &[host]));
        assert!(!asked("no address", &Method::GET, &[host]));
        assert!(!asked("127.0.0.1:1", &Method::GET, &[("host", "evil.example")]));
        for name in FORWARDING {
            assert!(!asked("127.0.0.1:1", &Method::GET, &[host, (name, "x")]), "{name}");
        }
        for (name, value) in
            [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
        {
            assert!(!asked("127.0.0.1:1", &Method::POST, &[host, (OWN_HEADER, "1"), (name, value)]), "{name}: {value}");
        }
    }
}
