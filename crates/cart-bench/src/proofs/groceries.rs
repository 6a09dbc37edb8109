//! Baskets through the command `cart`: import, export, import, export.

use std::ffi::OsString;
use std::fmt::Write;
use std::fs::{self, File};
use std::path::Path;
use std::process::{ExitCode, Stdio};

use cart_testkit::SeededRandomness;
use serde::Deserialize;

use crate::arguments::Arguments;
use crate::folder::{Folder, check_integrity};
use crate::proof::{Figures, Proven, Refuted, ensure};
use crate::worker;

/// The shape of the data set Groceries (Hahsler, Hornik and Reutterer, 2006).
const BASKETS: u64 = 9_835;
const PRODUCTS: usize = 169;
const LARGEST: usize = 32;

pub(super) fn prove(arguments: &Arguments, figures: &mut Figures) -> Proven {
    let folder = Folder::new()?;
    let csv = if let Some(file) = &arguments.baskets {
        file.clone()
    } else {
        let file = folder.file("baskets.csv");
        fs::write(&file, baskets(arguments.scale.of(BASKETS))?)?;
        file
    };
    let baskets = fs::read_to_string(&csv)?.lines().count();

    let (first, second) = (folder.file("first.db"), folder.file("second.db"));
    let (first_export, second_export) = (folder.file("once.jsonl"), folder.file("twice.jsonl"));
    let import = cart(&first, &["import", "--baskets"], &csv, None)?;
    cart(&first, &["export"], Path::new(""), Some(&first_export))?;
    let again = cart(&second, &["import"], &first_export, None)?;
    let export = cart(&second, &["export"], Path::new(""), Some(&second_export))?;

    let exported = fs::read_to_string(&first_export)?;
    figures.set("baskets", baskets);
    figures.set("carts", import.answer.carts);
    figures.set("carts per second, baskets", import.answer.carts_per_second);
    figures.set(
        "carts per second, JSON Lines",
        again.answer.carts_per_second,
    );
    figures.set("bytes exported", exported.len());
    figures.set("peak KiB of the import", import.peak);
    figures.set("peak KiB of the export", export.peak);
    ensure(import.answer.carts == baskets as u64, || {
        format!("{} of {baskets} baskets became carts", import.answer.carts)
    })?;
    ensure(exported.lines().count() == baskets, || {
        "the export hasn't a line for each basket".to_owned()
    })?;
    ensure(exported == fs::read_to_string(&second_export)?, || {
        "the second export is not the first".to_owned()
    })?;
    check_integrity(&second)
}

/// What an import answers; nothing for an export.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    carts: u64,
    carts_per_second: u64,
}

#[derive(Debug)]
struct Ended {
    answer: Answer,
    /// The most memory that the process held, in KiB.
    peak: u64,
}

/// Runs `cart` in a process of its own; `into` takes its output, which else is its answer.
fn cart(
    database: &Path,
    words: &[&str],
    file: &Path,
    into: Option<&Path>,
) -> Result<Ended, Refuted> {
    let mut command = worker::command("cart")?;
    command
        .args(["--", "cart", "--json", "--store"])
        .arg(format!("sqlite://{}", database.display()))
        .args(words)
        .stderr(Stdio::piped());
    if !file.as_os_str().is_empty() {
        command.arg(file);
    }
    command.stdout(match into {
        Some(path) => File::create(path)?.into(),
        None => Stdio::piped(),
    });
    let output = command.spawn()?.wait_with_output()?;
    let told = String::from_utf8(output.stderr)?;
    ensure(output.status.success(), || format!("cart failed: {told}"))?;
    let peak = told.lines().last().and_then(|line| line.parse().ok());
    Ok(Ended {
        answer: if into.is_some() {
            Answer::default()
        } else {
            serde_json::from_slice(&output.stdout)?
        },
        peak: peak.unwrap_or(0),
    })
}

/// The other process: `cart`, and then a line with its peak memory.
pub(crate) fn run_cart(words: &[OsString]) -> Proven {
    let exit = cart_cli::main(words.iter().cloned());
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.split_whitespace().next());
    eprintln!("{}", peak.unwrap_or("0"));
    ensure(exit == ExitCode::SUCCESS, || "see above".to_owned())
}

/// Made-up baskets: most are small, and a few products are in most of them.
fn baskets(count: u64) -> Result<String, Refuted> {
    let randomness = SeededRandomness::new(169);
    let mut text = String::new();
    for _ in 0..count {
        let mut size = 1;
        while size < LARGEST && randomness.below(100) < 77 {
            size += 1;
        }
        let mut products: Vec<usize> = (0..size)
            .map(|_| randomness.below(PRODUCTS).min(randomness.below(PRODUCTS)))
            .collect();
        products.sort_unstable();
        products.dedup();
        for (index, product) in products.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(text, "{comma}product {product:03}")?;
        }
        text.push('\n');
    }
    Ok(text)
}
