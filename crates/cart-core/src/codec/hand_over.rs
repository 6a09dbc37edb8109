//! The note of a cart that is on its way to a cart in another store.

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::{Cart, JsonMap, Share, Sold};
use crate::storage::{Owner, Tenant, Version};

/// A part of the cart that is promised to another owner's cart of the same instance, in another
/// store. Until it is taken out here, the receipt of the other cart tells whether it is there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HandOver {
    /// The version of the cart that is handed over: what the receipt names.
    pub(crate) version: Version,
    /// Who gets it.
    pub(crate) to: Owner,
    /// What of it is still here.
    pub(crate) share: Share,
    /// What was paid for here since.
    pub(crate) sold: Sold,
    /// What a newer release has noted.
    pub(crate) unknown: JsonMap,
}

impl HandOver {
    /// Keeps up with an edit that makes `after` of `before`: what it takes away can't be handed over
    /// any more.
    pub(crate) fn follow(&mut self, before: &Cart, after: &Cart) {
        self.sold.note(&self.share, before, after);
        self.share = std::mem::take(&mut self.share).edited(before, after);
    }
}

impl Serialize for HandOver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("version", &self.version)?;
        map.serialize_entry("tenant", self.to.tenant().as_str())?;
        map.serialize_entry("to", &self.to.to_string())?;
        map.serialize_entry("share", &self.share)?;
        if !self.sold.is_empty() {
            map.serialize_entry("sold", &self.sold)?;
        }
        self.unknown
            .iter()
            .try_for_each(|(key, value)| map.serialize_entry(key, value))?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for HandOver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut unknown = JsonMap::deserialize(deserializer)?;
        let mut take = |field: &'static str| {
            let value = unknown.remove(field);
            value.ok_or_else(|| D::Error::missing_field(field))
        };
        let [version, tenant, to, share] = [
            take("version")?,
            take("tenant")?,
            take("to")?,
            take("share")?,
        ];
        let sold = unknown.remove("sold").map(|sold| sold.deserialize());
        let text = |value: crate::domain::Json| value.deserialize::<String>();
        let owner: Owner = text(to)
            .map_err(D::Error::custom)?
            .parse()
            .map_err(D::Error::custom)?;
        let tenant = Tenant::new(text(tenant).map_err(D::Error::custom)?);
        Ok(Self {
            version: version.deserialize().map_err(D::Error::custom)?,
            to: owner.in_tenant(tenant.map_err(D::Error::custom)?),
            share: share.deserialize().map_err(D::Error::custom)?,
            sold: sold
                .transpose()
                .map_err(D::Error::custom)?
                .unwrap_or_default(),
            unknown,
        })
    }
}
