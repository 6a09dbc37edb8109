//! Which version of the cart a request is about.

use axum_core::extract::FromRequestParts;
use cart_core::{Precondition, Version};
use http::header::{ETAG, IF_MATCH};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use crate::problem::Problem;

/// What the header `If-Match` of a request demands, if it has one (RFC 9110, section 13.1.1).
///
/// Entity tags are compared strongly: a weak one never matches, nor does one that is no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IfMatch(pub Option<Precondition>);

impl IfMatch {
    /// What is demanded, by a request that must demand something.
    ///
    /// # Errors
    ///
    /// A [`Problem`] with status 428 when it doesn't.
    pub fn required(self) -> Result<Precondition, Problem> {
        self.0.ok_or_else(Problem::precondition_required)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let malformed = || Problem::invalid("If-Match is a list of entity tags, or *");
        let mut demanded = None;
        for header in parts.headers.get_all(IF_MATCH) {
            let text = header.to_str().map_err(|_| malformed())?.trim();
            if text == "*" {
                return Ok(Self(Some(Precondition::Exists)));
            }
            let versions = demanded.get_or_insert_with(Vec::new);
            for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
                let strong = tag.strip_prefix("W/").unwrap_or(tag);
                let opaque = strong
                    .strip_prefix('"')
                    .and_then(|tag| tag.strip_suffix('"'));
                let opaque = opaque.ok_or_else(malformed)?;
                if let Ok(version) = opaque.parse::<Version>()
                    && strong == tag
                {
                    versions.push(version);
                }
            }
        }
        Ok(Self(demanded.map(Precondition::OneOf)))
    }
}

/// Tells which version a response shows.
pub(crate) fn set_etag(headers: &mut HeaderMap, version: Option<Version>) {
    let tag = version.and_then(|version| HeaderValue::try_from(format!("\"{version}\"")).ok());
    if let Some(tag) = tag {
        headers.insert(ETAG, tag);
    }
}
