//! Carts that nobody came back to.

use std::time::Duration;

use cart_core::{
    CartKey, Currency, Cursor, Detail, Result, ScanPage, ScanRequest, Timestamp, Version,
};

use super::ReportFilter;
use crate::scan::Walk;
use crate::value::Value;

/// Asks for carts that have been left alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AbandonedRequest {
    /// Which carts.
    pub filter: ReportFilter,
    /// Left alone for strictly longer than this.
    pub idle: Duration,
    /// At most so many; no more than [`ScanRequest::MAX_LIMIT`].
    pub limit: usize,
    /// Where to go on: what the page before gave.
    pub cursor: Option<Cursor>,
}

impl AbandonedRequest {
    /// Asks for carts that have been left alone for longer than `idle`, in pages of `limit`.
    pub fn new(idle: Duration, limit: usize) -> Self {
        Self {
            filter: ReportFilter::default(),
            idle,
            limit,
            cursor: None,
        }
    }

    /// What its cursors are bound to, beside what a list of the store binds them to.
    pub(super) fn scope(&self, store: &str) -> String {
        let instance = self.filter.instance.as_ref();
        let instance = instance.map_or("", |instance| instance.as_str());
        let currency = self.filter.currency;
        let currency = currency.map_or("", |currency| currency.code());
        format!("{store}/abandoned/{currency}/{instance}")
    }

    /// The list of the store that the report narrows down.
    pub(super) fn list(&self, now: Timestamp) -> ScanRequest {
        let mut list = ScanRequest::new(self.limit);
        list.tenant.clone_from(&self.filter.tenant);
        list.class.clone_from(&self.filter.class);
        list.updated_before = Some(now.saturating_sub(self.idle));
        list.detail = Detail::Headers;
        list.cursor.clone_from(&self.cursor);
        list
    }

    /// The walk along that list, past carts that the report leaves out.
    pub(super) fn walk<'a>(
        &'a self,
        scope: &'a str,
        list: &'a ScanRequest,
        now: Timestamp,
    ) -> Result<Walk<'a>> {
        let ReportFilter {
            instance, currency, ..
        } = &self.filter;
        let mut walk = Walk::new(scope, list)?.only("\"lines\" > 0", None).only(
            "(\"claimed_until\" IS NULL OR \"claimed_until\" <= ?)",
            Some(Value::Integer(now.as_millis())),
        );
        if let Some(instance) = instance {
            walk = walk.only("\"instance\" = ?", Some(Value::Name(instance.as_str())));
        }
        if let Some(currency) = currency {
            walk = walk.only("\"currency\" = ?", Some(Value::Text(currency.code())));
        }
        Ok(walk)
    }
}

/// A cart that has been left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AbandonedCart {
    /// Which cart.
    pub key: CartKey,
    /// Its version, for whoever acts upon it.
    pub version: Version,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// Its lines.
    pub lines: u32,
    /// The sum of all quantities.
    pub units: u64,
    /// Its total in minor units, as of the last write.
    pub total: i64,
}

/// One page of abandoned carts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AbandonedPage {
    /// The carts.
    pub carts: Vec<AbandonedCart>,
    /// Where the next page starts; none on the last one.
    pub next: Option<Cursor>,
}

impl From<ScanPage> for AbandonedPage {
    fn from(page: ScanPage) -> Self {
        let carts = page.entries.into_iter().map(|entry| {
            let header = entry.record.header;
            AbandonedCart {
                key: entry.key,
                version: header.version,
                created_at: header.created_at,
                updated_at: header.updated_at,
                expires_at: header.expires_at,
                currency: header.summary.currency,
                lines: header.summary.lines,
                units: header.summary.units,
                total: header.summary.total,
            }
        });
        Self {
            carts: carts.collect(),
            next: page.next,
        }
    }
}
