//! Reading JSON objects of which a newer release may have written more than this one knows.

use serde::de::{Deserialize, Error, MapAccess};

use super::error::DomainError;

/// Declares what an object is read into: a slot for each known field, and `unknown` for the rest.
///
/// `#[serde(flatten)]` would do the same, but it buffers values, which loses the raw text that
/// [`Json`](super::json::Json) keeps.
macro_rules! object {
    ($(#[$doc:meta])* $parts:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        pub(super) struct $parts {
            $($field: Option<$kind>,)*
            unknown: JsonMap,
        }

        impl<'de> serde::Deserialize<'de> for $parts {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> serde::de::Visitor<'de> for Fields {
                    type Value = $parts;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        formatter.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> Result<$parts, A::Error> {
                        let mut parts = $parts { $($field: None,)* unknown: JsonMap::new() };
                        while let Some(key) = map.next_key::<String>()? {
                            match key.as_str() {
                                $(stringify!($field) => $crate::domain::fields::fill(
                                    &mut parts.$field,
                                    stringify!($field),
                                    &mut map,
                                )?,)*
                                _ => parts
                                    .unknown
                                    .insert_new(key, map.next_value()?)
                                    .map_err(serde::de::Error::custom)?,
                            }
                        }
                        Ok(parts)
                    }
                }

                deserializer.deserialize_map(Fields)
            }
        }
    };
}

pub(super) use object;

/// Reads the next value into a slot that must still be empty.
pub(super) fn fill<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    field: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(field));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

/// The value of a field that must be there.
pub(super) fn required<T>(slot: Option<T>, field: &'static str) -> Result<T, DomainError> {
    slot.ok_or_else(|| DomainError::InvalidJson {
        reason: format!("`{field}` is missing"),
    })
}
