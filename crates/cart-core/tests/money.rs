//! Money: what is read as a price, and what is refused.

#![expect(clippy::unwrap_used, reason = "what fails in a test fails the test")]

use cart_core::{Cart, Currency, DomainError, Money, NewItem, Pricing, Timestamp};
use proptest::prelude::*;

fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

fn totals_of(price: i64, quantity: u64) -> Result<i64, DomainError> {
    let mut cart = Cart::new();
    let item = NewItem::new("a", "A", Money::new(price, currency("USD")));
    cart.add(item.quantity(quantity))?;
    cart.totals(&Pricing::at(Timestamp::from_millis(0)))
        .map(|totals| totals.total)
}

#[test]
fn a_price_is_minor_units_without_a_point_and_major_units_with_one() {
    let accepted = [
        ("1999", "USD", 1999),
        ("19.99", "USD", 1999),
        ("19.9", "USD", 1990),
        ("0", "USD", 0),
        ("0.00", "USD", 0),
        ("1999", "JPY", 1999),
        ("1.234", "BHD", 1234),
        ("92233720368547758.07", "USD", i64::MAX),
        ("9223372036854775807", "USD", i64::MAX),
    ];
    for (text, code, minor) in accepted {
        let money = Money::parse(text, currency(code)).unwrap();
        assert_eq!(money, Money::new(minor, currency(code)), "{text} {code}");
    }
}

#[test]
fn a_text_that_is_not_a_price_never_becomes_a_free_item() {
    let refused = [
        ("", "USD"),
        ("abc", "USD"),
        ("99,99", "USD"),
        ("1.234,56", "USD"),
        ("49.99 USD", "USD"),
        (" 1", "USD"),
        ("1 ", "USD"),
        ("-1", "USD"),
        ("+1", "USD"),
        ("-0", "USD"),
        ("1.", "USD"),
        (".5", "USD"),
        ("1.2.3", "USD"),
        ("1e3", "USD"),
        ("0x10", "USD"),
        ("19.999", "USD"),
        ("1.0", "JPY"),
        ("1.2345", "BHD"),
        ("NaN", "USD"),
        ("١٢", "USD"),
        ("1_000", "USD"),
    ];
    for (text, code) in refused {
        let refusal = Money::parse(text, currency(code)).unwrap_err();
        assert!(
            matches!(refusal, DomainError::InvalidPrice { .. }),
            "{text}: {refusal:?}"
        );
    }
}

#[test]
fn a_price_that_does_not_fit_is_an_overflow() {
    for text in [
        "9223372036854775808",
        "92233720368547758.08",
        &"9".repeat(100),
    ] {
        let refusal = Money::parse(text, currency("USD")).unwrap_err();
        assert_eq!(refusal, DomainError::Overflow { what: "price" }, "{text}");
    }
}

#[test]
fn the_exponent_comes_from_the_currency() {
    for (code, exponent) in [("JPY", 0), ("USD", 2), ("BHD", 3)] {
        assert_eq!(currency(code).exponent(), exponent, "{code}");
        assert_eq!(currency(code).code(), code);
    }
}

#[test]
fn only_codes_of_currencies_with_minor_units_are_currencies() {
    for code in ["", "usd", "US", "USDX", "XAU", "XXX", "ZZZ", " USD"] {
        assert!(Currency::parse(code).is_err(), "{code}");
    }
}

#[test]
fn money_is_written_as_minor_units_and_code() {
    let money = Money::new(1999, currency("USD"));
    let text = serde_json::to_string(&money).unwrap();
    assert_eq!(text, r#"{"amount":1999,"currency":"USD"}"#);
    assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), money);
}

#[test]
fn money_that_is_not_whole_minor_units_is_not_read() {
    for text in [
        r#"{"amount":19.99,"currency":"USD"}"#,
        r#"{"amount":1e3,"currency":"USD"}"#,
        r#"{"amount":9223372036854775808,"currency":"USD"}"#,
        r#"{"amount":1,"currency":"usd"}"#,
        r#"{"amount":1}"#,
        r#"{"amount":1,"amount":1,"currency":"USD"}"#,
    ] {
        assert!(serde_json::from_str::<Money>(text).is_err(), "{text}");
    }
}

#[test]
fn money_is_shown_in_major_units() {
    let shown = [
        (1999, "USD", "19.99 USD"),
        (-5, "USD", "-0.05 USD"),
        (7, "JPY", "7 JPY"),
    ];
    for (minor, code, text) in shown {
        assert_eq!(Money::new(minor, currency(code)).to_string(), text);
    }
    let least = Money::new(i64::MIN, currency("USD"));
    assert_eq!(least.to_string(), "-92233720368547758.08 USD");
}

#[test]
fn arithmetic_is_checked() {
    let usd = currency("USD");
    let (most, one) = (Money::new(i64::MAX, usd), Money::new(1, usd));
    let overflow = Err(DomainError::Overflow { what: "amount" });
    assert_eq!(most.checked_add(one), overflow);
    assert_eq!(Money::new(i64::MIN, usd).checked_sub(one), overflow);
    assert_eq!(most.checked_mul(2), overflow);
    let euro = Money::new(1, currency("EUR"));
    let mismatch = DomainError::CurrencyMismatch {
        cart: usd,
        given: currency("EUR"),
    };
    assert_eq!(one.checked_add(euro), Err(mismatch));
}

#[test]
fn totals_reach_the_last_amount_and_overflow_beyond_it() {
    assert_eq!(totals_of(i64::MAX, 1), Ok(i64::MAX));
    let most = i64::MAX.unsigned_abs();
    assert_eq!(totals_of(1, most), Ok(i64::MAX));
    assert_eq!(
        totals_of(i64::MAX, 2),
        Err(DomainError::Overflow { what: "subtotal" })
    );
    assert_eq!(
        totals_of(2, most),
        Err(DomainError::Overflow { what: "subtotal" })
    );
}

proptest! {
    #[test]
    fn a_price_reads_back_from_how_it_is_shown(minor in 0..=i64::MAX, code in "USD|JPY|BHD") {
        let money = Money::new(minor, currency(&code));
        let shown = money.to_string();
        let number = shown.strip_suffix(&format!(" {code}")).unwrap();
        prop_assert_eq!(Money::parse(number, currency(&code)), Ok(money));
    }

    #[test]
    fn no_text_makes_the_reader_of_prices_panic(text in "\\PC*", code in "USD|JPY|BHD") {
        if let Ok(money) = Money::parse(&text, currency(&code)) {
            prop_assert!(money.amount() >= 0);
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
        }
    }
}
