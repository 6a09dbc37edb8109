//! A record as the rest of a value: one line of JSON, and the parts as they are.

use cart_core::{CartRecord, Error, ErrorKind, Header, Part, Parts, Summary, Timestamp};
use serde::{Deserialize, Serialize};

use super::corrupt;
use super::head::{Content, Head};

/// What the head leaves out of a header, and how long the texts behind it are.
#[derive(Serialize, Deserialize)]
struct Rest {
    format: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
    marked: bool,
    summary: Summary,
    /// Of items, conditions, metadata and ledger, in bytes.
    lengths: [usize; 4],
}

/// How long a line of JSON gets, about.
const LINE: usize = 320;

/// The value that holds `record`.
pub(crate) fn encode(record: &CartRecord) -> Result<Vec<u8>, Error> {
    let mut buffer = Vec::with_capacity(Head::LENGTH + LINE + record.size());
    Head::of(record).write(&mut buffer)?;
    let CartRecord { header, parts } = record;
    let texts = [
        parts.items.as_str(),
        parts.conditions.as_str(),
        parts.metadata.as_str(),
        header.ledger.as_str(),
    ];
    let rest = Rest {
        format: header.format,
        created_at: header.created_at,
        updated_at: header.updated_at,
        marked: header.marked,
        summary: header.summary,
        lengths: texts.map(str::len),
    };
    write_line(&mut buffer, &rest)?;
    for text in texts {
        buffer.extend_from_slice(text.as_bytes());
    }
    Ok(buffer)
}

/// Reads the record behind a head, and tells what stands behind it.
pub(super) fn read(
    content: Content,
    expires_at: Option<Timestamp>,
    body: &str,
) -> Result<(CartRecord, &str), Error> {
    let (rest, mut texts) = read_line::<Rest>(body)?;
    let mut next = |length| {
        let (text, behind) = texts.split_at_checked(length)?;
        texts = behind;
        Some(Part::from(text))
    };
    let [items, conditions, metadata, ledger] = rest.lengths.map(&mut next);
    let (Some(items), Some(conditions), Some(metadata), Some(ledger)) =
        (items, conditions, metadata, ledger)
    else {
        return Err(corrupt());
    };
    let record = CartRecord {
        header: Header {
            version: content.version,
            state: content.state,
            format: rest.format,
            created_at: rest.created_at,
            updated_at: rest.updated_at,
            expires_at,
            marked: rest.marked,
            summary: rest.summary,
            ledger,
        },
        parts: Parts {
            items,
            conditions,
            metadata,
        },
    };
    Ok((record, texts))
}

/// How long the record at the start of `body` is, in bytes.
pub(super) fn length(body: &str) -> Result<usize, Error> {
    let (rest, texts) = read_line::<Rest>(body)?;
    let mut lengths = rest.lengths.into_iter();
    let line = body.len() - texts.len();
    lengths
        .try_fold(line, usize::checked_add)
        .filter(|length| body.is_char_boundary(*length))
        .ok_or_else(corrupt)
}

/// Writes `line` as JSON, on a line of its own.
pub(super) fn write_line(buffer: &mut Vec<u8>, line: &impl Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *buffer, line).map_err(|source| {
        Error::new(ErrorKind::Unexpected, "a header is no JSON").with_source(source)
    })?;
    buffer.push(b'\n');
    Ok(())
}

/// Reads the JSON on the first line, and tells what stands behind it.
pub(super) fn read_line<'a, T: Deserialize<'a>>(text: &'a str) -> Result<(T, &'a str), Error> {
    let (line, rest) = text.split_once('\n').ok_or_else(corrupt)?;
    // What the parser complains about may be content: the error doesn't carry it.
    let line = serde_json::from_str(line).map_err(|_| corrupt())?;
    Ok((line, rest))
}
