//! What every request passes: an id, the door, the log, the headers that go on every answer.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use axum::middleware::Next;

use super::exposure::Exposure;
use super::problem::{FaultDetail, Kind, Problem, fault_answer};
use super::service::Shared;
use super::{METHODS, negotiate, pool};
use crate::domain::Lang;

/// Requests are numbered from the start of the process: enough to find one in its log.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Bytes of a path in the log.
const LOGGED_PATH: usize = 200;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What a page of another site may read beside the body.
const EXPOSED: &str = "Link, Content-Crs, Content-Bbox, ETag, X-Request-Id";

/// The outermost layer.
pub(super) async fn edge(State(service): State<Shared>, request: Request, next: Next) -> Response<Body> {
    let id = format!("{:x}-{:x}", std::process::id(), REQUESTS.fetch_add(1, Ordering::Relaxed));
    let started = Instant::now();
    let (method, path) = (request.method().clone(), cut(request.uri().path(), LOGGED_PATH).to_owned());
    let lang = language(&request);
    let exposure = service.exposure;
    let authorised = request.headers().contains_key(header::AUTHORIZATION);
    let mut response = match pace(&service, &request).and_then(|()| admit(&service, &request)) {
        Err(problem) => problem.answer(lang),
        // Answered here for all: QGIS asks it of each layer.
        Ok(()) if method == Method::OPTIONS => options(request.uri().path(), request.headers()),
        Ok(()) => next.run(request).await,
    };
    if let Some(FaultDetail(detail)) = response.extensions_mut().remove::<FaultDetail>() {
        tracing::error!(id, %method, path, detail, "fault");
        response = fault_answer(&id, lang);
    }
    finish(&mut response, (exposure, authorised), &id);
    let (status, micros) = (response.status().as_u16(), started.elapsed().as_micros());
    tracing::info!(id, %method, path, status, micros, "request");
    response
}

/// The first bytes of a text, whole characters only.
fn cut(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// Whether the client has asked too much already.
fn pace(service: &Shared, request: &Request) -> Result<(), Problem> {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else { return Ok(()) };
    let client = service.trusted.client(peer.ip(), request.headers());
    service.rates.admit(client, Instant::now()).map_err(Problem::too_many)
}

fn admit(service: &Shared, request: &Request) -> Result<(), Problem> {
    let uri = request.uri();
    service.exposure.admit(uri, request.headers())?;
    let bytes = uri.path_and_query().map_or(0, |p| p.as_str().len());
    let most = service.limits.uri_bytes;
    if bytes > most {
        return Err(Problem::new(
            Kind::UriTooLong,
            format!("L’adresse a {bytes} octets ; {most} au plus."),
            format!("The address has {bytes} bytes; {most} at most."),
        ));
    }
    body(service, request.headers())?;
    if percent_encoding::percent_decode_str(uri.path()).decode_utf8().is_err() {
        return Err(Problem::new(
            Kind::BadRequest,
            "Le chemin de l’adresse n’est pas de l’UTF-8 : codez chaque caractère en UTF-8 avant de le mettre en %XX.",
            "The address’s path is not UTF-8: code each character in UTF-8 before it is written as %XX.",
        ));
    }
    Ok(())
}

/// No body is unpacked: what a few bytes may grow to is not known before. One that is too large is refused before it comes.
fn body(service: &Shared, headers: &HeaderMap) -> Result<(), Problem> {
    let plain = |v: &HeaderValue| v.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().any(|v| !plain(v)) {
        return Err(Problem::new(
            Kind::Packed,
            "Un envoi comprimé (en-tête Content-Encoding) n’est pas lu : envoyez le fichier tel quel.",
            "A packed body (header Content-Encoding) is not read: send the file as it is.",
        ));
    }
    let (stated, most) = (headers.get(header::CONTENT_LENGTH), service.limits.upload_bytes);
    if stated.and_then(|v| v.to_str().ok()?.parse::<u64>().ok()).is_some_and(|n| n > most as u64) {
        let megabytes = most >> 20;
        return Err(Problem::new(
            Kind::TooLarge,
            format!("Le corps dépasse {megabytes} Mo : utilisez « vigie import » en ligne de commande."),
            format!("The body is larger than {megabytes} MB: use “vigie import” on the command line."),
        ));
    }
    Ok(())
}

/// The language of whatever goes wrong: that of the answer, as far as the request says it.
fn language(request: &Request) -> Lang {
    let query = request.uri().query().unwrap_or_default();
    let lang = query.split('&').find_map(|p| p.strip_prefix("lang="));
    negotiate::language(lang, request.headers())
        .or_else(|_| negotiate::language(None, request.headers()))
        .unwrap_or_default()
}

fn options(path: &str, asked: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(methods(path)));
    // Pages of other sites are let in to read and no more.
    if asked.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
        let wanted = "Accept, Accept-Language, Content-Type, If-None-Match";
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(wanted));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    response
}

/// Headers of every answer. A service that tells everything to this machine lets no other site's page read it.
fn finish(response: &mut Response<Body>, (exposure, authorised): (Exposure, bool), id: &str) {
    let refused = response.status() == StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Where a link leads, nobody learns which month or place was looked at.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    let html = headers.get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
    if html && !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    if refused {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    match exposure {
        // No page of another site reads what a token opens.
        Exposure::Public if authorised => {
            headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
        }
        Exposure::Public => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
        }
        Exposure::UnsafeLocal => {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
            headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
        }
    }
}

/// A panic outside the pool is a fault like another.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the layer asks for")]
pub(super) fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response<Body> {
    Problem::fault(format!("panic: {}", pool::panic_text(panic.as_ref()))).answer(Lang::Fr)
}

/// No such path.
pub(super) async fn no_such_path(request: Request) -> Response<Body> {
    let problem = Problem::not_found(
        "Il n’y a rien à cette adresse. La page d’accueil « / » mène à tout.",
        "There is nothing at this address. The landing page “/” leads everywhere.",
    );
    problem.answer(language(&request))
}

/// What can be done at a path: reading, and at imports their own.
fn methods(path: &str) -> &'static str {
    match path.strip_prefix("/imports") {
        Some("") => "GET, HEAD, POST, OPTIONS",
        Some(rest) if rest.ends_with("/settle") || rest.ends_with("/undo") => "POST, OPTIONS",
        _ => METHODS,
    }
}

/// The path is there, the method is not.
pub(super) async fn no_such_method(request: Request) -> Response<Body> {
    let methods = methods(request.uri().path());
    let problem = Problem::new(
        Kind::MethodNotAllowed,
        format!("Méthodes admises : {methods}."),
        format!("Allowed methods: {methods}."),
    )
    .with("allowed", serde_json::json!(methods.split(", ").collect::<Vec<_>>()));
    let mut response = problem.answer(language(&request));
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}
