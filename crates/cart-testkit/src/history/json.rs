//! Histories as text, so that a failed run can be kept and judged again.

use std::io::{self, BufRead, Write};

use super::event::Event;

/// Writes a history as JSON Lines, one event a line.
///
/// # Errors
///
/// What `writer` answers.
pub fn write_json_lines(history: &[Event], mut writer: impl Write) -> io::Result<()> {
    for event in history {
        serde_json::to_writer(&mut writer, event)?;
        writer.write_all(b"\n")?;
    }
    writer.flush()
}

/// Reads a history that [`write_json_lines`] wrote.
///
/// # Errors
///
/// What `reader` answers, and [`io::ErrorKind::InvalidData`] for a line that is no event.
pub fn read_json_lines(reader: impl BufRead) -> io::Result<Vec<Event>> {
    reader
        .lines()
        .map(|line| serde_json::from_str(&line?).map_err(io::Error::from))
        .collect()
}
