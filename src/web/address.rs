//! The service's own address as the asker sees it, and how addresses are written.

use axum::http::{HeaderMap, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::problem::{Kind, Problem};

/// Stands as it is in a query value: what RFC 3986 allows there, less what separates.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/')
    .remove(b':')
    .remove(b',')
    .remove(b'@');
/// Stands as it is in one segment of a path.
const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b':').remove(b',').remove(b'@');

/// `name=value&…` for an address; empty where there are none.
pub(super) fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(utf8_percent_encode(name, QUERY));
        out.push('=');
        out.extend(utf8_percent_encode(value, QUERY));
    }
    out
}

/// One segment of a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// A public address that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("« {0} » is no public address: write http(s)://host[:port][/path], without ? or #")]
pub struct BadPublicUrl(String);

/// The configured public address of the service, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// A checked address: `http` or `https`, a host, perhaps a path.
    pub fn new(text: &str) -> Result<Self, BadPublicUrl> {
        let bad = || BadPublicUrl(text.chars().take(120).collect());
        let uri: Uri = text.parse().map_err(|_| bad())?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        let host = uri.host().is_some_and(|h| !h.is_empty());
        if !web || !host || uri.query().is_some() || text.contains(['#', '@', '"', '<', '>', '\'']) {
            return Err(bad());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    /// The address itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What the links of an answer start with, without a slash at its end: the configured address, else the host that was asked.
/// Forwarding headers are not believed: anyone can write them.
pub(super) fn base(public: Option<&PublicUrl>, uri: &Uri, headers: &HeaderMap) -> Result<String, Problem> {
    if let Some(public) = public {
        return Ok(public.as_str().to_owned());
    }
    let host = host(uri, headers).ok_or_else(|| {
        Problem::new(
            Kind::BadRequest,
            "L’en-tête Host manque ou n’est pas un nom de machine.",
            "The Host header is missing or is no host name.",
        )
    })?;
    Ok(format!("http://{host}"))
}

/// The host that was asked, with its port: letters, digits, `.`, `-`, `_`, `:` and brackets only.
pub(super) fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all(header::HOST).iter();
    let named = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => all.next()?.to_str().ok()?,
    };
    let fits = (1..=255).contains(&named.len())
        && named.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']'));
    // Two Host headers are a smuggler's, never a browser's.
    (fits && all.next().is_none()).then(|| named.to_ascii_lowercase())
}

/// A host name without its port.
pub(super) fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(_) => host.find(']').map_or(host, |end| &host[..=end]),
        None => host.split(':').next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_a_web_address_without_query() {
        assert_eq!(
            PublicUrl::new("https://carto.example.org/vigie/").expect("good").as_str(),
            "https://carto.example.org/vigie"
        );
        for bad in [
            "",
            "carto.example.org",
            "ftp://a/",
            "http://",
            "http://a/?x=1",
            "http://a/#b",
            "http://u:p@a/",
            "http://a/\"><script>",
        ] {
            assert!(PublicUrl::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn links_start_with_the_host_asked_and_never_with_a_forwarded_one() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "LocalHost:8080".parse().expect("header"));
        headers.insert("x-forwarded-host", "evil.example".parse().expect("header"));
        let uri: Uri = "/collections".parse().expect("path");
        assert_eq!(base(None, &uri, &headers).ok().as_deref(), Some("http://localhost:8080"));
        headers.insert(header::HOST, "a\"><script>".parse().expect("header"));
        assert!(base(None, &uri, &headers).is_err());
    }

    #[test]
    fn values_come_back_as_they_were_after_an_address() {
        let written = query([("period", "2021-01/2021-06"), ("name", "N’Koumandougou & co=1 +é")]);
        assert!(written.starts_with("period=2021-01/2021-06&name=N%E2%80%99"), "{written}");
        let uri: Uri = format!("/x?{written}").parse().expect("an address");
        let axum::extract::Query(back) =
            axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).expect("a query");
        assert_eq!(back[1].1, "N’Koumandougou & co=1 +é");
    }

    #[test]
    fn a_port_comes_off_any_host() {
        for (host, bare) in
            [("localhost:80", "localhost"), ("[::1]:8080", "[::1]"), ("127.0.0.1", "127.0.0.1"), ("[::1]", "[::1]")]
        {
            assert_eq!(without_port(host), bare);
        }
    }
}
