//! A guest signs in.

use std::sync::Arc;

use cart_core::{Error, Owner, Transfers};

use crate::visitor::Visitor;

/// What became of a guest's carts at a login. The login itself has succeeded in any case.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Login {
    /// The carts that are the user's now, and those that couldn't be merged: these are as they were,
    /// and the browser keeps the guest, so that the next login tries again.
    pub transfers: Transfers,
    /// What kept the guest's carts from being found.
    pub failure: Option<Error>,
}

impl Login {
    /// Whether the guest has nothing left.
    pub fn is_complete(&self) -> bool {
        self.failure.is_none() && self.transfers.failed.is_empty()
    }
}

impl Visitor {
    /// Makes the guest's carts the user's, all instances, each exactly once: to be called when a login
    /// has *succeeded*, by the handler of the login.
    ///
    /// The guest is the one whose token this very browser sent. Nobody else's carts are touched,
    /// whatever name was typed. Afterwards the browser forgets the token, and what was left of it at
    /// other places finds nothing. Where `auto_migrate_on_login` is off, nothing happens until
    /// [`Visitor::merge_into`] is called.
    ///
    /// # Cancel safety
    ///
    /// As [`Carts::login`](cart_core::Carts::login): every item is in one cart when the next login has
    /// gone on.
    pub async fn login(&self, user: &Owner) -> Login {
        if self.shop.merges_on_login {
            self.merge_into(user).await
        } else {
            Login::default()
        }
    }

    /// As [`Visitor::login`], whatever the configuration says.
    ///
    /// # Cancel safety
    ///
    /// As [`Visitor::login`].
    pub async fn merge_into(&self, user: &Owner) -> Login {
        let Some(guest) = self.brought() else {
            return Login::default();
        };
        let strategy = Arc::clone(&self.shop.strategy);
        let (guests, users) = (&self.shop.guests, &self.shop.carts);
        let login = match guests.login(&guest, users, user, strategy).await {
            Ok(transfers) => Login {
                transfers,
                failure: None,
            },
            Err(error) => Login {
                failure: Some(error),
                ..Login::default()
            },
        };
        if login.is_complete() {
            self.consume();
        }
        login
    }
}
