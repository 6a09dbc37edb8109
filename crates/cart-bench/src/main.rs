//! The command `torture`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cart_bench::main()
}
