//! The connections to the servers: which one holds a slot, and what becomes of a call.

mod backoff;
mod call;
mod connector;
mod deadline;
mod limit;
mod link;
mod node;
mod route;
mod servers;
mod single;

pub(crate) use call::{Call, Script};
pub(crate) use servers::Servers;
