//! Sessions in cookies: the visitor's browser keeps them.

mod home;
mod line;
mod seal;

pub use home::CookieHome;
pub use seal::CookieKeys;
