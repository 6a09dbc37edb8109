//! The session of the visitor whose request is answered.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "what a test builds is valid"
)]

use std::sync::Arc;

use cart_core::{CartHandle, Carts, Currency, ErrorKind, Money, NewItem, Owner};
use cart_store_session::{CurrentSession, SessionCartStore, TowerHome};
use tokio::task::JoinSet;
use tower_sessions_core::session::Id;
use tower_sessions_core::{Session, SessionStore};
use tower_sessions_memory_store::MemoryStore;

/// A site whose visitors have sessions.
#[derive(Clone)]
struct Site {
    store: Arc<MemoryStore>,
    home: TowerHome<MemoryStore>,
}

impl Site {
    fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let home = TowerHome::new(Arc::clone(&store));
        Self { store, home }
    }

    /// What the layer puts into a request that came with this cookie.
    fn session(&self, cookie: Option<Id>) -> Session {
        Session::new(cookie, Arc::clone(&self.store), None)
    }

    fn cart(&self, session: &Session) -> CartHandle {
        let current = CurrentSession::new(self.home.clone(), session.clone()).unwrap();
        let visitor = current.owner().clone();
        let carts = Carts::new(SessionCartStore::new(current));
        carts.cart(visitor, "default").unwrap()
    }

    /// A visitor who has put something into the cart.
    async fn visitor(&self) -> Id {
        let session = self.session(None);
        self.cart(&session).add(item("tea")).await.unwrap();
        end(&session).await.expect("a cookie")
    }

    async fn items(&self, cookie: Id) -> usize {
        let session = self.session(Some(cookie));
        let loaded = self.cart(&session).load().await.unwrap();
        loaded.items().unwrap().len()
    }
}

/// What the layer does at the end of a request: the cookie that the response sets.
async fn end(session: &Session) -> Option<Id> {
    if session.is_modified() && !session.is_empty().await {
        session.save().await.unwrap();
        return session.id();
    }
    None
}

fn item(name: &str) -> NewItem {
    let price = Money::parse("1.00", Currency::parse("USD").unwrap()).unwrap();
    NewItem::new(name, "Cup", price)
}

#[tokio::test]
async fn a_new_visitor_gets_a_session_with_the_first_write_and_not_before() {
    let site = Site::new();
    let session = site.session(None);
    let loaded = site.cart(&session).load().await.unwrap();
    assert!(loaded.items().unwrap().is_empty());
    assert_eq!((session.id(), end(&session).await), (None, None));

    let visitor = site.visitor().await;
    assert_eq!(site.items(visitor).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_requests_of_one_session_at_once_lose_nothing() {
    let site = Site::new();
    let visitor = site.visitor().await;
    let mut requests = JoinSet::new();
    for number in 0..10 {
        let site = site.clone();
        requests.spawn(async move {
            let session = site.session(Some(visitor));
            let cart = site.cart(&session);
            cart.add(item(&format!("sku-{number}"))).await.unwrap();
            end(&session).await
        });
    }
    while let Some(cookie) = requests.join_next().await {
        // The layer has nothing to save at the end: the write went through.
        assert_eq!(cookie.unwrap(), None);
    }
    assert_eq!(site.items(visitor).await, 11);
}

#[tokio::test]
async fn what_else_the_request_changes_is_kept_beside_the_cart() {
    let site = Site::new();
    let visitor = site.visitor().await;
    let session = site.session(Some(visitor));
    session.insert("theme", "dark").await.unwrap();
    site.cart(&session).add(item("cup")).await.unwrap();
    session.insert("language", "en").await.unwrap();
    end(&session).await;

    let later = site.session(Some(visitor));
    let theme: Option<String> = later.get("theme").await.unwrap();
    let language: Option<String> = later.get("language").await.unwrap();
    assert_eq!(
        (theme.as_deref(), language.as_deref()),
        (Some("dark"), Some("en"))
    );
    assert_eq!(site.items(visitor).await, 2);
}

#[tokio::test]
async fn a_changed_id_keeps_the_cart_and_the_old_one_finds_nothing() {
    let site = Site::new();
    let old = site.visitor().await;
    let session = site.session(Some(old));
    session.cycle_id().await.unwrap();
    // Within the same request, too.
    site.cart(&session).add(item("cup")).await.unwrap();
    let new = end(&session).await.expect("a new cookie");
    assert_ne!(old, new);
    assert_eq!(site.items(new).await, 2);
    assert_eq!(site.items(old).await, 0);
    assert!(site.store.load(&old).await.unwrap().is_none());
}

#[tokio::test]
async fn a_guest_whose_token_is_the_session_has_the_same_cart() {
    let site = Site::new();
    let visitor = site.visitor().await;
    let guest = Owner::guest(visitor.to_string()).unwrap();
    let carts = Carts::new(SessionCartStore::new(site.home.clone()));
    let cart = carts.cart(guest, "default").unwrap();
    cart.add(item("cup")).await.unwrap();
    assert_eq!(site.items(visitor).await, 2);
}

#[tokio::test]
async fn a_session_that_is_gone_is_an_error_and_comes_into_being_for_nobody() {
    let site = Site::new();
    let guessed = Id(42);
    let guest = Owner::guest(guessed.to_string()).unwrap();
    let carts = Carts::new(SessionCartStore::new(site.home.clone()));
    let cart = carts.cart(guest, "default").unwrap();
    assert!(cart.load().await.unwrap().items().unwrap().is_empty());
    let error = cart.add(item("tea")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(site.store.load(&guessed).await.unwrap().is_none());
}

#[tokio::test]
async fn the_rest_of_a_session_is_left_alone() {
    let site = Site::new();
    let visitor = site.visitor().await;
    let mut record = site.store.load(&visitor).await.unwrap().unwrap();
    record
        .data
        .insert("basket".to_owned(), serde_json::json!([1, null]));
    site.store.save(&record).await.unwrap();
    let session = site.session(Some(visitor));
    site.cart(&session).add(item("cup")).await.unwrap();
    let after = site.store.load(&visitor).await.unwrap().unwrap();
    assert_eq!(after.data["basket"], record.data["basket"]);
    assert_ne!(after.data["cart"], record.data["cart"]);
    assert_eq!(after.expiry_date, record.expiry_date);
}

#[tokio::test]
async fn another_owner_is_refused() {
    let site = Site::new();
    let session = site.session(None);
    let current = CurrentSession::new(site.home.clone(), session).unwrap();
    let carts = Carts::new(SessionCartStore::new(current));
    let cart = carts.cart(Owner::user("42").unwrap(), "default").unwrap();
    let error = cart.add(item("tea")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}
