#![doc = include_str!("../README.md")]

mod arguments;
mod commands;
mod databases;
mod exit;
mod failure;
mod numbers;
mod output;
mod progress;
mod reference;
mod shop;
mod source;
mod store;
mod view;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use cart_core::{Error, ErrorKind};
use clap::Parser;
use clap::error::ErrorKind as ParseErrorKind;

pub use reference::reference;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Form, Output};

/// Runs the program with a command line, whose first word is the program's own name.
///
/// Results go to the standard output, errors to the standard error.
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = words.into_iter().collect();
    // What can't be parsed may still ask for errors that a program can read.
    let wants_json = words.iter().any(|word| word == "--json");
    let result = match Arguments::try_parse_from(&words) {
        Ok(arguments) => run(arguments),
        Err(error)
            if matches!(
                error.kind(),
                ParseErrorKind::DisplayHelp | ParseErrorKind::DisplayVersion
            ) =>
        {
            error.print().map_err(Failure::Output)
        }
        Err(error) => Err(Failure::CommandLine(error)),
    };
    match result {
        Ok(()) => Exit::Done.into(),
        Err(failure) if failure.is_reader_gone() => Exit::Done.into(),
        Err(failure) => {
            let text = if wants_json {
                failure.json()
            } else {
                failure.text()
            };
            // Nobody is left to be told when this fails.
            let _ = writeln!(io::stderr(), "{}", text.trim_end());
            failure.exit().into()
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments {
        store,
        tenant,
        json,
        command,
    } = arguments;
    let output = Output::new(if json { Form::Json } else { Form::Text });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| {
            let message = "the system gives the program no means to wait: raise its limits";
            Error::new(ErrorKind::Unavailable, message).with_source(source)
        })?;
    runtime.block_on(command.run(store, tenant, output))
}

/// The environment, without what is no text: no setting is.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
