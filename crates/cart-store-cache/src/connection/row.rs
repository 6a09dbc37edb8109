//! Calls that go to one server together.

use std::sync::Arc;

use fred::types::Value;

use super::call::Call;
use super::deadline::Deadline;
use super::server::Server;

/// How many calls go out together: enough that what each costs by itself no longer counts, few enough
/// that others get their turn in between.
const LENGTH: usize = 2048;

/// Calls that go to one server together, each with its number among all calls.
pub(super) struct Row {
    server: Arc<Server>,
    numbers: Vec<usize>,
    calls: Vec<Call>,
}

impl Row {
    /// A row that begins with this call.
    pub(super) fn begun(server: Arc<Server>, number: usize, call: &Call) -> Self {
        let mut row = Self {
            server,
            numbers: Vec::new(),
            calls: Vec::new(),
        };
        row.add(number, call);
        row
    }

    pub(super) fn has_room_for(&self, server: &Arc<Server>) -> bool {
        self.calls.len() < LENGTH && Arc::ptr_eq(&self.server, server)
    }

    pub(super) fn add(&mut self, number: usize, call: &Call) {
        self.numbers.push(number);
        self.calls.push(call.clone());
    }

    /// Makes the calls, and gives the answers of those that went well.
    pub(super) async fn ask(self, deadline: Deadline) -> Vec<(usize, Value)> {
        let asked = self.calls.len();
        let answers = self.server.ask_together(self.calls, deadline).await;
        let Some(answers) = answers.ok().filter(|answers| answers.len() == asked) else {
            return Vec::new();
        };
        let answers = self.numbers.into_iter().zip(answers);
        answers
            .filter_map(|(number, answer)| Some((number, answer.ok()?)))
            .collect()
    }
}
