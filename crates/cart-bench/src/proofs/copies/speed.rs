//! How fast carts are copied and compared, beside a client that does nothing but insert them.

use std::ops::Range;
use std::time::Instant;

use cart_core::{CartRecord, Expect, Part, Parts, SaveRequest};
use cart_testkit::servers::{Options, Postgres, Redis, Server};
use serde::Deserialize;
use tokio::task::JoinSet;
use tokio_postgres::types::ToSql;

use super::LINES;
use super::copier::Compared;
use super::program::{Answered, cart};
use crate::arguments::Arguments;
use crate::backend::{open, with_option};
use crate::carts::{key, record_of};
use crate::clients;
use crate::floor::{Texts, Values};
use crate::pairs::Interval;
use crate::proof::{Figures, Proven, Refuted, ensure};

const MANY: u64 = 1_000_000;
/// As many fewer carts as memory is measured with besides.
const FEWER: u64 = 100;
/// The carts of a round, of which the copy and the client take turns.
const IN_A_ROUND: u64 = 100_000;
const ROUNDS: u64 = 5;
/// Rows in a statement of the client: as many as a copy reads at once.
const ROWS: u64 = 500;
/// Connections of the client: as many as a copy writes batches at a time.
const CONNECTIONS: u64 = 4;
/// How many more KiB of memory a copy may take of a hundred times as many carts.
const GROWTH: u64 = 16 * 1024;

/// What `cart copy` answers.
#[derive(Debug, Deserialize)]
struct Copied {
    carts: u64,
    milliseconds: u64,
}

/// Both servers, and what all carts hold.
struct Scene {
    runtime: tokio::runtime::Runtime,
    redis: Redis,
    postgres: Postgres,
    template: CartRecord,
}

pub(in super::super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let many = arguments.scale.of(MANY / ROWS).max(20) * ROWS;
    let in_a_round = arguments.scale.of(IN_A_ROUND / ROWS).max(8) * ROWS;
    let scene = Scene::open()?;
    let share = scene.rounds(in_a_round)?;
    eprintln!("copy-speed: a copy brings {share} % of the rows of a client");

    scene.fill("few", many / FEWER)?;
    scene.fill("many", many)?;
    let of_few = scene.copy("few", "few")?;
    let copied = scene.copy("many", "many")?;
    let compared = scene.compare("many")?;
    let again = scene.copy("many", "many")?;
    let (to_copy, to_compare) = (copied.answer.milliseconds, compared.answer.milliseconds);
    figures.set_rounded("rows of a copy, in % of those of a client", share.median);
    figures.set("carts", copied.answer.carts);
    figures.set("milliseconds to copy them", to_copy);
    figures.set("milliseconds to compare them", to_compare);
    figures.set("milliseconds to copy them again", again.answer.milliseconds);
    figures.set("peak KiB of the copy", copied.peak);
    figures.set("peak KiB of a copy of a hundredth", of_few.peak);
    figures.set("peak KiB of the comparison", compared.peak);

    ensure(copied.answer.carts == many, || {
        "carts are missing".to_owned()
    })?;
    ensure(compared.answer.found.equal, || {
        "the stores differ".to_owned()
    })?;
    ensure(copied.peak <= of_few.peak + GROWTH, || {
        let (peak, of_few) = (copied.peak, of_few.peak);
        format!("a copy of many carts takes {peak} KiB of memory, and one of few {of_few}")
    })?;
    ensure(to_compare <= to_copy, || {
        format!("it takes {to_copy} ms to copy the carts, and {to_compare} ms to compare them")
    })
}

/// What `cart verify` answers.
#[derive(Debug, Deserialize)]
struct Verified {
    #[serde(flatten)]
    found: Compared,
    milliseconds: u64,
}

impl Scene {
    fn open() -> Result<Self, Refuted> {
        let template = record_of(LINES).record;
        let runtime = tokio::runtime::Runtime::new()?;
        let (redis, postgres) = runtime.block_on(async {
            // The source is read only: no log of its commands.
            let options = Options::new().setting("appendonly", "no");
            let redis = Redis::start(options).await?;
            let options = Options::new()
                .durable()
                .setting("shared_buffers", "2GB")
                .setting("max_wal_size", "8GB");
            Ok::<_, Refuted>((redis, Postgres::start(options).await?))
        })?;
        Ok(Self {
            runtime,
            redis,
            postgres,
            template,
        })
    }

    fn source(&self, prefix: &str) -> String {
        with_option(&self.redis.url(), "prefix", &format!("cart-{prefix}"))
    }

    fn target(&self, table: &str) -> String {
        with_option(&self.postgres.url(), "table", &format!("carts_{table}"))
    }

    /// Puts so many carts under a prefix of the source.
    fn fill(&self, prefix: &str, count: u64) -> Proven {
        self.runtime.block_on(async {
            let store = open(&self.source(prefix)).await?;
            for first in (0..count).step_by(usize::try_from(ROWS)?) {
                let numbers = first..(first + ROWS).min(count);
                let request = |number| {
                    let key = key(usize::try_from(number).unwrap_or(usize::MAX));
                    SaveRequest::new(key, self.template.clone(), Expect::Absent)
                };
                let requests: Vec<_> = numbers.map(request).collect();
                for saved in store.save_many(&requests).await? {
                    saved?;
                }
            }
            Ok(())
        })
    }

    fn copy(&self, prefix: &str, table: &str) -> Result<Answered<Copied>, Refuted> {
        cart(&["copy", &self.source(prefix), &self.target(table)])
    }

    fn compare(&self, name: &str) -> Result<Answered<Verified>, Refuted> {
        cart(&["verify", &self.source(name), &self.target(name)])
    }

    /// The rows of a copy in percent of those that a client inserts in the same time, in turns.
    fn rounds(&self, count: u64) -> Result<Interval, Refuted> {
        self.fill("round", count)?;
        let mut shares = Vec::new();
        for round in 0..ROUNDS {
            let (copied, inserted) = if round % 2 == 0 {
                let copied = self.copied(count, round)?;
                (copied, self.inserted(count, round)?)
            } else {
                let inserted = self.inserted(count, round)?;
                (self.copied(count, round)?, inserted)
            };
            eprintln!("copy-speed: copied {copied:.0} a second, inserted {inserted:.0}");
            shares.push(copied / inserted * 100.0);
        }
        Ok(Interval::around(shares))
    }

    /// Rows a second that a copy brings.
    fn copied(&self, count: u64, round: u64) -> Result<f64, Refuted> {
        let copied = self.copy("round", &format!("copy_{round}"))?.answer;
        ensure(copied.carts == count, || "carts are missing".to_owned())?;
        Ok(rate(count, copied.milliseconds))
    }

    /// Rows a second that a client inserts, into a table as the store makes it.
    fn inserted(&self, count: u64, round: u64) -> Result<f64, Refuted> {
        let name = format!("client_{round}");
        self.runtime.block_on(async {
            drop(open(&self.target(&name)).await?);
            let table = format!("carts_{name}");
            let each = count / CONNECTIONS / ROWS * ROWS;
            let mut connections = JoinSet::new();
            let start = Instant::now();
            for connection in 0..CONNECTIONS {
                let first = connection * each;
                let client = clients::postgres(&self.postgres.url()).await?;
                let (table, template) = (table.clone(), self.template.clone());
                connections.spawn(insert(client, table, first..first + each, template));
            }
            while let Some(ended) = connections.join_next().await {
                ended??;
            }
            let took = u64::try_from(start.elapsed().as_millis())?;
            Ok(rate(each * CONNECTIONS, took))
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "some millions at most")]
fn rate(count: u64, milliseconds: u64) -> f64 {
    count as f64 / milliseconds.max(1) as f64 * 1_000.0
}

/// Inserts carts by one statement for so many of them.
async fn insert(
    client: tokio_postgres::Client,
    table: String,
    numbers: Range<u64>,
    template: CartRecord,
) -> Proven {
    let rows = usize::try_from(ROWS)?;
    let text = Texts::insert_many(&table, rows, |number| format!("${number}"));
    let statement = client.prepare(&text).await?;
    let Parts {
        items,
        conditions,
        metadata,
    } = &template.parts;
    let parts = [items, conditions, metadata].map(|part: &Part| part.as_str().to_owned());
    for first in numbers.step_by(rows) {
        let number = usize::try_from(first)?;
        let keys: Vec<_> = (number..number + rows).map(key).collect();
        let values: Vec<_> = keys
            .iter()
            .map(|key| Values::of(key, &template, &parts))
            .collect();
        let names: Vec<_> = values
            .iter()
            .map(|values| values.names.map(str::as_bytes))
            .collect();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = Vec::new();
        for (values, names) in values.iter().zip(&names) {
            for number in &values.numbers {
                parameters.push(number);
            }
            for text in &values.texts {
                parameters.push(text);
            }
            parameters.push(&values.class);
            for name in names {
                parameters.push(name);
            }
        }
        let inserted = client.execute(&statement, &parameters).await?;
        ensure(inserted == ROWS, || "rows are missing".to_owned())?;
    }
    Ok(())
}
