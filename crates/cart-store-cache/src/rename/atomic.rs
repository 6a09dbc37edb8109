//! Both keys on one server: one script.

use bytes::Bytes;
use cart_core::{CartRecord, Rename, Stored, Timestamp, Verdict};
use fred::types::Value;

use crate::answer::{list, text, unexpected};
use crate::failure::Failure;
use crate::key::Place;
use crate::save::{expectation, head_of};
use crate::scripts::RENAME;
use crate::store::CacheCartStore;
use crate::value::{Flag, Lifetime, encode, moment, purged_before, version_text};

impl CacheCartStore {
    pub(super) async fn rename_at_once(
        &self,
        rename: &Rename,
        from: &Place,
        to: &Place,
    ) -> Result<(), Failure> {
        let mut patience = self.patience();
        loop {
            let now = self.now();
            let keys = vec![
                from.value.clone(),
                from.index(),
                to.value.clone(),
                to.index(),
            ];
            let mut arguments = vec![
                moment(now).into(),
                version_text(rename.expect_from).into(),
                expectation(rename.expect_to),
                purged_before(now),
            ];
            arguments.extend(written(&rename.tombstone, from, now)?);
            arguments.extend(written(&rename.record, to, now)?);
            let answer = self.servers().run(from.slot, &RENAME, keys, arguments);
            let heads = match answer.await? {
                Value::Integer(written) => {
                    self.note_written(written);
                    return Ok(());
                }
                heads => list(heads)?,
            };
            let mut stored = Vec::with_capacity(heads.len());
            for (head, place) in heads.into_iter().zip([from, to]) {
                let head = text(head)?.ok_or_else(unexpected)?;
                match head_of(&head)? {
                    Some(head) if head.flag != Flag::Plain => {
                        self.wait_for_renames(place, &mut patience).await?;
                    }
                    Some(head) => stored.push(head.stored(now)),
                    None => stored.push(Stored::Missing),
                }
            }
            let [at_from, at_to] = &stored[..] else {
                continue;
            };
            return match rename.judge(at_from, at_to)? {
                Verdict::Keep => Ok(()),
                Verdict::Write => Err(unexpected().into()),
            };
        }
    }
}

/// What a script needs to write `record`.
fn written(record: &CartRecord, place: &Place, now: Timestamp) -> Result<[Bytes; 4], Failure> {
    let lifetime = Lifetime::until(record.header.expires_at, now);
    Ok([
        encode(record)?.into(),
        lifetime.milliseconds,
        lifetime.score,
        place.member.clone(),
    ])
}
