//! Several processes at one cart.

use std::thread;

use crate::support::Shop;

#[test]
fn updates_from_several_processes_add_up() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    shop.text(&["update", "user:1", "tea", "--quantity", "+1"]);
                }
            });
        }
    });
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 41)]);
}

#[test]
fn several_processes_can_make_the_same_file() {
    let shop = Shop::new();
    thread::scope(|scope| {
        for number in 0..4 {
            let shop = &shop;
            scope.spawn(move || shop.add("user:1", &format!("item-{number}"), 1));
        }
    });
    assert_eq!(shop.quantities("user:1").len(), 4);
}

#[test]
fn a_guest_that_logs_in_twice_at_once_is_merged_once() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    shop.add("guest:t", "tea", 5);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| shop.text(&["merge", "guest:t", "user:1"]));
        }
    });
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 7)]);
}
