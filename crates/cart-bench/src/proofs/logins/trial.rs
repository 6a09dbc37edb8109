//! One guest's login: it dies, again and again, and is repeated by everybody at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cart_core::{ErrorKind, Transfers};
use tokio::task::JoinSet;

use super::death::{Moment, Plan, Way};
use super::process;
use super::shop::Shop;
use super::shopper::{APART, Bought, Shopper, Sight, Units};
use super::tally::Tally;
use crate::proof::{Proven, Refuted, ensure};

/// How often the other tab adds something beside the repeats.
const LATE: u64 = 3;

/// Where the logins take place.
#[derive(Debug)]
pub(super) struct Scene {
    /// What other processes open the stores by.
    pub(super) urls: [String; 2],
    /// The shop as the other tab sees it, and whoever looks.
    pub(super) tab: Shop,
    /// The shop as each of the repeats sees it.
    pub(super) repeats: Vec<Shop>,
    /// … and as those that die beside them see it.
    pub(super) dying: [Shop; 2],
    pub(super) tally: Tally,
}

pub(super) struct Trial {
    number: u64,
    shopper: Shopper,
    bought: Bought,
    /// What the guest's carts held when a login began that died.
    begun: Vec<Units>,
    scene: Arc<Scene>,
}

impl Trial {
    pub(super) async fn begin(number: u64, scene: &Arc<Scene>) -> Result<Self, Refuted> {
        let shopper = Shopper::new(number)?;
        let bought = shopper.fill(&scene.tab).await?;
        Ok(Self {
            number,
            shopper,
            bought,
            begun: Vec::new(),
            scene: Arc::clone(scene),
        })
    }

    pub(super) async fn run(mut self) -> Proven {
        let scene = Arc::clone(&self.scene);
        for (index, moment, way) in deaths(self.number) {
            self.die(moment, way).await?;
            scene.tally.died(index, way);
            self.shopper.add_late(&scene.tab, &mut self.bought).await?;
        }
        self.repeat().await?;
        self.end().await
    }

    /// A login that dies, alone; afterwards both carts are whole.
    async fn die(&mut self, moment: Moment, way: Way) -> Proven {
        let scene = Arc::clone(&self.scene);
        let sight = self.shopper.look(&scene.tab).await?;
        self.begun.push(sight.guest);
        let target = self.shopper.target()?;
        let plan = Plan::new(target, moment, way == Way::Failed);
        match way {
            Way::Dropped => self.drop_at(plan, &scene.dying[0]).await?,
            Way::Failed => self.fail_at(plan).await?,
            Way::Killed => {
                let (urls, number) = (scene.urls.clone(), self.number);
                let killed = move || process::kill_at(&urls, number, moment);
                tokio::task::spawn_blocking(killed).await??;
            }
        }
        let sight = self.shopper.look(&scene.tab).await?;
        self.ensure_whole(&sight, moment)
    }

    /// A login whose future is dropped at its moment.
    async fn drop_at(&self, plan: Plan, shop: &Shop) -> Proven {
        let was_there = reach(plan, shop, &self.shopper).await?;
        ensure(was_there, || {
            "a login was through before it came to its death".to_owned()
        })
    }

    /// A login at whose moment the store fails.
    async fn fail_at(&self, plan: Plan) -> Proven {
        let plan = Arc::new(plan);
        let shop = self.scene.dying[0].under(&plan);
        let (guest, user) = (&self.shopper.guest, &self.shopper.user);
        let transfers = shop.short_login(guest, user).await?;
        let target = self.shopper.target()?;
        let failed = |transfers: &Transfers| {
            let mut failed = transfers.failed.iter();
            failed.any(|failed| {
                failed.instance == target && failed.error.kind() == ErrorKind::Unavailable
            })
        };
        ensure(plan.is_carried_out() && failed(&transfers), || {
            format!("a login didn't meet its failure: {transfers:?}")
        })?;
        // Where the store is still there, the other carts have their turn.
        ensure(plan.moment.is_made() || transfers.failed.len() == 2, || {
            format!("a cart that failed kept others from being given: {transfers:?}")
        })
    }

    fn ensure_whole(&self, sight: &Sight, moment: Moment) -> Proven {
        let missing = sight.missing(&self.bought);
        ensure(missing == 0, || {
            format!("{missing} units are in no cart after a death at {moment:?}")
        })?;
        let target = self.shopper.target()?;
        let doubled = sight.doubled(&self.bought);
        let is_whole = if moment.leaves_it_in_both() {
            self.begun.iter().any(|begun| {
                let is_its =
                    |(item, _): &(&(&'static str, String), &u64)| item.0 == target.as_str();
                begun.iter().filter(is_its).eq(&doubled)
            })
        } else {
            doubled.is_empty()
        };
        ensure(is_whole, || {
            format!("the carts aren't whole after a death at {moment:?}: {doubled:?} are in both")
        })?;
        sight.ensure_apart(&self.bought)
    }

    /// Everybody repeats the login at once, two more die beside them, the other tab goes on, and
    /// somebody looks.
    async fn repeat(&mut self) -> Proven {
        let scene = Arc::clone(&self.scene);
        let is_over = AtomicBool::new(false);
        let mut logins = JoinSet::new();
        for shop in &scene.repeats {
            let (scene, shop, shopper) = self.shared(shop);
            logins.spawn(async move {
                let transfers = shop.login(&shopper.guest, &shopper.user).await?;
                scene.tally.repeated();
                ensure_all_but_apart(&transfers)
            });
        }
        for (shop, nth) in scene.dying.iter().zip(1..) {
            let (scene, shop, shopper) = self.shared(shop);
            let moment = Moment::of(self.number / nth);
            let plan = Plan::new(shopper.target()?, moment, false);
            logins.spawn(async move {
                let died = reach(plan, &shop, &shopper).await?;
                scene.tally.died_beside_others(died);
                Ok(())
            });
        }
        let logins = async {
            while let Some(ended) = logins.join_next().await {
                ended??;
            }
            is_over.store(true, Ordering::SeqCst);
            Ok::<_, Refuted>(())
        };
        let (shopper, before) = (self.shopper.clone(), self.bought.clone());
        let looks = async {
            while !is_over.load(Ordering::SeqCst) {
                let sight = shopper.look(&scene.tab).await?;
                let missing = sight.missing(&before);
                ensure(missing == 0, || {
                    format!("{missing} units are in no cart beside the repeats")
                })?;
                sight.ensure_apart(&before)?;
                scene.tally.looked();
            }
            Ok(())
        };
        let late = async {
            for _ in 0..LATE {
                self.shopper.add_late(&scene.tab, &mut self.bought).await?;
            }
            Ok(())
        };
        tokio::try_join!(logins, looks, late).map(drop)
    }

    fn shared(&self, shop: &Shop) -> (Arc<Scene>, Shop, Shopper) {
        (Arc::clone(&self.scene), shop.clone(), self.shopper.clone())
    }

    /// The next login takes what came late. Then everything is the user's, once, and stays so.
    async fn end(self) -> Proven {
        let tab = &self.scene.tab;
        let (guest, user) = (&self.shopper.guest, &self.shopper.user);
        for _ in 0..2 {
            ensure_all_but_apart(&tab.login(guest, user).await?)?;
            let sight = self.shopper.look(tab).await?;
            let (missing, doubled) = (sight.missing(&self.bought), sight.doubled(&self.bought));
            ensure(missing == 0 && doubled.is_empty(), || {
                format!("in the end {missing} units are missing and {doubled:?} too many")
            })?;
            ensure(sight.guest.is_empty(), || {
                "in the end the guest has something left".to_owned()
            })?;
            sight.ensure_apart(&self.bought)?;
        }
        self.scene.tally.ended(self.bought.units.values().sum());
        Ok(())
    }
}

/// At which moments a login dies, one after the other, and how: each of the 63 choices in turn.
fn deaths(number: u64) -> impl Iterator<Item = (usize, Moment, Way)> {
    let choice = 1 + (number * 37) % 63;
    let moments = Moment::ALL.into_iter().enumerate();
    let chosen = moments.filter(move |(index, _)| choice >> index & 1 == 1);
    let ways = Way::ALL.into_iter().cycle().skip((number % 3) as usize);
    chosen
        .zip(ways)
        .map(|((index, moment), way)| (index, moment, way))
}

/// Runs a login until it comes to its death, and drops it there; `false` when it was through before.
async fn reach(plan: Plan, shop: &Shop, shopper: &Shopper) -> Result<bool, Refuted> {
    let plan = Arc::new(plan);
    let shop = shop.under(&plan);
    tokio::select! {
        () = plan.carried_out() => Ok(true),
        ended = shop.login(&shopper.guest, &shopper.user) => {
            ensure_all_but_apart(&ended?)?;
            Ok(false)
        }
    }
}

/// Refutes the claim unless a login has given everything but the cart that can't be merged.
fn ensure_all_but_apart(transfers: &Transfers) -> Proven {
    let [failed] = &transfers.failed[..] else {
        return Err(format!("not one cart has failed: {transfers:?}").into());
    };
    let is_apart = failed.instance.as_str() == APART && failed.error.kind() == ErrorKind::Domain;
    ensure(is_apart, || format!("a cart was not given: {transfers:?}"))
}
