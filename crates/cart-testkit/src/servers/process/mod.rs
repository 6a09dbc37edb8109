//! A process of a server: ended with its owner, stopped and killed with all that it has started.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// How often something is looked at that can't announce itself.
const GLANCE: Duration = Duration::from_millis(1);

/// A running process, killed when it is dropped.
///
/// The kernel ends it with the thread that started it, so a thread of its own starts it and stays
/// until its end: the process outlives the test's thread, but not the test's process.
#[derive(Debug)]
pub(super) struct Process {
    pid: Pid,
    handle: OwnedFd,
    keeper: Option<JoinHandle<io::Result<ExitStatus>>>,
}

/// Why a process isn't ready.
#[derive(Debug)]
pub(super) enum NotReady {
    Ended(ExitStatus),
    Silent,
    Lost(io::Error),
}

impl Process {
    /// Starts a command.
    pub(super) fn start(mut command: Command) -> io::Result<Self> {
        let (started, child) = mpsc::sync_channel(1);
        let keeper = thread::Builder::new()
            .name("server-keeper".into())
            .spawn(move || {
                let mut child = command.spawn()?;
                // Nobody has waited for the child yet, so its number is still its own.
                let _ = started.send(handle_of(&child));
                child.wait()
            })?;
        match child.recv() {
            Ok(handle) => {
                let (pid, handle) = handle?;
                Ok(Self {
                    pid,
                    handle,
                    keeper: Some(keeper),
                })
            }
            Err(_) => Err(failure(keeper)),
        }
    }

    /// Its number, as in `/proc`.
    pub(super) fn id(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Waits until `is_ready`, or until the process has ended, or `limit` has passed.
    pub(super) fn wait_until(
        &mut self,
        mut is_ready: impl FnMut() -> bool,
        limit: Duration,
    ) -> Result<(), NotReady> {
        let start = Instant::now();
        while !is_ready() {
            if self.ends_within(GLANCE).map_err(NotReady::Lost)? {
                return Err(self.status().map_or_else(NotReady::Lost, NotReady::Ended));
            }
            if start.elapsed() > limit {
                return Err(NotReady::Silent);
            }
        }
        Ok(())
    }

    /// Asks it to end by itself, and says whether it did in time.
    pub(super) fn end_within(&self, signal: Signal, limit: Duration) -> bool {
        self.resume()
            .and_then(|()| send(&self.handle, signal))
            .and_then(|()| self.ends_within(limit))
            .unwrap_or_default()
    }

    /// Stops it and all that it has started: they keep their connections, and do nothing.
    pub(super) fn stop(&self) -> io::Result<()> {
        send(&self.handle, Signal::STOP)?;
        // What isn't stopped yet may start more.
        while let Some(running) = self.family()?.iter().find(|member| !member.is_still) {
            match pidfd_open(running.pid, PidfdFlags::empty()) {
                Ok(handle) => send(&handle, Signal::STOP)?,
                Err(rustix::io::Errno::SRCH) => {}
                Err(error) => return Err(error.into()),
            }
            self.ends_within(GLANCE)?;
        }
        Ok(())
    }

    /// Lets all of them go on.
    pub(super) fn resume(&self) -> io::Result<()> {
        let family = self.handles()?;
        family
            .iter()
            .try_for_each(|handle| send(handle, Signal::CONT))
    }

    /// Kills all of them at once, and waits until they are gone.
    pub(super) fn kill(&mut self) -> io::Result<()> {
        if self.keeper.is_none() {
            return Ok(());
        }
        self.stop()?;
        let family = self.handles()?;
        for handle in &family {
            send(handle, Signal::KILL)?;
        }
        for handle in &family {
            wait_for_end(handle, None)?;
        }
        self.status()?;
        Ok(())
    }

    fn ends_within(&self, limit: Duration) -> io::Result<bool> {
        wait_for_end(&self.handle, Some(limit))
    }

    /// How it ended, which is asked for once, and waits for the end.
    fn status(&mut self) -> io::Result<ExitStatus> {
        let keeper = self.keeper.take();
        let keeper = keeper.ok_or_else(|| io::Error::other("its end is known already"))?;
        match keeper.join() {
            Ok(status) => status,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Handles of it and of all that it has started.
    fn handles(&self) -> io::Result<Vec<OwnedFd>> {
        let family = self.family()?;
        let handles = family.iter().filter_map(|member| {
            // Who isn't there any more needs no signal.
            pidfd_open(member.pid, PidfdFlags::empty()).ok()
        });
        Ok(handles.collect())
    }

    /// It and all that it has started, parents first.
    fn family(&self) -> io::Result<Vec<Member>> {
        if self.ends_within(Duration::ZERO)? {
            // Its number may be another's by now.
            return Ok(Vec::new());
        }
        let everybody = members()?;
        let mut family: Vec<Member> = everybody
            .iter()
            .filter(|member| member.pid == self.pid)
            .copied()
            .collect();
        let mut looked_at = 0;
        while let Some(parent) = family.get(looked_at).map(|member| member.pid) {
            let children = everybody
                .iter()
                .filter(|member| member.parent == Some(parent));
            family.extend(children);
            looked_at += 1;
        }
        Ok(family)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Nothing more can be done about a process that can't be killed.
        let _ = self.kill();
    }
}

fn handle_of(child: &Child) -> io::Result<(Pid, OwnedFd)> {
    let pid = Pid::from_child(child);
    Ok((pid, pidfd_open(pid, PidfdFlags::empty())?))
}

/// Why the keeper ended before its child was there.
fn failure(keeper: JoinHandle<io::Result<ExitStatus>>) -> io::Error {
    match keeper.join() {
        Ok(Err(error)) => error,
        Ok(Ok(status)) => io::Error::other(status.to_string()),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Sends a signal; a process that has ended needs none.
fn send(handle: &OwnedFd, signal: Signal) -> io::Result<()> {
    match pidfd_send_signal(handle, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether a process has ended, at the latest after `limit`.
fn wait_for_end(handle: &OwnedFd, limit: Option<Duration>) -> io::Result<bool> {
    let limit = limit.map(Timespec::try_from).transpose();
    let limit = limit.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut handles = [PollFd::new(handle, PollFlags::IN)];
    loop {
        match poll(&mut handles, limit.as_ref()) {
            Err(rustix::io::Errno::INTR) => {}
            ended => return Ok(ended? > 0),
        }
    }
}

/// A process, as the kernel lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Member {
    pid: Pid,
    parent: Option<Pid>,
    /// Whether it is stopped, or has ended.
    is_still: bool,
}

fn members() -> io::Result<Vec<Member>> {
    let entries = fs::read_dir("/proc")?;
    // A process may end between the list and the look.
    let stat = |entry: fs::DirEntry| fs::read_to_string(entry.path().join("stat")).ok();
    Ok(entries
        .flatten()
        .filter_map(stat)
        .filter_map(|stat| member(&stat))
        .collect())
}

/// Reads `PID (NAME) STATE PARENT …`, in which the name may hold anything.
fn member(stat: &str) -> Option<Member> {
    let (pid, _) = stat.split_once(' ')?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    Some(Member {
        pid: Pid::from_raw(pid.parse().ok()?)?,
        parent: Pid::from_raw(fields.next()?.parse().ok()?),
        is_still: matches!(state, "T" | "t" | "Z" | "X"),
    })
}

#[cfg(test)]
mod tests;
