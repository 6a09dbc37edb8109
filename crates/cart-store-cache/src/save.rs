//! Conditional writes: one script that compares and writes.

use bytes::Bytes;
use cart_core::{Error, Expect, Operation, Result, SaveRequest, Stored, Verdict};
use fred::types::Value;
use futures_util::future::join_all;

use crate::answer::{text, unexpected};
use crate::failure::Failure;
use crate::scripts::SAVE;
use crate::store::{CacheCartStore, check_size};
use crate::value::{Flag, Head, Lifetime, encode, moment, purged_before, version_text};

/// How many records of a batch are under way at a time.
const TOGETHER: usize = 256;

impl CacheCartStore {
    pub(crate) async fn try_save(&self, request: &SaveRequest) -> Result<(), Failure> {
        let record = &request.record;
        check_size(record)?;
        let place = self.place(&request.key);
        let value: Bytes = encode(record)?.into();
        let mut patience = None;
        loop {
            let now = self.now();
            let lifetime = Lifetime::until(record.header.expires_at, now);
            let arguments = vec![
                value.clone(),
                expectation(request.expect),
                moment(now).into(),
                lifetime.milliseconds,
                lifetime.score,
                place.member.clone(),
                purged_before(now),
            ];
            let keys = place.keys();
            let answer = self.servers().run(place.slot, &SAVE, keys, arguments);
            let answer = match answer.await? {
                Value::Integer(written) => {
                    self.note_written(written);
                    return Ok(());
                }
                answer => answer,
            };
            let head = text(answer)?.ok_or_else(unexpected)?;
            let stored = match head_of(&head)? {
                Some(head) if head.flag != Flag::Plain => {
                    let patience = patience.get_or_insert_with(|| self.patience());
                    self.wait_for_renames(&place, patience).await?;
                    continue;
                }
                Some(head) => head.stored(now),
                None => Stored::Missing,
            };
            return match request.expect.judge(record.header.version, &stored)? {
                Verdict::Keep => Ok(()),
                Verdict::Write => Err(unexpected().into()),
            };
        }
    }

    /// Notes what a script said that wrote.
    pub(crate) fn note_written(&self, answer: i64) {
        if answer > 1 {
            self.shared.counters.index_repaired.count();
        }
    }

    /// Stores the records of a batch, each on its own, many at a time.
    pub(crate) async fn try_save_many(&self, batch: &[SaveRequest]) -> Vec<Result<()>> {
        let mut answers = Vec::with_capacity(batch.len());
        for requests in batch.chunks(TOGETHER) {
            let saved = join_all(requests.iter().map(|request| self.try_save(request))).await;
            let failed = self.failed(Operation::SaveMany);
            answers.extend(saved.into_iter().map(|saved| saved.map_err(&failed)));
        }
        answers
    }
}

/// The head that a script answered; nothing for no value.
pub(crate) fn head_of(text: &str) -> Result<Option<Head>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    Head::read(text).map(Some)
}

/// An expectation in the words of the scripts.
pub(crate) fn expectation(expect: Expect) -> Bytes {
    match expect {
        Expect::Absent => Bytes::from_static(b"absent"),
        Expect::Any => Bytes::from_static(b"any"),
        Expect::Older => Bytes::from_static(b"older"),
        Expect::Version(version) => version_text(version).into(),
    }
}
