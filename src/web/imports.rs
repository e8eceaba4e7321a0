//! `/imports`: a file in, what was understood of it, its rejected rows, its open questions, and the way back. Open only to whom
//! [`may_edit`] lets in; nothing of it is kept by caches.

use std::net::SocketAddr;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, header};
use serde_json::{Value, json};

use super::asked::Given;
use super::desk::{Desk, closed, may_edit};
use super::negotiate;
use super::problem::{Kind, Problem, cut};
use super::service::{Resource, Shared, page};
use crate::app::{self, FactImport, ImportOutcome};
use crate::domain::{Lang, Period};

/// What an import takes in its address; the body is the file.
const OWN: [&str; 8] = ["theme", "file", "source", "profile", "dry_run", "strict", "replaces", "lang"];
/// The same, by the name that the API description gives them.
pub(super) const PARAMETERS: [&str; 8] = ["brought", "file", "of", "profile", "dry_run", "strict", "replaces", "lang"];
/// Who is written down as the one who imported, where no token says.
const BY: &str = "/app/import";
/// Rejected rows and findings in one answer; the report of the command line has them all.
const MOST_LISTED: usize = 500;
/// Largest body that holds answers to questions, bytes.
const ANSWERS_BYTES: usize = 1 << 20;

/// A request that the gate has let in.
struct Let {
    desk: Arc<Desk>,
    by: String,
    given: Given,
    lang: Lang,
}

fn enter(service: &Shared, request: &Request, allowed: &[&str]) -> Result<Let, Problem> {
    let (desk, by) = gate(service, request)?;
    let given = Given::read(request.uri(), &service.limits)?;
    given.only(allowed)?;
    let lang = negotiate::language(given.get("lang"), request.headers())?;
    Ok(Let { desk, by, given, lang })
}

/// The store that this request may write to, and in whose name.
fn gate(service: &Shared, request: &Request) -> Result<(Arc<Desk>, String), Problem> {
    let desk = service.desk.clone().ok_or_else(closed)?;
    let brought = service.brought(request.headers())?;
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
    if brought.is_none() && !desk.alone {
        return Err(closed());
    }
    may_edit(brought.as_ref().map(|a| a.role), peer, request.method(), request.uri(), request.headers())?;
    let by = brought.and_then(|a| a.token).map_or_else(|| BY.to_owned(), |id| format!("token {id}"));
    Ok((desk, by))
}

fn guess(headers: &HeaderMap) -> Lang {
    negotiate::language(None, headers).unwrap_or_default()
}

/// The import page itself: the same gate, then a page like the others.
pub(super) async fn desk_page(state: State<Shared>, request: Request) -> Response<Body> {
    match gate(&state.0, &request) {
        Ok(_) => page(state, Resource::Import, request).await,
        Err(problem) => problem.answer(guess(request.headers())),
    }
}

/// `GET /imports`: every batch, the latest first.
pub(super) async fn list(State(service): State<Shared>, request: Request) -> Response<Body> {
    let fallback = guess(request.headers());
    let work = async move {
        let Let { desk, lang, .. } = enter(&service, &request, &["lang"])?;
        let done = service.pool.run(move || {
            let mut batches = app::imports(&desk.store, app::AsOf::Now)?;
            batches.reverse();
            Ok(json!({ "imports": batches }))
        });
        Ok((done.await?, lang))
    };
    answer(work.await, fallback)
}

/// `GET /imports/{id}`: one batch with what it found.
pub(super) async fn show(State(service): State<Shared>, Path(id): Path<String>, request: Request) -> Response<Body> {
    let fallback = guess(request.headers());
    let work = async move {
        let Let { desk, lang, .. } = enter(&service, &request, &["lang"])?;
        let id = number(&id)?;
        let done = service.pool.run(move || {
            let batch = app::imports(&desk.store, app::AsOf::Now)?.into_iter().find(|b| b.id == id);
            Ok(json!(batch.ok_or_else(|| no_batch(id))?))
        });
        Ok((done.await?, lang))
    };
    answer(work.await, fallback)
}

/// `POST /imports`: the body is the file, `theme` and `file` say what and how it is called; `dry_run=true` stores nothing.
pub(super) async fn bring(State(service): State<Shared>, request: Request) -> Response<Body> {
    let fallback = guess(request.headers());
    let work = async move {
        let Let { desk, by, given, lang } = enter(&service, &request, &OWN)?;
        let word = |name: &str| given.get(name).filter(|v| !v.is_empty()).map(str::to_owned);
        let flag = |name: &str| match given.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::bad_parameter(name, other, &["true", "false"])),
        };
        let (dry_run, strict) = (flag("dry_run")?, flag("strict")?);
        let known = app::import_themes(lang).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        let theme = word("theme").unwrap_or_default();
        if !known.contains(&theme) {
            return Err(Problem::bad_parameter("theme", &theme, &known));
        }
        // The last part of a name, whatever system it comes from: it is written down, and never opened.
        let name = word("file").unwrap_or_else(|| "import.csv".to_owned());
        let name: String = name.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(120).collect();
        let source = word("source").unwrap_or_else(|| "monitoring".to_owned());
        let profile = word("profile").unwrap_or_else(|| "auto".to_owned());
        if profile.contains(['/', '\\', '.']) {
            return Err(Problem::bad_parameter("profile", &profile, &["auto"]));
        }
        let replaces = word("replaces")
            .map(|p| Period::parse(&p).map_err(|_| Problem::bad_parameter("replaces", &p, &["2021-06", "2021-Q2"])))
            .transpose()?;
        let body = body(request, service.limits.upload_bytes, service.limits.upload_seconds).await?;
        let done = service.pool.run(move || {
            let reading = app::reading(&profile, None, None, lang)?;
            let import = FactImport {
                store: &desk.store,
                theme: &theme,
                file: FilePath::new(&name),
                sets: &[],
                source: &source,
                reading: &reading,
                replaces,
                by: &by,
                progress: &|_| {},
                dry_run,
                strict,
                lang,
            };
            Ok(told(&app::import_bytes(&import, name.clone(), &body)?))
        });
        Ok((done.await?, lang))
    };
    answer(work.await, fallback)
}

/// `GET /imports/{id}/review`: the questions that wait.
pub(super) async fn questions(
    State(service): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Response<Body> {
    let fallback = guess(request.headers());
    let work = async move {
        let Let { desk, lang, .. } = enter(&service, &request, &["lang"])?;
        let id = number(&id)?;
        let done = service.pool.run(move || Ok(json!({ "questions": app::review_lines(&desk.store, id, lang)? })));
        Ok((done.await?, lang))
    };
    answer(work.await, fallback)
}

/// `POST /imports/{id}/settle`: `{"answers": {"key": "p-code", …}}`.
pub(super) async fn settle(State(service): State<Shared>, Path(id): Path<String>, request: Request) -> Response<Body> {
    let fallback = guess(request.headers());
    let work = async move {
        let Let { desk, given, lang, .. } = enter(&service, &request, &["lang", "dry_run"])?;
        let (id, dry_run) = (number(&id)?, given.get("dry_run") == Some("true"));
        let body = body(request, ANSWERS_BYTES, service.limits.upload_seconds).await?;
        let answers = answers(&body)?;
        let done = service.pool.run(move || Ok(json!(app::settle_answers(&desk.store, id, &answers, dry_run, lang)?)));
        Ok((done.await?, lang))
    };
    answer(work.await, fallback)
}

/// `POST /imports/{id}/undo`.
pub(super) async fn undo(State(service): State<Shared>, Path(id): Path<String>, request: Request) -> Response<Body> {
    let fallback = guess(request.headers());
    let work = async move {
        let Let { desk, by, lang, .. } = enter(&service, &request, &["lang"])?;
        let id = number(&id)?;
        let done = service.pool.run(move || Ok(json!(app::undo(&desk.store, id, &by)?)));
        Ok((done.await?, lang))
    };
    answer(work.await, fallback)
}

fn answers(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let bad = || {
        Problem::new(
            Kind::BadRequest,
            "Le corps attendu : {\"answers\": {\"clé\": \"p-code\"}}, en JSON.",
            "The body expected: {\"answers\": {\"key\": \"p-code\"}}, as JSON.",
        )
    };
    let value: Value = serde_json::from_slice(body).map_err(|_| bad())?;
    let pairs = value["answers"].as_object().ok_or_else(bad)?;
    pairs.iter().map(|(key, choice)| Ok((key.clone(), choice.as_str().ok_or_else(bad)?.to_owned()))).collect()
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| no_batch_named(text))
}

fn no_batch(id: i64) -> Problem {
    no_batch_named(&id.to_string())
}

fn no_batch_named(text: &str) -> Problem {
    let text = cut(text);
    Problem::not_found(
        format!("Il n’y a pas d’import « {text} » : /imports en donne la liste."),
        format!("There is no import “{text}”: /imports lists them."),
    )
}

/// The outcome with its rejected rows.
fn told(outcome: &ImportOutcome) -> Value {
    let mut told = json!(outcome);
    let rows: Vec<Value> = outcome
        .rejects
        .rows
        .iter()
        .take(MOST_LISTED)
        .map(|r| json!({"line": r.line, "cells": r.cells, "codes": r.codes, "messages": r.messages}))
        .collect();
    told["rejects"] = json!({"headers": outcome.rejects.headers, "rows": rows, "total": outcome.rejects.rows.len()});
    if let Some(findings) = told["findings"].as_array_mut() {
        findings.truncate(MOST_LISTED);
    }
    told
}

/// The body, whole, within a size and a time.
async fn body(request: Request, most: usize, seconds: u64) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        let megabytes = most >> 20;
        Problem::new(
            Kind::TooLarge,
            format!("Le corps dépasse {megabytes} Mo : utilisez « vigie import » en ligne de commande."),
            format!("The body is larger than {megabytes} MB: use “vigie import” on the command line."),
        )
    };
    let stated = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    if stated.is_some_and(|n| n > most) {
        return Err(too_large());
    }
    match tokio::time::timeout(Duration::from_secs(seconds), to_bytes(request.into_body(), most)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(Problem::new(
            Kind::TooSlow,
            format!("Le corps n’est pas arrivé en {seconds} s : réessayez, ou utilisez « vigie import »."),
            format!("The body did not arrive within {seconds} s: try again, or use “vigie import”."),
        )),
    }
}

fn answer(done: Result<(Value, Lang), Problem>, fallback: Lang) -> Response<Body> {
    let (value, lang) = match done {
        Ok(done) => done,
        Err(problem) => return problem.answer(fallback),
    };
    let mut response = Response::new(Body::from(value.to_string()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(negotiate::JSON));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    response
}
