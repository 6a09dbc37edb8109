//! What a server is set to, and what that means for a write that it has acknowledged.

use cart_core::{Durability, Error};

use super::connection::PostgresConnection;
use crate::row::{Cells, FromCells};
use crate::server::{Connection, Failure, Profile};

/// The largest record that the store takes, in bytes: 16 MiB.
const RECORD_LIMIT: usize = 16 * 1024 * 1024;

const SETTINGS: &str = "SELECT current_setting('server_version'), current_setting('fsync'), \
     current_setting('full_page_writes'), current_setting('synchronous_commit'), \
     current_setting('synchronous_standby_names'), pg_is_in_recovery()::text";

/// The settings that decide, as the server tells them for this connection.
#[derive(Debug)]
struct Told {
    version: String,
    fsync: String,
    full_page_writes: String,
    synchronous_commit: String,
    standbys: String,
    in_recovery: String,
}

impl FromCells for Told {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        let mut text = || cells.text().map(|text| text.to_string());
        Ok(Self {
            version: text()?,
            fsync: text()?,
            full_page_writes: text()?,
            synchronous_commit: text()?,
            standbys: text()?,
            in_recovery: text()?,
        })
    }
}

pub(super) async fn ask(connection: &mut PostgresConnection) -> Result<Profile, Failure> {
    let told: Vec<Told> = connection.rows(SETTINGS, &[]).await?;
    let told = told.first().ok_or_else(|| {
        let message = "the server didn't tell its settings";
        Error::new(cart_core::ErrorKind::Unexpected, message)
    })?;
    Ok(Profile {
        durability: told.durability(),
        description: told.description(),
        record_limit: RECORD_LIMIT,
    })
}

impl Told {
    fn durability(&self) -> Durability {
        match (&*self.synchronous_commit, &*self.fsync) {
            // The server acknowledges what is in its own memory.
            ("off", _) => Durability::Memory,
            (_, "off") => Durability::ProcessCrash,
            // A page that a power cut leaves half written can't be mended.
            _ if self.full_page_writes == "off" => Durability::ProcessCrash,
            ("on" | "remote_write" | "remote_apply", _) => match synchronous(&self.standbys) {
                0 => Durability::PowerLoss,
                standbys => Durability::Replicated(standbys),
            },
            _ => Durability::PowerLoss,
        }
    }

    fn description(&self) -> String {
        let role = if self.in_recovery == "true" {
            "standby"
        } else {
            "primary"
        };
        format!(
            "PostgreSQL {}, {role}, fsync={}, synchronous_commit={}, synchronous standbys={}",
            self.version,
            self.fsync,
            self.synchronous_commit,
            synchronous(&self.standbys)
        )
    }
}

/// How many standbys have a write before it is acknowledged: `synchronous_standby_names` is
/// nothing, `[FIRST|ANY] N (…)`, or a list, of which the first one has it.
fn synchronous(names: &str) -> u8 {
    let names = names.trim();
    if names.is_empty() {
        return 0;
    }
    let Some((count, _)) = names.split_once('(') else {
        return 1;
    };
    let count = count.split_whitespace().last();
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(synchronous_commit: &str, fsync: &str, standbys: &str) -> Told {
        Told {
            version: "15.18".into(),
            fsync: fsync.into(),
            full_page_writes: "on".into(),
            synchronous_commit: synchronous_commit.into(),
            standbys: standbys.into(),
            in_recovery: "false".into(),
        }
    }

    #[test]
    fn the_settings_decide_what_a_write_survives() {
        let cases = [
            (told("on", "on", ""), Durability::PowerLoss),
            (told("local", "on", "a"), Durability::PowerLoss),
            (told("on", "on", "a, b"), Durability::Replicated(1)),
            (
                told("on", "on", "ANY 2 (a, b, c)"),
                Durability::Replicated(2),
            ),
            (
                told("remote_apply", "on", "FIRST 1 (*)"),
                Durability::Replicated(1),
            ),
            (
                told("remote_write", "on", "2 (a, b)"),
                Durability::Replicated(2),
            ),
            (told("on", "off", ""), Durability::ProcessCrash),
            (told("off", "on", "a"), Durability::Memory),
        ];
        for (told, durability) in cases {
            assert_eq!(told.durability(), durability, "{told:?}");
        }
        let mut torn = told("on", "on", "");
        torn.full_page_writes = "off".into();
        assert_eq!(torn.durability(), Durability::ProcessCrash);
    }

    #[test]
    fn the_description_names_the_product_and_its_settings() {
        assert_eq!(
            told("on", "on", "ANY 2 (a, b)").description(),
            "PostgreSQL 15.18, primary, fsync=on, synchronous_commit=on, synchronous standbys=2"
        );
    }
}
