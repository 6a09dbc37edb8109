//! `instances`, `swap`, `merge`, `forget`, `erase`, and tenants.

use serde_json::json;

use crate::support::Shop;

fn add_to_wishlist(shop: &Shop, owner: &str) {
    let price = ["--name", "Cup", "--price", "5.00", "--currency", "USD"];
    let cup = ["add", owner, "cup", "--instance", "wishlist"];
    shop.text(&[&cup[..], &price[..]].concat());
}

#[test]
fn instances_are_listed_and_keep_apart() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    add_to_wishlist(&shop, "user:1");
    let names = &shop.json(&["instances", "user:1"])["instances"];
    let mut names: Vec<_> = names.as_array().expect("names").clone();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["default", "wishlist"]);
    assert_eq!(shop.json(&["instances", "user:2"])["instances"], json!([]));

    shop.text(&["clear", "user:1", "--instance", "wishlist"]);
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 1)]);
}

#[test]
fn all_carts_of_an_owner_change_hands() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    add_to_wishlist(&shop, "user:1");
    let swapped = shop.json(&["swap", "user:1", "user:2"]);
    let outcomes: Vec<_> = swapped["carts"]
        .as_array()
        .expect("carts")
        .iter()
        .map(|cart| cart["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["moved", "moved"]);
    assert_eq!(shop.quantities("user:2"), [("tea".to_owned(), 2)]);
    shop.error(4, &["show", "user:1"]);
    shop.error(4, &["swap", "user:1", "user:2"]);
}

#[test]
fn one_cart_changes_hands_on_request() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    add_to_wishlist(&shop, "user:1");
    shop.text(&["swap", "user:1", "user:2", "--instance", "wishlist"]);
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 2)]);
    shop.error(4, &["show", "user:2"]);
    shop.text(&["show", "user:2", "--instance", "wishlist"]);
}

#[test]
fn a_cart_in_the_way_is_a_conflict_that_names_both_versions() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    shop.add("user:2", "cup", 1);
    let there = shop.json(&["show", "user:2"])["version"].clone();
    let error = shop.error(3, &["swap", "user:1", "user:2"]);
    assert_eq!(error["kind"], "conflict");
    assert_eq!(error["retry_class"], "permanent");
    assert_eq!(error["conflict"]["actual"], there);
    assert_eq!(error["conflict"]["live"], true);
    assert!(error["conflict"]["suggestions"].is_array());
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 1)]);
    assert_eq!(shop.quantities("user:2"), [("cup".to_owned(), 1)]);
}

#[test]
fn a_cart_in_the_way_is_replaced_or_merged_on_request() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    shop.add("user:2", "cup", 1);
    shop.text(&["swap", "user:1", "user:2", "--replace"]);
    assert_eq!(shop.quantities("user:2"), [("tea".to_owned(), 1)]);

    shop.add("user:3", "tea", 4);
    let swapped = shop.json(&["swap", "user:3", "user:2", "--merge", "add_quantities"]);
    assert_eq!(swapped["carts"][0]["outcome"], "merged");
    assert_eq!(swapped["carts"][0]["report"]["in_both"], json!(["tea"]));
    assert_eq!(shop.quantities("user:2"), [("tea".to_owned(), 5)]);
    shop.error(
        2,
        &[
            "swap",
            "user:3",
            "user:2",
            "--replace",
            "--merge",
            "keep_user",
        ],
    );
}

#[test]
fn a_swap_onto_itself_changes_nothing() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let before = shop.json(&["show", "user:1"]);
    let swapped = shop.json(&["swap", "user:1", "user:1"]);
    assert_eq!(swapped["carts"][0]["outcome"], "same_owner");
    assert_eq!(shop.json(&["show", "user:1"]), before);
}

#[test]
fn each_strategy_merges_in_its_own_way() {
    for (strategy, tea, cup) in [
        ("add_quantities", Some(7), Some(1)),
        ("keep_highest", Some(5), Some(1)),
        ("keep_user", Some(2), None),
        ("replace_with_guest", Some(5), Some(1)),
    ] {
        let shop = Shop::new();
        shop.add("user:1", "tea", 2);
        shop.add("guest:t", "tea", 5);
        shop.add("guest:t", "cup", 1);
        shop.text(&["merge", "guest:t", "user:1", "--strategy", strategy]);
        let quantities = shop.quantities("user:1");
        let of = |id: &str| {
            let line = quantities.iter().find(|(item, _)| item == id);
            line.map(|(_, quantity)| *quantity)
        };
        assert_eq!((of("tea"), of("cup")), (tea, cup), "{strategy}");
        shop.error(4, &["show", "guest:t"]);
    }
}

#[test]
fn a_merge_runs_once_however_often_it_is_called() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    shop.add("guest:t", "tea", 5);
    shop.text(&["merge", "guest:t", "user:1"]);
    assert_eq!(
        shop.json(&["merge", "guest:t", "user:1"])["carts"],
        json!([])
    );
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 7)]);
}

#[test]
fn an_unknown_strategy_is_refused() {
    let shop = Shop::new();
    let error = shop.error(2, &["merge", "guest:t", "user:1", "--strategy", "add"]);
    assert!(
        error["message"]
            .as_str()
            .expect("a text")
            .contains("keep_highest"),
        "{error}"
    );
}

#[test]
fn forgotten_carts_are_gone_and_forgetting_again_finds_none() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    add_to_wishlist(&shop, "user:1");
    shop.text(&["forget", "user:1", "--instance", "wishlist"]);
    assert_eq!(
        shop.json(&["instances", "user:1"])["instances"],
        json!(["default"])
    );
    add_to_wishlist(&shop, "user:1");
    assert_eq!(shop.json(&["forget", "user:1"])["carts"], 2);
    shop.error(4, &["show", "user:1"]);
    shop.error(4, &["forget", "user:1"]);
    shop.error(4, &["forget", "user:1", "--instance", "wishlist"]);
}

#[test]
fn versions_go_on_after_a_cart_was_forgotten() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    shop.text(&["forget", "user:1"]);
    shop.add("user:1", "tea", 2);
    let version = shop.json(&["show", "user:1"])["version"].clone();
    assert!(
        version.as_str().expect("a version").starts_with("3-"),
        "{version}"
    );
}

#[test]
fn erasing_leaves_no_trace_of_the_person_and_others_alone() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 2);
    add_to_wishlist(&shop, "user:1");
    shop.text(&["forget", "user:1", "--instance", "wishlist"]);
    shop.add("user:10", "tea", 1);
    let report = shop.json(&["erase", "user:1"]);
    assert_eq!(
        report,
        json!({"owner": "user:1", "carts": 1, "tombstones": 1, "versions": 0})
    );
    let left = shop.text(&["export", "--tombstones"]);
    assert!(
        !left.contains("\"user:1\"") && left.contains("\"user:10\""),
        "{left}"
    );
    assert_eq!(shop.json(&["erase", "user:1"])["carts"], 0);
}

#[test]
fn tenants_see_their_own_carts() {
    let shop = Shop::new();
    shop.add("user:1", "tea", 1);
    let price = ["--name", "Cup", "--price", "5.00", "--currency", "USD"];
    shop.text(&[&["--tenant", "north", "add", "user:1", "cup"], &price[..]].concat());
    assert_eq!(shop.quantities("user:1"), [("tea".to_owned(), 1)]);
    let north = shop.json(&["show", "user:1", "--tenant", "north"]);
    assert_eq!(
        (&north["tenant"], &north["items"][0]["id"]),
        (&json!("north"), &json!("cup"))
    );

    let list = |tenant: &[&str]| shop.text(&[&["list", "--json"], tenant].concat());
    assert_eq!(list(&[]).lines().count(), 2);
    assert!(list(&["--tenant", "north"]).contains("\"tenant\":\"north\""));
    assert_eq!(list(&["--tenant", ""]).lines().count(), 1);
    assert_eq!(list(&["--tenant", "south"]), "");
}
