//! Prints the store in `docs/writing-a-store.md`, which `tests/store_in_a_file.rs` puts to the test.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    println!("```rust\n{}```", include_str!("store.rs"));
}
