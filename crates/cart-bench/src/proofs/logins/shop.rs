//! A shop whose guests are in one store and whose users are in another.

use std::sync::Arc;
use std::time::Duration;

use cart_core::{BuiltInStrategy, CartStore, Carts, Limits, Owner, Result, Transfers};

use super::death::{Plan, Side};
use super::door::Door;
use crate::backend::{PATIENCE, open};
use crate::proof::Refuted;

/// The most lines of a user's cart: fewer than some guests and users have together.
const LINES: u64 = 12;
/// How long a login goes on whose store has failed for good.
const SHORT: Duration = Duration::from_millis(500);

/// The shop as one process sees it: both stores by handles of its own.
#[derive(Clone, Debug)]
pub(super) struct Shop {
    guests: Arc<dyn CartStore>,
    users: Arc<dyn CartStore>,
}

impl Shop {
    pub(super) async fn open([guests, users]: &[String; 2]) -> std::result::Result<Self, Refuted> {
        Ok(Self {
            guests: open(guests).await?,
            users: open(users).await?,
        })
    }

    /// The same for one login that is to die.
    pub(super) fn under(&self, plan: &Arc<Plan>) -> Self {
        let door = |store: &Arc<dyn CartStore>, side| -> Arc<dyn CartStore> {
            Arc::new(Door::new(Arc::clone(store), side, plan))
        };
        Self {
            guests: door(&self.guests, Side::Guests),
            users: door(&self.users, Side::Users),
        }
    }

    pub(super) fn guests(&self) -> Carts {
        carts(&self.guests, PATIENCE)
    }

    pub(super) fn users(&self) -> Carts {
        carts(&self.users, PATIENCE)
    }

    pub(super) async fn login(&self, guest: &Owner, user: &Owner) -> Result<Transfers> {
        self.login_within(PATIENCE, guest, user).await
    }

    /// A login that gives up soon.
    pub(super) async fn short_login(&self, guest: &Owner, user: &Owner) -> Result<Transfers> {
        self.login_within(SHORT, guest, user).await
    }

    async fn login_within(
        &self,
        deadline: Duration,
        guest: &Owner,
        user: &Owner,
    ) -> Result<Transfers> {
        let users = carts(&self.users, deadline);
        let strategy = Arc::new(BuiltInStrategy::AddQuantities);
        carts(&self.guests, deadline)
            .login(guest, &users, user, strategy)
            .await
    }
}

fn carts(store: &Arc<dyn CartStore>, deadline: Duration) -> Carts {
    let mut limits = Limits::default();
    limits.lines = LINES;
    Carts::builder(Arc::clone(store))
        .edit_deadline(deadline)
        .limits(limits)
        .build()
}
