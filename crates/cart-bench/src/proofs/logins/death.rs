//! When a login dies, and of what.

use std::sync::atomic::{AtomicBool, Ordering};

use cart_core::{Instance, RecordState, SaveRequest};
use tokio::sync::watch;

/// The three writes of a login between two stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The guest's cart notes what is handed over.
    Note,
    /// The user's cart takes it.
    Take,
    /// The guest's cart lets go of it.
    LetGo,
}

/// Just before one of the writes, or just after it, when nobody has heard that it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    step: Step,
    is_made: bool,
}

impl Moment {
    /// All of them, in the order in which a login comes to them.
    pub(super) const ALL: [Self; 6] = [
        Self::new(Step::Note, false),
        Self::new(Step::Note, true),
        Self::new(Step::Take, false),
        Self::new(Step::Take, true),
        Self::new(Step::LetGo, false),
        Self::new(Step::LetGo, true),
    ];

    /// What the figures call them.
    pub(super) const NAMES: [&'static str; 6] = [
        "deaths before the note",
        "deaths after the note",
        "deaths before the user's cart takes it",
        "deaths after the user's cart has taken it",
        "deaths before the guest's cart lets go",
        "deaths after the guest's cart has let go",
    ];

    const fn new(step: Step, is_made: bool) -> Self {
        Self { step, is_made }
    }

    /// Each of them in turn.
    pub(super) fn of(number: u64) -> Self {
        let moments = Self::ALL.into_iter().cycle();
        let in_turn = moments.zip(0..=number % Self::ALL.len() as u64);
        in_turn.last().map_or(Self::ALL[0], |(moment, _)| moment)
    }

    /// Whether both carts show what is handed over when a login has died here.
    pub(super) fn leaves_it_in_both(self) -> bool {
        self == Self::new(Step::Take, true) || self == Self::new(Step::LetGo, false)
    }

    /// Whether the write was made.
    pub(super) const fn is_made(self) -> bool {
        self.is_made
    }
}

/// How a login dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Its future is dropped, as by a server that has lost the browser.
    Dropped,
    /// The write is refused, or its reply is lost together with the store.
    Failed,
    /// Its process is killed.
    Killed,
}

impl Way {
    pub(super) const ALL: [Self; 3] = [Self::Dropped, Self::Failed, Self::Killed];

    /// What the figures call them.
    pub(super) const NAMES: [&'static str; 3] = [
        "of these by a future that is dropped",
        "of these by a store that fails",
        "of these by SIGKILL",
    ];
}

/// Which of the two stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Guests,
    Users,
}

/// The death that waits for one login.
#[derive(Debug)]
pub(super) struct Plan {
    instance: Instance,
    pub(super) moment: Moment,
    /// Whether the store fails then; else it never answers.
    pub(super) fails: bool,
    is_used_up: AtomicBool,
    has_come: watch::Sender<bool>,
}

impl Plan {
    pub(super) fn new(instance: Instance, moment: Moment, fails: bool) -> Self {
        Self {
            instance,
            moment,
            fails,
            is_used_up: AtomicBool::new(false),
            has_come: watch::Sender::new(false),
        }
    }

    /// Whether this is the write at which the login dies. It is so once, unless [`Plan::put_off`].
    pub(super) fn is_due(&self, side: Side, request: &SaveRequest) -> bool {
        *request.key.instance() == self.instance
            && step(side, request) == self.moment.step
            && !self.is_used_up.swap(true, Ordering::SeqCst)
    }

    /// The write was not made, as somebody else was faster: the login goes on to the next one.
    pub(super) fn put_off(&self) {
        self.is_used_up.store(false, Ordering::SeqCst);
    }

    pub(super) fn carry_out(&self) {
        self.has_come.send_replace(true);
    }

    pub(super) fn is_carried_out(&self) -> bool {
        *self.has_come.borrow()
    }

    /// Waits for the moment.
    pub(super) async fn carried_out(&self) {
        // The sender lives as long as `self`: there is no other end.
        let _ = self
            .has_come
            .subscribe()
            .wait_for(|has_come| *has_come)
            .await;
    }
}

/// Which of its writes a login makes. Nobody else goes through its doors.
fn step(side: Side, request: &SaveRequest) -> Step {
    let header = &request.record.header;
    let is_noted = header.ledger.as_str().contains("\"hand_over\"");
    match side {
        Side::Users => Step::Take,
        Side::Guests if header.state == RecordState::Live && is_noted => Step::Note,
        Side::Guests => Step::LetGo,
    }
}
