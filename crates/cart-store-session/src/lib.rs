#![doc = include_str!("../README.md")]

#[cfg(any(feature = "cookie", feature = "file", feature = "tower-sessions"))]
mod codec;
#[cfg(feature = "cookie")]
mod cookie;
#[cfg(feature = "file")]
mod file;
mod home;
mod judge;
mod list;
mod memory;
mod sessions;
mod store;
#[cfg(feature = "tower-sessions")]
mod tower;

#[cfg(feature = "cookie")]
pub use cookie::{CookieHome, CookieKeys};
#[cfg(feature = "file")]
pub use file::{FileConfig, FileFactory, FileHome};
pub use home::{Listed, SessionHome};
pub use memory::MemoryHome;
pub use sessions::{SessionCarts, Sessions};
pub use store::SessionCartStore;
#[cfg(feature = "tower-sessions")]
pub use tower::{CurrentSession, TowerHome};
