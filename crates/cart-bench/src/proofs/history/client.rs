//! What a client does whose history is recorded.

use cart_core::{
    CartKey, CartRecord, CartStore, Error, ErrorKind, Expect, Instance, LoadRequest, Owner,
    Randomness, SaveRequest, Stored, Timestamp, Version,
};
use cart_testkit::SeededRandomness;
use cart_testkit::history::Watched;

use crate::proof::Refuted;
use crate::worker::Locking;

/// A quarter of the traffic goes to the first key.
const KEYS: usize = 16;

/// One client, and what it last heard of each cart: the version, and whether there is a cart.
pub(super) struct Client {
    store: Watched,
    locking: Locking,
    keys: Vec<CartKey>,
    known: [Option<(Version, bool)>; KEYS],
    randomness: SeededRandomness,
}

impl Client {
    /// A client that locks a cart before it writes, or doesn't.
    pub(super) fn new(store: Watched, locking: Locking, seed: u64) -> Result<Self, Refuted> {
        let keys = (0..KEYS).map(|key| {
            let owner = Owner::user(key.to_string())?;
            Ok(CartKey::new(owner, Instance::default()))
        });
        Ok(Self {
            store,
            locking,
            keys: keys.collect::<Result<_, Refuted>>()?,
            known: [None; KEYS],
            randomness: SeededRandomness::new(seed),
        })
    }

    pub(super) async fn work(mut self, operations: u64) -> Result<(), Refuted> {
        let mut key = 0;
        for _ in 0..operations {
            // A client stays with a cart for a while, or what it knows would always be out of date.
            if self.randomness.below(3) == 0 {
                let hot = self.randomness.below(4) == 0;
                key = if hot { 0 } else { self.randomness.below(KEYS) };
            }
            if self.randomness.below(2) == 0 {
                self.load(key).await?;
            } else if self.locking == Locking::Locked {
                self.save_locked(key).await?;
            } else {
                self.save(key).await?;
            }
        }
        Ok(())
    }

    async fn load(&mut self, key: usize) -> Result<(), Refuted> {
        let request = LoadRequest::new(self.keys[key].clone());
        let stored = self.store.load(&request).await?;
        self.learn(key, &stored);
        Ok(())
    }

    fn learn(&mut self, key: usize, stored: &Stored) {
        let live = matches!(stored, Stored::Live(_));
        self.known[key] = stored.version().map(|version| (version, live));
    }

    /// Writes over what it knows, which may be out of date: then the answer is a conflict.
    async fn save(&mut self, key: usize) -> Result<(), Refuted> {
        // Now and then it makes a cart, whatever there is.
        let blind = self.randomness.below(20) == 0;
        let (request, live) = self.request(key, blind)?;
        let answer = self.store.save(&request).await;
        self.hear(key, &request, live, answer)
    }

    /// Writes over what is there, which nobody changes meanwhile who locks, too.
    async fn save_locked(&mut self, key: usize) -> Result<(), Refuted> {
        let lock = match self.store.lock(&self.keys[key]).await {
            // Too many others hold or want it: nothing has happened.
            Err(error) if error.kind() == ErrorKind::Busy => return Ok(()),
            lock => lock?,
        };
        self.learn(key, lock.stored());
        let (request, live) = self.request(key, false)?;
        let answer = lock.save(&request).await;
        self.hear(key, &request, live, answer)
    }

    fn request(&self, key: usize, blind: bool) -> Result<(SaveRequest, bool), Refuted> {
        let write_id = self.randomness.next();
        let (version, expect) = match self.known[key] {
            None => (Version::first(write_id), Expect::Absent),
            Some((version, _)) if blind => (version.next(write_id)?, Expect::Absent),
            Some((version, _)) => (version.next(write_id)?, Expect::Version(version)),
        };
        let now = Timestamp::from_millis(0);
        let mut record = CartRecord::new(version, now);
        record.parts.items = format!("[{{\"id\":\"{write_id:x}\"}}]").into();
        let is_delete = self.randomness.below(8) == 0 && expect != Expect::Absent;
        if is_delete {
            record = record.tombstone(version, now, None);
        }
        let request = SaveRequest::new(self.keys[key].clone(), record, expect);
        Ok((request, !is_delete))
    }

    fn hear(
        &mut self,
        key: usize,
        request: &SaveRequest,
        live: bool,
        answer: Result<(), Error>,
    ) -> Result<(), Refuted> {
        self.known[key] = match answer {
            Ok(()) => Some((request.record.header.version, live)),
            Err(error) => match error.conflict() {
                Some(conflict) => conflict.actual().map(|actual| (actual, conflict.live())),
                // A busy store has changed nothing; the client goes on with what it knew.
                None if error.kind() == ErrorKind::Busy => self.known[key],
                None => return Err(error.into()),
            },
        };
        Ok(())
    }
}

/// Has clients work on the handles in turn, and waits for their ends.
pub(super) async fn work(
    stores: impl IntoIterator<Item = Watched>,
    locking: fn(u64) -> Locking,
    first_seed: u64,
    each: u64,
) -> Result<(), Refuted> {
    let mut tasks = tokio::task::JoinSet::new();
    for (seed, store) in (first_seed..).zip(stores) {
        let client = Client::new(store, locking(seed), seed)?;
        tasks.spawn(client.work(each));
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
