//! What a server is set to, and what that means for a write that it has acknowledged.

use cart_core::{Durability, Error, ErrorKind};

use super::connection::MysqlConnection;
use crate::row::{Cells, FromCells};
use crate::server::{Connection, Failure, Profile};

/// The largest record that the store takes from a server with room enough, in bytes: 16 MiB.
const RECORD_LIMIT: usize = 16 * 1024 * 1024;

/// What a statement takes beside the record.
const FRAME: usize = 64 * 1024;

const SETTINGS: &str = "SELECT CAST(VERSION() AS CHAR), \
     CAST(@@innodb_flush_log_at_trx_commit AS CHAR), CAST(@@innodb_doublewrite AS CHAR), \
     CAST(@@innodb_flush_method AS CHAR), CAST(@@log_bin AS CHAR), CAST(@@sync_binlog AS CHAR), \
     CAST(@@read_only AS CHAR), CAST(@@max_allowed_packet AS SIGNED)";

/// The settings that decide, as the server tells them.
#[derive(Debug)]
struct Told {
    version: String,
    flush_log: String,
    doublewrite: String,
    flush_method: String,
    log_bin: String,
    sync_binlog: String,
    read_only: String,
    max_packet: i64,
}

impl FromCells for Told {
    fn from_cells(cells: &mut impl Cells) -> Result<Self, Error> {
        let mut text = || {
            let text = cells.optional_text()?;
            Ok::<_, Error>(text.as_deref().unwrap_or_default().to_owned())
        };
        Ok(Self {
            version: text()?,
            flush_log: text()?,
            doublewrite: text()?,
            flush_method: text()?,
            log_bin: text()?,
            sync_binlog: text()?,
            read_only: text()?,
            max_packet: cells.integer()?,
        })
    }
}

pub(super) async fn ask(connection: &mut MysqlConnection) -> Result<Profile, Failure> {
    let told: Vec<Told> = connection.rows(SETTINGS, &[]).await?;
    let told = told.first().ok_or_else(|| {
        let message = "the server didn't tell its settings";
        Error::new(ErrorKind::Unexpected, message)
    })?;
    Ok(Profile {
        durability: told.durability(),
        description: told.description(),
        record_limit: told.record_limit()?,
    })
}

impl Told {
    fn durability(&self) -> Durability {
        match &*self.flush_log {
            // The server acknowledges what is in its own memory.
            "0" => Durability::Memory,
            "2" => Durability::ProcessCrash,
            _ if is_off(&self.doublewrite) || self.flush_method.eq_ignore_ascii_case("nosync") => {
                // A page that a power cut leaves half written can't be mended; or nothing is synced.
                Durability::ProcessCrash
            }
            // What the binary log doesn't have is taken back when the server recovers.
            _ if !is_off(&self.log_bin) && self.sync_binlog != "1" => Durability::ProcessCrash,
            _ => Durability::PowerLoss,
        }
    }

    fn description(&self) -> String {
        let product = if self.version.contains("MariaDB") {
            "MariaDB"
        } else {
            "MySQL"
        };
        let mode = if is_off(&self.read_only) {
            ""
        } else {
            ", read-only"
        };
        format!(
            "{product} {}{mode}, innodb_flush_log_at_trx_commit={}, innodb_doublewrite={}, \
             log_bin={}, sync_binlog={}",
            self.version, self.flush_log, self.doublewrite, self.log_bin, self.sync_binlog
        )
    }

    /// A record passes in one packet.
    fn record_limit(&self) -> Result<usize, Error> {
        let packet = usize::try_from(self.max_packet).unwrap_or(usize::MAX);
        let limit = packet.saturating_sub(FRAME).min(RECORD_LIMIT);
        if limit < FRAME {
            return Err(Error::new(
                ErrorKind::Unprepared,
                "max_allowed_packet of the server is too small for carts: set it to 16M or more",
            ));
        }
        Ok(limit)
    }
}

fn is_off(setting: &str) -> bool {
    setting == "0" || setting.eq_ignore_ascii_case("off")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(flush_log: &str, doublewrite: &str, log_bin: &str, sync_binlog: &str) -> Told {
        Told {
            version: "10.11.19-MariaDB".into(),
            flush_log: flush_log.into(),
            doublewrite: doublewrite.into(),
            flush_method: "fsync".into(),
            log_bin: log_bin.into(),
            sync_binlog: sync_binlog.into(),
            read_only: "0".into(),
            max_packet: 16 * 1024 * 1024,
        }
    }

    #[test]
    fn the_settings_decide_what_a_write_survives() {
        let cases = [
            (told("1", "1", "0", "0"), Durability::PowerLoss),
            (told("3", "1", "0", "0"), Durability::PowerLoss),
            (told("1", "ON", "1", "1"), Durability::PowerLoss),
            (
                told("1", "DETECT_AND_RECOVER", "OFF", "0"),
                Durability::PowerLoss,
            ),
            (told("1", "1", "1", "0"), Durability::ProcessCrash),
            (told("1", "OFF", "0", "0"), Durability::ProcessCrash),
            (told("1", "0", "0", "0"), Durability::ProcessCrash),
            (told("2", "1", "0", "0"), Durability::ProcessCrash),
            (told("0", "1", "1", "1"), Durability::Memory),
        ];
        for (told, durability) in cases {
            assert_eq!(told.durability(), durability, "{told:?}");
        }
        let mut lazy = told("1", "1", "0", "0");
        lazy.flush_method = "nosync".into();
        assert_eq!(lazy.durability(), Durability::ProcessCrash);
    }

    #[test]
    fn the_description_names_the_product_and_its_settings() {
        let mut told = told("1", "1", "0", "0");
        assert_eq!(
            told.description(),
            "MariaDB 10.11.19-MariaDB, innodb_flush_log_at_trx_commit=1, innodb_doublewrite=1, \
             log_bin=0, sync_binlog=0"
        );
        told.version = "9.7.4".into();
        told.read_only = "ON".into();
        assert!(told.description().starts_with("MySQL 9.7.4, read-only, "));
    }

    #[test]
    fn a_record_is_limited_by_the_packet_that_carries_it() {
        let limit = |packet| {
            let mut told = told("1", "1", "0", "0");
            told.max_packet = packet;
            told.record_limit().map_err(|error| error.kind())
        };
        assert_eq!(limit(1 << 30), Ok(RECORD_LIMIT));
        assert_eq!(limit(16 << 20), Ok(RECORD_LIMIT - FRAME));
        assert_eq!(limit(1 << 20), Ok((1 << 20) - FRAME));
        assert_eq!(limit(1024), Err(ErrorKind::Unprepared));
    }
}
