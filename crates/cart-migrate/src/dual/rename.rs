//! A cart gets another key, in the store in which both are at home.

use cart_core::{
    CartStore, ErrorKind, Expect, Operation, Rename, RenameSupport, Result, Stored, Verdict,
};

use super::fence::over;
use super::home::Home;
use super::{DualWriteStore, Phase, Side, TRIES, overtaken};

impl DualWriteStore {
    pub(super) async fn rename_it(&self, rename: &Rename) -> Result<()> {
        if self.capabilities().rename == RenameSupport::None {
            return Err(cart_core::Error::unsupported(Operation::Rename));
        }
        self.check(&rename.record)?;
        self.check(&rename.tombstone)?;
        let phase = self.phase().await?;
        if rename.from == rename.to {
            return Ok(());
        }
        if phase == Phase::Complete {
            return self.pair().new.rename(rename).await;
        }
        for _ in 0..TRIES {
            let Some((from, to)) = self.common_home(rename, phase).await? else {
                continue;
            };
            let verdict = rename.judge(&from.stored, &to.stored)?;
            if self
                .rename_at(from.side, rename, &to.stored, verdict, phase)
                .await?
            {
                return Ok(());
            }
        }
        Err(overtaken())
    }

    /// Both carts, once they are at home in the same store; nothing when one had to move.
    async fn common_home(&self, rename: &Rename, phase: Phase) -> Result<Option<(Home, Home)>> {
        let from = self.home_for_a_write(&rename.from, phase).await?;
        let to = self.home_for_a_write(&rename.to, phase).await?;
        match (from.side, to.side) {
            (Side::Old, Side::New) => self.move_from(&from, &rename.from).await?,
            (Side::New, Side::Old) => self.move_from(&to, &rename.to).await?,
            (Side::Old, Side::Old) | (Side::New, Side::New) => return Ok(Some((from, to))),
        }
        Ok(None)
    }

    /// Renames over what was found, and tells whether that was still there.
    async fn rename_at(
        &self,
        side: Side,
        rename: &Rename,
        to: &Stored,
        verdict: Verdict,
        phase: Phase,
    ) -> Result<bool> {
        let mut request = rename.clone();
        // What writes over anything would write over a way mark, too.
        if verdict == Verdict::Write && matches!(rename.expect_to, Expect::Any | Expect::Older) {
            request.expect_to = over(to);
        }
        request.record.header.marked = phase.mirrors();
        request.tombstone.header.marked = phase.mirrors();
        match self.pair().at(side).rename(&request).await {
            Ok(()) => {}
            Err(error) => {
                let is_overtaken =
                    matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound);
                return if is_overtaken { Ok(false) } else { Err(error) };
            }
        }
        if phase.mirrors() {
            self.tell(side, &rename.to, &rename.record).await;
            self.tell(side, &rename.from, &rename.tombstone).await;
        }
        Ok(true)
    }
}
