//! The parts that texts and tables are made of.

use std::borrow::Cow;

use cart_core::{Currency, Money, Timestamp};
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

/// A line under the header, and nothing else.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with these columns; those of `numbers` are aligned to the right.
pub(crate) fn table<const N: usize>(columns: [&str; N], numbers: &[usize]) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(columns);
    for number in numbers {
        if let Some(column) = table.column_mut(*number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A text from outside, safe to print: what would move the cursor or change colours is escaped.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if character.is_control() {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped.into()
}

/// An amount in major units with its currency; in bare minor units as long as there is none.
pub(crate) fn amount(minor: i64, currency: Option<Currency>) -> String {
    match currency {
        Some(currency) => Money::new(minor, currency).to_string(),
        None => minor.to_string(),
    }
}

/// A moment in UTC, such as `2026-11-24T05:30:00Z`.
pub(crate) fn when(moment: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(moment.as_millis()) {
        Ok(moment) => format!("{moment:.0}"),
        // Beyond the year 9999: the number is all that can be said.
        Err(_) => moment.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_never_reach_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(plain("Crème brûlée"), "Crème brûlée");
    }

    #[test]
    fn moments_are_shown_in_utc() {
        assert_eq!(when(Timestamp::from_millis(0)), "1970-01-01T00:00:00Z");
        assert_eq!(
            when(Timestamp::from_millis(86_399_999)),
            "1970-01-01T23:59:59Z"
        );
        assert_eq!(when(Timestamp::MAX), i64::MAX.to_string());
    }

    #[test]
    fn amounts_are_shown_as_their_currency_counts() {
        let usd = Currency::parse("USD").ok();
        assert_eq!(amount(1999, usd), "19.99 USD");
        assert_eq!(amount(5, None), "5");
    }
}
