//! The scripts that compare and write in one step.
//!
//! They touch no key but those that they are given, all of one slot where there are slots, and
//! answer what the client needs to say why nothing was written.

use std::sync::LazyLock;

use crate::connection::Script;

/// A script after the rules that several share.
macro_rules! with_rules {
    ($name:literal) => {
        Script::new(concat!(
            include_str!("scripts/rules.lua"),
            include_str!(concat!("scripts/", $name, ".lua"))
        ))
    };
}

pub(crate) static SAVE: LazyLock<Script> = LazyLock::new(|| with_rules!("save"));
pub(crate) static RENEW: LazyLock<Script> = LazyLock::new(|| with_rules!("renew"));
pub(crate) static RENAME: LazyLock<Script> = LazyLock::new(|| with_rules!("rename"));
pub(crate) static SWAP: LazyLock<Script> = LazyLock::new(|| with_rules!("swap"));
pub(crate) static LIST: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/list.lua")));
pub(crate) static FORGET: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/forget.lua")));
pub(crate) static REMOVE: LazyLock<Script> =
    LazyLock::new(|| Script::new(include_str!("scripts/remove.lua")));
