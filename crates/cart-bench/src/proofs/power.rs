//! The machine of a process that writes to SQLite loses its power again and again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cart_testkit::servers::PowerCut;

use super::kills::{TASKS, WRITES, list, look, write_until_killed};
use crate::arguments::Arguments;
use crate::backend::with_option;
use crate::folder::{Folder, check_integrity};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::writers::Findings;

const CUTS: u64 = 10;
/// Enough for a file that is synced now and then to lose something.
const CONTROL_CUTS: u64 = 3;

pub(super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let cuts = arguments.scale.of(CUTS);
    let findings = cut_again_and_again("full", cuts)?;
    list(&findings, figures);
    let control = cut_again_and_again("normal", CONTROL_CUTS)?;
    figures.set("lost with synchronous=normal", control.lost);
    figures.set_faults(cuts);
    findings.ensure_all_there(TASKS * usize::try_from(cuts)?)?;
    ensure(control.lost > 0, || {
        "even what was never synced is there: the cuts cut nothing".to_owned()
    })
}

/// Cuts the power of so many writers, one after the other, and tells what they left behind.
fn cut_again_and_again(synchronous: &str, cuts: u64) -> Result<Findings, Refuted> {
    let folder = Folder::new()?;
    let live = folder.file("live");
    fs::create_dir(&live)?;
    let power = PowerCut::over(&live)?;
    let at = |folder: &Path| {
        let url = format!("sqlite://{}", folder.join("carts.db").display());
        with_option(&url, "synchronous", synchronous)
    };
    // Looked at in a copy: who isn't watched must not touch the file.
    let look_at_copy = |rounds: &[_], name: &str| -> Result<Findings, Refuted> {
        let copy = copy_of(&live, &folder.file(name))?;
        let mut findings = Findings::default();
        for acknowledged in rounds {
            findings += look(&at(&copy), acknowledged)?;
        }
        check_integrity(&copy.join("carts.db"))?;
        Ok(findings)
    };
    let mut findings = Findings::default();
    let mut rounds = Vec::new();
    for round in 0..cuts {
        let watch = |command: &mut Command| power.watch(command);
        let (acknowledged, _) = write_until_killed(&at(&live), round, WRITES, watch)?;
        power.cut()?;
        rounds.push(acknowledged);
        let last = rounds.last().map(std::slice::from_ref).unwrap_or_default();
        findings += look_at_copy(last, &format!("copy-{round}"))?;
    }
    // Later cuts have left the earlier rounds alone.
    let again = look_at_copy(&rounds, "copy")?;
    ensure(findings == again, || {
        "what was there after a cut is gone later".to_owned()
    })?;
    Ok(findings)
}

fn copy_of(folder: &Path, copy: &Path) -> Result<PathBuf, Refuted> {
    fs::create_dir(copy)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        fs::copy(entry.path(), copy.join(entry.file_name()))?;
    }
    Ok(copy.to_owned())
}
