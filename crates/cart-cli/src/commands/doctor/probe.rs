//! A cart that the doctor makes, looks at and takes away again.

use cart_core::{
    CartHandle, CartSnapshot, Carts, Currency, Error, ErrorKind, Instance, Money, NewItem, Owner,
    Randomness, Result, SystemRandomness, Tenant,
};

use super::diagnosis::Diagnosis;

/// The item that lies in the cart.
const ITEM: &str = "probe";

/// A cart of an owner that nobody else has.
#[derive(Debug)]
pub(super) struct Probe {
    cart: CartHandle,
    price: Money,
}

impl Probe {
    /// A probe of `carts`. Nothing is read or written.
    pub(super) fn new(carts: &Carts, tenant: Tenant) -> Result<Self> {
        let owner = Owner::custom("cart-doctor", format!("{:016x}", SystemRandomness.next()))?;
        Ok(Self {
            cart: carts.cart(owner.in_tenant(tenant), Instance::DEFAULT)?,
            price: Money::new(100, Currency::parse("EUR")?),
        })
    }

    /// Writes, reads and erases the cart.
    pub(super) async fn run(&self, diagnosis: &mut Diagnosis) {
        let done = |what: &'static str| move |&(): &()| what.to_owned();
        diagnosis
            .check("write", self.write(), done("a cart was written"))
            .await
            .ok();
        let read = diagnosis
            .check("read", self.read(), |_| "it was read again".to_owned())
            .await;
        if let Ok(stale) = read {
            diagnosis
                .check(
                    "conflict",
                    self.overtake(stale),
                    done("a stale write was refused"),
                )
                .await
                .ok();
        }
        diagnosis
            .check("erase", self.erase(), done("no trace of it is left"))
            .await
            .ok();
    }

    async fn write(&self) -> Result<()> {
        let item = NewItem::new(ITEM, ITEM, self.price);
        self.cart.add(item).await.map(drop)
    }

    async fn read(&self) -> Result<CartSnapshot> {
        let snapshot = self.cart.load().await?;
        if snapshot.totals()?.total == self.price.amount() {
            Ok(snapshot)
        } else {
            Err(broken("the store gave another cart than was written"))
        }
    }

    /// Saves a snapshot after somebody else has written.
    async fn overtake(&self, mut stale: CartSnapshot) -> Result<()> {
        self.write().await?;
        stale.edit(|cart| {
            cart.clear();
            Ok(())
        })?;
        match stale.save().await {
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            Err(error) => Err(error),
            Ok(_) => Err(broken("the store took a stale write: edits get lost")),
        }
    }

    async fn erase(&self) -> Result<()> {
        let owner = self.cart.key().owner();
        self.cart.carts().erase(owner).await?;
        if self.cart.load().await?.exists() {
            return Err(broken("the store still has the cart"));
        }
        Ok(())
    }
}

fn broken(message: &'static str) -> Error {
    Error::new(ErrorKind::Unexpected, message)
}
