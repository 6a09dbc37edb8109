//! All carts: `list`.

use cart_core::{Detail, ScanRequest};
use clap::Args;

use crate::failure::Failure;
use crate::output::Form;
use crate::shop::Shop;
use crate::view::{ListView, RowView};

/// List all carts of the tenant, or of all tenants, as of their last write.
///
/// With --json one cart a line, as they are read.
#[derive(Debug, Args)]
pub(crate) struct List {}

impl List {
    pub(super) async fn run(self, shop: &mut Shop) -> Result<(), Failure> {
        let mut request = ScanRequest::new(ScanRequest::MAX_LIMIT);
        request.tenant.clone_from(&shop.tenant);
        request.detail = Detail::Headers;
        let mut rows = Vec::new();
        loop {
            let page = shop.carts.store().scan(&request).await?;
            for row in page.entries.iter().map(RowView::new) {
                match shop.output.form() {
                    Form::Json => shop.output.json(&row)?,
                    // A table is as wide as its widest row.
                    Form::Text => rows.push(row),
                }
            }
            match page.next {
                Some(next) => request.cursor = Some(next),
                None => break,
            }
        }
        if shop.output.form() == Form::Text {
            shop.output.line(&ListView(rows).to_string())?;
        }
        shop.output.flush()
    }
}
