//! Records for tests.

use cart_core::{CartRecord, Parts, Timestamp, Version};

/// A live record whose parts all carry `tag`, so that a reader can tell whether they come from one
/// write.
///
/// ```
/// use cart_core::{Timestamp, Version};
/// use cart_testkit::records;
///
/// let record = records::tagged(Version::first(1), Timestamp::from_millis(0), 42);
/// assert_eq!(records::tag_of(&record), Some(42));
/// ```
pub fn tagged(version: Version, at: Timestamp, tag: u64) -> CartRecord {
    let mut record = CartRecord::new(version, at);
    record.parts = Parts {
        items: format!(
            r#"[{{"id":"nails","name":"Ten nails","price":{{"amount":499,"currency":"USD"}},"quantity":1,"attributes":{{"tag":{tag}}}}}]"#
        )
        .into(),
        conditions: format!(
            r#"[{{"name":"packing","kind":"fee","target":"total","adjustment":{{"add":5}},"attributes":{{"tag":{tag}}}}}]"#
        )
        .into(),
        metadata: format!(r#"{{"tag":{tag}}}"#).into(),
    };
    record.header.ledger = format!(r#"{{"writes":["{version}"],"tag":{tag}}}"#).into();
    record
}

/// The tag that all parts of a record carry; `None` when they carry none, or not the same.
pub fn tag_of(record: &CartRecord) -> Option<u64> {
    let Parts {
        items,
        conditions,
        metadata,
    } = &record.parts;
    let mut tags = [items, conditions, metadata, &record.header.ledger]
        .map(|part| tag_in(part.as_str()))
        .into_iter();
    let first = tags.next()??;
    tags.all(|tag| tag == Some(first)).then_some(first)
}

fn tag_in(part: &str) -> Option<u64> {
    let (_, rest) = part.split_once(r#""tag":"#)?;
    let end = rest.find(|digit: char| !digit.is_ascii_digit())?;
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn applications_can_read_the_records() -> cart_core::Result<()> {
        let stored = cart_core::StoredCart {
            key: crate::subject::key("ann")?,
            record: tagged(Version::first(1), Timestamp::from_millis(0), 7),
        };
        assert_eq!(
            cart_core::StoredCart::from_json(&stored.to_json()?)?,
            stored
        );
        Ok(())
    }

    #[test]
    fn parts_of_two_writes_have_no_common_tag() {
        let [mut torn, other] =
            [1, 2].map(|tag| tagged(Version::first(tag), Timestamp::from_millis(0), tag));
        assert_eq!(tag_of(&torn), Some(1));
        torn.parts.conditions = other.parts.conditions;
        assert_eq!(tag_of(&torn), None);
    }
}
