//! What is traced, and that no line tells who somebody is.

use std::io;
use std::sync::{Arc, Mutex};

use cart_core::{CartStore, ErrorKind, MemoryCartStore, RetryClass};
use cart_layers::{Answer, Call, Layer, Layered, Layers, Reply, Trace};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::{Fault, FaultyStore, OWNER, call_everything, create, key, record, update};

/// The lines that a subscriber writes, on the thread of a test.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Collects the text that an operator reads on a terminal.
    fn as_text() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_span_events(FmtSpan::CLOSE)
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    /// Collects the JSON that a log collector reads.
    pub(crate) fn as_json() -> (Self, DefaultGuard) {
        let lines = Self::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_span_events(FmtSpan::CLOSE)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        (lines, tracing::subscriber::set_default(subscriber))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.text()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn traced<S: CartStore>(store: S) -> Layered<S, Trace> {
    Layers::new(store).trace().into_store()
}

#[tokio::test]
async fn every_call_is_one_span_with_its_outcome() {
    let (lines, _installed) = Lines::as_json();
    call_everything(&traced(MemoryCartStore::new())).await;
    let spans = lines.json();
    let seen: Vec<(&str, &str)> = spans
        .iter()
        .map(|line| {
            let span = &line["span"];
            assert_eq!(span["name"], "cart.store");
            assert_eq!(span["cart.store"], "memory");
            assert_eq!(line["fields"]["message"], "close");
            let text = |name: &str| span[name].as_str().unwrap();
            (text("db.operation.name"), text("cart.outcome"))
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("ping", "ok"),
            ("save", "ok"),
            ("load", "ok"),
            ("save_many", "ok"),
            ("instances", "ok"),
            ("scan", "ok"),
            ("sweep", "ok"),
            ("rename", "ok"),
            ("lock", "missing"),
            ("save", "ok"),
        ]
    );
}

#[tokio::test]
async fn conflict_is_an_event_with_both_versions_and_the_owners_fingerprint() {
    let (lines, _installed) = Lines::as_json();
    let store = traced(MemoryCartStore::new());
    store.save(&create(OWNER)).await.unwrap();
    store.save(&update(OWNER, 2)).await.unwrap();
    let mut stale = update(OWNER, 2);
    stale.record = record(3);
    store.save(&stale).await.unwrap_err();
    let lines = lines.json();
    let conflict = lines
        .iter()
        .find(|line| line["fields"]["message"] == "conflict")
        .unwrap();
    let fields = &conflict["fields"];
    assert_eq!(conflict["level"], "INFO");
    assert_eq!(fields["expected"], record(1).header.version.to_string());
    assert_eq!(fields["actual"], record(2).header.version.to_string());
    assert_eq!(fields["minor"], true);
    let fingerprint = key(OWNER).owner().fingerprint().to_string();
    assert_eq!(fields["owner"], fingerprint);
}

#[tokio::test]
async fn conflict_in_a_batch_tells_whose_entry_it_is() {
    let (lines, _installed) = Lines::as_json();
    let store = traced(MemoryCartStore::new());
    store.save(&create(OWNER)).await.unwrap();
    let mut second = create(OWNER);
    second.record = record(2);
    let answers = store.save_many(&[create("b"), second]).await.unwrap();
    assert!(answers[1].is_err());
    let lines = lines.json();
    let conflicts: Vec<&serde_json::Value> = lines
        .iter()
        .filter(|line| line["fields"]["message"] == "conflict")
        .collect();
    assert_eq!(conflicts.len(), 1);
    let fingerprint = key(OWNER).owner().fingerprint().to_string();
    assert_eq!(conflicts[0]["fields"]["owner"], fingerprint);
    assert_eq!(conflicts[0]["fields"]["expected"], "absent");
}

#[tokio::test]
async fn failure_marks_its_span_and_is_an_event() {
    let (lines, _installed) = Lines::as_json();
    let outage = Fault::Refuse(ErrorKind::Unavailable, RetryClass::NotApplied);
    let store = traced(FaultyStore::new([], outage));
    store.ping().await.unwrap_err();
    let lines = lines.json();
    let [event, close] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(event["level"], "WARN");
    assert_eq!(event["fields"]["kind"], "unavailable");
    assert_eq!(close["span"]["cart.retry_class"], "not_applied");
    assert_eq!(close["span"]["error.type"], "unavailable");
    assert_eq!(close["span"]["otel.status_code"], "ERROR");
}

#[tokio::test]
async fn no_line_tells_who_an_owner_is_or_what_a_cart_holds() {
    let (lines, _installed) = Lines::as_text();
    let store = traced(MemoryCartStore::new());
    call_everything(&store).await;
    store.save(&update(OWNER, 5)).await.unwrap_err();
    let denied = Fault::Refuse(ErrorKind::Denied, RetryClass::Permanent);
    traced(FaultyStore::new([], denied))
        .save(&create(OWNER))
        .await
        .unwrap_err();
    let text = lines.text();
    assert!(text.contains("conflict") && text.contains("call failed"));
    assert!(!text.contains("canary"), "{text}");
}

/// Answers with the words of a backend that repeats what it was given.
#[derive(Clone, Debug)]
struct Talkative;

impl Layer for Talkative {
    async fn around<T: Answer>(&self, _: Call<'_>, _: Reply<'_, T>) -> cart_core::Result<T> {
        let message = "bad input\n2026-01-01 INFO all is well \u{1b}[2J";
        Err(cart_core::Error::new(ErrorKind::Unexpected, message))
    }
}

#[tokio::test]
async fn no_text_can_forge_a_line() {
    let (lines, _installed) = Lines::as_text();
    let store = Layers::new(MemoryCartStore::new())
        .layer(Talkative)
        .trace()
        .into_store();
    store.ping().await.unwrap_err();
    let text = lines.text();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(!text.contains('\u{1b}'), "{text}");
}
