//! A replica answers what it knows, and never less than somebody has seen.

use cart_core::{CartStore, Carts, LoadRequest, Stored};
use cart_testkit::servers::{Options, Server as _};

use super::site::Server;
use super::support::{config, create, key, load, open, parsed, update};

#[tokio::test]
async fn a_replica_answers_where_it_is_not_behind_and_the_primary_where_it_is() {
    let primary = Server::start(Options::new().replicated())
        .await
        .expect("a primary");
    let replica = primary.replica().await.expect("a replica");
    let store = open(config(&primary).with_replica(parsed(&replica.url()))).await;
    let key = key("ann");
    let first = create(&store, &key).await;
    replica.catch_up(&primary).await.expect("a copy");
    replica.pause_replay().await.expect("a pause");
    let second = update(&key, &first);
    store.save(&second).await.expect("an update");

    let at_least = |record: &cart_core::CartRecord| {
        let mut request = LoadRequest::new(key.clone());
        request.at_least = Some(record.header.version);
        request
    };
    let newest = Stored::Live(second.record.clone());
    let answer = store.load(&at_least(&second.record)).await;
    assert_eq!(answer.expect("the primary's answer"), newest);
    let answer = load(&store, &key).await;
    assert_eq!(answer.expect("the primary's answer"), newest);
    // What is old enough comes from the replica, here as old as it is there.
    let answer = store.load(&at_least(&first)).await;
    let oldest = Stored::Live(first.clone());
    assert_eq!(answer.expect("the replica's answer"), oldest);

    let carts = Carts::new(store.clone());
    let cart = carts.cart(key.owner().clone(), "default").expect("a cart");
    let seen = cart.load_at_least(first.header.version).await;
    let seen = seen.expect("the replica's answer").version();
    assert_eq!(seen, Some(first.header.version));
    let seen = cart.load().await.expect("the primary's answer").version();
    assert_eq!(seen, Some(second.record.header.version));

    replica.kill().expect("a death");
    let answer = store.load(&at_least(&first)).await;
    assert_eq!(answer.expect("the primary's answer"), newest);
}
