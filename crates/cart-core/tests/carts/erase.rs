use cart_core::{CartStore, Instance, OnExisting, Owner, ScanRequest, Select, Transfer};

use crate::{Shop, item, quantity, shopper};

async fn traces(shop: &Shop) -> usize {
    let mut found = 0;
    for select in [Select::Live, Select::Tombstones] {
        let mut request = ScanRequest::new(100);
        request.select = select;
        let page = shop.store.scan(&request).await.expect("a list");
        found += page
            .entries
            .iter()
            .filter(|entry| *entry.key.owner() == shopper())
            .count();
    }
    found
}

#[tokio::test]
async fn nothing_of_an_erased_owner_is_left() {
    let shop = Shop::new();
    let other = Owner::user("43").expect("a valid owner");
    let instance = |owner: &Owner, name| shop.carts.cart(owner.clone(), name).expect("an instance");
    for name in ["default", "wishlist", "old", "given away"] {
        instance(&shopper(), name)
            .add(item("a"))
            .await
            .expect("an edit");
    }
    instance(&other, "default")
        .add(item("a"))
        .await
        .expect("an edit");
    instance(&shopper(), "old").forget().await.expect("deleted");
    let given_away = Instance::new("given away").expect("an instance");
    let transfer = shop
        .carts
        .transfer(&shopper(), &other, &given_away, &OnExisting::Refuse)
        .await;
    assert_eq!(transfer.expect("given away"), Transfer::Moved);
    assert_eq!(traces(&shop).await, 4);

    let erased = shop.carts.erase(&shopper()).await.expect("erased");
    assert_eq!((erased.carts, erased.tombstones, erased.swept), (2, 2, 4));
    assert_eq!(traces(&shop).await, 0);
    assert_eq!(quantity(&instance(&other, "default"), "a").await, 1);
    let again = shop.carts.erase(&shopper()).await.expect("nothing to do");
    assert_eq!((again.carts, again.tombstones), (0, 0));
}

#[tokio::test]
async fn flushing_an_owner_leaves_others_alone() {
    let shop = Shop::new();
    let other = shop
        .carts
        .cart(Owner::user("4").expect("an owner"), "default")
        .expect("one");
    other.add(item("a")).await.expect("an edit");
    shop.cart().add(item("a")).await.expect("an edit");
    assert_eq!(shop.carts.flush(&shopper()).await.expect("flushed"), 1);
    assert!(!shop.cart().has().await.expect("it loads"));
    assert!(other.has().await.expect("it loads"));
    assert_eq!(
        shop.carts
            .delete_every_cart_of_every_owner()
            .await
            .expect("all"),
        1
    );
    assert!(!other.has().await.expect("it loads"));
}
