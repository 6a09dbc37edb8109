//! What a server needs before it starts: a folder, a disk, a port, certificates.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account;
use super::certificates::Certificates;
use super::disk::SmallDisk;
use super::error::{Result, ServerError};
use super::folder::Folder;
use super::options::Options;
use super::port::Port;
use super::power::PowerCut;
use super::template::Template;

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
    /// Makes what `options` ask for; the data comes later.
    pub(super) fn new(options: &Options) -> Result<Self> {
        let folder = Folder::new()?;
        let disk = options.disk.map(|bytes| SmallDisk::mount(&folder.path().join("disk"), bytes));
        let certificates = options.tls.then(|| Certificates::make(folder.path()));
        Ok(Self {
            power: None,
            disk: disk.transpose()?,
            port: options.tcp.then(Port::claim).transpose()?,
            certificates: certificates.transpose()?,
            folder,
        })
    }

    /// Puts the data in place by `fill`, which is given the path for it; from then on the power can
    /// be cut, if `options` say so.
    pub(super) fn settle(
        &mut self,
        options: &Options,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<()> {
        fill(&self.data_from_here())?;
        if options.power_cuts {
            let durable = self.folder.path().join("durable");
            account::copy_folder(&self.data_from_here(), &durable)?;
            self.power = Some(PowerCut::prepare(&self.data(), &durable)?);
        }
        Ok(())
    }

    /// Puts a copy of a template in place.
    pub(super) fn settle_template(&mut self, options: &Options, template: &Template<'_>) -> Result<()> {
        self.settle(options, |data| template.copy_to(data))
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

    fn data_from_here(&self) -> PathBuf {
        match &self.disk {
            Some(disk) => disk.from_here().join("data"),
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
        self.disk.as_ref().ok_or(ServerError::Unable(
            "the server has no disk of its own: start it with `Options::disk`",
        ))
    }

    /// Takes away what wasn't synced, once the server is dead.
    pub(super) fn cut_power(&self) -> Result<()> {
        let power = self.power.as_ref().ok_or(ServerError::Unable(
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
        let skipped = text.char_indices().rev().nth(TAIL).map_or(0, |(start, _)| start);
        text[skipped..].trim().to_owned()
    }

    fn log(&self) -> PathBuf {
        self.path().join("log")
    }
}
