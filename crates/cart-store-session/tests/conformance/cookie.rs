//! Sessions in cookies.

use std::sync::Arc;

use async_trait::async_trait;
use cart_core::{CartKey, CartStore, Clock};
use cart_store_session::{CookieHome, CookieKeys, SessionCartStore};
use cart_testkit::{Damage, Fixture, Harness, HarnessError};

pub(crate) struct Cookie;

struct CookieFixture(SessionCartStore<CookieHome>);

#[async_trait]
impl Harness for Cookie {
    fn name(&self) -> &'static str {
        "session-cookie"
    }

    async fn start(&self, clock: Arc<dyn Clock>) -> Result<Box<dyn Fixture>, HarnessError> {
        // Some cases are about carts that no browser takes. What a browser takes is tested beside.
        let home = CookieHome::new(CookieKeys::new([7; 32])).with_limit(64 * 1024 * 1024);
        let store = SessionCartStore::new(home).with_clock(clock);
        Ok(Box::new(CookieFixture(store)))
    }
}

#[async_trait]
impl Fixture for CookieFixture {
    fn store(&self) -> Arc<dyn CartStore> {
        Arc::new(self.0.clone())
    }

    async fn second_handle(&self) -> Result<Arc<dyn CartStore>, HarnessError> {
        Ok(self.store())
    }

    async fn damage(&self, key: &CartKey, damage: Damage) -> Result<(), HarnessError> {
        let home = self.0.home();
        let name = CookieHome::name_of(key.owner());
        for line in home.set_cookies(cart_core::Timestamp::from_millis(0)) {
            let cookie = line.split(';').next().and_then(|pair| pair.split_once('='));
            if let Some((found, value)) = cookie.filter(|(found, _)| *found == name) {
                home.receive(&format!("{found}={}", damage.apply(value)));
            }
        }
        Ok(())
    }
}
