//! What happens before a store is ready for use.

use cart_core::{Capabilities, Expiry, RenameSupport, ScanSupport, Scope, Visibility};

use super::config::Settings;
use super::deadline::Deadline;
use super::driver::{Profile, Server};
use super::failure::Failure;
use super::schema;
use super::statements::Statements;

/// Makes the database ready for use, and tells what the server is set to.
pub(super) async fn prepare<S: Server>(
    connection: &mut S::Connection,
    statements: &Statements,
    settings: &Settings,
) -> Result<Profile, Failure> {
    let deadline = Deadline::after(settings.timeout);
    let mut found = deadline
        .bound(schema::status::<S>(connection, statements))
        .await?;
    if found.version < found.latest && settings.create_schema {
        found = schema::apply::<S>(connection, statements).await?;
    }
    found.ready()?;
    S::profile(connection).await
}

/// What a store on a server of this profile can do.
pub(super) fn capabilities(profile: &Profile) -> Capabilities {
    let mut capabilities = Capabilities::none();
    capabilities.compare_and_set = Scope::Shared;
    capabilities.durability = profile.durability;
    capabilities.expiry = Expiry::ReadFilter;
    capabilities.lock = true;
    capabilities.marks = true;
    capabilities.remote = true;
    capabilities.rename = RenameSupport::Atomic;
    capabilities.record_limit = Some(profile.record_limit);
    capabilities.scan = ScanSupport::Filtered;
    capabilities.visibility = Visibility::Shared;
    capabilities
}
