//! Random sequences of calls, answered by the store under test as by the reference.

use std::fmt::Write;
use std::sync::Arc;

use cart_core::{
    CartKey, CartStore, Clock, Conflict, Error, Expect, LoadRequest, MemoryCartStore, Rename,
    RenameSupport, SaveRequest, Stored, Version,
};

use crate::case::{Case, case};
use crate::outcome::{CaseResult, Stop};
use crate::randomness::SeededRandomness;
use crate::records;
use crate::subject::{Subject, key_of};

pub(super) const CASES: &[Case] = &[case!(
    random_calls_are_answered_as_by_the_reference,
    [Load1, Load3, Save1, Save2, Save4, Save8, Del2, Del3, Inst1, Ren1, Ren2, Ren3, Ren5, Exp1, Exp2, Exp3],
    ["F4", "F5", "B7"],
    needs CompareAndSet
)];

/// One call, told so that it means the same whatever was called before: versions are named by the
/// part that they play.
#[derive(Clone, Copy, Debug)]
enum Step {
    Advance {
        millis: u64,
    },
    Load {
        cart: usize,
        renew: Option<u64>,
    },
    Rename {
        from: usize,
        to: usize,
        expect: Role,
    },
    Save {
        cart: usize,
        expect: Role,
        deletes: bool,
        lives: Option<u64>,
    },
    Sweep,
}

/// What a write expects.
#[derive(Clone, Copy, Debug)]
enum Role {
    Absent,
    Any,
    Current,
    Older,
    Stale,
}

const CARTS: [(&str, &str); 4] = [
    ("ann", "default"),
    ("ann", "wishlist"),
    ("bob", "default"),
    ("bob", "wishlist"),
];

fn step(randomness: &SeededRandomness, renames: bool) -> Step {
    const ROLES: [Role; 8] = [
        Role::Absent,
        Role::Absent,
        Role::Current,
        Role::Current,
        Role::Current,
        Role::Stale,
        Role::Older,
        Role::Any,
    ];
    const LIVES: [Option<u64>; 4] = [None, None, Some(40), Some(200)];
    let cart = randomness.below(CARTS.len());
    match randomness.below(12) {
        0 => Step::Advance {
            millis: *randomness.pick(&[1, 20, 100]),
        },
        1 => Step::Load {
            cart,
            renew: *randomness.pick(&LIVES),
        },
        2 | 3 if renames => Step::Rename {
            from: cart,
            to: randomness.below(CARTS.len()),
            // `Older` is for copies of single carts.
            expect: *randomness.pick(&ROLES[..6]),
        },
        4 => Step::Sweep,
        other => Step::Save {
            cart,
            expect: *randomness.pick(&ROLES),
            deletes: other < 7,
            lives: *randomness.pick(&LIVES),
        },
    }
}

/// The reference, beside the store under test.
struct Pair<'a> {
    subject: &'a Subject,
    reference: MemoryCartStore,
    keys: Vec<CartKey>,
    calls: u64,
}

impl<'a> Pair<'a> {
    fn new(subject: &'a Subject) -> CaseResult<Self> {
        let clock = Arc::clone(subject.clock()) as Arc<dyn Clock>;
        let keys: Result<Vec<CartKey>, _> = CARTS
            .iter()
            .map(|(owner, instance)| key_of(owner, instance))
            .collect();
        Ok(Self {
            subject,
            reference: MemoryCartStore::new().with_clock(clock),
            keys: keys?,
            calls: 0,
        })
    }

    async fn stored(&self, cart: usize) -> Result<Stored, Error> {
        let request = LoadRequest::new(self.keys[cart].clone());
        self.reference.load(&request).await
    }

    /// The expectation in this role, and the version that the write brings.
    async fn versions(&self, cart: usize, role: Role) -> CaseResult<(Expect, Version)> {
        let current = self.stored(cart).await?.version();
        let next = match current {
            Some(version) => version.next(self.calls)?,
            None => Version::first(self.calls),
        };
        let stale = Version::new(next.sequence(), u64::MAX)?;
        Ok(match role {
            Role::Absent => (Expect::Absent, next),
            Role::Any => (Expect::Any, Version::new(1 + self.calls % 4, self.calls)?),
            Role::Current => (Expect::Version(current.unwrap_or(stale)), next),
            Role::Older => (Expect::Older, Version::new(1 + self.calls % 4, self.calls)?),
            Role::Stale => (Expect::Version(stale), next),
        })
    }

    /// Makes one call on both, and tells in what they differ.
    async fn call(&mut self, step: Step) -> CaseResult<Option<String>> {
        self.calls += 1;
        let now = self.subject.now();
        let store = self.subject.store();
        let (actual, expected) = match step {
            Step::Advance { millis } => {
                self.subject.advance(millis);
                return Ok(None);
            }
            Step::Sweep => {
                store.sweep(100).await?;
                return Ok(None);
            }
            Step::Load { cart, renew } => {
                let mut request = LoadRequest::new(self.keys[cart].clone());
                request.renew = renew.map(|millis| self.subject.after(millis));
                (
                    format!("{:?}", store.load(&request).await?),
                    format!("{:?}", self.reference.load(&request).await?),
                )
            }
            Step::Rename { from, to, expect } => {
                let source = self.stored(from).await?;
                let (expect_to, version) = self.versions(to, expect).await?;
                let known = source.version().unwrap_or(Version::first(u64::MAX));
                let record = records::tagged(version, now, self.calls);
                let rename = Rename {
                    from: self.keys[from].clone(),
                    expect_from: known,
                    tombstone: record.tombstone(known.next(self.calls)?, now, None),
                    to: self.keys[to].clone(),
                    expect_to,
                    record,
                };
                (
                    told(store.rename(&rename).await),
                    told(self.reference.rename(&rename).await),
                )
            }
            Step::Save {
                cart,
                expect,
                deletes,
                lives,
            } => {
                let (expect, version) = self.versions(cart, expect).await?;
                let mut record = records::tagged(version, now, self.calls);
                if deletes {
                    record = record.tombstone(version, now, None);
                }
                record.header.expires_at = lives.map(|millis| self.subject.after(millis));
                let request = SaveRequest::new(self.keys[cart].clone(), record, expect);
                (
                    told(store.save(&request).await),
                    told(self.reference.save(&request).await),
                )
            }
        };
        if actual != expected {
            return Ok(Some(format!("expected {expected}, got {actual}")));
        }
        self.difference().await
    }

    /// In what the two differ now, as far as loads and lists tell.
    async fn difference(&self) -> CaseResult<Option<String>> {
        let store = self.subject.store();
        for key in &self.keys {
            let request = LoadRequest::new(key.clone());
            let expected = self.reference.load(&request).await?;
            let actual = store.load(&request).await?;
            if actual != expected {
                return Ok(Some(format!(
                    "stored: expected {expected:?}, got {actual:?}"
                )));
            }
            let mut expected = self.reference.instances(key.owner()).await?;
            let mut actual = store.instances(key.owner()).await?;
            expected.sort_unstable();
            actual.sort_unstable();
            if actual != expected {
                return Ok(Some(format!(
                    "instances: expected {expected:?}, got {actual:?}"
                )));
            }
        }
        Ok(None)
    }
}

/// What an answer tells: all of it but the message, which is each store's own.
fn told(answer: Result<(), Error>) -> String {
    match answer {
        Ok(()) => "Ok".to_owned(),
        Err(error) => {
            let conflict = error.conflict().map(|conflict: &Conflict| {
                (conflict.expected(), conflict.actual(), conflict.live())
            });
            format!("{:?} {conflict:?}", error.kind())
        }
    }
}

/// Makes the calls on a new store and a new reference, up to the first difference.
async fn replay(subject: &Subject, steps: &[Step]) -> CaseResult<Option<String>> {
    let subject = subject.another().await?;
    let mut pair = Pair::new(&subject)?;
    for step in steps {
        if let Some(difference) = pair.call(*step).await? {
            return Ok(Some(difference));
        }
    }
    Ok(None)
}

/// Leaves out what the difference does not need, call by call.
async fn shrink(subject: &Subject, mut steps: Vec<Step>) -> CaseResult<Vec<Step>> {
    let mut at = steps.len();
    while at > 0 {
        at -= 1;
        let mut fewer = steps.clone();
        fewer.remove(at);
        if replay(subject, &fewer).await?.is_some() {
            steps = fewer;
        }
    }
    Ok(steps)
}

async fn random_calls_are_answered_as_by_the_reference(subject: &Subject) -> CaseResult {
    const SEQUENCES: usize = 10;
    const CALLS: usize = 80;
    let renames = subject.store().info().capabilities.rename > RenameSupport::None;
    for _ in 0..SEQUENCES {
        let steps: Vec<Step> = (0..CALLS)
            .map(|_| step(subject.randomness(), renames))
            .collect();
        if replay(subject, &steps).await?.is_none() {
            continue;
        }
        let steps = shrink(subject, steps).await?;
        let mut text = String::from("the calls");
        for step in &steps {
            write!(text, "\n    {step:?}")?;
        }
        if let Some(difference) = replay(subject, &steps).await? {
            write!(text, "\n  end in a difference: {difference}")?;
        }
        return Err(Stop::failed(text));
    }
    Ok(())
}
