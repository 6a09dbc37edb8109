//! Does to a private server what can happen to one:
//! `cargo run --example server_faults --features servers`.

use cart_testkit::servers::{Options, Postgres, Result, Server, SqlServer};

#[expect(clippy::print_stdout, reason = "it shows what happens")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::new().power_cuts().replicated().tcp();
    let postgres = Postgres::start(options).await?;
    println!("a server at {}", postgres.tcp_url()?);
    let replica = postgres.replica().await?;
    println!("its replica at {}", replica.url());
    postgres.sql("CREATE TABLE visits (page text)").await?;

    replica.catch_up(&postgres).await?;
    replica.pause_replay().await?;
    postgres.sql("INSERT INTO visits VALUES ('home')").await?;
    println!("paused, the replica has {}", count(&replica).await?);
    replica.resume_replay().await?;
    replica.catch_up(&postgres).await?;
    println!("caught up, it has {}", count(&replica).await?);

    postgres.kill()?;
    println!("killed, it answers {:?}", count(&postgres).await.ok());
    postgres.restart().await?;
    println!("started again, it has {}", count(&postgres).await?);

    let unsynced = "SET synchronous_commit = off; INSERT INTO visits VALUES ('cart')";
    postgres.sql(unsynced).await?;
    postgres.cut_power().await?;
    postgres.restart().await?;
    println!("after a power cut, it has {}", count(&postgres).await?);
    Ok(())
}

async fn count(server: &dyn SqlServer) -> Result<String> {
    server.sql("SELECT count(*) FROM visits").await
}
