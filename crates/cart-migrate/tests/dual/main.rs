//! A store over two: what holds in any order of events, and what each phase allows.
#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod drift;
mod flawed;
mod gate;
mod phases;
mod schedule;
mod schedules;
mod shoppers;
mod world;
