//! The process that copies, `cart copy` with its checkpoint in a file, and is killed.

use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use cart_core::{Clock, SystemClock};
use serde::Deserialize;

use super::program::cart;
use crate::folder::Folder;
use crate::proof::{Proven, Refuted, ensure};
use crate::worker;

/// Records in a batch: few, so that a kill comes in the middle of something.
const BATCH: u64 = 250;
/// How long a batch may take, also when a server is away.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often in a row a copy may fail.
const TRIES: u64 = 20;

/// A copy from one store to another, by one process after the other.
#[derive(Debug)]
pub(super) struct Copier {
    urls: [String; 2],
    folder: Folder,
    process: Option<Child>,
    /// How many processes have ended with an error.
    pub(super) failed: u64,
}

/// What `cart verify` has found.
#[derive(Debug, Deserialize)]
pub(super) struct Compared {
    pub(super) equal: bool,
    pub(super) source: u64,
    missing: u64,
    extra: u64,
    older: u64,
    newer: u64,
    different: u64,
    expiry: u64,
    corrupt_source: u64,
    corrupt_target: u64,
}

impl Compared {
    pub(super) fn differences(&self) -> u64 {
        let Self {
            missing,
            extra,
            older,
            newer,
            different,
            expiry,
            corrupt_source,
            corrupt_target,
            ..
        } = self;
        missing + extra + older + newer + different + expiry + corrupt_source + corrupt_target
    }
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Failed,
}

impl Copier {
    pub(super) fn new(from: &str, to: &str) -> Result<Self, Refuted> {
        Ok(Self {
            urls: [from.to_owned(), to.to_owned()],
            folder: Folder::new()?,
            process: None,
            failed: 0,
        })
    }

    /// Waits until so many more batches are noted; what has ended is started again.
    pub(super) async fn advance(&mut self, batches: u64) -> Proven {
        let deadline = Instant::now() + PATIENCE;
        let mut before = self.noted();
        loop {
            self.ended()?;
            self.start()?;
            let noted = self.noted();
            // A copy that is done leaves no checkpoint: the next one begins anew.
            before = before.min(noted);
            if noted >= before + batches * BATCH {
                return Ok(());
            }
            self.wait_a_moment(deadline).await?;
        }
    }

    /// Kills the process, and tells whether that is how it ended.
    pub(super) fn kill(&mut self) -> Result<bool, Refuted> {
        let Some(mut process) = self.process.take() else {
            return Ok(false);
        };
        process.kill()?;
        Ok(process.wait()?.code().is_none())
    }

    /// Waits until the copy is done, starting it again where it failed.
    pub(super) async fn finish(&mut self) -> Proven {
        let deadline = Instant::now() + PATIENCE;
        let mut tries = 0;
        loop {
            self.start()?;
            match self.ended()? {
                Some(End::Done) => return Ok(()),
                Some(End::Failed) => tries += 1,
                None => self.wait_a_moment(deadline).await?,
            }
            ensure(tries < TRIES, || format!("the copy fails: {}", self.said()))?;
        }
    }

    /// Copies once more, from the beginning.
    pub(super) async fn finish_another(&mut self) -> Proven {
        self.kill()?;
        match fs::remove_file(self.folder.file("place")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => self.finish().await,
        }
    }

    /// Compares the stores.
    pub(super) fn verify(&self) -> Result<Compared, Refuted> {
        let [from, to] = &self.urls;
        Ok(cart(&["verify", from, to])?.answer)
    }

    fn start(&mut self) -> Proven {
        if self.process.is_none() {
            let mut command = worker::command("cart")?;
            command.args(["--", "cart", "copy"]).args(&self.urls);
            command.arg("--resume").arg(self.folder.file("place"));
            command.arg("--batch-size").arg(BATCH.to_string());
            command
                .stdout(Stdio::null())
                .stderr(File::create(self.folder.file("said"))?);
            self.process = Some(command.spawn()?);
        }
        Ok(())
    }

    fn ended(&mut self) -> Result<Option<End>, Refuted> {
        let Some(process) = &mut self.process else {
            return Ok(None);
        };
        let Some(status) = process.try_wait()? else {
            return Ok(None);
        };
        self.process = None;
        if status.success() {
            return Ok(Some(End::Done));
        }
        self.failed += 1;
        Ok(Some(End::Failed))
    }

    /// How many records the checkpoint counts.
    fn noted(&self) -> u64 {
        #[derive(Deserialize)]
        struct Checkpoint {
            counts: Counts,
        }
        #[derive(Deserialize)]
        struct Counts {
            seen: u64,
        }
        let text = fs::read_to_string(self.folder.file("place")).unwrap_or_default();
        let checkpoint = serde_json::from_str::<Checkpoint>(&text);
        checkpoint.map_or(0, |checkpoint| checkpoint.counts.seen)
    }

    async fn wait_a_moment(&self, deadline: Instant) -> Proven {
        ensure(Instant::now() < deadline, || {
            format!("the copy doesn't get on: {}", self.said())
        })?;
        SystemClock.sleep(Duration::from_millis(1)).await;
        Ok(())
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.file("said")).unwrap_or_default()
    }
}

impl Drop for Copier {
    fn drop(&mut self) {
        // After a proof that failed half-way. One that has ended already can't be killed.
        let _ = self.kill();
    }
}
