//! The sessions in a folder, by calls that wait for the disk.

use std::path::PathBuf;

use cart_core::{Error, ErrorKind, Owner, Result};

use super::config::FileConfig;
use super::document::Document;
use super::journal::{JOURNAL, Journal, Pair, Replacement};
use super::name::FileName;
use super::stripe::{self, Stripe};
use crate::home::Listed;
use crate::sessions::Sessions;

/// The folder, and how it is used.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    key: String,
    sync: bool,
}

impl Folder {
    /// The folder of `config`, which is there then.
    pub(super) fn open(config: &FileConfig) -> Result<Self> {
        if config.create {
            stripe::create(&config.folder, config.sync)?;
        }
        let folder = Self {
            root: config.folder.clone(),
            key: config.key.clone(),
            sync: config.sync,
        };
        folder.check()?;
        Ok(folder)
    }

    /// Asks that the folder is there.
    pub(super) fn check(&self) -> Result<()> {
        if self.root.is_dir() {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Unprepared,
            "the folder of the sessions is not there, or is none: check the path",
        ))
    }

    /// The session of `owner`, whole, without waiting for whoever writes it.
    pub(super) fn read(&self, owner: &Owner) -> Result<Document> {
        let name = FileName::of(owner);
        let document = self.file(&name)?;
        match document {
            Some(document) if document.owner == *owner => Ok(document),
            Some(_) => Err(strange(&name)),
            None => Ok(Document::empty(owner.clone())),
        }
    }

    /// What is in a file.
    fn file(&self, name: &FileName) -> Result<Option<Document>> {
        let stripe = self.stripe(name.stripe());
        loop {
            let text = stripe.read(name.in_stripe())?;
            // A change of two files that has begun may have reached this one and not the other:
            // what was read counts only if there was none after it.
            match stripe.read(JOURNAL)? {
                Some(journal) => self.settle(&Journal::parse(&journal)?)?,
                None => return text.map(|text| self.parse(name, &text)).transpose(),
            }
        }
    }

    fn parse(&self, name: &FileName, text: &[u8]) -> Result<Document> {
        Document::parse(text, &self.key).map_err(|error| strange(name).with_source(error))
    }

    /// Changes the sessions of one or two owners as one step.
    pub(super) fn change<T>(
        &self,
        owners: &[Owner],
        decide: impl FnOnce(&mut Sessions) -> Result<T>,
    ) -> Result<T> {
        let mut stripes: Vec<u8> = owners
            .iter()
            .map(|owner| FileName::of(owner).stripe())
            .collect();
        stripes.sort_unstable();
        let [Some(&first), Some(&last)] = [stripes.first(), stripes.last()] else {
            return decide(&mut Sessions::default());
        };
        let pair = self.lock([first, last])?;
        let mut documents = Vec::new();
        for owner in owners {
            documents.push(self.read_held(&pair, owner)?);
        }
        let read = documents
            .iter()
            .map(|document| (document.owner.clone(), document.carts.clone()));
        let mut sessions = Sessions::new(read);
        let answer = decide(&mut sessions)?;
        let mut files = Vec::new();
        for (owner, carts) in sessions.into_changed() {
            let mut of_owner = documents.iter_mut();
            if let Some(document) = of_owner.find(|document| document.owner == owner) {
                document.carts = carts;
                files.push(self.replacement(document)?);
            }
        }
        if let [one] = &files[..] {
            match &one.text {
                Some(text) => pair.of(one.stripe).replace(&one.name, text)?,
                None => pair.of(one.stripe).remove(&one.name)?,
            }
        } else if !files.is_empty() {
            let stripes = [first, last];
            Journal { stripes, files }.carry_out(&pair)?;
        }
        Ok(answer)
    }

    /// At most `limit` sessions in the order of their names, from `from` on.
    pub(super) fn list(&self, from: Option<&FileName>, limit: usize) -> Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for number in from.map_or(0, FileName::stripe)..=u8::MAX {
            let names = self.stripe(number).names()?;
            let mut names: Vec<FileName> = names
                .iter()
                .filter_map(|name| FileName::parse(number, name))
                .filter(|name| from.is_none_or(|from| name >= from))
                .collect();
            names.sort_unstable();
            for name in names {
                if listed.len() == limit {
                    return Ok(listed);
                }
                // One that is gone by now is none.
                if let Some(document) = self.file(&name)? {
                    listed.push(Listed {
                        place: name.digits().into(),
                        owner: document.owner,
                        carts: document.carts,
                    });
                }
            }
        }
        Ok(listed)
    }

    fn read_held(&self, pair: &Pair<'_>, owner: &Owner) -> Result<Document> {
        let name = FileName::of(owner);
        let text = pair.of(name.stripe()).stripe().read(name.in_stripe())?;
        match text.map(|text| self.parse(&name, &text)).transpose()? {
            Some(document) if document.owner == *owner => Ok(document),
            Some(_) => Err(strange(&name)),
            None => Ok(Document::empty(owner.clone())),
        }
    }

    fn replacement(&self, document: &Document) -> Result<Replacement> {
        let name = FileName::of(&document.owner);
        let text = (!document.is_empty()).then(|| document.to_text(&self.key));
        Ok(Replacement {
            stripe: name.stripe(),
            name: name.in_stripe().to_owned(),
            text: text.transpose()?,
        })
    }

    /// The locks of two stripes in which nothing is left to be settled.
    fn lock(&self, stripes: [u8; 2]) -> Result<Pair<'_>> {
        loop {
            let pair = Pair::lock(stripes, |number| self.stripe(number))?;
            let Some(journal) = pair.unsettled()? else {
                return Ok(pair);
            };
            // It may be about a third stripe, whose lock comes before these.
            drop(pair);
            self.settle(&journal)?;
        }
    }

    /// Waits for the end of a change of two files; makes it where a crash has ended it.
    fn settle(&self, journal: &Journal) -> Result<()> {
        let pair = Pair::lock(journal.stripes, |number| self.stripe(number))?;
        journal.settle(&pair)
    }

    fn stripe(&self, number: u8) -> Stripe<'_> {
        Stripe::new(&self.root, number, self.sync)
    }
}

/// The error for a file that is not the session that its name tells of.
fn strange(name: &FileName) -> Error {
    let (stripe, file) = (name.stripe(), name.in_stripe());
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the session's file {stripe:02x}/{file} can't be read; it is left as it is: restore it \
             from a backup, or delete it"
        ),
    )
}

#[cfg(test)]
mod tests;
