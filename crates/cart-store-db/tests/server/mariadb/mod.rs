//! A MariaDB server.

#[path = "../shared/connections.rs"]
mod connections;
#[path = "../shared/disk.rs"]
mod disk;
#[path = "../shared/encryption.rs"]
mod encryption;
#[path = "../shared/refusals.rs"]
mod refusals;
#[path = "../shared/replicas.rs"]
mod replicas;
#[path = "../shared/round_trips.rs"]
mod round_trips;
#[path = "../shared/schema.rs"]
mod schema;
mod settings;
mod site;
mod steps;
#[path = "../shared/support.rs"]
mod support;
