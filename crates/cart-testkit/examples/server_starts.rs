//! How long private servers take to start: `cargo run --example server_starts --features servers`.
//!
//! Fails when the median of thirty starts is above 200 milliseconds.

use std::error::Error;
use std::time::{Duration, Instant};

use cart_testkit::servers::{MariaDb, Options, Postgres, Redis, Result, Server};

const LIMIT: Duration = Duration::from_millis(200);

#[expect(clippy::print_stdout, reason = "the figures are what it is for")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let postgres = median(async || Postgres::start(Options::new()).await).await?;
    let mariadb = median(async || MariaDb::start(Options::new()).await).await?;
    let redis = median(async || Redis::start(Options::new()).await).await?;
    println!("PostgreSQL starts in {postgres:?}, MariaDB in {mariadb:?}, Redis in {redis:?}");
    if postgres.max(mariadb).max(redis) > LIMIT {
        return Err(format!("a start takes longer than {LIMIT:?}").into());
    }
    Ok(())
}

async fn median<S: Server>(start: impl AsyncFn() -> Result<S>) -> Result<Duration> {
    // The first one makes the template.
    drop(start().await?);
    let mut times = Vec::new();
    for _ in 0..30 {
        let begin = Instant::now();
        let server = start().await?;
        times.push(begin.elapsed());
        drop(server);
    }
    times.sort();
    Ok(times[times.len() / 2])
}
