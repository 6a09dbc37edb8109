//! What a call changes in the sessions that it is about.

use cart_core::{
    CartKey, Expect, Rename, Result, SaveRequest, Stored, Timestamp, Verdict, Version,
};

use crate::sessions::Sessions;

/// Saves a record if what is stored is what was expected.
pub(crate) fn save(sessions: &mut Sessions, request: &SaveRequest, now: Timestamp) -> Result<()> {
    let stored = sessions.stored(&request.key, now);
    let version = request.record.header.version;
    if request.expect.judge(version, &stored)? == Verdict::Write {
        sessions.put(&request.key, request.record.clone(), now);
    }
    Ok(())
}

/// Moves the expiry of a live cart forward, and gives what is stored then.
pub(crate) fn renew(
    sessions: &mut Sessions,
    key: &CartKey,
    until: Timestamp,
    now: Timestamp,
) -> Stored {
    let stored = sessions.stored(key, now);
    let Stored::Live(mut record) = stored else {
        return stored;
    };
    // A renewal never takes time away: a claim may have given the cart more.
    let renewed = record.header.expires_at.map_or(until, |at| at.max(until));
    if record.header.expires_at != Some(renewed) {
        record.header.expires_at = Some(renewed);
        sessions.put(key, record.clone(), now);
    }
    Stored::Live(record)
}

/// Takes the mark off a record of this version.
pub(crate) fn unmark(sessions: &mut Sessions, key: &CartKey, version: Version, now: Timestamp) {
    let Some(record) = sessions.record(key) else {
        return;
    };
    if record.header.version == version && record.header.marked && !record.is_expired(now) {
        let mut record = record.clone();
        record.header.marked = false;
        sessions.put(key, record, now);
    }
}

/// Gives a cart another key.
pub(crate) fn rename(sessions: &mut Sessions, rename: &Rename, now: Timestamp) -> Result<()> {
    let from = sessions.stored(&rename.from, now);
    let to = sessions.stored(&rename.to, now);
    match rename.judge(&from, &to)? {
        Verdict::Write => {
            sessions.put(&rename.to, rename.record.clone(), now);
            sessions.put(&rename.from, rename.tombstone.clone(), now);
        }
        Verdict::Keep if is_half_done(rename, &from) => {
            sessions.put(&rename.from, rename.tombstone.clone(), now);
        }
        Verdict::Keep => {}
    }
    Ok(())
}

/// Whether the target has what the rename brings while the source is still as it was: what a crash
/// between the steps leaves where there are steps.
fn is_half_done(rename: &Rename, from: &Stored) -> bool {
    rename.from != rename.to
        && Expect::Version(rename.expect_from)
            .judge(rename.tombstone.header.version, from)
            .is_ok_and(|verdict| verdict == Verdict::Write)
        && matches!(from, Stored::Live(_))
}
