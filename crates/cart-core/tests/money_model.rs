//! Totals against a model of its own: unreduced fractions of big integers, one long calculation.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use cart_core::{
    Adjustment, Cart, Condition, ConditionKind, Currency, DomainError, Money, NewItem, Pricing,
    Rounding, Target, Timestamp, Totals,
};
use num_bigint::BigInt;
use proptest::collection::vec;
use proptest::prelude::*;

/// Numerator and denominator (above zero), never reduced.
#[derive(Clone, Debug)]
struct Fraction(BigInt, BigInt);

impl Fraction {
    fn whole(number: i64) -> Self {
        Self(number.into(), 1.into())
    }

    fn parse(text: &str) -> Self {
        let (top, bottom) = text.split_once('/').unwrap_or((text, "1"));
        Self(top.parse().unwrap(), bottom.parse().unwrap())
    }

    fn plus(&self, other: &Self) -> Self {
        Self(&self.0 * &other.1 + &other.0 * &self.1, &self.1 * &other.1)
    }

    fn minus(&self, other: &Self) -> Self {
        self.plus(&Self(-&other.0, other.1.clone()))
    }

    fn by(&self, top: i64, bottom: i64) -> Self {
        Self(&self.0 * top, &self.1 * bottom)
    }

    fn is(&self, other: &Self) -> bool {
        &self.0 * &other.1 == &other.0 * &self.1
    }

    fn is_above(&self, other: &Self) -> bool {
        &self.0 * &other.1 > &other.0 * &self.1
    }

    /// The whole number below, by long division.
    fn floor(&self) -> BigInt {
        let quotient = &self.0 / &self.1;
        if &quotient * &self.1 > self.0 {
            quotient - 1
        } else {
            quotient
        }
    }

    fn rounded(&self, rounding: Rounding) -> i64 {
        let below = self.floor();
        let above: BigInt = &below + 1;
        // Twice the distance from below, compared with the denominator, tells where the half is.
        let twice: BigInt = (&self.0 - &below * &self.1) * 2;
        let exact = twice == BigInt::ZERO;
        let up = match rounding {
            Rounding::Floor => false,
            Rounding::Ceiling => !exact,
            Rounding::HalfAwayFromZero => twice >= self.1,
            Rounding::HalfEven => twice > self.1 || twice == self.1 && &below % 2 != BigInt::ZERO,
            _ => unreachable!("the model knows every way to round"),
        };
        let rounded = if up && !exact { above } else { below };
        rounded.to_string().parse().unwrap()
    }
}

#[derive(Clone, Debug)]
enum Change {
    Percent { thousandths: i64 },
    Add(i64),
    Multiply { hundredths: i64 },
    Divide(i64),
}

impl Change {
    fn text(&self) -> String {
        let sign = |number: &i64| if *number < 0 { "-" } else { "+" };
        match self {
            Self::Percent { thousandths: all } => {
                let (whole, rest) = (all.abs() / 1000, all.abs() % 1000);
                format!("{}{whole}.{rest:03}%", sign(all))
            }
            Self::Add(amount) => format!("{}{}", sign(amount), amount.abs()),
            Self::Multiply { hundredths: all } => format!("*{}.{:02}", all / 100, all % 100),
            Self::Divide(divisor) => format!("/{divisor}"),
        }
    }

    fn model(&self, amount: &Fraction) -> Fraction {
        let changed = match self {
            Self::Percent { thousandths } => amount.by(100_000 + thousandths, 100_000),
            Self::Add(change) => amount.plus(&Fraction::whole(*change)),
            Self::Multiply { hundredths } => amount.by(*hundredths, 100),
            Self::Divide(divisor) => amount.by(1, *divisor),
        };
        if Fraction::whole(0).is_above(&changed) {
            Fraction::whole(0)
        } else {
            changed
        }
    }
}

type Ordered = Vec<(Change, i32)>;

#[derive(Clone, Debug)]
struct Line {
    price: i64,
    quantity: u32,
    changes: Ordered,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (-120_000_i64..50_000).prop_map(|thousandths| Change::Percent { thousandths }),
        (-5_000_i64..5_000).prop_map(Change::Add),
        (0_i64..300).prop_map(|hundredths| Change::Multiply { hundredths }),
        (1_i64..12).prop_map(Change::Divide),
    ]
}

fn changes() -> impl Strategy<Value = Ordered> {
    vec((change(), -2..3), 0..4)
}

fn line() -> impl Strategy<Value = Line> {
    (0_i64..20_000, 1_u32..40, changes()).prop_map(|(price, quantity, changes)| Line {
        price,
        quantity,
        changes,
    })
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![
        Just(Rounding::Ceiling),
        Just(Rounding::Floor),
        Just(Rounding::HalfAwayFromZero),
        Just(Rounding::HalfEven),
    ]
}

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn conditions(changes: &Ordered, target: Target) -> impl Iterator<Item = Condition> {
    changes
        .iter()
        .enumerate()
        .map(move |(index, (change, order))| {
            let adjustment = Adjustment::parse(&change.text(), usd()).unwrap();
            let name = format!("{target}-{index}");
            let condition =
                Condition::new(name, ConditionKind::Charge, target, adjustment).unwrap();
            condition.with_order(*order)
        })
}

fn cart(lines: &[Line], on_subtotal: &Ordered, on_total: &Ordered) -> Cart {
    let mut cart = Cart::new();
    for (index, line) in lines.iter().enumerate() {
        let price = Money::new(line.price, usd());
        let item = NewItem::new(format!("item-{index}"), "Item", price);
        let item = conditions(&line.changes, Target::Item).fold(item, NewItem::condition);
        cart.add(item.quantity(line.quantity.into())).unwrap();
    }
    let of_cart = conditions(on_subtotal, Target::Subtotal);
    for condition in of_cart.chain(conditions(on_total, Target::Total)) {
        cart.apply(condition).unwrap();
    }
    cart
}

/// Amounts before and after each change, in the order in which they count.
fn steps(start: Fraction, changes: &Ordered) -> Vec<Fraction> {
    let mut amounts = vec![start];
    for order in -2..3 {
        for (change, _) in changes.iter().filter(|(_, its)| *its == order) {
            amounts.push(change.model(&amounts[amounts.len() - 1]));
        }
    }
    amounts
}

fn last(steps: &[Fraction]) -> Fraction {
    steps[steps.len() - 1].clone()
}

fn moves(steps: &[Fraction], times: u32) -> Vec<Fraction> {
    steps
        .windows(2)
        .map(|pair| pair[1].minus(&pair[0]).by(times.into(), 1))
        .collect()
}

fn shown_exactly(shown: i64, exact: Option<&String>) -> Fraction {
    exact.map_or_else(|| Fraction::whole(shown), |text| Fraction::parse(text))
}

/// What must hold of whole amounts that stand for `exact` ones and add up to `sum`.
fn fair(shown: &[i64], exact: &[Fraction], sum: i64) -> Result<(), TestCaseError> {
    prop_assert_eq!(shown.iter().sum::<i64>(), sum);
    let rests: Vec<Fraction> = exact
        .iter()
        .map(|it| it.minus(&Fraction(it.floor(), 1.into())))
        .collect();
    let raised: Vec<bool> = shown
        .iter()
        .zip(exact)
        .map(|(shown, it)| BigInt::from(*shown) > it.floor())
        .collect();
    for (first, rest) in rests.iter().enumerate() {
        let distance = BigInt::from(shown[first]) - exact[first].floor();
        prop_assert!(distance == BigInt::ZERO || distance == BigInt::from(1));
        prop_assert!(
            !(raised[first] && rest.is(&Fraction::whole(0))),
            "a whole amount was raised"
        );
        for second in first + 1..rests.len() {
            if raised[second] && !raised[first] {
                prop_assert!(
                    rests[second].is_above(rest),
                    "the first of equals goes first"
                );
            }
            if raised[first] && !raised[second] {
                prop_assert!(
                    !rests[second].is_above(rest),
                    "the largest fraction goes first"
                );
            }
        }
    }
    Ok(())
}

fn check_exact(shown: &[(i64, Option<&String>)], model: &[Fraction]) -> Result<(), TestCaseError> {
    prop_assert_eq!(shown.len(), model.len());
    for ((amount, exact), model) in shown.iter().zip(model) {
        prop_assert!(
            shown_exactly(*amount, *exact).is(model),
            "{amount} {exact:?} {model:?}"
        );
    }
    Ok(())
}

fn breakdown(totals: &Totals, target: Target, item: Option<&str>) -> Vec<(i64, Option<String>)> {
    let of_target = totals
        .breakdown
        .iter()
        .filter(|moved| moved.target == target && moved.item_id.as_deref() == item);
    of_target
        .map(|moved| (moved.moved, moved.exact.clone()))
        .collect()
}

fn borrowed(shown: &[(i64, Option<String>)]) -> Vec<(i64, Option<&String>)> {
    shown
        .iter()
        .map(|(amount, exact)| (*amount, exact.as_ref()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_048))]

    #[test]
    fn totals_are_those_of_the_model(
        lines in vec(line(), 0..5),
        on_subtotal in changes(),
        on_total in changes(),
        rounding in rounding(),
    ) {
        let pricing = Pricing::at(Timestamp::from_millis(0)).with_rounding(rounding);
        let totals = cart(&lines, &on_subtotal, &on_total).totals(&pricing).unwrap();

        let bare: i64 = lines.iter().map(|line| line.price * i64::from(line.quantity)).sum();
        let per_line: Vec<_> =
            lines.iter().map(|line| steps(Fraction::whole(line.price), &line.changes)).collect();
        let line_amounts: Vec<_> = per_line
            .iter()
            .zip(&lines)
            .map(|(steps, line)| last(steps).by(line.quantity.into(), 1))
            .collect();
        let sum = line_amounts.iter().fold(Fraction::whole(0), |sum, line| sum.plus(line));
        let subtotal_steps = steps(sum, &on_subtotal);
        let subtotal = last(&subtotal_steps).rounded(rounding);
        let total_steps = steps(Fraction::whole(subtotal), &on_total);
        let total = last(&total_steps).rounded(rounding);

        prop_assert_eq!(totals.subtotal_without_conditions, bare);
        prop_assert_eq!(totals.total_without_conditions, bare);
        prop_assert_eq!(totals.subtotal, subtotal);
        prop_assert_eq!(totals.total, total);
        prop_assert_eq!(totals.savings, (bare - total).max(0));

        for (index, line) in lines.iter().enumerate() {
            let id = format!("item-{index}");
            let shown = breakdown(&totals, Target::Item, Some(&id));
            let model = moves(&per_line[index], line.quantity);
            check_exact(&borrowed(&shown), &model)?;
            let amounts: Vec<_> = shown.iter().map(|(amount, _)| *amount).collect();
            let line_total = &totals.lines[index];
            prop_assert_eq!(line_total.without_conditions, line.price * i64::from(line.quantity));
            fair(&amounts, &model, line_total.amount - line_total.without_conditions)?;
        }

        let moved = breakdown(&totals, Target::Subtotal, None);
        let mut shown: Vec<_> =
            totals.lines.iter().map(|line| (line.amount, line.exact.clone())).collect();
        shown.extend(moved);
        let model: Vec<_> = line_amounts.into_iter().chain(moves(&subtotal_steps, 1)).collect();
        check_exact(&borrowed(&shown), &model)?;
        let amounts: Vec<_> = shown.iter().map(|(amount, _)| *amount).collect();
        fair(&amounts, &model, subtotal)?;

        let shown = breakdown(&totals, Target::Total, None);
        let model = moves(&total_steps, 1);
        check_exact(&borrowed(&shown), &model)?;
        let amounts: Vec<_> = shown.iter().map(|(amount, _)| *amount).collect();
        fair(&amounts, &model, total - subtotal)?;
    }
}

proptest! {
    #[test]
    fn extreme_amounts_are_exact_or_an_overflow_and_never_a_panic(
        price in prop_oneof![Just(i64::MAX), Just(0), any::<i64>().prop_map(|it| it.max(0))],
        quantity in prop_oneof![Just(1), 1_u64..=i64::MAX.unsigned_abs()],
        change in "[-+][0-9]{1,18}|[-+][0-9]{1,9}\\.[0-9]{1,9}%|[*/][1-9][0-9]{0,8}\\.[0-9]{1,9}",
        target in prop_oneof![Just(Target::Subtotal), Just(Target::Total)],
        rounding in rounding(),
    ) {
        let mut cart = Cart::new();
        cart.add(NewItem::new("a", "A", Money::new(price, usd())).quantity(quantity)).unwrap();
        let adjustment = Adjustment::parse(&change, usd()).unwrap();
        let condition = Condition::new("x", ConditionKind::Fee, target, adjustment).unwrap();
        cart.apply(condition).unwrap();
        let pricing = Pricing::at(Timestamp::from_millis(0)).with_rounding(rounding);
        match cart.totals(&pricing) {
            Err(refusal) => {
                let overflow = matches!(refusal, DomainError::Overflow { .. });
                prop_assert!(overflow, "{refusal:?}");
            }
            Ok(totals) => {
                let moved: i64 = totals.breakdown.iter().map(|moved| moved.moved).sum();
                prop_assert_eq!(totals.lines[0].amount.checked_add(moved), Some(totals.total));
                let bare = i64::try_from(quantity).ok().and_then(|it| it.checked_mul(price));
                prop_assert_eq!(Some(totals.subtotal_without_conditions), bare);
            }
        }
    }
}
