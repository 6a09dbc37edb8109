//! How totals are calculated: exactly, and rounded at two places.

use std::collections::BTreeSet;

use super::cart::Cart;
use super::condition::Condition;
use super::condition_kind::Target;
use super::conditions::Conditions;
use super::error::DomainError;
use super::exact::Exact;
use super::item::Item;
use super::money::overflow;
use super::rule::RuleFacts;
use super::shares::shares;
use super::totals::{ConditionAmount, LineTotal, Pricing, SkipReason, SkippedCondition, Totals};

impl Cart {
    /// What this cart costs, and why.
    ///
    /// Each line is its unit price after its conditions, times its quantity. The sum of the lines
    /// after the conditions on the subtotal is rounded to the subtotal; that, after the conditions
    /// on the total, is rounded to the total. No other step rounds, and each is floored at zero.
    ///
    /// Conditions are applied by their order, then as they were added. Of a group, all members on
    /// one target are tried where the first of them stands, and the one that leaves the lowest
    /// amount counts.
    ///
    /// # Errors
    ///
    /// [`DomainError::Overflow`] when an amount doesn't fit.
    pub fn totals(&self, pricing: &Pricing) -> Result<Totals, DomainError> {
        let mut totals = Totals {
            currency: self.currency(),
            ..Totals::default()
        };
        let bare = self
            .items
            .iter()
            .try_fold(0_i64, |sum, item| sum.checked_add(bare(item)?));
        let bare = bare.ok_or_else(|| overflow("subtotal"))?;
        totals.subtotal_without_conditions = bare;
        totals.total_without_conditions = bare;

        let mut calculation = Calculation {
            cart: self,
            pricing,
            totals: &mut totals,
        };
        let lines = calculation.lines(&Exact::from(bare))?;
        let on_subtotal = calculation.subtotal(&lines)?;
        calculation.total(&on_subtotal)?;

        totals.savings = bare.saturating_sub(totals.total).max(0);
        Ok(totals)
    }
}

/// A line before any condition; none when it doesn't fit.
fn bare(item: &Item) -> Option<i64> {
    item.price()
        .amount()
        .checked_mul(i64::try_from(item.quantity()).ok()?)
}

/// An amount after a chain of conditions, and what each of them moved.
struct Chain<'a> {
    amount: Exact,
    moves: Vec<(&'a Condition, Exact)>,
}

struct Calculation<'a> {
    cart: &'a Cart,
    pricing: &'a Pricing,
    totals: &'a mut Totals,
}

impl<'a> Calculation<'a> {
    /// The first step: every line by itself. What it comes to in whole units is known later.
    fn lines(&mut self, bare_subtotal: &Exact) -> Result<Vec<Chain<'a>>, DomainError> {
        let facts = self.facts(bare_subtotal);
        let mut lines = Vec::with_capacity(self.cart.len());
        for item in self.cart.items.iter() {
            let price = Exact::from(item.price().amount());
            let unit = self.chain(item.conditions(), Target::Item, price, &facts, Some(item))?;
            let mut moves = Vec::with_capacity(unit.moves.len());
            for (condition, moved) in unit.moves {
                moves.push((condition, moved.times(item.quantity())?));
            }
            lines.push(Chain {
                amount: unit.amount.times(item.quantity())?,
                moves,
            });
        }
        Ok(lines)
    }

    /// The second step: the lines and the conditions on the subtotal, rounded.
    fn subtotal(&mut self, lines: &[Chain<'a>]) -> Result<Exact, DomainError> {
        let sum = lines
            .iter()
            .try_fold(Exact::ZERO, |sum, line| sum.plus(&line.amount))?;
        let facts = self.facts(&sum);
        let conditions = self.cart.conditions();
        let chain = self.chain(conditions, Target::Subtotal, sum.clone(), &facts, None)?;
        self.totals.subtotal = chain.amount.rounded(self.pricing.rounding)?;

        let moved = chain.moves.iter().map(|(_, moved)| moved);
        let parts: Vec<_> = lines
            .iter()
            .map(|line| &line.amount)
            .chain(moved)
            .cloned()
            .collect();
        let shares = shares(&parts, self.totals.subtotal)?;
        let (of_lines, of_moves) = shares.split_at(lines.len());
        for ((item, line), amount) in self.cart.items.iter().zip(lines).zip(of_lines) {
            self.show_line(item, line, *amount)?;
        }
        self.show_moves(&chain.moves, of_moves, None);
        Ok(sum)
    }

    /// The third step: the rounded subtotal and the conditions on the total, rounded.
    fn total(&mut self, sum: &Exact) -> Result<(), DomainError> {
        let facts = self.facts(sum);
        let subtotal = Exact::from(self.totals.subtotal);
        let conditions = self.cart.conditions();
        let chain = self.chain(conditions, Target::Total, subtotal, &facts, None)?;
        self.totals.total = chain.amount.rounded(self.pricing.rounding)?;
        let difference = self.totals.total - self.totals.subtotal;
        let of_moves = shares(&moved(&chain.moves), difference)?;
        self.show_moves(&chain.moves, &of_moves, None);
        Ok(())
    }

    /// Applies the conditions on one target, in their order.
    fn chain(
        &mut self,
        conditions: &'a Conditions,
        target: Target,
        start: Exact,
        facts: &RuleFacts<'_>,
        item: Option<&Item>,
    ) -> Result<Chain<'a>, DomainError> {
        let mut ordered: Vec<_> = conditions
            .iter()
            .filter(|it| it.target() == target)
            .collect();
        ordered.sort_by_key(|condition| condition.order());
        ordered.retain(|condition| self.counts(condition, facts, item));

        let mut groups = BTreeSet::new();
        let mut chain = Chain {
            amount: start,
            moves: Vec::new(),
        };
        for condition in &ordered {
            let candidates: Vec<_> = match condition.group() {
                None => vec![*condition],
                Some(group) if !groups.insert(group) => continue,
                Some(_) => {
                    let members = ordered.iter().filter(|it| it.group() == condition.group());
                    members.copied().collect()
                }
            };
            self.apply_best(&candidates, &mut chain, item)?;
        }
        Ok(chain)
    }

    /// Applies the candidate that leaves the lowest amount; of equal ones the first.
    fn apply_best(
        &mut self,
        candidates: &[&'a Condition],
        chain: &mut Chain<'a>,
        item: Option<&Item>,
    ) -> Result<(), DomainError> {
        let mut best = None::<(&Condition, Exact)>;
        for candidate in candidates {
            let after = candidate.adjustment().applied_to(&chain.amount)?;
            if best.as_ref().is_none_or(|(_, lowest)| after < *lowest) {
                best = Some((candidate, after));
            }
        }
        let Some((best, after)) = best else {
            return Ok(());
        };
        for loser in candidates
            .iter()
            .filter(|candidate| candidate.name() != best.name())
        {
            self.skip(loser, item, SkipReason::BetterInGroup);
        }
        chain.moves.push((best, after.minus(&chain.amount)?));
        chain.amount = after;
        Ok(())
    }

    /// Whether the rules of a condition hold; if not, it is noted as skipped.
    fn counts(
        &mut self,
        condition: &Condition,
        facts: &RuleFacts<'_>,
        item: Option<&Item>,
    ) -> bool {
        let book = &self.pricing.rules;
        let mut unknown = Vec::new();
        for rule in condition.rules() {
            rule.collect_unknown(book, &mut unknown);
        }
        // What nobody can decide holds neither as it stands nor under a `not`.
        let reason = if !unknown.is_empty() {
            Some(SkipReason::UnknownRule)
        } else if condition.rules().iter().all(|rule| rule.holds(facts, book)) {
            None
        } else {
            Some(SkipReason::RuleDoesNotHold)
        };
        for name in unknown {
            if !self.totals.unknown_rules.contains(&name) {
                self.totals.unknown_rules.push(name);
            }
        }
        if let Some(reason) = reason {
            self.skip(condition, item, reason);
        }
        reason.is_none()
    }

    fn skip(&mut self, condition: &Condition, item: Option<&Item>, reason: SkipReason) {
        self.totals.skipped.push(SkippedCondition {
            name: condition.name().to_owned(),
            item_id: item.map(|item| item.id().to_owned()),
            reason,
        });
    }

    fn show_line(&mut self, item: &Item, line: &Chain<'_>, amount: i64) -> Result<(), DomainError> {
        let without_conditions = bare(item).ok_or_else(|| overflow("subtotal"))?;
        let of_moves = shares(&moved(&line.moves), amount - without_conditions)?;
        self.show_moves(&line.moves, &of_moves, Some(item));
        self.totals.lines.push(LineTotal {
            item_id: item.id().to_owned(),
            quantity: item.quantity(),
            unit_price: item.price().amount(),
            amount,
            exact: exact_where_different(&line.amount, amount),
            without_conditions,
        });
        Ok(())
    }

    fn show_moves(&mut self, moves: &[(&Condition, Exact)], shown: &[i64], item: Option<&Item>) {
        for ((condition, exact), moved) in moves.iter().zip(shown) {
            self.totals.breakdown.push(ConditionAmount {
                name: condition.name().to_owned(),
                kind: condition.kind().clone(),
                target: condition.target(),
                item_id: item.map(|item| item.id().to_owned()),
                moved: *moved,
                exact: exact_where_different(exact, *moved),
            });
        }
    }

    fn facts<'f>(&self, subtotal: &'f Exact) -> RuleFacts<'f>
    where
        'a: 'f,
    {
        RuleFacts {
            items: &self.cart.items,
            subtotal,
            now: self.pricing.now,
        }
    }
}

fn moved(moves: &[(&Condition, Exact)]) -> Vec<Exact> {
    moves.iter().map(|(_, moved)| moved.clone()).collect()
}

fn exact_where_different(exact: &Exact, shown: i64) -> Option<String> {
    (*exact != Exact::from(shown)).then(|| exact.to_string())
}
