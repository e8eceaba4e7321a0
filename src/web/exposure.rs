//! Whether the service is open to others or to this machine alone; what each asker is told follows from their role.

use axum::http::{HeaderMap, Uri, header};

use super::address;
use super::problem::{Kind, Problem};

/// How far the service is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exposure {
    /// To anyone, each told what their role sees.
    #[default]
    Public,
    /// To programs on this machine alone (`--unsafe-local`): everything is told. Requests that came through a proxy, from another site's page
    /// or under another name than this machine's are refused.
    UnsafeLocal,
}

/// Headers that a proxy adds: their sender is not on this machine, whatever the connection says.
pub(super) const FORWARDING: [&str; 7] =
    ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via", "x-forwarded"];

/// The names of this machine to itself.
const OWN_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Exposure {
    /// Lets a request in or says why not.
    pub(super) fn admit(self, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
        if self == Self::Public {
            return Ok(());
        }
        if let Some(name) = FORWARDING.iter().find(|n| headers.contains_key(**n)) {
            return Err(refused(
                format!("--unsafe-local ne répond pas aux demandes relayées (en-tête {name})."),
                format!("--unsafe-local does not answer forwarded requests (header {name})."),
            ));
        }
        // A page of another site may point a name of its own at 127.0.0.1 (DNS rebinding): the name gives it away.
        if !is_own_name(uri, headers) {
            return Err(refused(
                "--unsafe-local ne répond que sous les noms localhost, 127.0.0.1 et [::1].",
                "--unsafe-local answers only to the names localhost, 127.0.0.1 and [::1].",
            ));
        }
        // And a page of another site may send requests to the right name: the browser says whose page it is.
        if from_elsewhere(headers) {
            return Err(refused(
                "--unsafe-local ne répond pas aux pages d’autres sites.",
                "--unsafe-local does not answer pages of other sites.",
            ));
        }
        Ok(())
    }
}

fn refused(fr: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(Kind::Forbidden, fr, en)
}

/// Whether a request asks this machine under one of its own names.
pub(super) fn is_own_name(uri: &Uri, headers: &HeaderMap) -> bool {
    address::host(uri, headers).as_deref().is_some_and(|host| OWN_NAMES.contains(&address::without_port(host)))
}

/// Whether a browser says that the request is made by a page of another site.
pub(super) fn from_elsewhere(headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(axum::http::HeaderValue::as_bytes);
    if site.is_some_and(|s| s != b"same-origin" && s != b"none") {
        return true;
    }
    headers.get(header::ORIGIN).is_some_and(|origin| {
        let host = origin.to_str().ok().and_then(|o| o.strip_prefix("http://"));
        !host.is_some_and(|h| OWN_NAMES.contains(&address::without_port(h)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap = pairs
            .iter()
            .map(|(n, v)| (header::HeaderName::from_static(n), header::HeaderValue::from_static(v)))
            .collect();
        Exposure::UnsafeLocal.admit(&Uri::from_static("/collections"), &headers).is_ok()
    }

    #[test]
    fn the_machine_itself_is_let_in_under_its_own_names() {
        for host in ["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"] {
            assert!(admitted(&[("host", host)]), "{host}");
        }
        assert!(admitted(&[
            ("host", "localhost:8080"),
            ("origin", "http://localhost:8080"),
            ("sec-fetch-site", "same-origin")
        ]));
    }

    #[test]
    fn a_proxy_a_foreign_name_and_a_foreign_page_are_not() {
        for name in FORWARDING {
            assert!(!admitted(&[("host", "localhost"), (name, "x")]), "{name}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "192.168.1.2", ""] {
            assert!(!admitted(&[("host", host)]), "{host}");
        }
        assert!(!admitted(&[]));
        assert!(!admitted(&[("host", "localhost"), ("host", "evil.example")]));
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost.evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert!(!admitted(&[("host", "localhost"), (name, value)]), "{name}: {value}");
        }
    }

    #[test]
    fn a_public_service_asks_nothing_of_the_sort() {
        assert!(Exposure::Public.admit(&Uri::from_static("/"), &HeaderMap::new()).is_ok());
    }
}
