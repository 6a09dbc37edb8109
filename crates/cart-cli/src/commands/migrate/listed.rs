//! Carts that an operator has to look at.

use std::fmt;

use cart_core::CartKey;
use serde::Serialize;

use crate::view::plain;

/// A cart in a report.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    tenant: String,
    owner: String,
    instance: String,
    /// Why it is there.
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<bool>,
}

impl Listed {
    pub(super) fn new(key: &CartKey, kind: &'static str) -> Self {
        Self {
            tenant: key.owner().tenant().as_str().to_owned(),
            owner: key.owner().to_string(),
            instance: key.instance().to_string(),
            kind,
            repaired: None,
        }
    }

    /// The same, telling whether it was put right.
    pub(super) fn repaired(mut self, repaired: bool) -> Self {
        self.repaired = Some(repaired);
        self
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.kind.replace('_', " "))?;
        if !self.tenant.is_empty() {
            write!(formatter, "{} / ", plain(&self.tenant))?;
        }
        write!(
            formatter,
            "{} / {}",
            plain(&self.owner),
            plain(&self.instance)
        )?;
        if self.repaired == Some(true) {
            write!(formatter, ", repaired")?;
        }
        Ok(())
    }
}
