//! Prints the shop that the README shows, and what it answers to `curl`. With an address it is that shop.
//!
//! ```sh
//! cargo run -p cart-axum --example shop_transcript                      # as it stands in the README
//! cargo run -p cart-axum --example shop_transcript -- 127.0.0.1:3000    # to ask it by hand
//! ```

mod session;

use std::env;
use std::error::Error;

/// The shop, as a reader of the README would write it.
mod shop {
    include!("shop.rs");

    pub(super) fn open() -> Result<(), Box<dyn std::error::Error>> {
        main()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    if env::args().len() > 1 {
        return shop::open();
    }
    let code = include_str!("shop.rs").trim();
    let session = session::record()?;
    #[expect(clippy::print_stdout, reason = "it is what the README takes")]
    {
        println!(
            "`main.rs`, whole:\n\n\
             ```rust,no_run\n{code}\n```\n\n\
             Asked in a shell, after `cargo run -- 127.0.0.1:3000`; `…` stands for the random half of a version:\n\n\
             ```console\n{}\n```",
            session.trim()
        );
    }
    Ok(())
}
