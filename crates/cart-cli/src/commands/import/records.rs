//! Whole records, one JSON text on each line.

use std::io::{BufRead, BufReader, Read};
use std::panic;
use std::sync::Arc;

use cart_core::{Carts, Error, ErrorKind, Expect, LoadRequest, SaveRequest, StoredCart};
use tokio::task::JoinSet;

use super::LeftOut;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::shop::Shop;
use crate::source::Source;

/// How many carts are saved at once.
const BATCH: usize = 500;
/// No cart has a longer line: the codec refuses it.
const LONGEST_LINE: u64 = 16 * 1024 * 1024 + 1;

/// Carts that are about to be saved, each with the number of its line.
#[derive(Default)]
struct Batch {
    numbers: Vec<u64>,
    requests: Vec<SaveRequest>,
}

/// Imports the records of `source`, and tells how many were left out.
pub(super) async fn import(
    shop: &Shop,
    source: Source,
    progress: &mut Progress,
) -> Result<LeftOut, Failure> {
    let mut lines = BufReader::new(source.reader);
    let mut batch = Batch::default();
    let (mut number, mut position) = (0, 0);
    let mut left_out = LeftOut::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line);
        let read = read.map_err(|error| Failure::File {
            path: source.path.clone(),
            source: error,
        })?;
        if read == 0 {
            break;
        }
        number += 1;
        position += u64::try_from(read).unwrap_or(u64::MAX);
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let StoredCart { key, record } =
            parse(text).map_err(|error| Failure::line(number, progress, error))?;
        let tenant = key.owner().tenant();
        if shop.tenant.as_ref().is_some_and(|only| only != tenant) {
            left_out.skipped += 1;
            continue;
        }
        batch.numbers.push(number);
        batch
            .requests
            .push(SaveRequest::new(key, record, Expect::Older));
        if batch.requests.len() == BATCH {
            left_out.unchanged += batch.save(&shop.carts, progress, position).await?;
        }
    }
    left_out.unchanged += batch.save(&shop.carts, progress, position).await?;
    Ok(left_out)
}

fn parse(line: &[u8]) -> cart_core::Result<StoredCart> {
    let text = str::from_utf8(line)
        .map_err(|error| Error::new(ErrorKind::Invalid, "it is not UTF-8").with_source(error))?;
    StoredCart::from_json(text)
}

impl Batch {
    /// How many carts of the batch the store has, in the same or a newer version: a save of those
    /// succeeds and changes nothing.
    async fn unchanged(&self, carts: &Carts) -> Result<u64, Failure> {
        let mut loads = JoinSet::new();
        for request in &self.requests {
            let store = Arc::clone(carts.store());
            let (key, version) = (request.key.clone(), request.record.header.version);
            loads.spawn(async move {
                let stored = store.load(&LoadRequest::new(key)).await?.version();
                Ok(stored.is_some_and(|stored| stored.sequence() >= version.sequence()))
            });
        }
        let mut unchanged = 0;
        while let Some(load) = loads.join_next().await {
            match load {
                Ok(Ok(is_there)) => unchanged += u64::from(is_there),
                Ok(Err(error)) => return Err(Failure::Store(error)),
                Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
                Err(_) => {}
            }
        }
        Ok(unchanged)
    }

    /// Saves the batch, and empties it for the next one. Tells how many carts the store had already.
    async fn save(
        &mut self,
        carts: &Carts,
        progress: &mut Progress,
        position: u64,
    ) -> Result<u64, Failure> {
        let unchanged = self.unchanged(carts).await?;
        let answers = carts.store().save_many(&self.requests).await?;
        let mut failed = None;
        for (number, answer) in self.numbers.drain(..).zip(answers) {
            match answer {
                Ok(()) => progress.advance(1, position),
                Err(error) => failed = failed.or(Some((number, error))),
            }
        }
        self.requests.clear();
        match failed {
            None => Ok(unchanged),
            Some((number, error)) => Err(Failure::line(number, progress, error)),
        }
    }
}
