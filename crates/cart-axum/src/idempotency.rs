//! Requests that may be sent twice.

use axum_core::extract::FromRequestParts;
use cart_core::IdempotencyKey;
use http::request::Parts;
use serde::Serialize;

use crate::problem::Problem;

/// The header.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The header `Idempotency-Key` of a request, if it has one: the edit of a key is made once, however
/// often the request arrives. The cart remembers it in the same atomic write.
///
/// The value is taken as it stands, in quotes or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyHeader(pub Option<String>);

impl IdempotencyHeader {
    /// The key for a request that asks for `request`; the same key with another one is a problem.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when the key is empty or longer than 255 bytes.
    pub fn of(self, request: &impl Serialize) -> Result<Option<IdempotencyKey>, Problem> {
        let key = self.0.map(|key| IdempotencyKey::new(key, request));
        Ok(key.transpose()?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get(IDEMPOTENCY_KEY) else {
            return Ok(Self(None));
        };
        let text = header.to_str();
        let text = text.map_err(|_| Problem::invalid("Idempotency-Key must be visible ASCII"))?;
        Ok(Self(Some(text.trim().to_owned())))
    }
}
