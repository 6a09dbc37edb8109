//! The commands with all their options, as Markdown.

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

use crate::arguments::Arguments;

/// Every command with its options, as Markdown: what `docs/cli.md` holds.
pub fn reference() -> String {
    let mut root = Arguments::command().term_width(WIDTH);
    root.build();
    let mut text = String::new();
    write_page(&mut text, &root);
    for command in subcommands(&root) {
        write_command(&mut text, command);
    }
    text
}

/// The commands below a command, without the help that each has.
fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    let all = command.get_subcommands();
    all.filter(|command| command.get_name() != "help")
}

/// How many columns a page has.
const WIDTH: usize = 96;
/// The options of every command, told once.
const GLOBAL: [&str; 3] = ["store", "tenant", "json"];

fn write_command(text: &mut String, command: &Command) {
    let mut page = command.clone().term_width(WIDTH);
    for name in GLOBAL {
        page = page.mut_arg(name, |argument| argument.hide(true));
    }
    write_page(text, &page);
    for command in subcommands(command) {
        write_command(text, command);
    }
}

fn write_page(text: &mut String, command: &Command) {
    let about = command.get_long_about().or(command.get_about()).cloned();
    let mut page = command.clone().about(about.unwrap_or_default());
    let name = page.get_bin_name().unwrap_or_else(|| page.get_name());
    let heading = format!("### `{name}`");
    let help = page.render_help().to_string();
    // Writing to a string can't fail.
    let _ = write!(text, "{heading}\n\n```text\n{}\n```\n\n", help.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_page_and_the_common_options_stand_on_the_first() {
        let pages = reference();
        for command in [
            "cart",
            "cart show",
            "cart condition add",
            "cart schema revert",
        ] {
            assert!(pages.contains(&format!("### `{command}`\n")), "{command}");
        }
        assert_eq!(pages.matches("--tenant <TENANT>").count(), 1);
    }
}
