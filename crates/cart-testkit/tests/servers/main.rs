//! The private servers, and what can be done to them: against the real programs.
#![cfg(target_os = "linux")]

mod acts;
mod children;
mod mariadb;
mod postgres;
