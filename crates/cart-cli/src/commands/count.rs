//! How much work there is.

use cart_core::{CartStore, Detail, Result, ScanRequest};

/// How many records a request selects, for whoever wants to know how long it takes.
pub(super) async fn count(store: &dyn CartStore, mut request: ScanRequest) -> Result<u64> {
    request.detail = Detail::Headers;
    request.limit = ScanRequest::MAX_LIMIT;
    let mut count = 0;
    loop {
        let page = store.scan(&request).await?;
        count += u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
        match page.next {
            Some(next) => request.cursor = Some(next),
            None => return Ok(count),
        }
    }
}
