//! Clicks at once, twice, and back and forth.

use cart_core::Owner;

use super::driver::{Driver, Screen};
use super::open_shop::OpenShop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_windows_of_one_shopper_that_click_at_once_lose_nothing() {
    const ROUNDS: u64 = 5;
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let shopper = driver.device(Screen::LAPTOP.hasty(), &shop.address).await;
    shopper.add("soda").await;
    shopper.find("[role=status]").await;
    let first = shopper.client.window().await.expect("a window");
    let second = shopper.client.new_window(false).await.expect("a window");
    for _ in 0..ROUNDS {
        shop.door.hold(2);
        for (window, product) in [(&first, "soda"), (&second.handle, "yogurt")] {
            let switched = shopper.client.switch_to_window(window.clone()).await;
            switched.expect("a window");
            shopper.add(product).await;
        }
        shop.door.answered(2).await;
    }
    assert_eq!(shopper.quantity("soda").await, 1 + ROUNDS);
    assert_eq!(shopper.quantity("yogurt").await, ROUNDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_has_one_effect() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let shopper = driver.device(Screen::LAPTOP.hasty(), &shop.address).await;
    shopper.open("/").await;
    shop.door.hold(1);
    let button = "button[aria-label='Add soda to the cart']";
    shopper.double_click(button).await;
    shop.door.answered(1).await;
    shopper.find("[role=status]").await;
    assert_eq!(shopper.quantity("soda").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_form_that_two_windows_send_at_once_has_one_effect() {
    const SET: &str =
        "for (const key of document.querySelectorAll('[name=once]')) key.value = 'one'";
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let shopper = driver.device(Screen::LAPTOP.hasty(), &shop.address).await;
    shopper.add("soda").await;
    shopper.find("[role=status]").await;
    let first = shopper.client.window().await.expect("a window");
    let second = shopper.client.new_window(false).await.expect("a window");
    shop.door.hold(2);
    for window in [first, second.handle] {
        let switched = shopper.client.switch_to_window(window).await;
        switched.expect("a window");
        shopper.open("/").await;
        shopper.find("footer").await;
        let set = shopper.client.execute(SET, vec![]).await;
        set.expect("a page");
        shopper.click_add("yogurt").await;
    }
    shop.door.answered(2).await;
    assert_eq!(shopper.quantity("yogurt").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_forward_and_reload_repeat_nothing() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let shopper = driver.device(Screen::LAPTOP, &shop.address).await;
    shopper.add("soda").await;
    shopper.open("/cart").await;
    shopper.client.back().await.expect("the page before");
    assert_eq!(shopper.count().await, 1, "it isn't the old page");
    shopper.client.forward().await.expect("the page after");
    shopper.client.back().await.expect("the page before");
    shopper.client.refresh().await.expect("the page again");
    assert_eq!(shopper.count().await, 1);
    assert_eq!(shopper.quantity("soda").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_added_while_paying_is_still_there_afterwards() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let shopper = driver.device(Screen::PHONE, &shop.address).await;
    shopper.add("soda").await;
    shopper.open("/cart").await;
    shopper.fill("#code", "summer").await;
    shopper.click(".coupon button").await;
    shopper.click("form[action='/checkout'] button").await;
    assert!(shopper.text().await.contains("$4.49"));
    let paying = shopper.client.current_url().await.expect("a page");
    shopper.add("yogurt").await;
    shopper.client.goto(paying.as_str()).await.expect("a page");
    assert!(shopper.text().await.contains("$4.49"), "as it was claimed");
    shopper.click("form[action='/checkout/pay'] button").await;
    assert!(shopper.told().await.starts_with("Thank you!"));
    assert_eq!(shopper.quantity("soda").await, 0);
    assert_eq!(shopper.quantity("yogurt").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_currency_is_refused_with_words() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let shopper = driver.device(Screen::LAPTOP, &shop.address).await;
    shopper.add("soda").await;
    shopper.open("/?find=olive").await;
    shopper.click_add("imported olive oil").await;
    let told = shopper.told().await;
    assert!(told.contains("USD") && told.contains("EUR"), "{told}");
    assert_eq!(shopper.count().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_finds_no_cookie_and_a_failed_login_no_account() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let stranger = driver.device(Screen::LAPTOP, &shop.address).await;
    stranger.add("soda").await;
    let cookies = stranger.client.execute("return document.cookie", vec![]);
    assert_eq!(cookies.await.expect("a page"), "");
    stranger.sign_in("ann", "guessed").await;
    assert!(stranger.told().await.contains("don't fit"));
    let ann = Owner::user("ann").expect("a user");
    let carts = shop.carts.instances(&ann).await.expect("an answer");
    assert!(carts.is_empty(), "{carts:?}");
    assert_eq!(stranger.quantity("soda").await, 1);
}
