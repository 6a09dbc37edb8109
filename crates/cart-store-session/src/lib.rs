#![doc = include_str!("../README.md")]

mod home;
mod judge;
mod list;
mod memory;
mod sessions;
mod store;

pub use home::{Listed, SessionHome};
pub use memory::MemoryHome;
pub use sessions::{SessionCarts, Sessions};
pub use store::SessionCartStore;
