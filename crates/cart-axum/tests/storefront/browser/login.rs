//! Guests who sign in, on two devices, twice, and while the shop dies.

use std::time::Duration;

use cart_testkit::proxy::{Fault, FaultProxy};
use rusqlite::Connection;

use super::driver::{Driver, Screen};
use super::open_shop::OpenShop;
use super::separate_shop::SeparateShop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_instances_of_a_guest_are_merged_once_on_both_devices() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let phone = driver.device(Screen::PHONE, &shop.address).await;
    phone.sign_in("ann", "tea").await;
    phone.add("soda").await;

    let laptop = driver.device(Screen::LAPTOP, &shop.address).await;
    laptop.add("soda").await;
    laptop.add("pastry").await;
    laptop.save_for_later("pastry").await;
    laptop.wish("yogurt").await;
    laptop.sign_in("ann", "tea").await;
    assert!(laptop.told().await.starts_with("Welcome!"));
    for device in [&laptop, &phone] {
        assert_eq!(device.quantity("soda").await, 2);
        device
            .find("button[aria-label='Move pastry to the cart']")
            .await;
        device.open("/wishlist").await;
        device
            .find("button[aria-label='Move yogurt to the cart']")
            .await;
    }
    phone
        .click("button[aria-label='Move yogurt to the cart']")
        .await;
    assert_eq!(laptop.quantity("yogurt").await, 1);

    laptop.click("form[action='/logout'] button").await;
    assert_eq!(laptop.quantity("soda").await, 0);
    assert_eq!(phone.quantity("soda").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_is_sent_twice_merges_once() {
    let (shop, driver) = (OpenShop::open().await, Driver::start());
    let guest = driver.device(Screen::LAPTOP.hasty(), &shop.address).await;
    guest.add("soda").await;
    guest.find("[role=status]").await;
    let first = guest.client.window().await.expect("a window");
    let second = guest.client.new_window(false).await.expect("a window");
    shop.door.hold(2);
    for window in [first, second.handle] {
        let switched = guest.client.switch_to_window(window).await;
        switched.expect("a window");
        guest.sign_in("ann", "tea").await;
    }
    shop.door.answered(2).await;
    guest.find("form[action='/logout']").await;
    assert_eq!(guest.quantity("soda").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_in_which_the_shop_is_killed_is_made_by_the_next_one() {
    let (mut shop, driver) = (SeparateShop::open().await, Driver::start());
    let network = FaultProxy::to(shop.address).start().await.expect("a proxy");
    let address = format!("localhost:{}", network.address().port());
    let guest = driver.device(Screen::LAPTOP.hasty(), &address).await;
    guest.add("soda").await;
    guest.find("[role=status]").await;
    guest.wish("yogurt").await;
    guest.find("[role=status]").await;

    // Somebody else is writing, so that the login can't be through when the shop dies.
    let other = Connection::open(shop.carts()).expect("the file");
    other.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    let seen = network.inject(Fault::delay(Duration::ZERO).on("POST /login"));
    guest.sign_in("ann", "tea").await;
    seen.reached(1).await;
    shop.kill();
    seen.end();
    other
        .execute_batch("ROLLBACK")
        .expect("the end of the lock");
    shop.reopen().await;
    assert_eq!(guest.quantity("soda").await, 1, "a guest as before");

    // The login is made, and nobody hears of it.
    let lost = network.inject(Fault::cut_after_request().on("POST /login"));
    guest.sign_in("ann", "tea").await;
    lost.reached(1).await;
    shop.kill();
    lost.end();
    shop.reopen().await;

    guest.sign_in("ann", "tea").await;
    guest.find("form[action='/logout']").await;
    assert_eq!(guest.quantity("soda").await, 1);
    guest.open("/wishlist").await;
    guest
        .find("button[aria-label='Move yogurt to the cart']")
        .await;
    let phone = driver.device(Screen::PHONE.hasty(), &address).await;
    phone.sign_in("ann", "tea").await;
    phone.find("form[action='/logout']").await;
    assert_eq!(phone.quantity("soda").await, 1);
}
