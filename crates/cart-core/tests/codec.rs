//! What is stored stays readable, and nothing that a newer release wrote is lost.

#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use cart_core::{
    CartHandle, CartRecord, CartStore, Carts, ErrorKind, Expect, Json, LoadRequest,
    MemoryCartStore, NewItem, SaveRequest, Stored, StoredCart,
};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

/// A cart as release 0.1 exports it; every later release must read it.
const FORMAT_1: &str = include_str!("golden/format-1.json");
/// The same with fields, in every object, that no release has written yet.
const FROM_THE_FUTURE: &str = include_str!("golden/format-1-newer-fields.json");

/// A guest's cart of which a part is on its way to a user in another store.
const HANDED_OVER: &str = include_str!("golden/format-1-hand-over.json");

async fn stored(text: &str) -> (MemoryCartStore, CartHandle) {
    let StoredCart { key, record } = StoredCart::from_json(text.trim_end()).expect("it reads");
    let store = MemoryCartStore::new();
    let request = SaveRequest::new(key.clone(), record, Expect::Absent);
    store.save(&request).await.expect("it is stored");
    let cart = Carts::new(store.clone()).cart_of(key);
    (store, cart)
}

#[tokio::test]
async fn a_cart_of_format_1_reads_and_amounts_to_what_it_did() {
    let (_, cart) = stored(FORMAT_1).await;
    let snapshot = cart.load().await.expect("it loads");
    let totals = snapshot.totals().expect("it can be read");
    // 2 × 19.99, less 10 %, makes 35.982; the fee of 1.50 comes after rounding.
    assert_eq!((totals.subtotal, totals.total), (3_598, 3_748));
    let cup = snapshot
        .cart()
        .expect("a cart")
        .item("sku-1")
        .expect("the item")
        .clone();
    assert_eq!(
        cup.attributes().get("weight").map(Json::as_str),
        Some("1.10")
    );
    assert_eq!(snapshot.cart().expect("a cart").claims().len(), 1);
}

#[test]
fn a_record_is_written_as_it_was_read() {
    for text in [FORMAT_1, FROM_THE_FUTURE, HANDED_OVER] {
        let stored = StoredCart::from_json(text.trim_end()).expect("it reads");
        assert_eq!(stored.to_json().expect("it writes"), text.trim_end());
    }
}

#[tokio::test]
async fn an_edit_keeps_the_fields_of_a_newer_release() {
    let (store, cart) = stored(FROM_THE_FUTURE).await;
    let price = cart
        .items()
        .await
        .expect("it reads")
        .iter()
        .next()
        .expect("an item")
        .price();
    cart.add(NewItem::new("sku-2", "Saucer", price))
        .await
        .expect("an edit");
    let loaded = store
        .load(&LoadRequest::new(cart.key().clone()))
        .await
        .expect("it loads");
    let Stored::Live(CartRecord { header, parts }) = loaded else {
        panic!("{loaded:?}")
    };
    for (part, field) in [
        (&parts.items, "\"gift_wrap\":{\"paper\":1.50}"),
        (&parts.conditions, "\"stackable\":true"),
        (&parts.conditions, "\"campaign\":\"autumn\""),
        (&header.ledger, "\"audit\":[1,2]"),
        (&header.ledger, "\"channel\":\"kiosk\""),
    ] {
        assert!(
            part.as_str().contains(field),
            "{field} in {}",
            part.as_str()
        );
    }
}

#[tokio::test]
async fn an_edit_keeps_the_note_of_a_hand_over() {
    let (store, cart) = stored(HANDED_OVER).await;
    cart.remove_condition("gift wrap").await.expect("an edit");
    let request = LoadRequest::new(cart.key().clone());
    let loaded = store.load(&request).await.expect("it loads");
    let Stored::Live(CartRecord { header, .. }) = loaded else {
        panic!("{loaded:?}")
    };
    let noted = "\"hand_over\":{\"version\":\"2-0000000000000002\",\"tenant\":\"north\",\
        \"to\":\"user:42\",\"share\":{\"lines\":[{\"item_id\":\"sku-1\",\"quantity\":1}],\
        \"metadata\":[\"note\"]},\"sold\":[{\"claim\":\"payment-0\",\"item_id\":\"sku-1\",\
        \"quantity\":3}],\"device\":\"phone\"}";
    assert!(
        header.ledger.as_str().contains(noted),
        "{}",
        header.ledger.as_str()
    );
}

#[tokio::test]
async fn a_broken_note_of_a_hand_over_is_corrupt() {
    for (good, bad) in [
        ("\"to\":\"user:42\"", "\"to\":\"42\""),
        ("\"share\":{", "\"part\":{"),
        (
            "\"quantity\":1}],\"conditions\"",
            "\"quantity\":-1}],\"conditions\"",
        ),
        (
            "\"quantity\":3}],\"device\"",
            "\"quantity\":-3}],\"device\"",
        ),
        ("\"hand_over\":{", "\"hand_over\":[],\"other\":{"),
    ] {
        let broken = HANDED_OVER.replacen(good, bad, 1);
        assert_ne!(broken, HANDED_OVER, "{good}");
        let (_, cart) = stored(&broken).await;
        let refused = cart.clear().await.expect_err(bad);
        assert_eq!(refused.kind(), ErrorKind::Corrupt, "{bad}");
    }
}

#[test]
fn what_is_no_record_is_refused_by_kind() {
    let newer = FORMAT_1.replacen("\"format\":1", "\"format\":2", 1);
    let unknown = FORMAT_1.replacen("\"format\":1", "\"format\":1,\"colour\":\"red\"", 1);
    let nobody = FORMAT_1.replacen("\"owner\":\"user:42\"", "\"owner\":\"42\"", 1);
    let deep = format!("{}{}", "[".repeat(65), "]".repeat(65));
    for (text, kind) in [
        (&*newer, ErrorKind::NewerFormat),
        (&*unknown, ErrorKind::Corrupt),
        (&*nobody, ErrorKind::Invalid),
        (&*deep, ErrorKind::Corrupt),
        ("", ErrorKind::Corrupt),
        ("null", ErrorKind::Corrupt),
        (&FORMAT_1[..FORMAT_1.len() / 2], ErrorKind::Corrupt),
    ] {
        let error = StoredCart::from_json(text).expect_err(text);
        assert_eq!(error.kind(), kind, "{text}");
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("sku-1"),
            "an error repeats content: {shown}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_makes_the_decoder_panic(text in any::<String>()) {
        prop_assert!(StoredCart::from_json(&text).is_err());
    }

    #[test]
    fn a_damaged_record_is_an_error_or_another_record(at in 0..FORMAT_1.len(), byte in 0u8..128) {
        let mut damaged = FORMAT_1.trim_end().as_bytes().to_vec();
        let at = at % damaged.len();
        damaged[at] = byte;
        if let Ok(text) = String::from_utf8(damaged) {
            // Either it is refused, or what it says now is what is written again.
            if let Ok(stored) = StoredCart::from_json(&text) {
                let again = StoredCart::from_json(&stored.to_json().expect("it writes"));
                prop_assert_eq!(again.expect("it reads"), stored);
            }
        }
    }

    #[test]
    fn numbers_and_texts_stay_as_they_were_written(
        number in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?",
        text in any::<String>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let quoted = serde_json::to_string(&text).expect("a text");
        runtime.block_on(async {
            let (_, cart) = stored(FORMAT_1).await;
            cart.set_metadata("number", Json::parse(&number).expect("a number")).await.expect("set");
            cart.set_metadata("text", Json::parse(&quoted).expect("a text")).await.expect("set");
            let metadata = cart.metadata().await.expect("it loads");
            prop_assert_eq!(metadata.get("number").map(Json::as_str), Some(&*number));
            let read: String = metadata.get("text").expect("it is there").deserialize().expect("text");
            prop_assert_eq!(&read, &text);
            Ok(())
        })?;
    }
}
