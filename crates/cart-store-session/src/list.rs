//! One page of a list of carts, from the list of sessions.

use cart_core::{
    CartKey, CartRecord, Clock, Cursor, Detail, Instance, Owner, Parts, Result, ScanEntry,
    ScanPage, ScanRequest,
};

use crate::home::{Listed, SessionHome};

/// The most sessions that one page looks into: a filter that fits nothing must not make it long.
const SESSIONS: usize = 1_000;
/// How many sessions are read at once.
const AT_ONCE: usize = 100;

/// Where a scan goes on: behind a cart of a session.
struct Position {
    place: Vec<u8>,
    after: Option<Instance>,
}

impl Position {
    /// The place with its length, and the instance.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let length = u32::try_from(self.place.len()).unwrap_or(u32::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend(&self.place);
        bytes.extend(self.after.iter().flat_map(|after| after.as_str().bytes()));
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (place, after) = rest.split_at_checked(length)?;
        let after = match str::from_utf8(after).ok()? {
            "" => None,
            after => Some(Instance::new(after).ok()?),
        };
        Some(Self {
            place: place.to_vec(),
            after,
        })
    }
}

/// The page that `request` asks for, of the store `name` in `home`.
pub(crate) async fn page<H: SessionHome>(
    home: &H,
    name: &str,
    clock: &dyn Clock,
    request: &ScanRequest,
) -> Result<ScanPage> {
    let mut at = match &request.cursor {
        Some(cursor) => {
            let position = cursor.position(name, request)?;
            Some(Position::from_bytes(position).ok_or_else(Cursor::refused)?)
        }
        None => None,
    };
    let mut entries = Vec::new();
    let mut looked_into = 0;
    loop {
        let sessions = if let Some(owner) = &request.owner {
            of_owner(home, owner).await?
        } else {
            let place = at.as_ref().map(|at| at.place.as_slice());
            home.list(place, AT_ONCE).await?
        };
        let is_last = request.owner.is_some() || sessions.len() < AT_ONCE;
        let now = clock.now();
        for session in &sessions {
            looked_into += 1;
            let after = at
                .take_if(|at| at.place == session.place)
                .and_then(|at| at.after);
            for (instance, record) in session.carts.iter() {
                if after.as_ref().is_some_and(|after| instance <= after) {
                    continue;
                }
                let key = CartKey::new(session.owner.clone(), instance.clone());
                if record.is_expired(now) || !request.selects(&key, record) {
                    continue;
                }
                if entries.len() == request.page_size() {
                    return Ok(cut(name, request, session, entries));
                }
                entries.push(entry(key, record, request.detail));
            }
        }
        // The last session is looked at again, behind the last of its instances.
        at = sessions.last().map(|session| Position {
            place: session.place.clone(),
            after: session
                .carts
                .iter()
                .last()
                .map(|(instance, _)| instance.clone()),
        });
        if is_last {
            return Ok(ScanPage {
                entries,
                next: None,
            });
        }
        if looked_into >= SESSIONS {
            let next = at.map(|at| Cursor::new(name, request, at.to_bytes()));
            return Ok(ScanPage { entries, next });
        }
    }
}

/// A full page, which goes on behind its last entry.
fn cut(name: &str, request: &ScanRequest, session: &Listed, entries: Vec<ScanEntry>) -> ScanPage {
    let last = entries.last().map(|entry| &entry.key);
    // The last entry may be one of a session before: then this one is looked at from its start.
    let of_session = last.filter(|key| *key.owner() == session.owner);
    let position = Position {
        place: session.place.clone(),
        after: of_session.map(|key| key.instance().clone()),
    };
    ScanPage {
        next: Some(Cursor::new(name, request, position.to_bytes())),
        entries,
    }
}

async fn of_owner<H: SessionHome>(home: &H, owner: &Owner) -> Result<Vec<Listed>> {
    Ok(vec![Listed {
        place: Vec::new(),
        owner: owner.clone(),
        carts: home.read(owner).await?,
    }])
}

fn entry(key: CartKey, record: &CartRecord, detail: Detail) -> ScanEntry {
    let parts = match detail {
        Detail::Records => record.parts.clone(),
        _ => Parts::empty(),
    };
    ScanEntry {
        key,
        record: CartRecord {
            header: record.header.clone(),
            parts,
        },
    }
}
