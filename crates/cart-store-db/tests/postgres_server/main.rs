//! What the suite doesn't ask of a store: how PostgreSQL's behaves on a server of its own that is
//! killed, stopped, locked up and set up in other ways.

#![expect(
    clippy::expect_used,
    reason = "a test ends where something fails that must not"
)]

mod postgres {
    mod connections;
    mod documents;
    mod encryption;
    mod failures;
    mod replicas;
    mod round_trips;
    mod schema;
    mod support;
}
