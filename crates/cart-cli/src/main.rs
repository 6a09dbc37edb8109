//! `cart`, a shop's carts from the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    cart_cli::main(std::env::args_os())
}
