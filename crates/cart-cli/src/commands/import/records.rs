//! Whole records, one JSON text on each line.

use std::io::{BufRead, BufReader, Read};

use cart_core::{Carts, Error, ErrorKind, Expect, SaveRequest, StoredCart};

use super::Source;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::shop::Shop;

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

/// Imports the records of `source`, and tells how many of other tenants were left out.
pub(super) async fn import(
    shop: &Shop,
    source: Source,
    progress: &mut Progress,
) -> Result<u64, Failure> {
    let mut lines = BufReader::new(source.reader);
    let mut batch = Batch::default();
    let (mut number, mut position, mut skipped) = (0, 0, 0);
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
            skipped += 1;
            continue;
        }
        batch.numbers.push(number);
        batch
            .requests
            .push(SaveRequest::new(key, record, Expect::Older));
        if batch.requests.len() == BATCH {
            batch.save(&shop.carts, progress, position).await?;
        }
    }
    batch.save(&shop.carts, progress, position).await?;
    Ok(skipped)
}

fn parse(line: &[u8]) -> cart_core::Result<StoredCart> {
    let text = str::from_utf8(line)
        .map_err(|error| Error::new(ErrorKind::Invalid, "it is not UTF-8").with_source(error))?;
    StoredCart::from_json(text)
}

impl Batch {
    /// Saves the batch, and empties it for the next one.
    async fn save(
        &mut self,
        carts: &Carts,
        progress: &mut Progress,
        position: u64,
    ) -> Result<(), Failure> {
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
            None => Ok(()),
            Some((number, error)) => Err(Failure::line(number, progress, error)),
        }
    }
}
