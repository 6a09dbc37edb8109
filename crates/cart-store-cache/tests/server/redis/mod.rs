//! Redis servers.

mod configured;
mod connections;
mod costs;
mod crossing_renames;
mod encryption;
mod failover;
mod flush;
mod late_renames;
mod refusals;
mod rights;
mod slots;
mod support;
mod unfinished_renames;
mod unready;
