use std::process::Stdio;

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn shell(script: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--", "sh", "-c", script]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A shell that has started a process of its own.
fn parent() -> Process {
    let mut process = Process::start(shell("sleep 1000 & wait")).unwrap();
    let pid = process.pid;
    process.wait_until(|| family_of(pid) == 2, LIMIT).unwrap();
    process
}

fn family_of(pid: Pid) -> usize {
    let everybody = members().unwrap();
    let is_family = |member: &&Member| member.pid == pid || member.parent == Some(pid);
    everybody.iter().filter(is_family).count()
}

#[test]
fn process_outlives_the_thread_that_asked_for_it() {
    let process = thread::spawn(|| Process::start(shell("exec sleep 1000")).unwrap())
        .join()
        .unwrap();
    assert!(!process.ends_within(Duration::from_millis(20)).unwrap());
}

#[test]
fn stop_holds_the_whole_family_until_it_is_resumed() {
    let process = parent();
    process.stop().unwrap();
    let family = process.family().unwrap();
    assert_eq!(family.len(), 2);
    assert!(family.iter().all(|member| member.is_still));
    process.resume().unwrap();
    assert!(
        process
            .family()
            .unwrap()
            .iter()
            .all(|member| !member.is_still)
    );
}

#[test]
fn kill_ends_the_whole_family_even_when_it_is_stopped() {
    let mut process = parent();
    let family = process.handles().unwrap();
    process.stop().unwrap();
    process.kill().unwrap();
    assert_eq!(family.len(), 2);
    for member in &family {
        assert!(wait_for_end(member, Some(Duration::ZERO)).unwrap());
    }
    process.kill().unwrap();
}

#[test]
fn waiting_ends_with_the_process() {
    let mut process = Process::start(shell("exit 7")).unwrap();
    let outcome = process.wait_until(|| false, LIMIT).unwrap_err();
    assert!(matches!(outcome, NotReady::Ended(status) if status.code() == Some(7)));
}

#[test]
fn waiting_ends_at_its_limit() {
    let mut process = Process::start(shell("exec sleep 1000")).unwrap();
    let outcome = process.wait_until(|| false, Duration::from_millis(5));
    assert!(matches!(outcome, Err(NotReady::Silent)));
}

#[test]
fn a_polite_request_is_heard_even_by_who_is_stopped() {
    let process = Process::start(shell("exec sleep 1000")).unwrap();
    process.stop().unwrap();
    assert!(process.end_within(Signal::TERM, LIMIT));
}

#[test]
fn command_that_cannot_start_is_an_error() {
    let error = Process::start(Command::new("/no/such/program")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn names_with_spaces_and_brackets_are_read() {
    let read = member("12 (a) b) T 7 12 12 0").unwrap();
    assert_eq!(read.pid, Pid::from_raw(12).unwrap());
    assert_eq!(read.parent, Pid::from_raw(7));
    assert!(read.is_still);
}
