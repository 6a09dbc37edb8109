//! The cart as an API shows it.

use std::time::Duration;

use axum_core::response::{IntoResponse, Response};
use cart_core::{CartRecord, CartSnapshot, Error, Parts, Summary, Version};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::preconditions::set_etag;
use crate::problem::Problem;

/// A cart as JSON: version, summary, items, conditions and metadata. As a response it carries the
/// version as its `ETag`.
#[derive(Clone, Debug, Serialize)]
pub struct CartView {
    /// The version; none while there is no cart.
    version: Option<Version>,
    summary: Summary,
    items: Box<RawValue>,
    conditions: Box<RawValue>,
    metadata: Box<RawValue>,
}

impl CartView {
    /// The cart of a snapshot, as it was loaded or written; with what it amounts to now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`](cart_core::ErrorKind::Corrupt) or
    /// [`ErrorKind::NewerFormat`](cart_core::ErrorKind::NewerFormat) when the cart can't be read.
    pub fn new(snapshot: &CartSnapshot) -> Result<Self, Error> {
        // Decoded first, so that nothing is shown that isn't a cart.
        let summary = snapshot.totals_within(Duration::ZERO)?;
        let stored = snapshot.stored().clone().into_live();
        let parts = stored.map_or_else(Parts::empty, |record| record.parts);
        Self::of(snapshot.version(), summary, &parts).map_err(|source| {
            Error::new(cart_core::ErrorKind::Corrupt, UNREADABLE).with_source(source)
        })
    }

    /// The cart of a record, with what it amounted to when it was written.
    pub(crate) fn of_record(record: &CartRecord) -> Option<Self> {
        let header = &record.header;
        Self::of(Some(header.version), header.summary, &record.parts).ok()
    }

    fn of(
        version: Option<Version>,
        summary: Summary,
        parts: &Parts,
    ) -> Result<Self, serde_json::Error> {
        let raw = |text: &str| RawValue::from_string(text.to_owned());
        Ok(Self {
            version,
            summary,
            items: raw(parts.items.as_str())?,
            conditions: raw(parts.conditions.as_str())?,
            metadata: raw(parts.metadata.as_str())?,
        })
    }

    /// The version that is shown.
    pub fn version(&self) -> Option<Version> {
        self.version
    }
}

const UNREADABLE: &str = "a part of the cart is no JSON; it was left as it is";

impl IntoResponse for CartView {
    fn into_response(self) -> Response {
        let body = match serde_json::to_vec(&self) {
            Ok(body) => body,
            Err(error) => return Problem::unexpected(error).into_response(),
        };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        set_etag(headers, self.version);
        response
    }
}
