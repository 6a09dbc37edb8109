//! Spans and events for each call.

use std::fmt::{self, Display};

use cart_core::{Error, ErrorKind, Expect, Fingerprint, Result};
use tracing::field::{Empty, display};
use tracing::{Instrument, Span, info, info_span, warn};

use crate::call::{Answer, Call, Content, outcome};
use crate::layered::{Layer, Reply};

/// Opens a span around each call, and reports conflicts and failures as events.
///
/// The span `cart.store` carries, under OpenTelemetry's names where there are such:
///
/// | field | what it holds |
/// |---|---|
/// | `otel.kind` | `client` |
/// | `db.operation.name` | the operation: `load`, `save`, … |
/// | `db.operation.batch.size` | entries in a batch |
/// | `db.response.returned_rows` | how many instances, records or swept records the answer is about |
/// | `cart.store` | the name of the store |
/// | `cart.owner` | the owner's fingerprint |
/// | `cart.outcome` | `ok`, `missing`, `tombstone`, `partial`, or the kind of error; nothing when the call was dropped |
/// | `cart.retry_class` | of an error: `not_applied`, `outcome_unknown`, `permanent` |
/// | `error.type`, `otel.status_code` | of an error: its kind, and `ERROR` |
///
/// Events repeat store, operation and owner, so that they can be read without the span. A conflict
/// is an event at level `INFO` with the expected and the actual version; any other error is one at
/// `WARN`. No field holds an identifier or a piece of a cart, and text from a store is escaped, so
/// that none of it can look like a line of the log. The sources of errors are left out: they hold
/// the words of other crates.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace;

impl Layer for Trace {
    async fn around<T: Answer>(&self, call: Call<'_>, reply: Reply<'_, T>) -> Result<T> {
        let span = info_span!(
            "cart.store",
            otel.kind = "client",
            otel.status_code = Empty,
            db.operation.name = call.operation.as_str(),
            db.operation.batch.size = call.batch_size(),
            db.response.returned_rows = Empty,
            cart.store = %Escaped(&call.store),
            cart.owner = call.owner().map(display),
            cart.outcome = Empty,
            cart.retry_class = Empty,
            error.r#type = Empty,
        );
        let answer = reply.instrument(span.clone()).await;
        record(&span, &answer);
        span.in_scope(|| {
            for (owner, error) in call.errors(&answer) {
                report(call, owner, error);
            }
        });
        answer
    }
}

fn record<T: Answer>(span: &Span, answer: &Result<T>) {
    span.record("cart.outcome", outcome(answer));
    match answer.as_ref().map(Answer::content) {
        Ok(Content::Count(count)) => {
            span.record("db.response.returned_rows", count);
        }
        Ok(_) => {}
        Err(error) => {
            span.record("cart.retry_class", error.retry_class().as_str());
            span.record("error.type", error.kind().as_str());
            span.record("otel.status_code", "ERROR");
        }
    }
}

fn report(call: Call<'_>, owner: Option<Fingerprint>, error: &Error) {
    let operation = call.operation.as_str();
    let store = Escaped(call.store);
    let owner = owner.map(display);
    if let Some(conflict) = error.conflict() {
        info!(
            %store,
            operation,
            owner,
            expected = %Expected(conflict.expected()),
            actual = conflict.actual().map(display),
            live = conflict.live(),
            minor = conflict.is_minor(),
            "conflict"
        );
    } else if error.kind() != ErrorKind::NotFound {
        warn!(
            %store,
            operation,
            owner,
            kind = error.kind().as_str(),
            retry_class = error.retry_class().as_str(),
            error = %Escaped(error),
            "call failed"
        );
    }
}

/// Text in which nothing can end a line or steer a terminal.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.0.to_string().escape_debug(), formatter)
    }
}

struct Expected(Expect);

impl Display for Expected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expect::Absent => formatter.write_str("absent"),
            Expect::Any => formatter.write_str("any"),
            Expect::Older => formatter.write_str("older"),
            Expect::Version(version) => Display::fmt(&version, formatter),
        }
    }
}
