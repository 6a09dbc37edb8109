//! Carts are copied to another store beside shoppers, while the copier and both servers are killed
//! again and again; and the same shop with the recipe that one finds for it.

mod copier;
mod findings;
mod program;
mod recipe;
mod shoppers;
pub(super) mod speed;

use std::sync::Arc;
use std::time::{Duration, Instant};

use cart_core::{
    CartRecord, CartStore, Carts, Clock, Expect, Randomness, SaveRequest, SystemClock,
};
use cart_testkit::SeededRandomness;

use self::copier::Copier;
use self::findings::{Findings, judge};
use self::recipe::Recipe;
use self::shoppers::Shoppers;
use crate::arguments::Arguments;
use crate::backend::{Backend, PATIENCE, Site, open, patient};
use crate::carts::{key, record_of};
use crate::proof::{Figures, Proven, Refuted, ensure};

const CARTS: u64 = 100_000;
/// How many times the copier is killed.
const KILLS: u64 = 20;
/// How many times each of the servers is.
const OUTAGES: u64 = 5;
/// How many edits shoppers make between two outages, at least.
const EDITS: u64 = 200;
const LINES: usize = 3;
/// How much smaller the shop of the recipe is.
const CONTROL: u64 = 10;
/// How many edits are made there.
const CONTROL_EDITS: u64 = 20_000;

/// A shop whose carts are on their way from the first of two servers to the second.
struct Shop {
    sites: [Site; 2],
    stores: [Arc<dyn CartStore>; 2],
    count: u64,
}

pub(super) fn prove(
    backends: [Backend; 2],
    arguments: &Arguments,
    figures: &mut Figures,
) -> Proven {
    let count = arguments.scale.of(CARTS).max(1_000);
    let (kills, outages) = (arguments.scale.of(KILLS), arguments.scale.of(OUTAGES));
    let template = record_of(LINES).record;
    let control_edits = arguments.scale.of(CONTROL_EDITS).max(1_000);
    tokio::runtime::Runtime::new()?.block_on(async {
        let shop = Shop::open(backends, count, &template).await?;
        let faults = shop.copy(kills, outages, figures).await?;
        drop(shop);
        let shop = Shop::open(backends, count / CONTROL, &template).await?;
        let more = shop.follow_the_recipe(control_edits, figures).await?;
        figures.set_faults(faults + more);
        Ok(())
    })
}

impl Shop {
    async fn open(
        backends: [Backend; 2],
        count: u64,
        template: &CartRecord,
    ) -> Result<Self, Refuted> {
        let [from, to] = backends;
        let sites = [Site::start(from).await?, Site::start(to).await?];
        let [from, to] = &sites;
        let shop = Self {
            stores: [
                Arc::new(patient(open(&from.url()).await?)),
                Arc::new(patient(open(&to.url()).await?)),
            ],
            sites,
            count,
        };
        let mut requests = Vec::new();
        for number in 0..count {
            let key = key(usize::try_from(number)?);
            requests.push(SaveRequest::new(key, template.clone(), Expect::Absent));
            if requests.len() == 1_000 || number + 1 == count {
                for saved in shop.stores[0].save_many(&requests).await? {
                    saved?;
                }
                requests.clear();
            }
        }
        Ok(shop)
    }

    fn carts(store: Arc<dyn CartStore>) -> Carts {
        Carts::builder(store).edit_deadline(PATIENCE).build()
    }

    /// Copies everything beside shoppers, through all kills; once more when they have gone; and
    /// compares. Tells how many faults there were.
    async fn copy(&self, kills: u64, outages: u64, figures: &mut Figures) -> Result<u64, Refuted> {
        let [from, to] = &self.sites;
        let shoppers = Shoppers::start(&Self::carts(Arc::clone(&self.stores[0])), self.count);
        let mut copier = Copier::new(&from.url(), &to.url())?;
        let randomness = SeededRandomness::new(20);
        let mut killed = 0;
        while killed < kills {
            copier.advance(1 + randomness.next() % 4).await?;
            // In the middle of a batch, and not always at its beginning.
            let moment = Duration::from_micros(randomness.next() % 10_000);
            SystemClock.sleep(moment).await;
            killed += u64::from(copier.kill()?);
        }
        let mut stopped = 0;
        for site in (0..outages).flat_map(|_| &self.sites) {
            copier.advance(1).await?;
            strike(site).await?;
            stopped += 1;
            shoppers.go_on(EDITS).await?;
        }
        copier.finish().await?;
        let told = shoppers.end().await?;

        let start = Instant::now();
        copier.finish_another().await?;
        let last = start.elapsed();
        let compared = copier.verify()?;
        let findings = judge(&*self.stores[1], &told, self.count).await?;
        figures.set("carts", self.count);
        told.show(figures);
        figures.set("kills of the copier", killed);
        figures.set("copies that an outage ended", copier.failed);
        figures.set("kills of servers", stopped);
        figures.set("milliseconds of the last copy", last.as_millis());
        figures.set("records compared", compared.source);
        figures.set("differences", compared.differences());
        findings.show(figures);
        told.ensure_no_error()?;
        ensure(compared.equal, || {
            format!("the stores differ after the last copy: {compared:?}")
        })?;
        findings.ensure_nothing()?;
        for site in &self.sites {
            site.check().await?;
        }
        Ok(killed + stopped)
    }

    /// The same shop, which writes to both stores and reads the new one first. Something must go
    /// wrong there, or the proof finds nothing.
    async fn follow_the_recipe(&self, edits: u64, figures: &mut Figures) -> Result<u64, Refuted> {
        let [old, new] = self.stores.clone();
        let recipe = Arc::new(Recipe { old, new });
        let shoppers = Shoppers::start(&Self::carts(recipe), self.count);
        for site in &self.sites {
            shoppers.go_on(edits / 2).await?;
            strike(site).await?;
        }
        let told = shoppers.end().await?;
        let findings = judge(&*self.stores[1], &told, self.count).await?;
        figures.set("by the recipe: edits", told.edits());
        let Findings {
            lost,
            carts_back,
            items_back,
            left_behind,
        } = findings;
        figures.set("by the recipe: acknowledged items lost", lost);
        figures.set("by the recipe: deleted carts back", carts_back);
        figures.set("by the recipe: deleted items back", items_back);
        figures.set(
            "by the recipe: carts that nobody used, left behind",
            left_behind,
        );
        ensure(
            lost + carts_back + items_back > 0 && left_behind > 0,
            || "the recipe that loses carts has lost none: this proof finds nothing".to_owned(),
        )?;
        Ok(self.sites.len() as u64)
    }
}

/// Kills a server, and starts it again.
async fn strike(site: &Site) -> Proven {
    let server = site.server().ok_or("a file has no server")?;
    server.kill()?;
    Ok(server.restart().await?)
}
