//! The texts that are adjustments, and those that are not.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use cart_core::{
    Adjustment, Condition, ConditionKind, Currency, Decimal, DomainError, Money, Target,
};
use proptest::prelude::*;

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn money(minor: i64) -> Money {
    Money::new(minor, usd())
}

fn condition(name: &str, target: Target, value: &str) -> Condition {
    let adjustment = Adjustment::parse(value, usd()).unwrap();
    Condition::new(name, ConditionKind::Charge, target, adjustment).unwrap()
}

fn percent(text: &str) -> Adjustment {
    Adjustment::Percent(text.parse().unwrap())
}

#[test]
fn every_form_of_the_grammar_is_read() {
    let add = |minor| Adjustment::Add(money(minor));
    let number = |text: &str| text.parse::<Decimal>().unwrap();
    let accepted = [
        ("-10%", percent("-10")),
        ("10%", percent("10")),
        ("+5%", percent("5")),
        ("9.975%", percent("9.975")),
        ("500", add(500)),
        ("+500", add(500)),
        ("-500", add(-500)),
        ("5.00", add(500)),
        ("+5.00", add(500)),
        ("-5.5", add(-550)),
        ("0", add(0)),
        ("-9223372036854775808", add(i64::MIN)),
        ("*0.9", Adjustment::Multiply(number("0.9"))),
        ("*0", Adjustment::Multiply(number("0"))),
        ("/2", Adjustment::Divide(number("2"))),
        ("/0.5", Adjustment::Divide(number("0.5"))),
    ];
    for (text, adjustment) in accepted {
        assert_eq!(Adjustment::parse(text, usd()), Ok(adjustment), "{text}");
    }
}

#[test]
fn everything_else_is_refused() {
    let refused = [
        "",
        "--5",
        "+-5",
        "-+5",
        "++5",
        "*10%",
        "/2%",
        "%10",
        "%",
        "-%",
        "abc",
        "1,000",
        "1e3",
        "5 %",
        " 5",
        "5 ",
        "*-2",
        "*+2",
        "-*2",
        "/0",
        "/0.00",
        "/-2",
        "*",
        "/",
        "+",
        "-",
        ".5",
        "5.",
        "5.%",
        "1.2.3",
        "5.001",
        "10%%",
        "٥",
        "0x1",
        "**2",
        "//2",
        "5USD",
        "$5",
        "1_000",
        "*1234567890123456789",
        "*0.1234567890",
        "1.1234567890%",
    ];
    for text in refused {
        let refusal = Adjustment::parse(text, usd()).unwrap_err();
        assert!(
            matches!(refusal, DomainError::InvalidAdjustment { .. }),
            "{text}: {refusal:?}"
        );
    }
}

#[test]
fn an_adjustment_that_does_not_fit_is_an_overflow() {
    for text in [
        "9223372036854775808",
        "-9223372036854775809",
        "92233720368547758.08",
    ] {
        let refusal = Adjustment::parse(text, usd()).unwrap_err();
        assert_eq!(
            refusal,
            DomainError::Overflow { what: "adjustment" },
            "{text}"
        );
    }
}

#[test]
fn a_factor_out_of_range_is_refused_however_it_was_built() {
    let minus: Decimal = "-1".parse().unwrap();
    let zero: Decimal = "0".parse().unwrap();
    for adjustment in [
        Adjustment::Multiply(minus),
        Adjustment::Divide(minus),
        Adjustment::Divide(zero),
    ] {
        let built = Condition::new("x", ConditionKind::Fee, Target::Total, adjustment);
        assert!(
            matches!(built, Err(DomainError::InvalidAdjustment { .. })),
            "{adjustment}"
        );
    }
    let stored = r#"{"name":"x","kind":"fee","target":"total","adjustment":{"divide":"0"}}"#;
    assert!(serde_json::from_str::<Condition>(stored).is_err());
}

#[test]
fn decimals_are_kept_without_superfluous_zeros() {
    for (text, kept) in [
        ("9.9750", "9.975"),
        ("-0", "0"),
        ("+007.10", "7.1"),
        ("10.0", "10"),
    ] {
        assert_eq!(text.parse::<Decimal>().unwrap().to_string(), kept, "{text}");
    }
}

#[test]
fn a_discount_takes_a_bare_value_as_negative() {
    let value = |text| Condition::discount("d", text, usd()).map(|it| it.adjustment());
    assert_eq!(value("10%"), Ok(percent("-10")));
    assert_eq!(value("-10%"), Ok(percent("-10")));
    assert_eq!(value("5.00"), Ok(Adjustment::Add(money(-500))));
    assert!(value("*0.9").is_ok());
    for raising in ["+10%", "+5", "*1.1", "/0.5", "+0"] {
        let refusal = value(raising).unwrap_err();
        assert!(
            matches!(refusal, DomainError::InvalidAdjustment { .. }),
            "{raising}"
        );
    }
}

#[test]
fn direction_is_told_by_the_adjustment() {
    let direction = |text: &str| {
        let condition = condition("x", Target::Total, text);
        (
            condition.is_discount(),
            condition.is_charge(),
            condition.is_percentage(),
        )
    };
    assert_eq!(direction("-10%"), (true, false, true));
    assert_eq!(direction("10%"), (false, true, true));
    assert_eq!(direction("0%"), (false, false, true));
    assert_eq!(direction("-5"), (true, false, false));
    assert_eq!(direction("*0.9"), (true, false, false));
    assert_eq!(direction("*1.0"), (false, false, false));
    assert_eq!(direction("/2"), (true, false, false));
    assert_eq!(direction("/0.5"), (false, true, false));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_adjustments_panic(text in "\\PC*") {
        if let Ok(adjustment) = Adjustment::parse(&text, usd()) {
            prop_assert_eq!(Adjustment::parse(&adjustment.to_string(), usd()), Ok(adjustment));
        }
    }

    #[test]
    fn an_adjustment_reads_back_from_text_and_json(text in "[-+]?[0-9]{1,9}(\\.[0-9]{1,2})?%?|[*/][1-9][0-9]{0,8}(\\.[0-9]{1,9})?") {
        let adjustment = Adjustment::parse(&text, usd()).unwrap();
        prop_assert_eq!(Adjustment::parse(&adjustment.to_string(), usd()), Ok(adjustment));
        let json = serde_json::to_string(&adjustment).unwrap();
        prop_assert_eq!(serde_json::from_str::<Adjustment>(&json).unwrap(), adjustment);
    }
}
