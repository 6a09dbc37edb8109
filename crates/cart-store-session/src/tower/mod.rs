//! Sessions in whatever keeps them for tower-sessions.

mod classify;
mod current;
mod home;
mod identity;
mod locks;

pub use current::CurrentSession;
pub use home::TowerHome;
