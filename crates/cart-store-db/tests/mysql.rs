//! MariaDB keeps the whole contract, also while it keeps the history of each cart, and so does MySQL
//! where there is one.

use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_store_db::{MysqlCartStore, MysqlConfig};
use cart_testkit::servers::{MariaDb, Options, Server, SqlServer};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};

fn main() -> ExitCode {
    let mut harnesses = private(["mariadb", "mariadb-audited"], &Options::new());
    if MariaDb::has_mysql() {
        harnesses.extend(private(["mysql", "mysql-audited"], &Options::new().mysql()));
    }
    cart_testkit::conclude(harnesses)
}

/// The store by itself, and while it keeps the history.
fn private(names: [&'static str; 2], options: &Options) -> Vec<Arc<dyn Harness>> {
    let [plain, audited] = names.map(|name| Private {
        name,
        options: options.clone(),
        is_audited: name == names[1],
    });
    vec![Arc::new(plain), Arc::new(audited)]
}

/// Starts stores on a private server of their own, which can be killed without disturbing others.
struct Private {
    name: &'static str,
    options: Options,
    is_audited: bool,
}

/// A store, and the server that it is on.
struct OnServer {
    server: MariaDb,
    clock: Arc<dyn Clock>,
    store: MysqlCartStore,
}

#[async_trait]
impl Harness for Private {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        let server = MariaDb::start(self.options.clone()).await?;
        let store = open(&server, &clock).await?;
        if self.is_audited {
            store.database().history().switch(true).await?;
        }
        Ok(Box::new(OnServer {
            server,
            clock,
            store,
        }))
    }
}

async fn open(server: &MariaDb, clock: &Arc<dyn Clock>) -> Result<MysqlCartStore, HarnessError> {
    let config: MysqlConfig = server.url().parse()?;
    let config = config.with_clock(Arc::clone(clock));
    Ok(MysqlCartStore::open(config).await?)
}

#[async_trait]
impl Fixture for OnServer {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.store.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(Arc::new(open(&self.server, &self.clock).await?))
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        let owner = key.owner();
        let found = format!(
            "class = '{}' AND (tenant, identifier, instance) = ({}, {}, {})",
            owner.class().as_str(),
            bytes(owner.tenant().as_str()),
            bytes(owner.identifier()),
            bytes(key.instance().as_str()),
        );
        let select = format!("SELECT hex(items) FROM carts WHERE {found}");
        let items = text_of(&self.server.sql(&select).await?)?;
        let items = damage.apply(&items);
        let update = format!(
            "UPDATE carts SET items = CONVERT({} USING utf8mb4) WHERE {found}",
            bytes(&items)
        );
        self.server.sql(&update).await?;
        Ok(())
    }

    async fn restart(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        self.server.kill()?;
        self.server.restart().await?;
        self.second_handle().await
    }

    async fn stop(&self) -> Result<(), HarnessError> {
        Ok(self.server.kill()?)
    }
}

/// A text as bytes in hexadecimal digits, which no mode of the server reads otherwise.
fn bytes(text: &str) -> String {
    let digits: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("x'{}'", digits.concat())
}

/// The text of such digits.
fn text_of(digits: &str) -> Result<String, HarnessError> {
    let digits = digits.trim_end();
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16);
    let bytes: Result<Vec<u8>, _> = (0..digits.len()).step_by(2).map(byte).collect();
    Ok(String::from_utf8(bytes?)?)
}
