//! What proofs have another process do: this program again.

use std::ffi::OsString;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use clap::{Subcommand, ValueEnum};

use crate::proof::{Proven, Refuted};
#[cfg(unix)]
use crate::proofs::history;
use crate::proofs::{groceries, increments, kills, logins, renames_killed};

/// A task for another process.
#[derive(Clone, Debug, Subcommand)]
#[command(hide = true)]
pub(crate) enum Worker {
    /// Runs the command `cart`, and tells its peak memory.
    #[command(hide = true)]
    Cart {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
    /// Increments one line of one cart.
    #[command(hide = true)]
    Increment {
        url: String,
        locking: Locking,
        tasks: u64,
        each: u64,
    },
    /// Logs a guest in, and stops for good at one of its steps.
    #[command(hide = true)]
    Login {
        guests: String,
        users: String,
        number: u64,
        moment: usize,
    },
    /// Puts items into carts and gives these to their other owners, and tells of each, until it is
    /// killed.
    #[command(hide = true)]
    Merge {
        url: String,
        lot: u64,
        side: usize,
        generation: u64,
    },
    /// Works on a few carts, and tells what happened as JSON Lines.
    #[cfg(unix)]
    #[command(hide = true)]
    Record {
        url: String,
        seed: u64,
        clients: usize,
        each: u64,
        /// Tries each call until the server is back.
        #[arg(long)]
        outages: bool,
    },
    /// Adds items to a few carts and tells of each, until it is killed.
    #[command(hide = true)]
    Write { url: String, round: u64 },
}

/// How edits of one cart are kept from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Locking {
    Optimistic,
    Locked,
}

impl fmt::Display for Locking {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Optimistic => "optimistic",
            Self::Locked => "locked",
        })
    }
}

/// Does the task.
pub(crate) fn run(worker: &Worker) -> Proven {
    match worker {
        Worker::Cart { words } => groceries::run_cart(words),
        Worker::Increment {
            url,
            locking,
            tasks,
            each,
        } => increments::work(url, *locking, *tasks, *each),
        Worker::Login {
            guests,
            users,
            number,
            moment,
        } => logins::work(&[guests.clone(), users.clone()], *number, *moment),
        Worker::Merge {
            url,
            lot,
            side,
            generation,
        } => renames_killed::work(url, *lot, *side, *generation),
        #[cfg(unix)]
        Worker::Record {
            url,
            seed,
            clients,
            each,
            outages,
        } => history::work(url, *seed, *clients, *each, *outages),
        Worker::Write { url, round } => kills::work(url, *round),
    }
}

/// This program, about to do a task.
pub(crate) fn command(task: &str) -> Result<Command, Refuted> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(task);
    Ok(command)
}

/// Another process at work, spoken to line by line.
#[derive(Debug)]
pub(crate) struct Colleague {
    child: Child,
    input: Option<ChildStdin>,
    pub(crate) output: BufReader<ChildStdout>,
}

impl Colleague {
    pub(crate) fn start(command: &mut Command) -> Result<Self, Refuted> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the other process has no pipes".into());
        };
        Ok(Self {
            child,
            input: Some(input),
            output: BufReader::new(output),
        })
    }

    /// The next line that the other process writes, without its end. What was cut off in the
    /// middle of a line is none.
    pub(crate) fn line(&mut self) -> Result<Option<String>, Refuted> {
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Ok(line.strip_suffix('\n').map(str::to_owned))
    }

    /// Writes a line to it.
    pub(crate) fn tell(&mut self, line: &str) -> Proven {
        if let Some(input) = &mut self.input {
            writeln!(input, "{line}")?;
            input.flush()?;
        }
        Ok(())
    }

    /// Ends it at once, with `SIGKILL`, and tells whether that is how it ended.
    pub(crate) fn kill(&mut self) -> Result<bool, Refuted> {
        self.child.kill()?;
        Ok(self.child.wait()?.code().is_none())
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Proven {
        self.input = None;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the other process failed: {status}").into())
        }
    }
}

impl Drop for Colleague {
    fn drop(&mut self) {
        // After a proof that failed half-way. One that has ended already can't be killed.
        if self.child.kill().is_ok() {
            let _ = self.child.wait();
        }
    }
}
