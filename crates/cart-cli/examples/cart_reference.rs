//! Prints every command of `cart` with its options, for `docs/cli.md`.
#![expect(clippy::print_stdout, reason = "what it prints is its result")]

fn main() {
    println!("{}", cart_cli::reference());
}
