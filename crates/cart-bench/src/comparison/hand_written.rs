//! The cart of somebody who writes it by hand: structs, and their JSON as one text.

use serde::{Deserialize, Serialize};

use super::subject::LINES;
use crate::proof::Refuted;

/// A cart.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Document {
    items: Vec<Line>,
    discount_percent: u32,
    tax_per_mille: u32,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    sku: String,
    name: String,
    price_cents: i64,
    quantity: u64,
    attributes: Vec<(String, String)>,
}

impl Document {
    /// One of as many lines as the others have.
    pub(super) fn new() -> Self {
        let line = |number| Line {
            sku: format!("sku-{number}"),
            name: format!("Product number {number}"),
            price_cents: 1_999,
            quantity: 2,
            attributes: [
                ("colour", "midnight blue"),
                ("size", "XL"),
                ("image", "https://shop.example/products/large.webp"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        };
        Self {
            items: (0..LINES).map(line).collect(),
            discount_percent: 10,
            tax_per_mille: 100,
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, Refuted> {
        Ok(serde_json::from_str(text)?)
    }

    pub(super) fn text(&self) -> Result<String, Refuted> {
        Ok(serde_json::to_string(self)?)
    }

    pub(super) fn add_unit(&mut self) {
        if let Some(line) = self.items.first_mut() {
            line.quantity += 1;
        }
    }

    pub(super) fn units(&self) -> u64 {
        self.items.first().map_or(0, |line| line.quantity)
    }
}
