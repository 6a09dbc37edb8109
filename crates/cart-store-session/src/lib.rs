#![doc = include_str!("../README.md")]

#[cfg(feature = "file")]
mod codec;
#[cfg(feature = "file")]
mod file;
mod home;
mod judge;
mod list;
mod memory;
mod sessions;
mod store;

#[cfg(feature = "file")]
pub use file::{FileConfig, FileFactory, FileHome};
pub use home::{Listed, SessionHome};
pub use memory::MemoryHome;
pub use sessions::{SessionCarts, Sessions};
pub use store::SessionCartStore;
