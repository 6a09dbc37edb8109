//! Guests sign in, from one store to another, and their logins die at every step.

mod death;
mod door;
mod process;
mod shop;
mod shopper;
mod tally;
mod trial;

use std::sync::Arc;

use tokio::task::JoinSet;

pub(crate) use self::process::work;
use self::shop::Shop;
use self::tally::Tally;
use self::trial::{Scene, Trial};
use super::renames::patient;
use crate::arguments::Arguments;
use crate::backend::{Backend, Site, with_option};
use crate::proof::{Figures, Proven, Refuted};

const LOGINS: u64 = 1_000;
/// How often each is repeated at once, each time by a handle of its own, as by another process.
const REPEATS: usize = 8;
const AT_ONCE: usize = 6;

/// From the first of these to the second.
pub(super) fn prove(
    [guests, users]: [Backend; 2],
    arguments: &Arguments,
    figures: &mut Figures,
) -> Proven {
    let logins = arguments.scale.of(LOGINS);
    let runtime = tokio::runtime::Runtime::new()?;
    let scene = runtime.block_on(async {
        let sites = [Site::start(guests).await?, Site::start(users).await?];
        let urls = [url(guests, &sites[0]), url(users, &sites[1])];
        let mut repeats = Vec::new();
        for _ in 0..REPEATS {
            repeats.push(Shop::open(&urls).await?);
        }
        let scene = Arc::new(Scene {
            tab: Shop::open(&urls).await?,
            dying: [Shop::open(&urls).await?, Shop::open(&urls).await?],
            repeats,
            urls,
            tally: Tally::default(),
        });
        let mut lanes = JoinSet::new();
        for lane in (0..logins).take(AT_ONCE) {
            let scene = Arc::clone(&scene);
            lanes.spawn(async move {
                for number in (lane..logins).step_by(AT_ONCE) {
                    let trial = Trial::begin(number, &scene).await?.run().await;
                    trial.map_err(|error| format!("login {number}: {error}"))?;
                }
                Ok::<_, Refuted>(())
            });
        }
        while let Some(ended) = lanes.join_next().await {
            ended??;
        }
        for site in &sites {
            site.check().await?;
        }
        Ok::<_, Refuted>(scene)
    })?;
    scene.tally.list(figures)
}

/// What a store is opened by that waits long, and takes few of the connections that there are.
fn url(backend: Backend, site: &Site) -> String {
    let url = patient(backend, &site.url());
    match backend {
        #[cfg(target_os = "linux")]
        Backend::Postgres | Backend::MariaDb => {
            let url = with_option(&url, "pool", "3");
            with_option(&url, "readers", "1")
        }
        _ => url,
    }
}
