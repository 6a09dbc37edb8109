//! A cart in the visitor's session: `tower-sessions` with its store in Redis, and beside it our store.
//! Both load a ten-line cart, change it and save it, through the same structs.
//!
//! The session takes the last write, whatever came between; the store compares the version.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_bench::carts::{key, record_of};
use cart_bench::pairs::{Claim, Pairs};
use cart_bench::sides::MANY;
use cart_bench::typed::Typed;
use cart_core::{
    CartHandle, CartStore, Carts, Expect, Json, LoadRequest, Parts, SaveRequest, Stored,
};
use cart_store_cache::CacheCartStore;
use fred::clients::Client;
use tokio::runtime::Runtime;
use tower_sessions_core::Session;
use tower_sessions_core::session::Id;
use tower_sessions_redis_store::RedisStore;

/// Under which name the session holds the cart.
const CART: &str = "cart";

/// A session that holds a cart.
struct Visitor {
    sessions: Arc<RedisStore<Client>>,
    id: Id,
}

impl Visitor {
    async fn with_cart(client: Client, parts: &Parts) -> Self {
        let sessions = Arc::new(RedisStore::new(client));
        let session = Session::new(None, Arc::clone(&sessions), None);
        session
            .insert(CART, Typed::of(parts))
            .await
            .expect("a cart");
        session.save().await.expect("a session");
        let id = session.id().expect("it was saved");
        Self { sessions, id }
    }

    /// What a request does that finds the id in its cookie.
    async fn shop(&self, round: u64) {
        let session = Session::new(Some(self.id), Arc::clone(&self.sessions), None);
        let cart: Option<Typed> = session.get(CART).await.expect("an answer");
        let mut cart = cart.expect("a cart");
        cart.note(round);
        session.insert(CART, cart).await.expect("a change");
        session.save().await.expect("an answer");
    }
}

/// The same with a cart of the store.
async fn shop(store: &CacheCartStore, round: u64) {
    let key = key(MANY);
    let loaded = store.load(&LoadRequest::new(key.clone())).await;
    let Stored::Live(mut record) = loaded.expect("an answer") else {
        panic!("the cart is gone");
    };
    let expected = record.header.version;
    let mut cart = Typed::of(&record.parts);
    cart.note(round);
    let [items, conditions, metadata] = cart.encode();
    record.parts = Parts {
        items: items.into(),
        conditions: conditions.into(),
        metadata: metadata.into(),
    };
    record.header.version = expected.next(round).expect("not that many writes");
    let save = SaveRequest::new(key, record, Expect::Version(expected));
    store.save(&save).await.expect("nobody else writes");
}

/// The same through the carts that an application holds, which here remember what they wrote.
async fn edit(cart: &CartHandle, round: u64) {
    let note = Json::parse(&round.to_string()).expect("a number");
    let edited = cart.set_metadata("note", note).await;
    edited.expect("nobody else writes");
}

/// Measures load, change and save.
pub(crate) fn measure(
    runtime: &Runtime,
    pairs: &mut Pairs,
    store: &CacheCartStore,
    client: Client,
) {
    let record = record_of(10).record;
    let visitor = runtime.block_on(async {
        let parts = record.parts.clone();
        let save = SaveRequest::new(key(MANY), record, Expect::Any);
        store.save(&save).await.expect("a cart");
        Visitor::with_cart(client, &parts).await
    });
    let (store, visitor) = (store.clone(), Arc::new(visitor));
    let carts = Carts::builder(store.clone()).remember_writes(1).build();
    let cart = carts.cart_of(key(MANY));
    let mut session = |rounds| {
        let visitor = Arc::clone(&visitor);
        time(runtime, async move {
            for round in 0..rounds {
                visitor.shop(round).await;
            }
        })
    };
    pairs.measure(
        "store: load, change and save, beside a tower-sessions session",
        Claim::None,
        1,
        &mut |rounds| {
            let store = store.clone();
            time(runtime, async move {
                for round in 0..rounds {
                    shop(&store, round).await;
                }
            })
        },
        &mut session,
    );
    pairs.measure(
        "repeated edit, beside a tower-sessions session",
        Claim::Throughput(1.4),
        1,
        &mut |rounds| {
            let cart = cart.clone();
            time(runtime, async move {
                for round in 0..rounds {
                    edit(&cart, round).await;
                }
            })
        },
        &mut session,
    );
}

fn time(runtime: &Runtime, work: impl Future<Output = ()> + Send + 'static) -> Duration {
    runtime.block_on(async {
        let start = Instant::now();
        tokio::spawn(work).await.expect("no panic");
        start.elapsed()
    })
}
