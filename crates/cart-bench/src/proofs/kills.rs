//! A process that writes is killed again and again.

use std::io::Write;
use std::process::Command;

use cart_core::Carts;
use cart_testkit::SeededRandomness;

use crate::arguments::Arguments;
use crate::backend::{Backend, Site, open};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::worker::{self, Colleague};
use crate::writers::{Acknowledged, Findings, Heard, Writers, examine};

const KILLS: u64 = 20;
/// Acknowledged writes between two kills, at least.
pub(super) const WRITES: usize = 200;
const CARTS: usize = 4;
/// Two tasks for each cart, so that writes also meet.
pub(super) const TASKS: usize = 2 * CARTS;

pub(super) fn prove(
    backend: Backend,
    writes: usize,
    arguments: &Arguments,
    figures: &mut Figures,
) -> Proven {
    let runtime = tokio::runtime::Runtime::new()?;
    let site = runtime.block_on(Site::start(backend))?;
    let url = site.url();
    let mut rounds = Vec::new();
    let mut findings = Findings::default();
    let mut killed = 0;
    for round in 0..arguments.scale.of(KILLS) {
        let (acknowledged, was_killed) = write_until_killed(&url, round, writes, |_| {})?;
        findings += look(&url, &acknowledged)?;
        killed += u64::from(was_killed);
        rounds.push(acknowledged);
    }
    // Later recoveries have left the earlier rounds alone.
    let mut again = Findings::default();
    for acknowledged in &rounds {
        again += look(&url, acknowledged)?;
    }
    list(&findings, figures);
    figures.set_faults(killed);
    findings.ensure_all_there(TASKS * rounds.len())?;
    ensure(findings == again, || {
        "what was there after a kill is gone later".to_owned()
    })?;
    runtime.block_on(site.check())
}

/// Has another process write until it is killed after `at_least` acknowledged writes or some more; tells what was
/// acknowledged, and whether the kill is what ended it.
pub(super) fn write_until_killed(
    url: &str,
    round: u64,
    at_least: usize,
    prepare: impl FnOnce(&mut Command),
) -> Result<(Acknowledged, bool), Refuted> {
    let mut command = worker::command("write")?;
    prepare(command.arg(url).arg(round.to_string()));
    let mut writer = Colleague::start(&mut command)?;
    let mut acknowledged = Acknowledged::new();
    let mut note = |line: &str| -> Proven {
        let (owner, item) = line.split_once(' ').ok_or("a line is no item")?;
        let items = acknowledged.entry(owner.to_owned()).or_default();
        items.insert(item.to_owned());
        Ok(())
    };
    let target = at_least + SeededRandomness::new(round).below(at_least);
    for _ in 0..target {
        note(&writer.line()?.ok_or("the writer ended by itself")?)?;
    }
    let was_killed = writer.kill()?;
    // What it had said before the end was said.
    while let Some(line) = writer.line()? {
        note(&line)?;
    }
    Ok((acknowledged, was_killed))
}

/// Opens the file anew, and looks for what was acknowledged.
pub(super) fn look(url: &str, acknowledged: &Acknowledged) -> Result<Findings, Refuted> {
    tokio::runtime::Runtime::new()?
        .block_on(async { examine(&Carts::new(open(url).await?), acknowledged).await })
}

pub(super) fn list(findings: &Findings, figures: &mut Figures) {
    figures.set("acknowledged writes", findings.acknowledged);
    figures.set("lost", findings.lost);
    figures.set("applied twice", findings.doubled);
    figures.set("applied without an answer", findings.unanswered);
}

/// The other process: each write adds an item of its own, and is told when it is acknowledged.
pub(crate) fn work(url: &str, round: u64) -> Proven {
    tokio::runtime::Runtime::new()?.block_on(async {
        let carts = Carts::new(open(url).await?);
        let writers = Writers::with_witness(carts, TASKS, CARTS, round, tell);
        // Nobody ends before the kill but for an error.
        writers.first_end().await
    })
}

fn tell(heard: Heard<'_>) -> Proven {
    match heard {
        Heard::Acknowledged { owner, item } => {
            let mut output = std::io::stdout().lock();
            writeln!(output, "{owner} {item}")?;
            Ok(output.flush()?)
        }
        Heard::Refused(error) => Err(error.to_string().into()),
    }
}
