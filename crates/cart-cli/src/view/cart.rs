//! A whole cart.

use std::fmt;

use cart_core::{CartSnapshot, Currency, JsonMap, SkippedCondition, Stored, Timestamp, Version};
use serde::Serialize;

use super::item::{ConditionView, ItemView};
use super::table::{amount, plain, table, when};

/// A cart with everything in it and what it amounts to. Amounts are minor units, moments
/// milliseconds since the Unix epoch.
#[derive(Debug, Serialize)]
pub(crate) struct CartView {
    tenant: String,
    owner: String,
    instance: String,
    version: Version,
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Option<Timestamp>,
    currency: Option<Currency>,
    items: Vec<ItemView>,
    conditions: Vec<ConditionView>,
    skipped_conditions: Vec<SkippedCondition>,
    metadata: JsonMap,
    lines: usize,
    units: u64,
    subtotal_without_conditions: i64,
    subtotal: i64,
    total_without_conditions: i64,
    total: i64,
    savings: i64,
}

impl CartView {
    /// The cart that `snapshot` shows, if there is one.
    pub(crate) fn new(snapshot: &CartSnapshot) -> cart_core::Result<Option<Self>> {
        let Stored::Live(record) = snapshot.stored() else {
            return Ok(None);
        };
        let (key, header) = (snapshot.key(), &record.header);
        let (cart, totals) = (snapshot.cart()?, snapshot.totals()?);
        let lines = cart.items().iter().zip(&totals.lines);
        let items = lines.map(|(item, total)| {
            let mut line = ItemView::new(item).with_total(total);
            line.conditions = std::mem::take(&mut line.conditions)
                .into_iter()
                .map(|condition| condition.with_moved(&totals.breakdown, Some(item.id())))
                .collect();
            line
        });
        let conditions = cart
            .conditions()
            .iter()
            .map(|condition| ConditionView::new(condition).with_moved(&totals.breakdown, None));
        Ok(Some(Self {
            tenant: key.owner().tenant().as_str().to_owned(),
            owner: key.owner().to_string(),
            instance: key.instance().to_string(),
            version: header.version,
            created_at: header.created_at,
            updated_at: header.updated_at,
            expires_at: header.expires_at,
            currency: totals.currency,
            items: items.collect(),
            conditions: conditions.collect(),
            skipped_conditions: totals.skipped,
            metadata: cart.metadata().clone(),
            lines: cart.len(),
            units: cart.quantity(),
            subtotal_without_conditions: totals.subtotal_without_conditions,
            subtotal: totals.subtotal,
            total_without_conditions: totals.total_without_conditions,
            total: totals.total,
            savings: totals.savings,
        }))
    }

    fn money(&self, minor: i64) -> String {
        amount(minor, self.currency)
    }

    fn write_items(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut items = table(
            [
                "item",
                "name",
                "quantity",
                "unit price",
                "amount",
                "attributes",
            ],
            &[2, 3, 4],
        );
        for item in &self.items {
            let attributes: Vec<String> = item
                .attributes
                .iter()
                .map(|(key, value)| format!("{}={value}", plain(key)))
                .collect();
            items.add_row([
                plain(&item.id).into_owned(),
                plain(&item.name).into_owned(),
                item.quantity.to_string(),
                self.money(item.unit_price),
                item.amount
                    .map_or_else(String::new, |minor| self.money(minor)),
                attributes.join(" "),
            ]);
        }
        writeln!(formatter, "{items}")
    }

    fn write_conditions(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut conditions = table(
            ["condition", "kind", "target", "value", "order", "moved"],
            &[3, 4, 5],
        );
        let on_cart = self.conditions.iter().map(|condition| (None, condition));
        let on_lines = self.items.iter().flat_map(|item| {
            let of_item = item.conditions.iter();
            of_item.map(|condition| (Some(item.id.as_str()), condition))
        });
        for (item, condition) in on_lines.chain(on_cart) {
            conditions.add_row([
                plain(&condition.name).into_owned(),
                plain(&condition.kind).into_owned(),
                match item {
                    Some(item) => plain(item).into_owned(),
                    None => condition.target.to_string(),
                },
                condition.value.clone(),
                condition.order.to_string(),
                condition
                    .moved
                    .map_or_else(|| "does not count".to_owned(), |minor| self.money(minor)),
            ]);
        }
        if conditions.row_count() > 0 {
            writeln!(formatter, "\n{conditions}")?;
        }
        Ok(())
    }

    fn write_metadata(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.metadata.is_empty() {
            return Ok(());
        }
        let mut metadata = table(["metadata", "value"], &[]);
        for (key, value) in self.metadata.iter() {
            metadata.add_row([plain(key), plain(value.as_str())]);
        }
        writeln!(formatter, "\n{metadata}")
    }

    fn write_totals(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter)?;
        for (name, minor) in [
            (
                "subtotal without conditions",
                self.subtotal_without_conditions,
            ),
            ("subtotal", self.subtotal),
            ("total", self.total),
            ("savings", self.savings),
        ] {
            writeln!(formatter, "{name:<27} {:>16}", self.money(minor))?;
        }
        Ok(())
    }
}

impl fmt::Display for CartView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{} / {}, version {}, updated {}",
            plain(&self.owner),
            plain(&self.instance),
            self.version,
            when(self.updated_at),
        )?;
        self.write_items(formatter)?;
        self.write_conditions(formatter)?;
        self.write_metadata(formatter)?;
        self.write_totals(formatter)
    }
}
