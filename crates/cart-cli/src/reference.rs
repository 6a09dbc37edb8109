//! The commands with all their options, as Markdown.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use crate::arguments::Arguments;

/// Every command with its options, as Markdown: what `docs/cli.md` holds.
pub fn reference() -> String {
    let mut command = Arguments::command().term_width(96);
    command.build();
    let mut text = String::new();
    write_command(&mut text, &mut command);
    text
}

fn write_command(text: &mut String, command: &mut Command) {
    let name = command
        .get_bin_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let help = command.render_help();
    // Writing to a string can't fail.
    let _ = write!(
        text,
        "### `{name}`\n\n```text\n{}\n```\n\n",
        help.to_string().trim_end()
    );
    for subcommand in command.get_subcommands_mut() {
        write_command(text, subcommand);
    }
}
