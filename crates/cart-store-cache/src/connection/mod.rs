//! The connections to the servers: which one holds a slot, and what becomes of a call.

mod call;

pub(crate) use call::{Call, Script};
