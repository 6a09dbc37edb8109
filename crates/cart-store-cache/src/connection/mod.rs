//! The connections to the servers: which one holds a slot, and what becomes of a call.

mod backoff;
mod call;
mod cluster;
mod connector;
mod deadline;
mod discovery;
mod limit;
mod link;
mod node;
mod roster;
mod route;
mod row;
mod sentinel;
mod server;
mod servers;
mod single;

pub(crate) use backoff::Backoff;
pub(crate) use call::{Call, Script};
pub(crate) use deadline::Deadline;
pub(crate) use servers::Servers;
