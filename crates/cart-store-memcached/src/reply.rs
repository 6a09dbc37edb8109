//! Meta commands, and what is answered to them.
//!
//! <https://docs.memcached.org/protocols/meta/>: a command is a line, perhaps with a block of data
//! behind it; the answer begins with two letters, and flags follow.

use crate::failure::Failure;

/// The longest line that is an answer.
const LONGEST_LINE: usize = 2_048;
/// The largest block of data that is taken: more than any record is.
const LARGEST_BLOCK: usize = 64 << 20;

/// What is answered to a command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// `EN`: there is no such item.
    Missing,
    /// `VA`: the item.
    Item(Item),
    /// `HD`: it was done.
    Done,
    /// `NS`, `EX`, `NF`: the condition of a write doesn't hold.
    Changed,
    /// Any other line: of `version`, and those of `stats`.
    Line(String),
}

/// An item, and the token that a write of it is compared with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) data: Vec<u8>,
    pub(crate) token: u64,
}

/// Asks for an item.
pub(crate) fn get(key: &str) -> Vec<u8> {
    format!("mg {key} c v\r\n").into_bytes()
}

/// Writes an item if it is still the one that was read, or if there still is none.
pub(crate) fn set(key: &str, data: &[u8], read: Option<u64>, lifetime: i64) -> Vec<u8> {
    let condition = match read {
        Some(token) => format!("C{token}"),
        None => "ME".to_owned(),
    };
    let line = format!("ms {key} {} T{lifetime} {condition}\r\n", data.len());
    [line.as_bytes(), data, b"\r\n"].concat()
}

/// The reply at the front of `bytes`, and how long it is; `None` while it isn't whole.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<(Reply, usize)>, Failure> {
    let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else {
        return if bytes.len() > LONGEST_LINE {
            Err(Failure::Nonsense)
        } else {
            Ok(None)
        };
    };
    let line = str::from_utf8(&bytes[..end]).map_err(|_| Failure::Nonsense)?;
    let after = end + 2;
    let mut words = line.split(' ');
    let reply = match words.next() {
        Some("VA") => {
            let length: usize = number(words.next())?;
            if length > LARGEST_BLOCK {
                return Err(Failure::Nonsense);
            }
            let token = words.find_map(|flag| flag.strip_prefix('c'));
            let token = number(token)?;
            let Some(block) = bytes.get(after..after + length + 2) else {
                return Ok(None);
            };
            let data = block
                .strip_suffix(b"\r\n")
                .ok_or(Failure::Nonsense)?
                .to_vec();
            return Ok(Some((
                Reply::Item(Item { data, token }),
                after + length + 2,
            )));
        }
        Some("EN") => Reply::Missing,
        Some("HD") => Reply::Done,
        Some("NS" | "EX" | "NF") => Reply::Changed,
        Some("ERROR" | "SERVER_ERROR" | "CLIENT_ERROR") => {
            return Err(Failure::Complaint(line.to_owned()));
        }
        _ => Reply::Line(line.to_owned()),
    };
    Ok(Some((reply, after)))
}

fn number<N: std::str::FromStr>(word: Option<&str>) -> Result<N, Failure> {
    word.and_then(|word| word.parse().ok())
        .ok_or(Failure::Nonsense)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_says_what_was_read() {
        assert_eq!(set("k", b"ab", Some(7), 0), b"ms k 2 T0 C7\r\nab\r\n");
        assert_eq!(set("k", b"", None, 60), b"ms k 0 T60 ME\r\n\r\n");
    }

    #[test]
    fn an_answer_is_read_once_it_is_whole() {
        let answer = b"VA 4 c12\r\na\r\nb\r\nHD\r\n";
        for length in 0..16 {
            assert!(matches!(parse(&answer[..length]), Ok(None)), "{length}");
        }
        let (reply, length) = parse(answer).ok().flatten().expect("an item");
        let data = b"a\r\nb".to_vec();
        assert_eq!(reply, Reply::Item(Item { data, token: 12 }));
        assert_eq!(&answer[length..], b"HD\r\n");
    }

    #[test]
    fn other_answers_are_told_apart() {
        let parsed = |line: &[u8]| parse(line).ok().flatten().map(|(reply, _)| reply);
        assert_eq!(parsed(b"EN\r\n"), Some(Reply::Missing));
        assert_eq!(parsed(b"HD c1\r\n"), Some(Reply::Done));
        for changed in [&b"NS\r\n"[..], b"EX\r\n", b"NF\r\n"] {
            assert_eq!(parsed(changed), Some(Reply::Changed));
        }
        assert_eq!(parsed(b"END\r\n"), Some(Reply::Line("END".to_owned())));
    }

    #[test]
    fn what_is_no_answer_is_a_failure() {
        for bytes in [
            &b"VA x c1\r\n"[..],
            b"VA 1\r\na\r\n",
            b"VA 1 c1\r\nabc",
            b"VA 99999999999 c1\r\n",
            b"\xff\r\n",
        ] {
            assert!(matches!(parse(bytes), Err(Failure::Nonsense)), "{bytes:?}");
        }
        assert!(matches!(parse(&[b'a'; 3_000]), Err(Failure::Nonsense)));
        assert!(matches!(parse(b"ERROR\r\n"), Err(Failure::Complaint(_))));
    }
}
