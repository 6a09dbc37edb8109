//! What the suite doesn't ask of a store: how MySQL's behaves on a MariaDB server of its own that is
//! killed, stopped, locked up and set up in other ways.

#![expect(
    clippy::expect_used,
    reason = "a test ends where something fails that must not"
)]

mod mariadb {
    mod connections;
    mod encryption;
    mod failures;
    mod replicas;
    mod round_trips;
    mod schema;
    mod support;
}
