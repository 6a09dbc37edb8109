//! What the commands work on.

use cart_core::{CartHandle, Carts, Configuration, Owner, Tenant};

use crate::arguments::Which;
use crate::output::Output;

/// The opened carts, and where results go.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) carts: Carts,
    pub(crate) configuration: Configuration,
    /// The tenant that was named, if any.
    pub(crate) tenant: Option<Tenant>,
    pub(crate) output: Output,
}

impl Shop {
    /// A handle to one cart.
    pub(crate) fn cart(&self, which: &Which) -> CartHandle {
        self.carts.cart_of(which.key(&self.home()))
    }

    /// An owner in the tenant that was named.
    pub(crate) fn owner(&self, owner: &Owner) -> Owner {
        owner.clone().in_tenant(self.home())
    }

    /// The tenant of commands about one owner.
    fn home(&self) -> Tenant {
        self.tenant.clone().unwrap_or_default()
    }
}
