//! What the service answers where it cannot answer: `application/problem+json` (RFC 9457) with a stable `type`.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::app::AppError;
use crate::domain::Lang;

/// The kinds of problem. Their `type` is `urn:vigie:problem:` and the name here, and stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A parameter that the resource does not have.
    UnknownParameter,
    /// A value that the parameter cannot take.
    BadParameter,
    /// The same parameter twice with two values.
    RepeatedParameter,
    /// Parameters that are each good and together are not.
    BadRequest,
    /// No such path, collection, feature or style.
    NotFound,
    /// The path is there, the method is not.
    MethodNotAllowed,
    /// None of the forms that `Accept` wants.
    NotAcceptable,
    /// Longer than the service reads.
    UriTooLong,
    /// A body larger than the service takes.
    TooLarge,
    /// A body that is packed.
    Packed,
    /// A body that does not come.
    TooSlow,
    /// A token that gives nothing.
    Unauthorised,
    /// Not from here.
    Forbidden,
    /// Too many of one client.
    TooMany,
    /// Too many at once.
    Busy,
    /// A fault of the service.
    Fault,
}

impl Kind {
    /// Every kind, for the list that the API description prints.
    pub(super) const ALL: [Self; 16] = [
        Self::UnknownParameter,
        Self::BadParameter,
        Self::RepeatedParameter,
        Self::BadRequest,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::UriTooLong,
        Self::TooLarge,
        Self::Packed,
        Self::TooSlow,
        Self::Unauthorised,
        Self::Forbidden,
        Self::TooMany,
        Self::Busy,
        Self::Fault,
    ];

    /// The last part of `type`, the HTTP status, the French and the English title.
    fn facts(self) -> (&'static str, StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::UnknownParameter => ("unknown-parameter", S::BAD_REQUEST, "Paramètre inconnu", "Unknown parameter"),
            Self::BadParameter => {
                ("bad-parameter", S::BAD_REQUEST, "Valeur de paramètre irrecevable", "Bad parameter value")
            }
            Self::RepeatedParameter => ("repeated-parameter", S::BAD_REQUEST, "Paramètre répété", "Repeated parameter"),
            Self::BadRequest => ("bad-request", S::BAD_REQUEST, "Demande irrecevable", "Bad request"),
            Self::NotFound => ("not-found", S::NOT_FOUND, "Introuvable", "Not found"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", S::METHOD_NOT_ALLOWED, "Méthode non permise", "Method not allowed")
            }
            Self::NotAcceptable => {
                ("not-acceptable", S::NOT_ACCEPTABLE, "Format non disponible", "Format not available")
            }
            Self::UriTooLong => ("uri-too-long", S::URI_TOO_LONG, "Adresse trop longue", "Address too long"),
            Self::TooLarge => ("too-large", S::PAYLOAD_TOO_LARGE, "Envoi trop volumineux", "Body too large"),
            Self::Packed => ("packed", S::UNSUPPORTED_MEDIA_TYPE, "Envoi comprimé", "Body packed"),
            Self::TooSlow => ("too-slow", S::REQUEST_TIMEOUT, "Envoi trop lent", "Body too slow"),
            Self::Unauthorised => ("unauthorised", S::UNAUTHORIZED, "Jeton refusé", "Token refused"),
            Self::Forbidden => ("forbidden", S::FORBIDDEN, "Accès refusé", "Access refused"),
            Self::TooMany => ("too-many", S::TOO_MANY_REQUESTS, "Trop de demandes", "Too many requests"),
            Self::Busy => ("busy", S::SERVICE_UNAVAILABLE, "Service occupé", "Service busy"),
            Self::Fault => ("fault", S::INTERNAL_SERVER_ERROR, "Défaillance du service", "Service fault"),
        }
    }

    /// The stable `type`.
    pub(super) fn uri(self) -> String {
        format!("urn:vigie:problem:{}", self.facts().0)
    }

    /// The HTTP status.
    pub(super) fn status(self) -> StatusCode {
        self.facts().1
    }

    /// The title in a language.
    pub(super) fn title(self, lang: Lang) -> &'static str {
        let (_, _, fr, en) = self.facts();
        lang.pick(fr, en)
    }
}

/// A problem, in both languages until the asker's is known.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) kind: Kind,
    fr: String,
    en: String,
    members: Map<String, Value>,
    /// Seconds after which to try again, where they are known.
    after: Option<u64>,
}

/// The detail of a fault, for the log; it travels beside the response and never in it.
#[derive(Debug, Clone)]
pub(super) struct FaultDetail(pub(super) String);

impl Problem {
    /// A problem with its detail in French and English.
    pub(super) fn new(kind: Kind, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { kind, fr: fr.into(), en: en.into(), members: Map::new(), after: None }
    }

    /// A fault: the detail is for the log alone.
    pub(super) fn fault(detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self::new(Kind::Fault, detail.clone(), detail)
    }

    /// A value that a parameter cannot take, with what it can.
    pub(super) fn bad_parameter(name: &str, value: &str, allowed: &[impl AsRef<str>]) -> Self {
        let shown = cut(value);
        let list = allowed.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
        Self::new(
            Kind::BadParameter,
            format!("« {shown} » n’est pas une valeur de « {name} ». Valeurs admises : {list}."),
            format!("“{shown}” is no value of “{name}”. Allowed: {list}."),
        )
        .with("parameter", json!(name))
        .with("value", json!(shown))
        .with("allowed", json!(allowed.iter().map(AsRef::as_ref).collect::<Vec<_>>()))
    }

    /// Something that is not there.
    pub(super) fn not_found(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, fr, en)
    }

    /// More than one client may ask for; seconds after which it may again.
    pub(super) fn too_many(after: u64) -> Self {
        let mut problem = Self::new(
            Kind::TooMany,
            format!("Trop de demandes de votre adresse : réessayez dans {after} s."),
            format!("Too many requests from your address: try again in {after} s."),
        );
        problem.after = Some(after);
        problem
    }

    /// Adds a member.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// The answer. A fault says nothing of its cause here: its detail goes beside, for the log.
    pub(super) fn answer(self, lang: Lang) -> Response<Body> {
        let mut body = Map::new();
        body.insert("type".into(), json!(self.kind.uri()));
        body.insert("title".into(), json!(self.kind.title(lang)));
        body.insert("status".into(), json!(self.kind.status().as_u16()));
        if self.kind != Kind::Fault {
            body.insert("detail".into(), json!(lang.pick(&self.fr, &self.en)));
            body.extend(self.members);
        }
        let mut response = respond(self.kind.status(), &body, lang);
        match self.kind {
            Kind::TooMany => {
                let after = self.after.unwrap_or(1);
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after));
            }
            Kind::Busy => {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            }
            Kind::Fault => {
                response.extensions_mut().insert(FaultDetail(self.en));
            }
            _ => {}
        }
        response
    }
}

/// The one text of a fault, with the id under which the log has the detail.
pub(super) fn fault_answer(request_id: &str, lang: Lang) -> Response<Body> {
    let mut body = Map::new();
    body.insert("type".into(), json!(Kind::Fault.uri()));
    body.insert("title".into(), json!(Kind::Fault.title(lang)));
    body.insert("status".into(), json!(500));
    let said = lang.pick(
        "Le service a rencontré une erreur interne. Le journal du service en donne le détail sous cet identifiant.",
        "The service met an internal error. Its log has the detail under this id.",
    );
    body.insert("detail".into(), json!(said));
    body.insert("request_id".into(), json!(request_id));
    respond(StatusCode::INTERNAL_SERVER_ERROR, &body, lang)
}

fn respond(status: StatusCode, body: &Map<String, Value>, lang: Lang) -> Response<Body> {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
    response
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound(said) => Self::new(Kind::NotFound, said.clone(), said),
            AppError::BadRequest(said) | AppError::Input(said) => Self::new(Kind::BadRequest, said.clone(), said),
            AppError::Forbidden(said) => Self::new(Kind::Forbidden, said.clone(), said),
            AppError::Fault(detail) => Self::fault(detail),
        }
    }
}

/// An outside value as it is shown back: no longer than a line.
pub(super) fn cut(value: &str) -> String {
    const SHOWN: usize = 80;
    let mut shown: String = value.chars().take(SHOWN).collect();
    if shown.len() < value.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_kinds_share_a_type() {
        let mut names: Vec<_> = Kind::ALL.iter().map(|k| k.uri()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
    }

    #[test]
    fn a_fault_keeps_its_cause_out_of_the_answer() {
        let response = Problem::fault("disk /dev/sda1 is full").answer(Lang::En);
        assert!(response.extensions().get::<FaultDetail>().is_some());
        let problem = Problem::fault("secret");
        assert!(problem.members.is_empty());
    }
}
