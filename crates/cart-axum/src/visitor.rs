//! Who asks.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use cart_core::{CartHandle, Carts, Owner};
use http::request::Parts;
use http::{HeaderValue, Method};

use crate::layer::Shop;
use crate::problem::Problem;

/// The user who is signed in: what the application's own authentication puts into the extensions of a
/// request, before an extractor of this crate looks.
///
/// ```
/// use cart_axum::SignedIn;
/// use cart_core::Owner;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(SignedIn(Owner::user("42")?));
/// # Ok::<(), cart_core::InvalidKey>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn(pub Owner);

/// Whoever asks: a user who is [signed in](SignedIn), or else a guest.
///
/// An extractor; [`CartLayer`](crate::CartLayer) must be around the handler.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub(crate) shop: Arc<Shop>,
    user: Option<Owner>,
    token: Arc<Mutex<Token>>,
    /// Whether this request may change something.
    may_change: bool,
}

/// What is known of the guest.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// The browser brought none that is worth anything.
    Absent,
    /// The browser brought it.
    Brought(Owner),
    /// It was given out for this request, and goes to the browser with the answer if it may be kept.
    Issued(Owner),
    /// It has served its purpose: the browser is to forget it.
    Consumed,
}

impl Visitor {
    pub(crate) fn new(shop: Arc<Shop>, guest: Option<Owner>, method: &Method) -> Self {
        let token = guest.map_or(Token::Absent, Token::Brought);
        Self {
            shop,
            user: None,
            token: Arc::new(Mutex::new(token)),
            may_change: !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS),
        }
    }

    /// The carts among which [`Visitor::owner`]'s are: the users', for a visitor whom the application
    /// has [signed in](SignedIn) before this request, or else the guests'.
    ///
    /// With [`CartLayer::guests`](crate::CartLayer::guests) these are two stores. In the handler of a
    /// login the visitor is a guest to the end: the user's carts are among [`Visitor::users`].
    pub fn carts(&self) -> &Carts {
        if self.user.is_some() {
            &self.shop.carts
        } else {
            &self.shop.guests
        }
    }

    /// The users' carts, whoever asks: for what has to do with a user by name, such as the handlers of
    /// logins and of payments.
    pub fn users(&self) -> &Carts {
        &self.shop.carts
    }

    /// The user who is signed in.
    pub fn user(&self) -> Option<&Owner> {
        self.user.as_ref()
    }

    /// Whose carts the visitor has: the user's, or else the guest's. A guest who is new becomes
    /// somebody by this.
    ///
    /// # Errors
    ///
    /// A [`Problem`] when no token can be made.
    pub fn owner(&self) -> Result<Owner, Problem> {
        if let Some(user) = &self.user {
            return Ok(user.clone());
        }
        let mut token = self.token();
        match &*token {
            Token::Brought(guest) | Token::Issued(guest) => Ok(guest.clone()),
            Token::Absent | Token::Consumed => {
                let guest = self
                    .shop
                    .guests
                    .new_guest()
                    .map_err(cart_core::Error::from)?;
                let guest = guest.in_tenant(self.shop.tenant.clone());
                *token = Token::Issued(guest.clone());
                Ok(guest)
            }
        }
    }

    /// The visitor's cart `instance`. Nothing is read or written.
    ///
    /// # Errors
    ///
    /// As [`Visitor::owner`]; a [`Problem`] when the instance is empty or too long.
    pub fn cart(&self, instance: &str) -> Result<CartHandle, Problem> {
        let cart = self.carts().cart(self.owner()?, instance);
        Ok(cart.map_err(cart_core::Error::from)?)
    }

    /// Ends the visit of a user or a guest in this browser: who goes on is a new guest. What is in the
    /// user's carts stays there.
    pub fn logout(&self) {
        self.consume();
    }

    /// The guest whom the browser brought: the only one whose carts a login may touch.
    pub(crate) fn brought(&self) -> Option<Owner> {
        match &*self.token() {
            Token::Brought(guest) => Some(guest.clone()),
            Token::Absent | Token::Issued(_) | Token::Consumed => None,
        }
    }

    /// Makes the browser forget the guest.
    pub(crate) fn consume(&self) {
        *self.token() = Token::Consumed;
    }

    /// What the browser is to keep, or to forget.
    pub(crate) fn cookie(&self) -> Option<HeaderValue> {
        match &*self.token() {
            // Each change moves the day on which a browser forgets its guest.
            Token::Brought(guest) | Token::Issued(guest) if self.may_change => {
                self.shop.cookie.keep(guest)
            }
            Token::Consumed => self.shop.cookie.forget(),
            Token::Absent | Token::Brought(_) | Token::Issued(_) => None,
        }
    }

    fn token(&self) -> MutexGuard<'_, Token> {
        // A token is whole at every moment.
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        found(parts).ok_or_else(Problem::missing_layer)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(found(parts))
    }
}

fn found(parts: &Parts) -> Option<Visitor> {
    let mut visitor = parts.extensions.get::<Visitor>()?.clone();
    let signed_in = parts.extensions.get::<SignedIn>();
    visitor.user = signed_in.map(|SignedIn(user)| user.clone());
    Some(visitor)
}
