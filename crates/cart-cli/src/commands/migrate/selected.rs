//! Which carts of the two stores.

use std::time::Duration;

use cart_core::{Instance, Retention, Tenant};
use cart_migrate::Selection;
use clap::Args;

use crate::arguments::instance;
use crate::numbers::days;

/// Which carts.
#[derive(Debug, Args)]
pub(super) struct Selected {
    /// Only this one of each owner's carts.
    #[arg(long, value_name = "INSTANCE", value_parser = instance)]
    instance: Option<Instance>,

    /// Only carts that were written within the last N days.
    #[arg(long, value_name = "N", value_parser = days, allow_negative_numbers = true)]
    written_within: Option<u32>,

    /// Only carts that were not written for N days.
    #[arg(long, value_name = "N", value_parser = days, allow_negative_numbers = true)]
    untouched_for: Option<u32>,
}

impl Selected {
    pub(super) fn selection(self, tenant: Option<Tenant>) -> Selection {
        let time = |days: Option<u32>| -> Option<Duration> { days.map(Retention::of_days) };
        let mut selection = Selection::all();
        selection.tenant = tenant;
        selection.instance = self.instance;
        selection.written_within = time(self.written_within);
        selection.untouched_for = time(self.untouched_for);
        selection
    }
}
