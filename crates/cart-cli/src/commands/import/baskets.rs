//! Baskets of a shop without a catalogue: the names of items, separated by commas.

use std::panic;

use cart_core::{
    CartKey, Currency, DomainError, Error, ErrorKind, Instance, Items, Money, NewItem, Owner,
};
use csv::{ReaderBuilder, StringRecord, Trim};
use tokio::task::JoinSet;

use super::LeftOut;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::shop::Shop;
use crate::source::Source;

/// How many carts are written at once: a store that groups writes takes them together.
const AT_ONCE: usize = 64;
/// The lowest price, in minor units.
const LOWEST_PRICE: u64 = 49;
/// How many prices there are, from the lowest on.
const PRICES: u64 = 1_951;

/// The carts that are being written: the number of the line, and whether anything was written.
type Writes = JoinSet<(u64, cart_core::Result<bool>)>;

/// Imports each line of `source` as a cart.
///
/// A cart's items are replaced, not added to, so that importing a file again changes nothing.
pub(super) async fn import(
    shop: &Shop,
    source: Source,
    progress: &mut Progress,
) -> Result<LeftOut, Failure> {
    let currency = Currency::parse("USD")?;
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(source.reader);
    let mut basket = StringRecord::new();
    let mut writes = Writes::new();
    let mut left_out = LeftOut::default();
    loop {
        let number = reader.position().line();
        match reader.read_record(&mut basket) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(unreadable(error, number, progress)),
        }
        let number = basket.position().map_or(number, csv::Position::line);
        let items = items(&basket, currency)
            .map_err(|error| Failure::line(number, progress, error.into()))?;
        if items.is_empty() {
            continue;
        }
        if writes.len() == AT_ONCE {
            let position = reader.position().byte();
            left_out.unchanged += finish(&mut writes, progress, position).await?;
        }
        let owner = Owner::user(format!("basket-{number:05}"))?;
        let key = CartKey::new(shop.owner(&owner), Instance::default());
        let cart = shop.carts.cart_of(key);
        writes.spawn(async move {
            let edited = cart.put_items(items).await;
            (number, edited.map(|edited| edited.is_written()))
        });
    }
    let end = reader.position().byte();
    while !writes.is_empty() {
        left_out.unchanged += finish(&mut writes, progress, end).await?;
    }
    Ok(left_out)
}

/// Waits until one of the writes is done, and tells how many carts were as they should be before.
async fn finish(
    writes: &mut Writes,
    progress: &mut Progress,
    position: u64,
) -> Result<u64, Failure> {
    match writes.join_next().await {
        Some(Ok((_, Ok(written)))) => {
            progress.advance(1, position);
            Ok(u64::from(!written))
        }
        Some(Ok((number, Err(error)))) => Err(Failure::line(number, progress, error)),
        Some(Err(error)) if error.is_panic() => panic::resume_unwind(error.into_panic()),
        Some(Err(_)) | None => Ok(0),
    }
}

fn unreadable(error: csv::Error, number: u64, progress: &Progress) -> Failure {
    let error = Error::new(ErrorKind::Invalid, "it can't be read").with_source(error);
    Failure::line(number, progress, error)
}

/// What is in a basket: one unit each time that a name stands there.
fn items(basket: &StringRecord, currency: Currency) -> Result<Items, DomainError> {
    let mut items = Items::new();
    for name in basket.iter().filter(|name| !name.is_empty()) {
        let price = Money::new(price(name), currency);
        items.add(NewItem::new(slug(name), name, price))?;
    }
    Ok(items)
}

/// The id of an item: its name in lower case, with one hyphen for whatever is no letter or digit.
fn slug(name: &str) -> String {
    let words = name.split(|character: char| !character.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("-")
}

/// The price of an item in minor units, made up from its name: the same on every machine.
fn price(name: &str) -> i64 {
    let price = LOWEST_PRICE + fnv1a(name.as_bytes()) % PRICES;
    i64::try_from(price).unwrap_or(i64::MAX)
}

/// The 64-bit FNV-1a hash: short enough for anybody who wants to compute the prices again.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_that_the_authors_of_fnv_published() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn prices_lie_between_0_49_and_19_99() {
        let range = 49..=1_999;
        for number in 0..10_000 {
            let price = price(&format!("item {number}"));
            assert!(range.contains(&price), "{price}");
        }
    }

    #[test]
    fn ids_are_words_joined_by_hyphens() {
        for (name, id) in [
            ("whole milk", "whole-milk"),
            ("rolls/buns", "rolls-buns"),
            ("liquor (appetizer)", "liquor-appetizer"),
            ("UHT-milk", "uht-milk"),
            ("Crème  brûlée ", "crème-brûlée"),
        ] {
            assert_eq!(slug(name), id);
        }
    }

    #[test]
    fn an_item_that_stands_there_twice_counts_twice() {
        let usd = Currency::parse("USD").expect("a currency");
        let basket = StringRecord::from(vec!["coffee", "yogurt", "", "coffee"]);
        let items = items(&basket, usd).expect("items");
        let quantities: Vec<_> = items
            .iter()
            .map(|item| (item.id(), item.quantity()))
            .collect();
        assert_eq!(quantities, [("coffee", 2), ("yogurt", 1)]);
    }

    #[test]
    fn a_name_without_letters_is_refused() {
        let usd = Currency::parse("USD").expect("a currency");
        let basket = StringRecord::from(vec!["?!"]);
        let error = items(&basket, usd).expect_err("no id");
        assert!(matches!(error, DomainError::InvalidName { .. }));
    }
}
