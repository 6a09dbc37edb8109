//! What the store can do on the servers that it is on.

use cart_core::{Capabilities, Expiry, RenameSupport, ScanSupport, Scope, Visibility};

use crate::profile::Profile;

/// The largest record, in bytes: a server does one thing at a time, and all others wait while it
/// copies a value.
pub(crate) const RECORD_LIMIT: usize = 8 << 20;

/// What the store can do on servers of this profile.
pub(crate) fn capabilities(profile: &Profile, is_cluster: bool) -> Capabilities {
    let mut capabilities = Capabilities::none();
    capabilities.compare_and_set = Scope::Shared;
    capabilities.durability = profile.durability;
    capabilities.evictable = profile.evictable;
    capabilities.expiry = Expiry::Native;
    capabilities.marks = true;
    capabilities.remote = true;
    capabilities.rename = if is_cluster {
        RenameSupport::Stepwise
    } else {
        RenameSupport::Atomic
    };
    capabilities.record_limit = Some(RECORD_LIMIT);
    capabilities.scan = ScanSupport::Full;
    capabilities.visibility = Visibility::Shared;
    capabilities
}
