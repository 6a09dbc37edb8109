//! What a shopper does in a browser.

use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::Value;
use tokio::time::{interval, timeout};

/// How long a page may take to be there.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser that visits one shop.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) client: Client,
    address: String,
    /// Whether nothing waits for the page that comes after a click.
    is_hasty: bool,
}

impl Device {
    pub(crate) fn new(client: Client, address: &str, is_hasty: bool) -> Self {
        let address = format!("http://{address}");
        Self {
            client,
            address,
            is_hasty,
        }
    }

    pub(crate) async fn open(&self, path: &str) {
        let url = format!("{}{path}", self.address);
        self.client.goto(&url).await.expect("a page");
    }

    /// What the style sheet would call so, as soon as it is there.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        let wait = self.client.wait().at_most(PATIENCE);
        let found = wait.for_element(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    /// Clicks, and waits for the page that comes then, unless this is a hasty one.
    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find(selector).await;
        if !self.is_hasty {
            let mark = self.client.execute("window.isOld = true", vec![]);
            mark.await.expect("a page");
        }
        element.click().await.expect("a click");
        if !self.is_hasty {
            let arrival = timeout(PATIENCE, self.next_page());
            arrival.await.expect("the next page");
        }
    }

    async fn next_page(&self) {
        const IS_THERE: &str = "return !window.isOld && document.readyState === 'complete'";
        let mut look = interval(Duration::from_millis(5));
        // Between two pages there is none to ask.
        while !matches!(
            self.client.execute(IS_THERE, vec![]).await,
            Ok(Value::Bool(true))
        ) {
            look.tick().await;
        }
    }

    /// Clicks twice, faster than anything can come of the first.
    pub(crate) async fn double_click(&self, selector: &str) {
        const TWICE: &str = "arguments[0].click(); arguments[0].click()";
        let element = self.find(selector).await;
        let element = serde_json::to_value(element).expect("a reference");
        let clicks = self.client.execute(TWICE, vec![element]);
        clicks.await.expect("two clicks");
    }

    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.expect("an empty field");
        field.send_keys(text).await.expect("a filled field");
    }

    pub(crate) async fn add(&self, product: &str) {
        self.open("/").await;
        self.click_add(product).await;
    }

    pub(crate) async fn click_add(&self, product: &str) {
        let button = format!("button[aria-label='Add {product} to the cart']");
        self.click(&button).await;
    }

    pub(crate) async fn wish(&self, product: &str) {
        self.open("/").await;
        let button = format!("button[aria-label='Put {product} on the wishlist']");
        self.click(&button).await;
    }

    pub(crate) async fn save_for_later(&self, product: &str) {
        self.open("/cart").await;
        self.click(&format!("button[aria-label='Save {product} for later']"))
            .await;
    }

    pub(crate) async fn sign_in(&self, name: &str, password: &str) {
        self.open("/login").await;
        self.fill("input[name=name]", name).await;
        self.fill("input[name=password]", password).await;
        self.click("main form button").await;
    }

    /// How many of a product the cart holds.
    pub(crate) async fn quantity(&self, product: &str) -> u64 {
        self.open("/cart").await;
        self.find("main h1").await;
        let field = format!("input[aria-label='Quantity of {product}']");
        let found = self.client.find_all(Locator::Css(&field)).await;
        let Some(field) = found.expect("a page").into_iter().next() else {
            return 0;
        };
        let value = field.prop("value").await.expect("a page");
        value.expect("a value").parse().expect("a number")
    }

    /// How many products the sign of the cart says.
    pub(crate) async fn count(&self) -> u64 {
        let sign = self.find(".count").await.text().await.expect("a sign");
        sign.parse().expect("a number")
    }

    pub(crate) async fn text(&self) -> String {
        let body = self.find("main").await;
        body.text().await.expect("a text")
    }

    /// What the shop says.
    pub(crate) async fn told(&self) -> String {
        let said = self.find("[role=status]").await;
        said.text().await.expect("a text")
    }
}
