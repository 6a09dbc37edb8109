//! The program as a shell runs it: arguments in, output and exit code out, carts in an SQLite file.
#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod cleanup;
mod conditions;
mod doctor;
mod files;
mod hostile;
mod items;
mod metadata;
mod migrate;
#[cfg(target_os = "linux")]
mod migration;
mod owners;
#[cfg(target_os = "linux")]
mod redis;
mod reports;
mod settings;
mod support;
mod swap_file;
mod together;
