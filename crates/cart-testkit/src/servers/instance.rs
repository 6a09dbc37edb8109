//! A private server's process, and what can be done to it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::Signal;

use super::error::{Result, ServerError};
use super::process::{NotReady, Process};
use super::server::DATABASE;
use super::site::Site;

/// How long a server may take until it answers, also after a crash.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a server may take to end by itself before it is killed.
const END_LIMIT: Duration = Duration::from_secs(2);

/// A private server's process, with its folder: the part that all servers have in common.
#[derive(Clone, Debug)]
pub struct Instance(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    launch: Launch,
    process: Mutex<Option<Process>>,
    databases: AtomicU32,
    site: Site,
}

/// How a server is started, and how one sees that it has started.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) server: &'static str,
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    pub(super) socket: PathBuf,
    /// Whether the server that runs as this process takes statements.
    pub(super) is_ready: fn(&Site, u32) -> bool,
    /// What asks it to end at once and yet leave nothing behind, if it needs to be asked.
    pub(super) farewell: Option<Signal>,
}

impl Instance {
    /// Starts a server, and waits until it takes statements.
    pub(super) fn start(site: Site, launch: Launch) -> Result<Self> {
        let instance = Self(Arc::new(Shared {
            launch,
            process: Mutex::new(None),
            databases: AtomicU32::new(1),
            site,
        }));
        instance.restart()?;
        Ok(instance)
    }

    pub(super) fn server(&self) -> &'static str {
        self.0.launch.server
    }

    pub(super) fn socket(&self) -> &Path {
        &self.0.launch.socket
    }

    pub(super) fn site(&self) -> &Site {
        &self.0.site
    }

    /// A name that no database has yet.
    pub(super) fn next_database(&self) -> String {
        let number = self.0.databases.fetch_add(1, Ordering::Relaxed);
        format!("{DATABASE}_{number}")
    }

    pub(super) fn restart(&self) -> Result<()> {
        let Shared { launch, site, .. } = &*self.0;
        let mut running = self.running();
        kill(launch.server, running.take())?;
        let mut command = site.command(&launch.program)?;
        command.args(&launch.arguments);
        let start = Process::start(command).map_err(ServerError::process(launch.server))?;
        let process = running.insert(start);
        let id = process.id();
        process
            .wait_until(|| (launch.is_ready)(site, id), START_LIMIT)
            .map_err(|reason| self.not_ready(reason))
    }

    pub(super) fn kill(&self) -> Result<()> {
        kill(self.server(), self.running().take())
    }

    pub(super) fn stop(&self) -> Result<()> {
        self.signal(Process::stop)
    }

    pub(super) fn resume(&self) -> Result<()> {
        self.signal(Process::resume)
    }

    pub(super) fn cut_power(&self) -> Result<()> {
        // Held until the files are back: nobody may restart it in between.
        let mut running = self.running();
        kill(self.server(), running.take())?;
        self.0.site.cut_power()
    }

    fn signal(&self, signal: impl FnOnce(&Process) -> std::io::Result<()>) -> Result<()> {
        match &*self.running() {
            Some(process) => signal(process).map_err(ServerError::process(self.server())),
            None => Err(ServerError::Lacking(
                "the server isn't running: restart it first",
            )),
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Process>> {
        self.0
            .process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn not_ready(&self, reason: NotReady) -> ServerError {
        let server = self.server();
        let log = self.0.site.log_tail();
        match reason {
            NotReady::Ended(status) => ServerError::Died {
                server,
                status,
                log,
            },
            NotReady::Silent => ServerError::Silent {
                server,
                waited: START_LIMIT,
                log,
            },
            NotReady::Lost(source) => ServerError::process(server)(source),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let process = self
            .process
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let (Some(process), Some(farewell)) = (process, self.launch.farewell) {
            process.end_within(farewell, END_LIMIT);
        }
    }
}

fn kill(server: &'static str, process: Option<Process>) -> Result<()> {
    match process {
        Some(mut process) => process.kill().map_err(ServerError::process(server)),
        None => Ok(()),
    }
}
