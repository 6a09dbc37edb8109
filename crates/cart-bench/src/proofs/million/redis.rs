//! A million carts in Redis: as fast as a thousand, and what they take.

use std::time::Instant;

use cart_core::StoredCart;
use cart_testkit::servers::{Options, Redis, Server};

use super::crowd::{Crowd, What, compare};
use super::{CARTS, FEW, LINES};
use crate::arguments::Arguments;
use crate::carts::record_of;
use crate::proof::{Figures, Proven, Refuted, ensure};

/// What a cart may take beyond its JSON, in bytes: key, version, times and its place in the index.
const BEYOND: u64 = 700;

pub(in super::super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let count = arguments.scale.of(CARTS).max(10 * FEW);
    let template = record_of(LINES);
    tokio::runtime::Runtime::new()?.block_on(async {
        // It is about memory: no log of commands.
        let options = Options::new().setting("appendonly", "no");
        let servers = [
            Redis::start(options.clone()).await?,
            Redis::start(options).await?,
        ];
        let many = Crowd::new(&servers[0].url(), count, &template).await?;
        let few = Crowd::new(&servers[1].url(), FEW, &template).await?;
        few.fill().await?;
        let before = used_memory(&servers[0]).await?;
        let start = Instant::now();
        many.fill().await?;
        figures.set("carts", count);
        figures.set("milliseconds to fill in", start.elapsed().as_millis());
        let (took, json) = (
            (used_memory(&servers[0]).await? - before) / (count - 1),
            json(&template),
        );
        figures.set("bytes of memory for a cart", took);
        figures.set("bytes of its JSON", json);

        let loads = compare(&many, &few, What::Load).await?;
        let saves = compare(&many, &few, What::Save).await?;
        loads.show(figures);
        saves.show(figures);
        loads.ensure_flat()?;
        saves.ensure_flat()?;
        ensure(took <= json + BEYOND, || {
            format!("a cart takes {took} bytes, and its JSON {json}")
        })
    })
}

async fn used_memory(server: &Redis) -> Result<u64, Refuted> {
    let text = server.command(&["INFO", "memory"]).await?;
    let mut lines = text.lines();
    let used = lines.find_map(|line| line.strip_prefix("used_memory:"));
    Ok(used.ok_or("the server doesn't tell")?.trim().parse()?)
}

/// How long the parts of a cart are.
fn json(cart: &StoredCart) -> u64 {
    let parts = &cart.record.parts;
    let parts = [&parts.items, &parts.conditions, &parts.metadata];
    parts.iter().map(|part| part.as_str().len() as u64).sum()
}
