//! Is the store well? `doctor`.

mod diagnosis;
mod probe;
mod warning;

use cart_core::{Health, Tenant};
use cart_store_db::SchemaStatus;
use clap::Args;

use self::diagnosis::Diagnosis;
use self::probe::Probe;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::store::{Access, Place};

/// Check that the store works: reach it, look at its schema and its powers, and write, read and
/// erase a cart of an owner that nobody else has.
///
/// The exit code is 5 when a check fails. Settings by which carts may get lost are warned of.
#[derive(Debug, Args)]
pub(crate) struct Doctor {}

impl Doctor {
    pub(super) async fn run(
        self,
        place: &Place,
        tenant: Option<Tenant>,
        mut output: Output,
    ) -> Result<(), Failure> {
        let mut diagnosis = Diagnosis::default();
        let opened = diagnosis
            .check("open", place.open(Access::Existing), |carts| {
                carts.info().name.to_string()
            })
            .await;
        match opened {
            Ok(carts) => {
                // What fails is noted, and the next check is made all the same.
                let powers = &carts.info().capabilities;
                diagnosis.note_powers(powers);
                diagnosis.warn(warning::warnings(powers, place.time_to_live()));
                let schema = async { place.schema()?.status().await };
                let version = |status: &SchemaStatus| {
                    format!("version {} of {}", status.version, status.latest)
                };
                diagnosis.check("schema", schema, version).await.ok();
                let ping = |health: &Health| health.description.clone();
                diagnosis.check("ping", carts.ping(), ping).await.ok();
                Probe::new(&carts, tenant.unwrap_or_default())?
                    .run(&mut diagnosis)
                    .await;
            }
            // A URL that means nothing is no store that is ill.
            Err(error) if Exit::after(&error) == Exit::Invalid => return Err(error.into()),
            // It is among the checks.
            Err(_) => {}
        }
        output.answer(&diagnosis)?;
        if diagnosis.is_healthy() {
            Ok(())
        } else {
            Err(Failure::Unhealthy)
        }
    }
}
