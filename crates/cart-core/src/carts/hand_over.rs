//! A guest's cart goes to a cart in another store, exactly once.
//!
//! Two stores share no atomic write. So the guest's record notes what is handed over; the user's
//! record takes it, together with a receipt; and the guest's record lets it go. Each is one
//! conditional write, and each may be the last: whoever comes next goes on from what is stored.
//!
//! What makes that safe is the order of the reads: the user's cart first, then the guest's. Whoever
//! finds a hand-over pending then writes to the user's cart only if nobody has since, so nobody can
//! take what was taken and let go in between, however late they wake up.

use super::Carts;
use super::handle::CartHandle;
use super::merge::{Guest, nothing_left};
use super::snapshot::CartSnapshot;
use super::transfer::Transfer;
use super::write::{Outcome, Patience, Write, check_at_home, expectation};
use crate::codec::{HandOver, Ledger, MergeReceipt};
use crate::domain::{Cart, Event, JsonMap, MergeReport, MergeStrategy, Share, Sold};
use crate::storage::{
    CartKey, CartRecord, Error, ErrorKind, Instance, Owner, Result, RetryClass, SaveRequest, Scope,
    Stored, Version,
};

/// One of a guest's carts on its way to a user.
#[derive(Debug)]
pub(super) struct HandingOver<'a> {
    guests: &'a Carts,
    source: CartHandle,
    users: &'a Carts,
    user: &'a Owner,
    strategy: &'a dyn MergeStrategy,
    /// What was given to the user so far.
    given: Option<Transfer>,
}

/// What became of a write.
enum Step<T> {
    Made(T),
    /// Somebody else wrote: look again.
    Overtaken(Error),
}

/// Both carts as they were read, the target first.
struct Seen {
    target: CartSnapshot,
    source: CartSnapshot,
    hand_over: HandOver,
    /// Whether the source holds the note of the hand-over.
    is_noted: bool,
}

/// What the target is to become.
struct Taken {
    cart: Cart,
    ledger: Ledger,
    /// What became of the items, if they were not there before.
    report: Option<MergeReport>,
}

impl<'a> HandingOver<'a> {
    pub(super) fn new(
        guests: &'a Carts,
        guest: &Owner,
        users: &'a Carts,
        user: &'a Owner,
        instance: &Instance,
        strategy: &'a dyn MergeStrategy,
    ) -> Self {
        Self {
            guests,
            source: guests.cart_of(CartKey::new(guest.clone(), instance.clone())),
            users,
            user,
            strategy,
            given: None,
        }
    }

    /// Gives the cart away, and what comes into it meanwhile, until nothing is left.
    pub(super) async fn finish(mut self) -> Result<Transfer> {
        let mut patience = Patience::new(self.guests);
        let mut to = self.user.clone();
        loop {
            let target = self.target(&to).load().await?;
            let source = self.source.load().await?;
            check_at_home(target.stored())?;
            check_at_home(source.stored())?;
            let Stored::Live(record) = source.stored() else {
                return self.answer(&target);
            };
            let noted = source.ledger()?.hand_over;
            // What is promised to somebody goes there, whoever signs in now.
            let promised = noted.as_ref().map_or(self.user, |noted| &noted.to);
            if *promised != to {
                to = promised.clone();
                continue;
            }
            let seen = Seen {
                is_noted: noted.is_some(),
                hand_over: match noted {
                    Some(noted) => noted,
                    None => self.all_of(&source, record)?,
                },
                target,
                source,
            };
            let goes_on = match self.step(seen, &mut patience).await? {
                Step::Made(Some(answer)) => return Ok(answer),
                // What came meanwhile has its turn, or stays for the next login.
                Step::Made(None) => patience.is_left(self.guests).then_some(()).ok_or_else(busy),
                Step::Overtaken(conflict) => {
                    let waited = patience.wait(self.guests).await;
                    waited.then_some(()).ok_or(conflict)
                }
            };
            goes_on.map_err(|error| self.guests.failed(error))?;
        }
    }

    /// The answer when nothing is left to give.
    fn answer(&self, target: &CartSnapshot) -> Result<Transfer> {
        match &self.given {
            Some(given) => Ok(given.clone()),
            None if target.key().owner() == self.user => nothing_left(self.guest(), target),
            None => Ok(Transfer::Absent),
        }
    }

    fn guest(&self) -> &Owner {
        self.source.key().owner()
    }

    fn target(&self, owner: &Owner) -> CartHandle {
        let instance = self.source.key().instance().clone();
        self.users.cart_of(CartKey::new(owner.clone(), instance))
    }

    /// The hand-over of everything that the cart holds.
    fn all_of(&self, source: &CartSnapshot, record: &CartRecord) -> Result<HandOver> {
        Ok(HandOver {
            version: record.header.version,
            to: self.user.clone(),
            share: Share::whole(source.cart()?),
            sold: Sold::default(),
            unknown: JsonMap::new(),
        })
    }

    /// One round: note, take, let go. The answer, when nothing is left after it.
    async fn step(
        &mut self,
        seen: Seen,
        patience: &mut Patience,
    ) -> Result<Step<Option<Transfer>>> {
        // Whether the carts can be merged is found out before anything is written.
        let taken = self
            .taken(&seen)
            .map_err(|error| self.users.failed(error))?;
        let Seen {
            mut target,
            mut source,
            hand_over,
            is_noted,
        } = seen;
        if !is_noted && !hand_over.share.is_empty() && self.keeps_notes() {
            match note(source, hand_over.clone(), patience).await? {
                Step::Made(noted) => source = noted,
                Step::Overtaken(conflict) => return Ok(Step::Overtaken(conflict)),
            }
        }
        if let Some(taken) = taken {
            let had_none = !target.exists();
            match save(target, taken.cart, taken.ledger, patience).await? {
                Step::Made(saved) => target = saved,
                Step::Overtaken(conflict) => return Ok(Step::Overtaken(conflict)),
            }
            if let Some(report) = taken.report
                && target.key().owner() == self.user
            {
                self.note_given(report, had_none);
            }
        }
        Ok(match let_go(source, &hand_over, patience).await? {
            Step::Made(true) => Step::Made(Some(self.answer(&target)?)),
            Step::Made(false) => Step::Made(None),
            Step::Overtaken(conflict) => Step::Overtaken(conflict),
        })
    }

    /// What the target becomes; nothing when it is that already.
    fn taken(&self, seen: &Seen) -> Result<Option<Taken>> {
        let Seen {
            target,
            source,
            hand_over,
            is_noted,
        } = seen;
        let source_ledger = source.ledger()?;
        let target_ledger = target.ledger()?;
        let has_taken = target_ledger.has_merged_version(hand_over.version);
        let is_there = hand_over.share.is_empty() || has_taken;
        let (mut cart, ledger, report) = if is_there {
            (target.cart()?.clone(), target_ledger, None)
        } else {
            let guest = Guest {
                owner: self.guest(),
                cart: &hand_over.share.of(source.cart()?)?,
                keyed: source_ledger.keyed,
                receipt: self.receipt(hand_over.version),
            };
            let (cart, ledger, report) = guest.merged_into(target, self.strategy)?;
            (cart, ledger, Some(report))
        };
        // Somebody may be paying in the other tab. What is sold before it is taken is not taken.
        let nothing = Sold::default();
        let sold = if has_taken { &hand_over.sold } else { &nothing };
        cart.follow_claims(source.cart()?, is_noted.then_some(sold))?;
        if report.is_none() && cart == *target.cart()? {
            return Ok(None);
        }
        let taken = Taken {
            cart,
            ledger,
            report,
        };
        // Limits are judged with the record.
        let version = self.users.version_after(&[target.stored()])?;
        target.next_record(&taken.cart, taken.ledger.clone(), version, None)?;
        Ok(Some(taken))
    }

    fn receipt(&self, version: Version) -> MergeReceipt {
        MergeReceipt {
            from: self.guest().fingerprint().to_string(),
            version,
            at: self.users.shared.clock.now(),
        }
    }

    /// Whether a note outlives this request. A cookie is written with its answer or not at all: there
    /// the version of the cart alone makes a repeat harmless.
    fn keeps_notes(&self) -> bool {
        self.guests.info().capabilities.compare_and_set > Scope::None
    }

    fn note_given(&mut self, mut report: MergeReport, had_none: bool) {
        let is_whole = report.clamped.is_empty() && report.dropped.is_empty();
        self.given = Some(match self.given.take() {
            None if had_none && is_whole => Transfer::Moved,
            Some(Transfer::Moved) if is_whole => Transfer::Moved,
            Some(Transfer::Merged(mut first)) => {
                first.merged.append(&mut report.merged);
                first.clamped.append(&mut report.clamped);
                first.dropped.append(&mut report.dropped);
                Transfer::Merged(first)
            }
            _ => Transfer::Merged(report),
        });
    }
}

/// Notes on the guest's cart what is handed over.
async fn note(
    source: CartSnapshot,
    hand_over: HandOver,
    patience: &mut Patience,
) -> Result<Step<CartSnapshot>> {
    let cart = source.cart()?.clone();
    let ledger = Ledger {
        hand_over: Some(hand_over),
        ..source.ledger()?
    };
    save(source, cart, ledger, patience).await
}

/// Takes out of the guest's cart what was handed over; `true` when that was the last of it, and the
/// cart is gone.
async fn let_go(
    source: CartSnapshot,
    hand_over: &HandOver,
    patience: &mut Patience,
) -> Result<Step<bool>> {
    let mut ledger = source.ledger()?;
    let mut cart = source.cart()?.clone();
    // The note of this very record: an edit may have taken from it since.
    let noted = ledger.hand_over.take();
    let share = noted.map_or_else(|| hand_over.share.clone(), |noted| noted.share);
    share.take_out_of(&mut cart)?;
    if !cart.is_empty() {
        return Ok(match save(source, cart, ledger, patience).await? {
            Step::Made(_) => Step::Made(false),
            Step::Overtaken(conflict) => Step::Overtaken(conflict),
        });
    }
    let carts = source.carts().clone();
    let Stored::Live(record) = source.stored() else {
        return Ok(Step::Made(true));
    };
    // The cart lives on in the other store: kept here, a restore would double it.
    let tombstone = carts.tombstone(record, None)?;
    let key = source.key().clone();
    let request = SaveRequest::new(key, tombstone, expectation(source.stored()));
    let outcome = carts.commit(Write::Save(&request), None, patience).await;
    Ok(match outcome.map_err(|error| carts.failed(error))? {
        Outcome::Written => {
            let header = &request.record.header;
            carts.announce(&request.key, header, &[Event::CartForgotten]);
            Step::Made(true)
        }
        Outcome::Overtaken { conflict, .. } => Step::Overtaken(conflict),
    })
}

/// Writes a cart over what `base` shows.
async fn save(
    base: CartSnapshot,
    mut cart: Cart,
    ledger: Ledger,
    patience: &mut Patience,
) -> Result<Step<CartSnapshot>> {
    let carts = base.carts().clone();
    let events = cart.take_events();
    let request = base.request(&cart, ledger, None)?;
    let outcome = carts.commit(Write::Save(&request), None, patience).await;
    Ok(match outcome.map_err(|error| carts.failed(error))? {
        Outcome::Written => {
            let edited = base.acknowledged((), cart, events, request.record);
            Step::Made(edited.snapshot)
        }
        Outcome::Overtaken { conflict, .. } => Step::Overtaken(conflict),
    })
}

/// The error of a login that is outrun by another tab.
fn busy() -> Error {
    Error::new(
        ErrorKind::Busy,
        "another tab goes on filling the guest's cart: what came late stays there for the next login",
    )
    .with_retry_class(RetryClass::NotApplied)
}
