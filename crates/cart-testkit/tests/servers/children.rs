//! Servers of a test process that is killed.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cart_testkit::servers::{MariaDb, Options, Postgres, Redis, Server};

use crate::acts;

/// Says to a process of this test that it is the one to be killed.
const ROLE: &str = "CART_TESTKIT_CHILD";

/// How long the kernel, and a loaded machine, may take to end the servers.
const LIMIT: Duration = Duration::from_secs(20);

/// Starts this test once more, as a process that starts a server and waits for its end.
fn child(test: &str) -> (Child, PathBuf) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ROLE, "yes")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let folder = output
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            line.split_once("folder=")
                .map(|(_, path)| PathBuf::from(path))
        })
        .unwrap();
    (child, folder)
}

#[expect(clippy::print_stdout, reason = "the parent reads it")]
fn wait_for_kill(server: &dyn Server) -> ! {
    println!("\nfolder={}", server.socket().parent().unwrap().display());
    loop {
        std::thread::park();
    }
}

fn is_gone_soon(folder: &Path) -> bool {
    let start = Instant::now();
    while acts::is_used(folder) {
        if start.elapsed() > LIMIT {
            return false;
        }
        std::thread::yield_now();
    }
    true
}

fn servers_end_with_a_killed_process(test: &str) -> PathBuf {
    let (mut child, folder) = child(test);
    assert!(acts::is_used(&folder));
    // On Linux this is SIGKILL.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_gone_soon(&folder), "a server outlives its test");
    folder
}

#[tokio::test]
async fn postgres_ends_with_a_killed_process() {
    if env::var_os(ROLE).is_some() {
        wait_for_kill(&Postgres::start(Options::new()).await.unwrap());
    }
    let folder = servers_end_with_a_killed_process("children::postgres_ends_with_a_killed_process");
    // The next server clears up.
    drop(Postgres::start(Options::new()).await.unwrap());
    assert!(!folder.exists());
}

#[tokio::test]
async fn mariadb_ends_with_a_killed_process() {
    if env::var_os(ROLE).is_some() {
        wait_for_kill(&MariaDb::start(Options::new()).await.unwrap());
    }
    servers_end_with_a_killed_process("children::mariadb_ends_with_a_killed_process");
}

#[tokio::test]
async fn redis_ends_with_a_killed_process() {
    if env::var_os(ROLE).is_some() {
        wait_for_kill(&Redis::start(Options::new()).await.unwrap());
    }
    servers_end_with_a_killed_process("children::redis_ends_with_a_killed_process");
}
