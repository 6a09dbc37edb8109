//! `cargo xtask services`: private servers for a person.

mod fetch;

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use serde::Deserialize;

use self::fetch::Fetched;
use crate::cargo::{self, Program, SELECTION, cargo};
use crate::error::{Error, Result};

/// What to do with the servers.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Start servers, show their URLs, and keep them until Ctrl-C.
    Up(Up),
    /// End the servers that are up.
    Down,
    /// Fetch a server that few systems have, for the tests alone: nothing is installed.
    Fetch {
        /// Which one.
        server: Fetched,
    },
}

/// Which servers, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Up {
    /// The servers to start; one of each database unless it is said.
    servers: Vec<Server>,
    /// Give each server a replica.
    #[arg(long)]
    replica: bool,
    /// Return once they are up; `down` ends them.
    #[arg(long)]
    detach: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Server {
    Postgres,
    #[value(name = "mariadb")]
    MariaDb,
    Redis,
    RedisCluster,
    RedisSentinel,
}

impl Server {
    /// What is started unless it is said: a cluster is six processes.
    const SINGLE: [Self; 3] = [Self::Postgres, Self::MariaDb, Self::Redis];

    /// Its name, as in the names of stores.
    const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mariadb",
            Self::Redis => "redis",
            Self::RedisCluster => "redis-cluster",
            Self::RedisSentinel => "redis-sentinel",
        }
    }
}

/// What a file in the folder says of a server that is up.
#[derive(Debug, Deserialize)]
struct Service {
    name: String,
    /// The process that holds it, and the program that this runs.
    pid: u32,
    program: PathBuf,
}

impl Service {
    /// Whether its process is still there: another one may have got its number.
    fn is_up(&self) -> bool {
        let running = fs::read_link(format!("/proc/{}/exe", self.pid));
        // A program that was built anew meanwhile is marked as deleted.
        running.is_ok_and(|running| {
            let running = running.to_string_lossy();
            Path::new(running.trim_end_matches(" (deleted)")) == self.program
        })
    }
}

/// Starts, ends or fetches servers.
pub(crate) fn run(action: &Action) -> Result<()> {
    match action {
        Action::Up(up) => start(up, &folder()?),
        Action::Down => end(&folder()?),
        Action::Fetch { server } => fetch::run(*server),
    }
}

fn start(up: &Up, folder: &Path) -> Result<()> {
    let servers = if up.servers.is_empty() {
        &Server::SINGLE[..]
    } else {
        &up.servers
    };
    for service in services(folder)? {
        if service.is_up() && servers.iter().any(|server| server.name() == service.name) {
            return Err(Error::Unknown(format!(
                "{} is up already, see {}; `cargo xtask services down` ends it",
                service.name,
                folder.display()
            )));
        }
    }
    let holder = build()?;
    // In a session of its own it outlives this terminal.
    let mut command = if up.detach {
        let mut setsid = Command::new("setsid");
        setsid.arg(&holder.path);
        setsid
    } else {
        holder.command()
    };
    if up.replica {
        command.arg("--replica");
    }
    command.arg(folder);
    command.args(servers.iter().map(|server| server.name()));
    if up.detach {
        detach(&mut command, folder)
    } else {
        println!("Ctrl-C ends them");
        cargo::run(&mut command)
    }
}

fn build() -> Result<Program> {
    const NAME: &str = "services";
    let mut command = cargo();
    command
        .arg("build")
        .args(SELECTION)
        .args(["--example", NAME]);
    let mut built = cargo::build(&mut command)?;
    built.retain(|program| program.name == NAME);
    built
        .pop()
        .ok_or_else(|| Error::Unknown("cargo built no program that holds servers".into()))
}

/// Starts the holder, and shows what it prints until it is ready.
fn detach(command: &mut Command, folder: &Path) -> Result<()> {
    let log = folder.join("log");
    let in_log = |source| Error::File {
        path: log.clone(),
        source,
    };
    fs::create_dir_all(folder).map_err(in_log)?;
    let mut holder = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(&log).map_err(in_log)?)
        .spawn()
        .map_err(|source| Error::Start {
            command: "services".into(),
            source,
        })?;
    let printed = holder.stdout.take().into_iter();
    for line in printed.flat_map(|output| BufReader::new(output).lines()) {
        let line = line.map_err(in_log)?;
        if line == "ready" {
            println!("`cargo xtask services down` ends them");
            return Ok(());
        }
        println!("{line}");
    }
    let complaint = fs::read_to_string(&log).map_err(in_log)?;
    Err(Error::Unknown(format!(
        "the servers did not start: {}",
        complaint.trim_end()
    )))
}

fn end(folder: &Path) -> Result<()> {
    let mut ended = Vec::new();
    for service in services(folder)? {
        if service.is_up() {
            let pid = service.pid.to_string();
            cargo::output(Command::new("kill").args(["-TERM", &pid]))?;
            // Returns when the process is gone, and gives up after half a minute.
            cargo::output(Command::new("timeout").args([
                "30",
                "tail",
                "--sleep-interval=0.05",
                "--follow",
                "--pid",
                &pid,
                "/dev/null",
            ]))?;
            println!("{} has ended", service.name);
            ended.push(service.pid);
        } else if ended.contains(&service.pid) {
            println!("{} has ended", service.name);
        } else {
            println!("{} had ended already", service.name);
        }
        let path = folder.join(format!("{}.json", service.name));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(Error::File { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The servers that files in the folder tell of.
fn services(folder: &Path) -> Result<Vec<Service>> {
    let mut services = Vec::new();
    for server in Server::value_variants() {
        let path = folder.join(format!("{}.json", server.name()));
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            text => text.map_err(|source| Error::File {
                path: path.clone(),
                source,
            })?,
        };
        let service = serde_json::from_slice(&text).map_err(|source| Error::Json {
            from: path.display().to_string(),
            source,
        })?;
        services.push(service);
    }
    Ok(services)
}

/// Where the files are: beside what cargo builds.
fn folder() -> Result<PathBuf> {
    Ok(cargo::target()?.join("services"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_process_that_runs_the_program_is_the_service() {
        let mut service = Service {
            name: "postgres".into(),
            pid: std::process::id(),
            program: std::env::current_exe().unwrap(),
        };
        assert_eq!(service.is_up(), cfg!(target_os = "linux"));
        service.program = "/bin/another".into();
        assert!(!service.is_up());
    }
}
