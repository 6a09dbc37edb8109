//! The layer that knows who asks.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use cart_core::{BuiltInStrategy, Carts, MergeStrategy, MigrationSection, Tenant};
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::cookies::{self, GuestCookie};
use crate::visitor::Visitor;

/// Gives every request its [`Visitor`], and every guest a cookie.
///
/// A guest gets the cookie by the first request that may change something, so that reading leaves no
/// trace and stays cacheable.
#[derive(Clone, Debug)]
pub struct CartLayer {
    shop: Arc<Shop>,
}

/// What all visitors have in common.
#[derive(Clone, Debug)]
pub(crate) struct Shop {
    pub(crate) carts: Carts,
    /// The carts of guests, where these are in another store.
    pub(crate) guests: Carts,
    pub(crate) cookie: GuestCookie,
    pub(crate) tenant: Tenant,
    pub(crate) merges_on_login: bool,
    pub(crate) strategy: Arc<dyn MergeStrategy>,
}

impl CartLayer {
    /// The layer of a shop whose carts these are.
    pub fn new(carts: Carts, cookie: GuestCookie) -> Self {
        let migration = MigrationSection::default();
        Self {
            shop: Arc::new(Shop {
                guests: carts.clone(),
                carts,
                cookie,
                tenant: Tenant::default(),
                merges_on_login: migration.auto_migrate_on_login,
                strategy: Arc::new(migration.merge_strategy),
            }),
        }
    }

    /// The same, with the carts of guests in a store of their own, such as sessions. A login takes them to
    /// the users' carts, as [`Carts::login`] does.
    #[must_use]
    pub fn guests(self, guests: Carts) -> Self {
        self.with(|shop| shop.guests = guests)
    }

    /// The same, with the guests of this tenant.
    #[must_use]
    pub fn tenant(self, tenant: Tenant) -> Self {
        self.with(|shop| shop.tenant = tenant)
    }

    /// The same, with what the section `migration` of a configuration says of logins.
    #[must_use]
    pub fn migration(self, migration: &MigrationSection) -> Self {
        let strategy: BuiltInStrategy = migration.merge_strategy;
        let merges = migration.auto_migrate_on_login;
        self.with(|shop| {
            shop.merges_on_login = merges;
            shop.strategy = Arc::new(strategy);
        })
    }

    /// The same, merging a guest's carts into the user's in this way.
    #[must_use]
    pub fn strategy(self, strategy: Arc<dyn MergeStrategy>) -> Self {
        self.with(|shop| shop.strategy = strategy)
    }

    fn with(mut self, change: impl FnOnce(&mut Shop)) -> Self {
        change(Arc::make_mut(&mut self.shop));
        self
    }
}

impl<S> Layer<S> for CartLayer {
    type Service = CartService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CartService {
            inner,
            shop: Arc::clone(&self.shop),
        }
    }
}

/// The service that [`CartLayer`] makes.
#[derive(Clone, Debug)]
pub struct CartService<S> {
    inner: S,
    shop: Arc<Shop>,
}

/// The answer of a [`CartService`].
pub type ResponseFuture<R, E> = Pin<Box<dyn Future<Output = Result<R, E>> + Send>>;

impl<S, B, R> Service<Request<B>> for CartService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ResponseFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let shop = Arc::clone(&self.shop);
        let guest = shop.cookie.guest(request.headers(), &shop.tenant);
        let visitor = Visitor::new(shop, guest, request.method());
        request.extensions_mut().insert(visitor.clone());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            cookies::set(response.headers_mut(), visitor.cookie());
            Ok(response)
        })
    }
}
