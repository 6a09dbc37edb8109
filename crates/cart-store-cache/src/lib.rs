#![doc = include_str!("../README.md")]

mod connection;
mod key;
mod value;

pub use key::Prefix;
