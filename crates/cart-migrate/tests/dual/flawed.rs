//! Simpler ways to write to two stores, which don't work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cart_core::{
    CartKey, CartLock, CartStore, Error, Expect, Health, Instance, LoadRequest, Operation, Owner,
    Rename, Result, SaveRequest, ScanPage, ScanRequest, StoreInfo, Stored, Version,
};

use crate::gate::Gate;
use crate::world::World;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// What the new store has not heard of is nowhere noted.
    ForgetsTheMark,
    /// A read that finds nothing in the new store puts there what the old one has.
    FillsInOnRead,
    /// From one moment on the new store is asked in place of the old one.
    FlipsByAFlag,
    /// The new store takes whatever comes.
    MirrorsWithoutAVersion,
}

/// A store over two, with a flaw.
#[derive(Debug)]
pub(crate) struct Flawed {
    flaw: Flaw,
    old: Gate,
    new: Gate,
    is_flipped: AtomicBool,
}

impl Flawed {
    pub(crate) fn new(flaw: Flaw, world: &World) -> Self {
        Self {
            flaw,
            old: world.old.clone(),
            new: world.new.clone(),
            is_flipped: AtomicBool::new(false),
        }
    }

    async fn mirror(&self, request: &SaveRequest, expect: Expect) -> Result<()> {
        let mirror = SaveRequest::new(request.key.clone(), request.record.clone(), expect);
        self.new.save(&mirror).await
    }
}

/// Turns the flag, when everything has been brought over.
pub(crate) async fn flip(world: World, store: Arc<dyn CartStore>) {
    let mut drain = cart_migrate::DrainPlan::new().begin(world.process());
    while let Ok(Some(_)) = drain.next_batch().await {}
    // No store has such a call: a sweep of nothing stands for the operator.
    let _ = store.sweep(0).await;
}

#[async_trait]
impl CartStore for Flawed {
    fn info(&self) -> StoreInfo {
        self.old.info()
    }

    async fn load(&self, request: &LoadRequest) -> Result<Stored> {
        if self.is_flipped.load(Ordering::SeqCst) {
            return self.new.load(request).await;
        }
        if self.flaw != Flaw::FillsInOnRead {
            return self.old.load(request).await;
        }
        let found = self.new.load(request).await?;
        if found != Stored::Missing {
            return Ok(found);
        }
        let found = self.old.load(request).await?;
        if let Stored::Live(record) = &found {
            let fill = SaveRequest::new(request.key.clone(), record.clone(), Expect::Any);
            self.new.save(&fill).await?;
        }
        Ok(found)
    }

    async fn save(&self, request: &SaveRequest) -> Result<()> {
        if self.is_flipped.load(Ordering::SeqCst) {
            return self.new.save(request).await;
        }
        let mut marked = request.clone();
        marked.record.header.marked = self.flaw != Flaw::ForgetsTheMark;
        self.old.save(&marked).await?;
        let expect = match self.flaw {
            Flaw::MirrorsWithoutAVersion => Expect::Any,
            _ => Expect::Older,
        };
        if self.mirror(request, expect).await.is_ok() {
            let version = request.record.header.version;
            let _ = self.old.unmark(&request.key, version).await;
        }
        Ok(())
    }

    async fn save_many(&self, _batch: &[SaveRequest]) -> Result<Vec<Result<()>>> {
        Err(Error::unsupported(Operation::SaveMany))
    }

    async fn rename(&self, _rename: &Rename) -> Result<()> {
        Err(Error::unsupported(Operation::Rename))
    }

    async fn lock(&self, _key: &CartKey) -> Result<Box<dyn CartLock>> {
        Err(Error::unsupported(Operation::Lock))
    }

    async fn instances(&self, _owner: &Owner) -> Result<Vec<Instance>> {
        Err(Error::unsupported(Operation::Instances))
    }

    async fn scan(&self, _request: &ScanRequest) -> Result<ScanPage> {
        Err(Error::unsupported(Operation::Scan))
    }

    async fn sweep(&self, _limit: usize) -> Result<usize> {
        self.is_flipped.store(true, Ordering::SeqCst);
        Ok(0)
    }

    async fn unmark(&self, _key: &CartKey, _version: Version) -> Result<()> {
        Err(Error::unsupported(Operation::Unmark))
    }

    async fn ping(&self) -> Result<Health> {
        self.old.ping().await
    }
}
