#![doc = include_str!("../README.md")]

mod cookies;
mod current;
mod idempotency;
mod layer;
mod login;
mod preconditions;
mod problem;
mod view;
mod visitor;

pub use cookie::{Key, SameSite};
pub use cookies::GuestCookie;
pub use current::CurrentCart;
pub use idempotency::IdempotencyHeader;
pub use layer::{CartLayer, CartService, ResponseFuture};
pub use login::Login;
pub use preconditions::IfMatch;
pub use problem::Problem;
pub use view::CartView;
pub use visitor::{SignedIn, Visitor};
