//! Ten requests of one session at once, wherever the sessions are.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::routing::{get, post};
use cart_axum::{CartView, Problem};
use cart_core::{CartHandle, CartStore, Carts};
use cart_store_session::{
    CurrentSession, FileConfig, FileHome, MemoryHome, SessionCartStore, TowerHome,
};
use http::StatusCode;
use tokio::sync::Barrier;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

use crate::shop::{Browser, key, shop, tea};

const REQUESTS: usize = 10;

/// What a visitor has in the end who had one before and then sent ten requests, of which each was there
/// before the first was answered.
async fn after_ten_at_once(shop: &Router) -> u64 {
    let mut browser = Browser::new(shop);
    browser.post("/cart/USD/tea").await;
    let all_here = Arc::new(Barrier::new(REQUESTS));
    let together = shop
        .clone()
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let all_here = Arc::clone(&all_here);
            async move {
                all_here.wait().await;
                next.run(request).await
            }
        }));
    let adds = (0..REQUESTS).map(|_| {
        let mut browser = browser.clone().through(&together);
        tokio::spawn(async move { browser.post("/cart/USD/tea").await.status })
    });
    for add in adds.collect::<Vec<_>>() {
        assert_eq!(add.await.expect("no panic"), StatusCode::OK);
    }
    browser.get("/cart").await.quantity("tea")
}

async fn nothing_is_lost_in(store: impl CartStore) {
    let shop = shop(Carts::new(store), &key());
    assert_eq!(after_ten_at_once(&shop).await, 11);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_requests_at_once_lose_nothing_in_sessions_in_memory() {
    nothing_is_lost_in(SessionCartStore::new(MemoryHome::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_requests_at_once_lose_nothing_in_session_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = FileHome::open(FileConfig::folder(folder.path())).await;
    nothing_is_lost_in(SessionCartStore::new(home.expect("sessions"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_requests_at_once_lose_nothing_in_a_store_of_tower_sessions() {
    let home = TowerHome::new(Arc::new(MemoryStore::default())).with_secret(&[7; 32]);
    nothing_is_lost_in(SessionCartStore::new(home)).await;
}

/// The cart in the visitor's own session.
fn cart_in(home: TowerHome<MemoryStore>, session: Session) -> Result<CartHandle, Problem> {
    let current = CurrentSession::new(home, session)?;
    let visitor = current.owner().clone();
    let carts = Carts::new(SessionCartStore::new(current));
    Ok(carts
        .cart(visitor, "default")
        .map_err(cart_core::Error::from)?)
}

async fn show(
    State(home): State<TowerHome<MemoryStore>>,
    session: Session,
) -> Result<CartView, Problem> {
    Ok(CartView::new(&cart_in(home, session)?.load().await?)?)
}

async fn add(
    State(home): State<TowerHome<MemoryStore>>,
    session: Session,
) -> Result<CartView, Problem> {
    let edited = cart_in(home, session)?.add(tea("tea", "USD")?).await?;
    Ok(CartView::new(&edited.snapshot)?)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_requests_at_once_lose_nothing_in_the_visitors_own_session() {
    let store = MemoryStore::default();
    let shop = Router::new()
        .route("/cart", get(show))
        .route("/cart/USD/tea", post(add))
        .with_state(TowerHome::new(Arc::new(store.clone())))
        .layer(SessionManagerLayer::new(store));
    assert_eq!(after_ten_at_once(&shop).await, 11);
}

/// What is in the session when a request begins is loaded, and what is there when it ends is saved.
async fn count(session: Session, all_have_read: Option<Arc<Barrier>>) -> String {
    let before: Option<u64> = session.get("tea").await.expect("a session");
    let after = before.unwrap_or_default() + 1;
    if let Some(all_have_read) = all_have_read {
        all_have_read.wait().await;
    }
    session.insert("tea", after).await.expect("a session");
    after.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_session_without_versions_loses_nine_of_ten() {
    let all_have_read = Arc::new(Barrier::new(REQUESTS));
    let together = move |session: Session| count(session, Some(Arc::clone(&all_have_read)));
    let shop = Router::new()
        .route("/one", post(|session: Session| count(session, None)))
        .route("/ten", post(together))
        .layer(SessionManagerLayer::new(MemoryStore::default()));
    let mut browser = Browser::new(&shop);
    assert_eq!(browser.post("/one").await.text, "1");
    let adds = (0..REQUESTS).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { browser.post("/ten").await.status })
    });
    for add in adds.collect::<Vec<_>>() {
        assert_eq!(add.await.expect("no panic"), StatusCode::OK);
    }
    // Of eleven, two are left, and this is the third.
    assert_eq!(browser.post("/one").await.text, "3");
}
