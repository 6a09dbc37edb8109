//! Redis servers.

mod connections;
mod costs;
mod encryption;
mod failover;
mod refusals;
mod support;
mod unfinished_renames;
