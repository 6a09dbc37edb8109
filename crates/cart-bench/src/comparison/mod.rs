//! What operations cost on each store, and what becomes of many writers on one cart: beside what a
//! programmer would write by hand instead.

mod arguments;
mod contention;
#[cfg(target_os = "linux")]
mod hand_written;
mod latencies;
mod machine;
#[cfg(target_os = "linux")]
mod on_postgres;
#[cfg(target_os = "linux")]
mod on_redis;
mod operations;
mod ours;
mod report;
mod subject;

use cart_core::{Carts, MemoryCartStore};
#[cfg(target_os = "linux")]
use cart_testkit::servers::Options;
use tokio::runtime::Runtime;

pub(crate) use self::arguments::Arguments;
use self::machine::Machine;
use self::report::Report;
use self::subject::Contender;
use crate::backend::{Backend, Site, open};
use crate::proof::{Proven, Refuted};

/// The stores, in the order of the tables. In the memory store there is nothing to start.
const BACKENDS: &[(&str, Option<Backend>)] = &[
    ("memory", None),
    ("session-file", Some(Backend::SessionFile)),
    ("sqlite", Some(Backend::Sqlite)),
    #[cfg(target_os = "linux")]
    ("postgres", Some(Backend::Postgres)),
    #[cfg(target_os = "linux")]
    ("mariadb", Some(Backend::MariaDb)),
    #[cfg(target_os = "linux")]
    ("redis", Some(Backend::Redis)),
];

/// Where the carts are that are measured: none outside of this process for the memory store.
struct Place(Option<Site>);

/// Measures, prints and writes what the command line asks for.
pub(crate) fn run(arguments: &Arguments) -> Proven {
    let runtime = Runtime::new()?;
    let mut report = Report::new(Machine::look());
    for (name, backend) in BACKENDS {
        if !arguments.wants(name) {
            continue;
        }
        runtime.block_on(measure(name, *backend, arguments, &mut report))?;
    }
    println!("{}", report.tables());
    if let Some(file) = &arguments.json {
        std::fs::write(file, report.json()? + "\n")?;
    }
    if let Some(file) = &arguments.markdown {
        std::fs::write(file, report.markdown())?;
    }
    Ok(())
}

async fn measure(
    name: &'static str,
    backend: Option<Backend>,
    arguments: &Arguments,
    report: &mut Report,
) -> Proven {
    eprintln!("{name}: starting");
    let site = match backend {
        Some(backend) => Some(start(backend).await?),
        None => None,
    };
    let place = Place(site);
    let carts = place.carts().await?;
    report.note_store(name, carts.ping().await?.description);
    eprintln!("{name}: six operations");
    operations::measure(name, &carts, arguments, report).await?;
    let contenders = place.contenders().await?;
    for tasks in contention::TASKS {
        eprintln!("{name}: {tasks} writers on one cart");
        contention::measure(name, &contenders, tasks, arguments, report).await?;
    }
    Ok(())
}

/// A database that acknowledges what the disk has, and takes a connection from each writer.
async fn start(backend: Backend) -> Result<Site, Refuted> {
    #[cfg(target_os = "linux")]
    if backend == Backend::Postgres {
        let options = Options::new().durable();
        let options = options.setting("max_connections", "250");
        return Site::serve(backend, options).await;
    }
    Site::start(backend).await
}

impl Place {
    /// The carts in the store, by a handle of its own.
    async fn carts(&self) -> Result<Carts, Refuted> {
        Ok(match &self.0 {
            Some(site) => Carts::builder(open(&site.url()).await?).build(),
            None => Carts::new(MemoryCartStore::new()),
        })
    }

    /// What is compared here: the store, and what is written by hand.
    async fn contenders(&self) -> Result<Vec<Contender>, Refuted> {
        let mut contenders = ours::contenders(self).await?;
        match &self.0 {
            #[cfg(target_os = "linux")]
            Some(Site::Redis(server)) => contenders.extend(on_redis::contenders(server).await?),
            #[cfg(target_os = "linux")]
            Some(Site::Server(server)) if server.name() == "postgres" => {
                contenders.extend(on_postgres::contenders(&**server).await?);
            }
            _ => {}
        }
        Ok(contenders)
    }
}
