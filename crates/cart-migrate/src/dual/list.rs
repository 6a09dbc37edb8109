//! Lists of the carts of both stores, each where it is at home.

use cart_core::{
    CartKey, CartStore, Cursor, Error, Instance, LoadRequest, Operation, Owner, Result, ScanEntry,
    ScanPage, ScanRequest, ScanSupport, Select, Stored,
};
use futures_util::StreamExt;
use futures_util::stream::{self, TryStreamExt};

use super::fence::found;
use super::form::{Found, at_home, unmarked};
use super::phase::CLASS;
use super::{DualWriteStore, Phase, Side};

/// How many carts are looked up at the same time.
const AT_ONCE: usize = 32;

/// How many empty pages are passed over.
const EMPTY_PAGES: usize = 16;

impl DualWriteStore {
    pub(super) async fn instances_of(&self, owner: &Owner) -> Result<Vec<Instance>> {
        if self.phase().await? == Phase::Complete {
            return self.pair().new.instances(owner).await;
        }
        // A cart that has moved, too, has a record in the old store.
        let named = self.pair().old.instances(owner).await?;
        let live: Vec<Option<Instance>> = stream::iter(named)
            .map(|instance| async move {
                let key = CartKey::new(owner.clone(), instance.clone());
                let stored = self.look(&LoadRequest::new(key)).await?;
                Ok::<_, Error>(matches!(stored, Stored::Live(_)).then_some(instance))
            })
            .buffered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(live.into_iter().flatten().collect())
    }

    /// A page that isn't empty, unless that takes too long.
    pub(super) async fn page(&self, request: &ScanRequest) -> Result<ScanPage> {
        let mut request = request.clone();
        for _ in 1..EMPTY_PAGES {
            let page = self.next_page(&request).await?;
            if page.next.is_none() || !page.entries.is_empty() {
                return Ok(page);
            }
            request.cursor = page.next;
        }
        self.next_page(&request).await
    }

    /// A page: first of the old store, then of what is at home in the new one.
    async fn next_page(&self, request: &ScanRequest) -> Result<ScanPage> {
        if self.capabilities().scan == ScanSupport::None || request.select == Select::Marked {
            return Err(Error::unsupported(Operation::Scan));
        }
        let phase = self.phase().await?;
        let (side, cursor) = match &request.cursor {
            None if phase == Phase::Complete => (Side::New, None),
            None => (Side::Old, None),
            Some(cursor) => {
                let (side, cursor) = place(cursor.position(Self::NAME, request)?)?;
                (side, cursor)
            }
        };
        let mut inner = request.clone();
        inner.cursor = cursor;
        let page = self.pair().at(side).scan(&inner).await?;
        let entries = match side {
            Side::Old => of_old(page.entries),
            Side::New if phase == Phase::Complete => page.entries,
            Side::New => self.at_home_in_new(page.entries).await?,
        };
        // Before anything moves, all carts are in the old store.
        let goes_on = side == Side::Old && !matches!(phase, Phase::Off | Phase::Mirror);
        let next = match page.next {
            Some(cursor) => Some(position(side, Some(&cursor))),
            None => goes_on.then(|| position(Side::New, None)),
        };
        Ok(ScanPage {
            entries: entries
                .into_iter()
                .filter(|entry| entry.key.owner().class().as_str() != CLASS)
                .map(|ScanEntry { key, record }| ScanEntry {
                    key,
                    record: unmarked(record),
                })
                .collect(),
            next: next.map(|position| Cursor::new(Self::NAME, request, position)),
        })
    }

    /// What the new store lists, without the mirrors of what is in the old one.
    async fn at_home_in_new(&self, entries: Vec<ScanEntry>) -> Result<Vec<ScanEntry>> {
        let looked: Vec<Option<ScanEntry>> = stream::iter(entries)
            .map(|entry| async move {
                let old = found(&*self.pair().old, &entry.key).await?;
                let is_at_home = matches!(old, Found::Moved(_));
                Ok::<_, Error>(match Found::of(Stored::Live(entry.record)) {
                    Found::Home(Stored::Live(record)) if is_at_home => {
                        Some(ScanEntry { record, ..entry })
                    }
                    Found::Moving(record) if is_at_home => Some(ScanEntry {
                        record: at_home(&record),
                        ..entry
                    }),
                    _ => None,
                })
            })
            .buffered(AT_ONCE)
            .try_collect::<Vec<_>>()
            .await?;
        Ok(looked.into_iter().flatten().collect())
    }
}

/// What the old store lists, without what has moved.
fn of_old(entries: Vec<ScanEntry>) -> Vec<ScanEntry> {
    let at_home_there = |entry: ScanEntry| {
        let record = match Found::of(Stored::Live(entry.record)) {
            Found::Home(Stored::Live(record)) => record,
            Found::Moving(record) => at_home(&record),
            Found::Home(_) | Found::Moved(_) => return None,
        };
        Some(ScanEntry {
            key: entry.key,
            record,
        })
    };
    entries.into_iter().filter_map(at_home_there).collect()
}

fn position(side: Side, cursor: Option<&Cursor>) -> String {
    let cursor = cursor.map(Cursor::to_string).unwrap_or_default();
    match side {
        Side::Old => format!("old/{cursor}"),
        Side::New => format!("new/{cursor}"),
    }
}

fn place(position: &[u8]) -> Result<(Side, Option<Cursor>)> {
    let text = str::from_utf8(position).map_err(|_| Cursor::refused())?;
    let (side, cursor) = text.split_once('/').ok_or_else(Cursor::refused)?;
    let cursor = match cursor {
        "" => None,
        cursor => Some(cursor.parse()?),
    };
    match side {
        "old" => Ok((Side::Old, cursor)),
        "new" => Ok((Side::New, cursor)),
        _ => Err(Cursor::refused()),
    }
}
