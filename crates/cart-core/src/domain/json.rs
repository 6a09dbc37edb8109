//! One JSON value, kept in the very text that it was written in.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::error::DomainError;

/// How deep arrays and objects may be nested. Each level costs whoever reads them a stack frame.
const MOST_DEPTH: usize = 64;

/// One JSON value, kept in the text that it was written in.
///
/// Only space outside of strings is removed. So no store and no copy changes `1.10` to `1.1`,
/// `1e400` to an error or `2^64` to a float; and two values are equal when their texts are. Nothing
/// inside is interpreted, not even keys that come twice.
///
/// Serialise it with `serde_json`: other formats have no place for raw JSON.
///
/// ```
/// use cart_core::Json;
///
/// let json = Json::parse(r#"{ "weight": 1.10 }"#)?;
/// assert_eq!(json.as_str(), r#"{"weight":1.10}"#);
/// # Ok::<(), cart_core::DomainError>(())
/// ```
#[derive(Clone)]
pub struct Json(Box<RawValue>);

impl Json {
    /// Reads one JSON value.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidJson`] when `text` isn't JSON, or is nested more than 64 deep.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let raw: Box<RawValue> = serde_json::from_str(text).map_err(invalid)?;
        Self::from_raw(raw)
    }

    /// The JSON of `value`.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidJson`] when `value` has no JSON form, or is nested more than 64 deep.
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, DomainError> {
        let raw = serde_json::value::to_raw_value(value).map_err(invalid)?;
        Self::from_raw(raw)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.as_str() == "null"
    }

    /// Reads the value into a type.
    ///
    /// # Errors
    ///
    /// [`DomainError::InvalidJson`] when the value doesn't fit the type.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, DomainError> {
        serde_json::from_str(self.as_str()).map_err(invalid)
    }

    fn from_raw(raw: Box<RawValue>) -> Result<Self, DomainError> {
        let compact = match compacted(raw.get())? {
            None => raw,
            Some(text) => RawValue::from_string(text).map_err(invalid)?,
        };
        Ok(Self(compact))
    }
}

/// `text` without the space outside of its strings; none when there was no such space.
///
/// It walks over the bytes once and never recurses, so that nesting can't exhaust the stack.
fn compacted(text: &str) -> Result<Option<String>, DomainError> {
    let mut kept = None::<String>;
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut from = 0;
    for (index, byte) in text.bytes().enumerate() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' => {
                let kept = kept.get_or_insert_with(|| String::with_capacity(text.len()));
                kept.push_str(&text[from..index]);
                from = index + 1;
            }
            _ => {}
        }
        if depth > MOST_DEPTH {
            let reason = format!("it is nested more than {MOST_DEPTH} deep");
            return Err(DomainError::InvalidJson { reason });
        }
    }
    if let Some(kept) = &mut kept {
        kept.push_str(&text[from..]);
    }
    Ok(kept)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` hands over"
)]
fn invalid(error: serde_json::Error) -> DomainError {
    // The text of a type error may quote the value, which can be personal; the place can't.
    let reason = match error.classify() {
        serde_json::error::Category::Data => {
            format!(
                "a value has another type than expected, at column {}",
                error.column()
            )
        }
        _ => error.to_string(),
    };
    DomainError::InvalidJson { reason }
}

impl FromStr for Json {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        Self::parse(text)
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Json {}

impl Hash for Json {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_raw(raw).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
