//! A server that runs out of room.

use cart_core::{CartStore, ErrorKind, Expect, RetryClass, SaveRequest};
use cart_testkit::servers::{Options, Server as _, ServerError};

use super::site::{DISK, Server};
use super::support::{assert_error, config, create, key, open, record};

#[tokio::test]
async fn a_full_disk_is_full_and_works_again_with_room() {
    let options = Options::new().disk(DISK);
    let server = match Server::start(options).await {
        // Only root can give a server a disk of its own.
        Err(ServerError::Lacking(_)) => return,
        started => started.expect("a server"),
    };
    let store = open(config(&server)).await;
    server.fill_disk().expect("a full disk");
    let mut error = None;
    for number in 0..20_000 {
        let mut large = record();
        large.parts.metadata = format!("\"{}\"", "m".repeat(4 * 1024)).into();
        let key = key(&format!("user {number}"));
        let request = SaveRequest::new(key, large, Expect::Absent);
        if let Err(failed) = store.save(&request).await {
            error = Some(failed);
            break;
        }
    }
    let error = error.expect("no room for eighty megabytes");
    assert_error(&error, ErrorKind::Full, RetryClass::Permanent);
    server.free_disk().expect("room");
    create(&store, &key("ann")).await;
}
