//! Who gives carts to whom: a file that is judged whole before anything is done.

use std::collections::HashMap;

use cart_core::Owner;
use csv::{ByteRecord, ReaderBuilder};

use crate::failure::{Failure, Flaw};

/// The carts of one owner for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gift {
    /// The line that says so, counted from 1.
    pub(super) line: u64,
    pub(super) from: Owner,
    pub(super) to: Owner,
}

/// How many lines that can't be used are listed.
const LISTED: usize = 20;
/// What the first line may be: no owner is called so.
const HEADING: [&[u8]; 2] = [b"from", b"to"];

/// Reads the file, all of whose lines must be sound, alone and together.
pub(super) fn read(text: &[u8]) -> Result<Vec<Gift>, Failure> {
    let (gifts, mut flaws) = parse(text);
    flaws.extend(contradictions(&gifts));
    if flaws.is_empty() {
        return Ok(gifts);
    }
    let count = flaws.len();
    flaws.sort_by_key(|flaw| flaw.line);
    flaws.truncate(LISTED);
    Err(Failure::Flaws { flaws, count })
}

/// Reads each line by itself.
fn parse(text: &[u8]) -> (Vec<Gift>, Vec<Flaw>) {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    let (mut gifts, mut flaws) = (Vec::new(), Vec::new());
    let mut record = ByteRecord::new();
    loop {
        // Reading from memory, of what may be any bytes, doesn't fail.
        if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
            return (gifts, flaws);
        }
        let begin = record.position().map_or(0, csv::Position::byte);
        let (line, raw) = lines.record(begin, reader.position().byte());
        if line == 1 && record.iter().eq(HEADING) {
            continue;
        }
        match gift(line, raw, &record) {
            Ok(gift) => gifts.push(gift),
            Err(why) => flaws.push(Flaw { line, why }),
        }
    }
}

fn gift(line: u64, raw: &[u8], record: &ByteRecord) -> Result<Gift, String> {
    if !is_well_quoted(raw) {
        let why = "write an identifier with a quotation mark in quotation marks, and double it";
        return Err(why.to_owned());
    }
    let mut fields = record.iter();
    let (Some(from), Some(to), None) = (fields.next(), fields.next(), fields.next()) else {
        return Err(format!("write FROM,TO: it has {} columns", record.len()));
    };
    let from = owner(from).map_err(|why| format!("FROM: {why}"))?;
    let to = owner(to).map_err(|why| format!("TO: {why}"))?;
    Ok(Gift { line, from, to })
}

fn owner(field: &[u8]) -> Result<Owner, String> {
    let text = str::from_utf8(field).map_err(|_| "it is not UTF-8".to_owned())?;
    text.parse()
        .map_err(|error: cart_core::InvalidKey| error.to_string())
}

/// Lines that don't go together: done again, they would give other carts to other owners.
fn contradictions(gifts: &[Gift]) -> Vec<Flaw> {
    let mut givers: HashMap<&Owner, &Gift> = HashMap::with_capacity(gifts.len());
    let mut flaws = Vec::new();
    for gift in gifts {
        let first = *givers.entry(&gift.from).or_insert(gift);
        if first.to != gift.to {
            let why = format!("line {} gives these carts to another owner", first.line);
            flaws.push(Flaw {
                line: gift.line,
                why,
            });
        }
    }
    for gift in gifts {
        let onward = givers.get(&gift.to);
        if let Some(onward) = onward.filter(|onward| onward.to != gift.to) {
            let why = format!(
                "line {} gives on what TO has: name the last owner",
                onward.line
            );
            flaws.push(Flaw {
                line: gift.line,
                why,
            });
        }
    }
    flaws
}

/// Counts lines as editors do, whatever ends them.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    /// The line on which a record begins, and its bytes: `begin` may lie before the end of the line
    /// above, and before empty lines.
    fn record(&mut self, begin: u64, end: u64) -> (u64, &'a [u8]) {
        let [begin, end] = [begin, end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
        let end = end.min(self.text.len());
        self.walk_to(begin.min(end));
        while self.at < end && matches!(self.text[self.at], b'\r' | b'\n') {
            self.walk_to(self.at + 1);
        }
        (self.line, &self.text[self.at..end])
    }

    fn walk_to(&mut self, at: usize) {
        while self.at < at {
            let next = self.text.get(self.at + 1);
            self.line += match self.text[self.at] {
                b'\n' => 1,
                b'\r' if next != Some(&b'\n') => 1,
                _ => 0,
            };
            self.at += 1;
        }
    }
}

/// Whether quotation marks stand where RFC 4180 has them, around a whole field and doubled in it.
/// Elsewhere one may swallow the lines behind it.
fn is_well_quoted(record: &[u8]) -> bool {
    #[derive(PartialEq)]
    enum At {
        Begin,
        Plain,
        Quoted,
        /// Behind a mark inside of a quoted field: it ends the field, or another one follows.
        Mark,
    }
    let mut at = At::Begin;
    for byte in record {
        at = match (at, byte) {
            (At::Quoted, b'"') => At::Mark,
            (At::Begin | At::Mark, b'"') | (At::Quoted, _) => At::Quoted,
            (At::Begin | At::Plain | At::Mark, b',' | b'\r' | b'\n') => At::Begin,
            (At::Plain, b'"') | (At::Mark, _) => return false,
            (At::Begin | At::Plain, _) => At::Plain,
        };
    }
    at != At::Quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, String, String)> {
        let gifts = read(text).expect("a sound file");
        let line = |gift: Gift| (gift.line, gift.from.to_string(), gift.to.to_string());
        gifts.into_iter().map(line).collect()
    }

    fn flaws(text: &[u8]) -> Vec<String> {
        match read(text) {
            Err(Failure::Flaws { flaws, .. }) => flaws.iter().map(Flaw::to_string).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_are_counted_whatever_ends_them_and_wherever_some_are_empty() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "\u{feff}from,to",
                "",
                "guest:a,user:1",
                "",
                "",
                "guest:b,user:2",
            ]
            .join(end);
            let numbers: Vec<u64> = lines(text.as_bytes()).iter().map(|line| line.0).collect();
            assert_eq!(numbers, [3, 6], "{end:?}");
        }
        let quoted = b"\"guest:a\nb\",user:1\nguest:c,user:2";
        let numbers: Vec<u64> = lines(quoted).iter().map(|line| line.0).collect();
        assert_eq!(numbers, [1, 3]);
    }

    #[test]
    fn identifiers_are_taken_as_they_are() {
        let text = "guest: a ,\"user:x,\"\"y\"\"\r\n\u{0}\"\n";
        assert_eq!(
            lines(text.as_bytes()),
            [(
                1,
                "guest: a ".to_owned(),
                "user:x,\"y\"\r\n\u{0}".to_owned()
            )]
        );
    }

    #[test]
    fn every_line_that_cannot_be_used_is_told() {
        let text = b"guest:a,user:1\nguest:b\nguest:,user:2\nguest:c,nobody\n\
            guest:\xff,user:3\nguest:d,user:4,x\nfrom,to\nguest:e\"f,user:5\n";
        let told = flaws(text);
        let numbers: Vec<&str> = told
            .iter()
            .filter_map(|flaw| flaw.split(':').next())
            .collect();
        assert_eq!(
            numbers,
            [
                "line 2", "line 3", "line 4", "line 5", "line 6", "line 7", "line 8"
            ]
        );
        assert!(told[0].contains("1 columns"), "{told:?}");
        assert!(told[2].starts_with("line 4: TO: "), "{told:?}");
    }

    #[test]
    fn a_mark_that_is_not_closed_swallows_no_line_unnoticed() {
        for text in [
            "guest:a,\"user:1\nguest:b,user:2\n",
            "guest:a,\"user:1\nguest:b,\"user:2\n",
            "guest:a,\"user:1\"x\n",
        ] {
            assert_eq!(flaws(text.as_bytes()).len(), 1, "{text}");
        }
    }

    #[test]
    fn lines_that_contradict_each_other_are_told() {
        let text =
            b"guest:a,user:1\nguest:a,user:1\nguest:a,user:2\nuser:1,user:3\nuser:9,user:9\n";
        let told = flaws(text);
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(told[0].starts_with("line 1: line 4 gives on"), "{told:?}");
        assert!(told[2].starts_with("line 3: line 1 gives"), "{told:?}");
    }
}
