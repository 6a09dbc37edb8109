//! Sessions in the files of a folder.

mod classify;
mod config;
mod document;
mod factory;
mod folder;
mod home;
mod hop;
mod journal;
mod name;
mod stripe;

pub use config::FileConfig;
pub use factory::FileFactory;
pub use home::FileHome;
