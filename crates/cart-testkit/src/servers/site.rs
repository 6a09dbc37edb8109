//! What a server needs before it starts: a folder, a disk, a port, certificates.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account;
use super::certificates::{Authority, Certificates};
use super::disk::SmallDisk;
use super::error::{Result, ServerError};
use super::folder::{Folder, Medium};
use super::options::{Network, Options, Syncing};
use super::port::Port;
use super::power::PowerCut;

/// How many characters of a log an error shows.
const TAIL: usize = 2_000;

/// Where one server lives.
#[derive(Debug)]
pub(super) struct Site {
    power: Option<PowerCut>,
    disk: Option<SmallDisk>,
    port: Option<Port>,
    certificates: Option<Certificates>,
    /// The last to go: all others are in it.
    folder: Folder,
}

impl Site {
    /// Makes what `options` ask for, on a disk of its own or else on `medium`, and the data by `fill`,
    /// which is given the path for it.
    pub(super) fn new(
        options: &Options,
        medium: Medium,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Self> {
        let folder = Folder::new(medium)?;
        let disk = options
            .disk
            .map(|bytes| SmallDisk::mount(&folder.path().join("disk"), bytes));
        let certificates = match options.network {
            Network::Tls(kind) => Some(match &options.authority {
                Some(shared) => Certificates::make(folder.path(), kind, shared)?,
                None => Certificates::make(folder.path(), kind, &Authority::new()?)?,
            }),
            Network::None | Network::Tcp => None,
        };
        let port = (options.network != Network::None).then(Port::claim);
        let mut site = Self {
            power: None,
            disk: disk.transpose()?,
            port: port.transpose()?,
            certificates,
            folder,
        };
        fill(&site.data_from_here())?;
        if options.syncing == Syncing::Watched {
            let durable = site.path().join("durable");
            account::copy_folder(&site.data_from_here(), &durable)?;
            site.power = Some(PowerCut::prepare(&site.data(), &durable)?);
        }
        Ok(site)
    }

    /// The folder, which holds the sockets.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The data, as the server sees it.
    pub(super) fn data(&self) -> PathBuf {
        let disk = self.disk.as_ref().map_or(self.path(), SmallDisk::path);
        disk.join("data")
    }

    /// The data, as this process sees it.
    pub(super) fn data_from_here(&self) -> PathBuf {
        match &self.disk {
            Some(disk) => disk.path_from_here().join("data"),
            None => self.data(),
        }
    }

    pub(super) fn port(&self) -> Option<u16> {
        self.port.as_ref().map(Port::number)
    }

    pub(super) fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    pub(super) fn disk(&self) -> Result<&SmallDisk> {
        self.disk.as_ref().ok_or(ServerError::Lacking(
            "the server has no disk of its own: start it with `Options::disk`",
        ))
    }

    /// Takes away what wasn't synced, once the server is dead.
    pub(super) fn cut_power(&self) -> Result<()> {
        let power = self.power.as_ref().ok_or(ServerError::Lacking(
            "nobody has looked at what was synced: start the server with `Options::power_cuts`",
        ))?;
        power.restore(&self.data_from_here())
    }

    /// A command that runs `program` here, and writes what it says to the log.
    pub(super) fn command(&self, program: &Path) -> Result<Command> {
        let mut command = account::command(program)?;
        if let Some(disk) = &self.disk {
            command = disk.enter(&command)?;
        }
        if let Some(power) = &self.power {
            power.watch(&mut command);
        }
        let log = self.log();
        let file = File::options().append(true).create(true).open(&log);
        let file = file.map_err(ServerError::file(&log))?;
        let second = file.try_clone().map_err(ServerError::file(&log))?;
        // What the tests print must not wait for the end of a server that has their output too.
        command.stdin(Stdio::null()).stdout(file).stderr(second);
        Ok(command)
    }

    /// The end of the log.
    pub(super) fn log_tail(&self) -> String {
        let bytes = fs::read(self.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let skipped = text
            .char_indices()
            .rev()
            .nth(TAIL)
            .map_or(0, |(start, _)| start);
        text[skipped..].trim().to_owned()
    }

    fn log(&self) -> PathBuf {
        self.path().join("log")
    }
}
