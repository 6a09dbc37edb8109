//! Where a cart is at home: its record in the old store says it.

use cart_core::{CartKey, CartRecord, LoadRequest, Result, Stored, Timestamp};

use super::form::{Found, at_home, barred_version, moved_version, shown};
use super::{DualWriteStore, Side, TRIES, overtaken};

/// Where a cart is at home, and what is stored there.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) side: Side,
    pub(super) stored: Stored,
    /// What the old store has in the place of a cart that is at home in the new one.
    pub(super) way_mark: Option<CartRecord>,
}

/// Both sides of a cart.
enum Sides {
    Settled(Home),
    /// On its way from one side to the other.
    Moving(Side, CartRecord),
    /// Neither side has it: a cart that is absent is on its way back.
    Nowhere {
        old: CartRecord,
        new: CartRecord,
    },
}

impl DualWriteStore {
    async fn sides(&self, key: &CartKey) -> Result<Sides> {
        let request = LoadRequest::new(key.clone());
        let old = match Found::of(self.pair().old.load(&request).await?) {
            Found::Home(stored) => {
                return Ok(Sides::Settled(Home {
                    side: Side::Old,
                    stored,
                    way_mark: None,
                }));
            }
            Found::Moving(record) => return Ok(Sides::Moving(Side::Old, record)),
            Found::Moved(record) => record,
        };
        Ok(match Found::of(self.pair().new.load(&request).await?) {
            Found::Home(stored) => Sides::Settled(Home {
                side: Side::New,
                stored,
                way_mark: Some(old),
            }),
            Found::Moving(record) => Sides::Moving(Side::New, record),
            Found::Moved(new) => Sides::Nowhere { old, new },
        })
    }

    /// Where a cart is at home. One that is on its way arrives first.
    pub(super) async fn home(&self, key: &CartKey) -> Result<Home> {
        for _ in 0..TRIES {
            match self.sides(key).await? {
                Sides::Settled(home) => return Ok(home),
                Sides::Moving(from, record) => self.hand_over(from, key, &record).await?,
                Sides::Nowhere { old, new } => self.settle_absent(key, &old, &new).await?,
            }
        }
        Err(overtaken())
    }

    /// What is stored under a key, wherever that is. Nothing is written.
    pub(super) async fn look(&self, request: &LoadRequest) -> Result<Stored> {
        // A version may be that of the new store, which the old one doesn't have to know.
        let mut of_old = request.clone();
        of_old.at_least = None;
        let mut seen = None;
        for _ in 0..TRIES {
            let way_mark = match Found::of(self.pair().old.load(&of_old).await?) {
                Found::Home(stored) => {
                    self.renew_mirror(request, &stored).await;
                    return Ok(shown(stored));
                }
                // Nobody writes to it before it has arrived.
                Found::Moving(record) => return Ok(Stored::Live(at_home(&record))),
                Found::Moved(record) => record,
            };
            match Found::of(self.pair().new.load(request).await?) {
                Found::Home(stored) => return Ok(shown(stored)),
                Found::Moving(record) => return Ok(Stored::Live(at_home(&record))),
                Found::Moved(new) => {
                    // What has come back since the first look is in the old store by now.
                    let before = seen.replace(way_mark.header.version);
                    if before == Some(way_mark.header.version) {
                        return Ok(absent(&way_mark, &new));
                    }
                }
            }
        }
        Err(overtaken())
    }

    /// Lets the mirror of a cart live as long as the cart, as well as it can.
    async fn renew_mirror(&self, request: &LoadRequest, stored: &Stored) {
        let known = *self.known();
        let mirrors = known.is_some_and(|known| known.phase.mirrors());
        if mirrors && request.renew.is_some() && matches!(stored, Stored::Live(_)) {
            let mut renewal = LoadRequest::new(request.key.clone());
            renewal.renew = request.renew;
            let _ = self.pair().new.load(&renewal).await;
        }
    }

    pub(super) fn expired(&self, record: &CartRecord) -> bool {
        let now: Timestamp = self.now();
        record.is_expired(now)
    }
}

/// What is stored where both stores say that the cart is in the other one.
pub(super) fn absent(old: &CartRecord, new: &CartRecord) -> Stored {
    let version = new.header.version;
    if version == barred_version(old.header.version) {
        Stored::Missing
    } else {
        Stored::Tombstone(moved_version(version))
    }
}
