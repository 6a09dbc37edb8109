//! A store that fails as it is told, around one that works.
//!
//! [`FaultStore`] is for the tests of whatever stands on a store: an application, a layer, a job. It
//! refuses calls, loses requests and replies, delays and reorders them, and answers like a replica
//! that is behind; by a plan, or by chance that a seed repeats. A fault that never came fails its
//! test.
//!
//! ```
//! use cart_core::{Carts, Currency, MemoryCartStore, Money, NewItem, Owner};
//! use cart_testkit::faults::{Fault, FaultStore};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = FaultStore::new(MemoryCartStore::new());
//! let cart = Carts::new(store.clone()).cart(Owner::user("ann")?, "default")?;
//! let mug = NewItem::new("mug", "Mug", Money::new(1_250, Currency::parse("USD")?));
//!
//! // The reply to the next write is lost: the edit finds out, and adds nothing twice.
//! store.plan([Fault::lose_reply()]);
//! cart.add(mug.clone()).await?;
//! assert_eq!(store.left(), 0);
//!
//! // Somebody else is faster, three times in a row.
//! let other = Carts::new(store.inner()).cart(Owner::user("ann")?, "default")?;
//! let theirs = mug.clone();
//! let faster = store.inject(Fault::none().times(3).before(move || {
//!     let (other, mug) = (other.clone(), theirs.clone());
//!     async move { drop(other.add(mug).await) }
//! }));
//! cart.add(mug).await?;
//! assert_eq!(faster.end(), 3);
//! let mugs = cart.load().await?.items()?.get("mug").map(|item| item.quantity());
//! assert_eq!(mugs, Some(5));
//! # Ok(())
//! # }
//! ```

mod call;
mod calls;
mod fault;
mod gate;
mod past;
mod script;
mod store;

pub use call::Call;
pub use fault::Fault;
pub use gate::Gate;
pub use store::FaultStore;
