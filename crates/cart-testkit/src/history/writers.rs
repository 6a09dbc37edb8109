//! Who wrote which version of one cart, and which writes must have happened.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use cart_core::Version;

use super::event::{Action, Answer, Content, Event, Found, Write};
use super::violation::{Rule, Violation};

/// The writes of one cart by their version.
#[derive(Debug, Default)]
pub(super) struct Writers<'a>(HashMap<Version, Writer<'a>>);

/// One write: the saves of one record. A save made again, after an unknown outcome, is the same
/// write.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) write: Write,
    pub(super) saves: Vec<&'a Event>,
    /// Whether the history shows that the record was stored. An unknown outcome that nobody saw
    /// may or may not have happened.
    pub(super) applied: bool,
}

impl<'a> Writers<'a> {
    /// Collects the writes, and finds out which of them were stored.
    pub(super) fn of(events: &[&'a Event]) -> Result<Self, Violation> {
        let mut writers = Self::default();
        for event in events {
            if let Action::Save { write, .. } = event.action {
                writers.add(event, write)?;
            }
        }
        for event in events {
            match event.action {
                Action::Load {
                    found: Found::Missing,
                } => {}
                Action::Load {
                    found: Found::Stored { version, content },
                } => writers.see(event, version, |written| written == content)?,
                Action::Save { write, answer } => writers.see_answer(event, write, answer)?,
            }
        }
        Ok(writers)
    }

    fn add(&mut self, event: &'a Event, write: Write) -> Result<(), Violation> {
        match self.0.entry(write.version) {
            Entry::Occupied(mut entry) => {
                let writer = entry.get_mut();
                writer.saves.push(event);
                if writer.write != write {
                    return Err(Violation::new(Rule::OneWriter, writer.saves.clone()));
                }
            }
            Entry::Vacant(entry) => {
                entry.insert(Writer {
                    write,
                    saves: vec![event],
                    applied: false,
                });
            }
        }
        Ok(())
    }

    fn see_answer(
        &mut self,
        event: &'a Event,
        write: Write,
        answer: Answer,
    ) -> Result<(), Violation> {
        match answer {
            Answer::Acknowledged => self.see(event, write.version, |_| true),
            Answer::Conflict { actual, live } => {
                let refused = match write.expected {
                    Some(expected) => actual != Some(expected),
                    None => live || write.is_behind(actual),
                };
                if !refused || actual == Some(write.version) || (live && actual.is_none()) {
                    return Err(Violation::new(Rule::RefusesWithReason, [event]));
                }
                actual.map_or(Ok(()), |version| {
                    self.see(event, version, |written| written.is_live() == live)
                })
            }
            Answer::Failed | Answer::Unknown => Ok(()),
        }
    }

    /// Notes that `event` shows that `version` was stored, and so was all that it was built on.
    fn see(
        &mut self,
        event: &'a Event,
        version: Version,
        matches: impl Fn(Content) -> bool,
    ) -> Result<(), Violation> {
        let writer = self.possible(event, version)?;
        if !matches(writer.write.content) {
            let window = [event].into_iter().chain(writer.saves.iter().copied());
            return Err(Violation::new(Rule::ReadsWhatWasWritten, window));
        }
        let (mut shown_by, mut shown) = (event, Some(version));
        while let Some(version) = shown {
            let writer = self.possible(shown_by, version)?;
            shown = writer.write.expected.filter(|_| !writer.applied);
            shown_by = writer.begin();
            writer.applied = true;
        }
        Ok(())
    }

    /// The writer of a version that `event` shows.
    fn possible(
        &mut self,
        event: &'a Event,
        version: Version,
    ) -> Result<&mut Writer<'a>, Violation> {
        match self.0.get_mut(&version) {
            Some(writer) if writer.possible_saves().next().is_some() => Ok(writer),
            Some(writer) => {
                let window = [event].into_iter().chain(writer.saves.iter().copied());
                Err(Violation::new(Rule::NothingFromNowhere, window))
            }
            None => Err(Violation::new(Rule::NothingFromNowhere, [event])),
        }
    }

    /// Notes that a write must have happened though nobody saw it.
    pub(super) fn assume(&mut self, version: Version) {
        if let Some(writer) = self.0.get_mut(&version) {
            writer.applied = true;
        }
    }

    pub(super) fn get(&self, version: Version) -> Option<&Writer<'a>> {
        self.0.get(&version)
    }

    /// The writes that were stored.
    pub(super) fn applied(&self) -> impl Iterator<Item = &Writer<'a>> {
        self.0.values().filter(|writer| writer.applied)
    }

    /// The writes that nobody saw and that may have been stored all the same.
    pub(super) fn unseen(&self) -> impl Iterator<Item = &Writer<'a>> {
        self.0
            .values()
            .filter(|writer| !writer.applied && writer.possible_saves().next().is_some())
    }
}

impl<'a> Writer<'a> {
    fn possible_saves(&self) -> impl Iterator<Item = &'a Event> {
        self.saves
            .iter()
            .copied()
            .filter(|event| matches!(answer(event), Some(Answer::Acknowledged | Answer::Unknown)))
    }

    /// The save that may have stored the record first.
    pub(super) fn begin(&self) -> &'a Event {
        self.possible_saves()
            .min_by_key(|event| event.called)
            .unwrap_or(self.saves[0])
    }

    /// When the record was stored at the latest; never, if no save was acknowledged.
    pub(super) fn end(&self) -> u64 {
        self.saves
            .iter()
            .filter(|event| answer(event) == Some(Answer::Acknowledged))
            .map(|event| event.returned)
            .min()
            .unwrap_or(u64::MAX)
    }
}

fn answer(event: &Event) -> Option<Answer> {
    match event.action {
        Action::Save { answer, .. } => Some(answer),
        Action::Load { .. } => None,
    }
}
