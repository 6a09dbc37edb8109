//! Errors as an API tells them.

use std::error::Error as StdError;
use std::fmt;

use axum_core::response::{IntoResponse, Response};
use cart_core::{Conflict, DomainError, Error, ErrorKind, RetryClass};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::preconditions::set_etag;
use crate::view::CartView;

/// Where the kinds of problem are described.
const TYPES: &str = "https://github.com/cart-storage/cart-storage/blob/main/docs/problems.md#";

/// What went wrong, as problem details (RFC 9457): what handlers and extractors answer with.
///
/// It says what the caller can do, and nothing of what is behind the API: the source of the error
/// stays on this side, for the log.
#[derive(Debug)]
pub struct Problem(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    detail: String,
    conflict: Option<Conflict>,
    current: Option<CartView>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The members of the JSON text.
#[derive(Serialize)]
struct Details<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<&'a Conflict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'a CartView>,
}

/// Whoever is told that a server is busy is told to wait so long.
const PATIENCE_SECONDS: &str = "1";

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Busy,
    Conflict,
    Corrupt,
    Full,
    Invalid,
    Misconfigured,
    NewerFormat,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Refused,
    TooLarge,
    Unavailable,
    Unexpected,
    Unsupported,
}

impl Kind {
    const ALL: [Self; 15] = [
        Self::Busy,
        Self::Conflict,
        Self::Corrupt,
        Self::Full,
        Self::Invalid,
        Self::Misconfigured,
        Self::NewerFormat,
        Self::NotFound,
        Self::PreconditionFailed,
        Self::PreconditionRequired,
        Self::Refused,
        Self::TooLarge,
        Self::Unavailable,
        Self::Unexpected,
        Self::Unsupported,
    ];

    fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Busy => Self::Busy,
            ErrorKind::Conflict => Self::Conflict,
            ErrorKind::Corrupt => Self::Corrupt,
            ErrorKind::Denied | ErrorKind::ReadOnly | ErrorKind::Unprepared => Self::Misconfigured,
            ErrorKind::Domain | ErrorKind::Overflow => Self::Refused,
            ErrorKind::Full => Self::Full,
            ErrorKind::Invalid => Self::Invalid,
            ErrorKind::NewerFormat => Self::NewerFormat,
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::TooLarge => Self::TooLarge,
            ErrorKind::Unavailable => Self::Unavailable,
            ErrorKind::Unsupported => Self::Unsupported,
            _ => Self::Unexpected,
        }
    }

    /// The last part of its type, its status and its title.
    #[rustfmt::skip]
    const fn row(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE, "The carts are too busy to answer in time"),
            Self::Conflict => ("conflict", StatusCode::CONFLICT, "The cart was changed by someone else"),
            Self::Corrupt => ("corrupt", StatusCode::INTERNAL_SERVER_ERROR, "The cart can't be read"),
            Self::Full => ("full", StatusCode::INSUFFICIENT_STORAGE, "There is no room for the cart"),
            Self::Invalid => ("invalid", StatusCode::BAD_REQUEST, "The request makes no sense"),
            Self::Misconfigured => ("misconfigured", StatusCode::INTERNAL_SERVER_ERROR, "The shop isn't set up as it must be"),
            Self::NewerFormat => ("newer-format", StatusCode::INTERNAL_SERVER_ERROR, "The cart was written by a newer release"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "There is no such cart"),
            Self::PreconditionFailed => ("precondition-failed", StatusCode::PRECONDITION_FAILED, "The cart has another version"),
            Self::PreconditionRequired => ("precondition-required", StatusCode::PRECONDITION_REQUIRED, "The request must say which version it is about"),
            Self::Refused => ("refused", StatusCode::UNPROCESSABLE_ENTITY, "The cart refuses this"),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE, "The cart would be too large"),
            Self::Unavailable => ("unavailable", StatusCode::SERVICE_UNAVAILABLE, "The carts can't be reached"),
            Self::Unexpected => ("unexpected", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong"),
            Self::Unsupported => ("unsupported", StatusCode::NOT_IMPLEMENTED, "The carts of this shop can't do that"),
        }
    }
}

impl Problem {
    fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            detail: detail.into(),
            conflict: None,
            current: None,
            source: None,
        }))
    }

    fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The names of all kinds of problem, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Kind::ALL.iter().map(|kind| kind.row().0)
    }

    /// The kind of problem: the last part of its type.
    pub fn name(&self) -> &'static str {
        self.0.kind.row().0
    }

    /// The status of the response.
    pub fn status(&self) -> StatusCode {
        self.0.kind.row().1
    }

    /// A request that makes no sense, and why.
    pub fn invalid(detail: &'static str) -> Self {
        Self::new(Kind::Invalid, detail)
    }

    pub(crate) fn precondition_required() -> Self {
        let detail = "send the ETag of the cart that you have seen as If-Match";
        Self::new(Kind::PreconditionRequired, detail)
    }

    pub(crate) fn missing_layer() -> Self {
        let cause = "no CartLayer is around this handler: add it to the router";
        Self::new(Kind::Misconfigured, "ask the people who run this shop").because(cause)
    }

    pub(crate) fn unexpected(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Unexpected, "ask the people who run this shop").because(source)
    }

    /// The same problem of a request that named the version which it is about.
    pub(crate) fn of_a_precondition(self) -> Self {
        if self.0.kind != Kind::Conflict {
            return self;
        }
        let detail = "look at the current cart, and decide anew";
        let mut failed = Self::new(Kind::PreconditionFailed, detail);
        failed.0.conflict = self.0.conflict;
        failed.0.current = self.0.current;
        failed.0.source = self.0.source;
        failed
    }
}

/// What the caller can do about an error.
fn detail_of(error: &Error) -> String {
    let text = match (error.kind(), error.retry_class()) {
        // The words of the domain are for whoever edits the cart; all others are for operators.
        (ErrorKind::Domain, _) => {
            return error.domain().map(ToString::to_string).unwrap_or_default();
        }
        (ErrorKind::Conflict, _) => "reload the cart, and make the change again",
        (ErrorKind::Invalid, _) => "check what was sent: instance, version, idempotency key",
        (_, RetryClass::NotApplied) => "nothing was changed: try again in a moment",
        (_, RetryClass::OutcomeUnknown) => {
            "the change may have been made: look at the cart, or send the same Idempotency-Key again"
        }
        (_, RetryClass::Permanent) => "nothing was changed",
    };
    text.to_owned()
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let mut problem = Self::new(Kind::of(&error), detail_of(&error));
        problem.0.conflict = error.conflict().cloned();
        let current = error.conflict().and_then(Conflict::current);
        problem.0.current = current.and_then(CartView::of_record);
        problem.because(error)
    }
}

impl From<DomainError> for Problem {
    fn from(error: DomainError) -> Self {
        Error::from(error).into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name(), self.0.detail)
    }
}

impl StdError for Problem {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_deref()?;
        Some(source)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Inner {
            kind,
            detail,
            conflict,
            current,
            source: _,
        } = *self.0;
        let (name, status, title) = kind.row();
        let details = Details {
            r#type: format!("{TYPES}{name}"),
            title,
            status: status.as_u16(),
            detail: &detail,
            conflict: conflict.as_ref(),
            current: current.as_ref(),
        };
        // Nothing in it can fail to be JSON; if it does, the status says the most important.
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, json);
        set_etag(headers, current.and_then(|current| current.version()));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(PATIENCE_SECONDS));
        }
        response
    }
}
