//! What the results look like, for people and for programs.

mod cart;
mod change;
mod item;
mod list;
mod table;

pub(crate) use cart::CartView;
pub(crate) use change::Change;
pub(crate) use list::{ListView, RowView};
pub(crate) use table::{amount, plain, table, when};
