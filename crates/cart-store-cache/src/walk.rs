//! A walk through the slots.

use crate::key::Slot;

/// How many slots are asked first.
const FEWEST: usize = 4;
/// How many are asked at most, in calls of [`SLOTS`](crate::list::SLOTS) each.
const MOST: usize = 4096;
/// So many carts in one step are many.
const MANY: usize = 4096;

/// A walk through slots, in great steps where they are empty, and in small ones where they are full.
pub(crate) struct Walk<'a> {
    rest: &'a [Slot],
    together: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn through(slots: &'a [Slot]) -> Self {
        Self {
            rest: slots,
            together: FEWEST,
        }
    }

    /// The slots of the next step.
    pub(crate) fn step(&mut self) -> Option<&'a [Slot]> {
        let (slots, rest) = self.rest.split_at(self.together.min(self.rest.len()));
        self.rest = rest;
        (!slots.is_empty()).then_some(slots)
    }

    /// Notes how many carts were in the slots of a step.
    pub(crate) fn note(&mut self, carts: usize) {
        self.together = if carts > MANY {
            (self.together / 2).max(FEWEST)
        } else {
            (self.together * 2).min(MOST)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slot_is_passed_once_in_steps_that_grow_and_shrink() {
        let slots: Vec<Slot> = Slot::all_from(Slot::FIRST).collect();
        let mut walk = Walk::through(&slots);
        let mut passed = Vec::new();
        let mut steps = Vec::new();
        while let Some(step) = walk.step() {
            passed.extend_from_slice(step);
            steps.push(step.len());
            // From the fourth to the sixth, they are full.
            walk.note(if (4..7).contains(&steps.len()) {
                5000
            } else {
                0
            });
        }
        assert_eq!(passed, slots);
        assert_eq!(steps[..9], [4, 8, 16, 32, 16, 8, 4, 8, 16]);
        assert_eq!(steps.iter().max(), Some(&MOST));
        assert!(steps.len() < 22, "{steps:?}");
    }
}
