//! A shop in the test's own process, at whose door requests can be held.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use cart_axum::Key;
use cart_core::{Carts, MemoryCartStore};
use http::Method;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::storefront;

/// The shop. It closes with this value.
#[derive(Debug)]
pub(crate) struct OpenShop {
    pub(crate) address: String,
    pub(crate) carts: Carts,
    pub(crate) door: Arc<Door>,
    serving: AbortHandle,
}

/// Where forms that are sent come in.
#[derive(Debug, Default)]
pub(crate) struct Door {
    seen: watch::Sender<Seen>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    arrived: usize,
    answered: usize,
    /// So many have to be there before any is let in.
    together: usize,
}

impl Door {
    /// Holds the next requests until so many of them are there.
    pub(crate) fn hold(&self, together: usize) {
        let seen = Seen {
            together,
            ..Seen::default()
        };
        self.seen.send_replace(seen);
    }

    pub(crate) async fn answered(&self, count: usize) {
        let mut seen = self.seen.subscribe();
        seen.wait_for(|seen| seen.answered >= count)
            .await
            .expect("the door is there");
    }
}

impl OpenShop {
    pub(crate) async fn open() -> Self {
        let carts = Carts::new(MemoryCartStore::new());
        let door = Arc::new(Door::default());
        let shop = storefront::shop(carts.clone(), Key::from(&[7; 64]))
            .layer(middleware::from_fn_with_state(Arc::clone(&door), pass));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let serving = tokio::spawn(async { axum::serve(listener, shop).await });
        Self {
            address: format!("localhost:{port}"),
            carts,
            door,
            serving: serving.abort_handle(),
        }
    }
}

impl Drop for OpenShop {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    // A browser that clicks again drops the first request; a shop may be at work on it all the same.
    let answer = tokio::spawn(async move {
        door.seen.send_modify(|seen| seen.arrived += 1);
        let mut seen = door.seen.subscribe();
        let all_here = seen.wait_for(|seen| seen.arrived >= seen.together).await;
        all_here.expect("the door is there");
        let response = next.run(request).await;
        door.seen.send_modify(|seen| seen.answered += 1);
        response
    });
    answer.await.expect("an answer")
}
