//! Edits of the conditions on the cart and on its lines.

use super::{Cart, check_condition_currency};
use crate::domain::condition::Condition;
use crate::domain::error::{DomainError, shortened};
use crate::domain::event::Event;

impl Cart {
    /// Puts a condition on the cart and returns those whose place it takes: the one of the same
    /// name, and other shipping.
    ///
    /// # Errors
    ///
    /// [`DomainError::ConditionTarget`], [`DomainError::CurrencyMismatch`].
    pub fn apply(&mut self, condition: Condition) -> Result<Vec<Condition>, DomainError> {
        condition.check_on_cart()?;
        check_condition_currency(self.currency(), &condition)?;
        let replaced = self.conditions.insert(condition.clone());
        let others = replaced.iter().filter(|old| old.name() != condition.name());
        self.events
            .extend(others.map(|old| Event::ConditionRemoved {
                condition: old.clone(),
            }));
        if !replaced.contains(&condition) {
            self.events.push(Event::ConditionAdded { condition });
        }
        Ok(replaced)
    }

    /// Takes a condition off the cart and returns it; none when there is none of this name.
    pub fn remove_condition(&mut self, name: &str) -> Option<Condition> {
        let condition = self.conditions.remove(name)?;
        self.events.push(Event::ConditionRemoved {
            condition: condition.clone(),
        });
        Some(condition)
    }

    /// Puts a condition on a line and returns the one of the same name whose place it takes.
    ///
    /// # Errors
    ///
    /// [`DomainError::UnknownItem`], [`DomainError::ConditionTarget`],
    /// [`DomainError::CurrencyMismatch`].
    pub fn apply_to_item(
        &mut self,
        id: &str,
        condition: Condition,
    ) -> Result<Option<Condition>, DomainError> {
        let Some(line) = self.items.get(id) else {
            return Err(DomainError::UnknownItem {
                item_id: shortened(id),
            });
        };
        let mut conditions = line.conditions().clone();
        let replaced = conditions.insert(condition.clone()).pop();
        let line = line.clone().with_conditions(conditions)?;
        self.items.put(line)?;
        if replaced.as_ref() != Some(&condition) {
            self.events.push(Event::ItemConditionAdded {
                item_id: id.to_owned(),
                condition,
            });
        }
        Ok(replaced)
    }

    /// Takes a condition off a line and returns it; none when there is no such line or condition.
    pub fn remove_item_condition(&mut self, id: &str, name: &str) -> Option<Condition> {
        let condition = self.items.get_mut(id)?.remove_condition(name)?;
        self.events.push(Event::ItemConditionRemoved {
            item_id: id.to_owned(),
            condition: condition.clone(),
        });
        Some(condition)
    }
}
