//! Failed calls, made again.

mod policy;

use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Error, Expect, Health, Instance, LoadRequest, Operation, Owner,
    Rename, Result, RetryClass, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

pub use self::policy::RetryPolicy;
use self::policy::Tries;

/// Makes a failed call again when that can help and can't harm.
///
/// What is tried again follows from the error's [`RetryClass`]:
///
/// - `NotApplied`: always.
/// - `OutcomeUnknown`: everything but the saves that expect nothing in particular
///   ([`Expect::Any`]), which would undo a later write. The contract makes the others safe: a
///   record that is stored already is saved again without a change, and no write goes back behind
///   a later one. The error of a save that is not made again goes to the caller, who loads the cart
///   and sees.
/// - `Permanent`: never; conflicts are permanent.
///
/// A save that was applied, whose reply was lost, and whose cart was then changed by somebody else
/// meets a conflict when it is made again; such a rename finds no cart to rename. These errors come
/// with the class `OutcomeUnknown`, which no other conflict has, and
/// [`Carts`](cart_core::Carts) finds out by the recent writes in the record; who calls a store
/// directly has to do the same.
///
/// In a batch, only the entries that failed are sent again. A save under a lock is never repeated:
/// it has ended the lock.
///
/// When the policy's deadline leaves no time for another try, the last error comes back, telling
/// the number of tries; its class is `OutcomeUnknown` if any of the tries may have been applied.
#[derive(Clone, Debug)]
pub struct Retry<S> {
    store: S,
    policy: RetryPolicy,
    name: Arc<str>,
}

/// Which failed calls may be made again.
#[derive(Clone, Copy)]
enum Repeat {
    /// All that are worth it: whether the call was applied makes no difference.
    Always,
    /// Only those which were certainly not applied.
    UnlessApplied,
}

impl Repeat {
    const fn of(expect: Expect) -> Self {
        match expect {
            Expect::Absent | Expect::Older | Expect::Version(_) => Self::Always,
            Expect::Any => Self::UnlessApplied,
        }
    }

    fn of_batch(batch: &[SaveRequest]) -> Self {
        let always = |request: &SaveRequest| matches!(Self::of(request.expect), Self::Always);
        if batch.iter().all(always) {
            Self::Always
        } else {
            Self::UnlessApplied
        }
    }

    fn allows(self, error: &Error) -> bool {
        match error.retry_class() {
            RetryClass::NotApplied => true,
            RetryClass::OutcomeUnknown => matches!(self, Self::Always),
            RetryClass::Permanent => false,
        }
    }
}

impl<S: CartStore> Retry<S> {
    /// Puts retries around `store`.
    pub fn new(store: S, policy: RetryPolicy) -> Self {
        let name = store.info().name;
        Self {
            store,
            policy,
            name,
        }
    }

    fn tries(&self, operation: Operation) -> Tries<'_> {
        self.policy.begin(&self.name, operation)
    }

    async fn repeat<T, F>(
        &self,
        tries: &mut Tries<'_>,
        repeat: Repeat,
        call: impl Fn() -> F + Send + Sync,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send,
    {
        loop {
            match call().await {
                Err(error) if repeat.allows(&error) => {
                    if !tries.another(&error).await {
                        return Err(tries.last(error));
                    }
                }
                answer => return answer.map_err(|error| tries.in_the_end(error)),
            }
        }
    }

    /// Sends the failed entries of a batch again, until none is left or the time is over.
    async fn repeat_entries(
        &self,
        tries: &mut Tries<'_>,
        batch: &[SaveRequest],
        answers: &mut [Result<()>],
    ) {
        loop {
            let mut open = Vec::new();
            for (at, (request, answer)) in batch.iter().zip(&*answers).enumerate() {
                if let Err(error) = answer
                    && Repeat::of(request.expect).allows(error)
                {
                    open.push(at);
                }
            }
            let Some(Err(error)) = open.first().map(|&at| &answers[at]) else {
                return;
            };
            if !tries.another(error).await {
                return;
            }
            let requests: Vec<SaveRequest> = open.iter().map(|&at| batch[at].clone()).collect();
            match self.store.save_many(&requests).await {
                Ok(fresh) => {
                    for (at, answer) in open.into_iter().zip(fresh) {
                        let doubted = is_in_doubt(&answers[at]);
                        answers[at] = answer;
                        if doubted {
                            doubt(&mut answers[at]);
                        }
                    }
                }
                Err(error) => match error.retry_class() {
                    RetryClass::NotApplied => {}
                    RetryClass::OutcomeUnknown => {
                        for at in open {
                            doubt(&mut answers[at]);
                        }
                    }
                    RetryClass::Permanent => return,
                },
            }
        }
    }
}

fn is_in_doubt(answer: &Result<()>) -> bool {
    let class = answer.as_ref().err().map(Error::retry_class);
    class == Some(RetryClass::OutcomeUnknown)
}

/// What may have been applied by one try stays in doubt, though another was not applied.
fn doubt(answer: &mut Result<()>) {
    let known = std::mem::replace(answer, Ok(()));
    *answer = known.map_err(|error| error.with_retry_class(RetryClass::OutcomeUnknown));
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: CartStore> CartStore for Retry<S> {
    fn info(&self) -> StoreInfo {
        self.store.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        let mut tries = self.tries(Operation::Load);
        self.repeat(&mut tries, Repeat::Always, || self.store.load(request))
            .await
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        let mut tries = self.tries(Operation::Save);
        let repeat = Repeat::of(request.expect);
        self.repeat(&mut tries, repeat, || self.store.save(request))
            .await
    }

    async fn save_many(&self, batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        let mut tries = self.tries(Operation::SaveMany);
        let repeat = Repeat::of_batch(batch);
        let mut answers = self
            .repeat(&mut tries, repeat, || self.store.save_many(batch))
            .await?;
        self.repeat_entries(&mut tries, batch, &mut answers).await;
        Ok(answers)
    }

    async fn rename(&self, rename: &Rename) -> Result<()> {
        let mut tries = self.tries(Operation::Rename);
        // The source's version keeps a second application out, whatever the target expects.
        self.repeat(&mut tries, Repeat::Always, || self.store.rename(rename))
            .await
    }

    async fn lock(&self, key: &CartKey) -> Result<Box<dyn CartLock>> {
        let mut tries = self.tries(Operation::Lock);
        self.repeat(&mut tries, Repeat::Always, || self.store.lock(key))
            .await
    }

    async fn instances(&self, owner: &Owner) -> Result<Vec<Instance>> {
        let mut tries = self.tries(Operation::Instances);
        self.repeat(&mut tries, Repeat::Always, || self.store.instances(owner))
            .await
    }

    async fn scan(&self, request: &ScanRequest) -> Result<ScanPage> {
        let mut tries = self.tries(Operation::Scan);
        self.repeat(&mut tries, Repeat::Always, || self.store.scan(request))
            .await
    }

    async fn sweep(&self, limit: usize) -> Result<usize> {
        let mut tries = self.tries(Operation::Sweep);
        self.repeat(&mut tries, Repeat::Always, || self.store.sweep(limit))
            .await
    }

    async fn unmark(&self, key: &CartKey, version: Version) -> Result<()> {
        let mut tries = self.tries(Operation::Unmark);
        self.repeat(&mut tries, Repeat::Always, || {
            self.store.unmark(key, version)
        })
        .await
    }

    async fn ping(&self) -> Result<Health> {
        let mut tries = self.tries(Operation::Ping);
        self.repeat(&mut tries, Repeat::Always, || self.store.ping())
            .await
    }
}
