//! The command `comparison`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cart_bench::compare()
}
