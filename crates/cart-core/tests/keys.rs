//! Distinct keys never meet, and every key comes back from its text.

#![expect(clippy::expect_used, reason = "what fails in a test fails the test")]

use std::collections::HashSet;

use cart_core::{CartKey, Cursor, Instance, Owner, ScanRequest, Select, Tenant, Version};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};

/// What has broken keys of others: separators, patterns, paths, quotes, escapes, cases.
const HOSTILE: [char; 18] = [
    ':', '{', '}', '*', '?', '[', ']', '\\', '.', '%', '/', '\0', '\'', '"', ' ', 'a', 'A', 'é',
];

/// All texts of one to three hostile characters.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut last: Vec<String> = vec![String::new()];
    for _ in 0..3 {
        last = last
            .iter()
            .flat_map(|start| HOSTILE.iter().map(move |end| format!("{start}{end}")))
            .collect();
        texts.extend(last.iter().cloned());
    }
    texts
}

fn key(tenant: &str, identifier: &str, instance: &str) -> CartKey {
    let owner = Owner::user(identifier).expect("a valid identifier");
    let owner = owner.in_tenant(Tenant::new(tenant).expect("a valid tenant"));
    CartKey::new(owner, Instance::new(instance).expect("a valid instance"))
}

#[test]
fn hostile_texts_never_meet_in_any_part() {
    let texts = hostile_texts();
    assert_eq!(texts.len(), 18 + 18 * 18 + 18 * 18 * 18);
    let mut seen = HashSet::new();
    for text in &texts {
        for key in [
            key(text, "x", "x"),
            key("x", text, "x"),
            key("x", "x", text),
        ] {
            let encoded = key.encode();
            assert_eq!(CartKey::decode(&encoded).as_ref(), Ok(&key));
            // The separator is never part of a part, so parts can't run into each other.
            assert_eq!(encoded.matches('/').count(), 3);
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_%/".contains(&byte);
            assert!(encoded.bytes().all(plain), "{encoded}");
            assert!(seen.insert(encoded), "{key:?}");
        }
    }
}

#[test]
fn kinds_and_tenants_keep_the_same_identifier_apart() {
    let identifier = "42";
    let owners = [
        Owner::guest(identifier),
        Owner::user(identifier),
        Owner::custom("device", identifier),
        Owner::user(identifier).map(|owner| owner.in_tenant(Tenant::new("north").expect("valid"))),
    ];
    let keys: HashSet<String> = owners
        .into_iter()
        .map(|owner| CartKey::new(owner.expect("a valid owner"), Instance::default()).encode())
        .collect();
    assert_eq!(keys.len(), 4);
}

#[test]
fn parts_out_of_bounds_are_refused() {
    assert!(Owner::user("").is_err());
    assert!(Owner::user("x".repeat(255)).is_ok());
    assert!(Owner::user("x".repeat(256)).is_err());
    // Bytes count, not characters.
    assert!(Owner::user("é".repeat(128)).is_err());
    assert!(Instance::new("").is_err());
    assert!(Instance::new("x".repeat(64)).is_ok());
    assert!(Instance::new("x".repeat(65)).is_err());
    assert!(Tenant::new("").is_ok());
    assert!(Tenant::new("x".repeat(65)).is_err());
    for kind in ["", "User", "9lives", "a:b", "white space", &"x".repeat(33)] {
        assert!(Owner::custom(kind, "1").is_err(), "{kind}");
    }
    for text in ["42", "", "user:", ":42", "USER:42"] {
        assert!(text.parse::<Owner>().is_err(), "{text}");
    }
}

#[test]
fn an_owner_is_read_as_it_is_shown() {
    for text in [
        "guest:token",
        "user:42",
        "device:a:b",
        "user::",
        "user:guest:1",
    ] {
        let owner: Owner = text.parse().expect("a valid owner");
        assert_eq!(owner.to_string(), text);
    }
}

#[test]
fn no_log_shows_an_identifier() {
    let owner = Owner::user("ada@example.org").expect("a valid owner");
    let shown = format!(
        "{owner:?} {:?}",
        CartKey::new(owner.clone(), Instance::default())
    );
    assert!(!shown.contains("ada"), "{shown}");
    assert_eq!(owner.fingerprint(), owner.clone().fingerprint());
    assert_ne!(
        owner.fingerprint(),
        Owner::guest("ada@example.org")
            .expect("valid")
            .fingerprint()
    );
}

#[test]
fn texts_that_are_no_key_are_refused() {
    let texts = [
        "",
        "/",
        "///",
        "//user/42",
        "/user/42/default/",
        "/user/%34%32/default",
        "/user/a b/default",
        "/user/%zz/default",
        "/user/%C3/default",
        "/user/%c3%a9/default",
        "/USER/42/default",
        "/user//default",
        "/user/42/",
    ];
    for text in texts {
        assert!(CartKey::decode(text).is_err(), "{text}");
    }
}

#[test]
fn texts_that_are_no_version_are_refused() {
    let texts = [
        "",
        "1",
        "-",
        "1-",
        "-1",
        "0-00000000000000ff",
        "1-ff",
        "01-00000000000000ff",
        "+1-00000000000000ff",
        "1-00000000000000FF",
        "1-+0000000000000ff",
        "9223372036854775808-00000000000000ff",
        "1-00000000000000ff ",
    ];
    for text in texts {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
}

#[test]
fn a_sequence_never_wraps() {
    let last = Version::new(Version::MAX_SEQUENCE, 1).expect("the last version");
    assert_eq!(
        last.next(2).expect_err("no more").kind(),
        cart_core::ErrorKind::Overflow
    );
    assert!(Version::new(0, 1).is_err());
}

#[test]
fn a_cursor_fits_its_own_store_and_request_alone() {
    let mut request = ScanRequest::new(10);
    let cursor = Cursor::new("sqlite", &request, b"position".to_vec());
    let again: Cursor = cursor.to_string().parse().expect("its own text");
    assert_eq!(
        again.position("sqlite", &request).expect("its own"),
        b"position"
    );
    assert!(again.position("memory", &request).is_err());
    request.select = Select::Tombstones;
    assert!(again.position("sqlite", &request).is_err());
    let mut request = ScanRequest::new(10);
    request.tenant = Some(Tenant::new("north").expect("a valid tenant"));
    assert!(again.position("sqlite", &request).is_err());
    for text in [
        "",
        "zz",
        "0123456789abcdef0",
        "0123456789abcdeé",
        "+123456789abcdef",
    ] {
        assert!(text.parse::<Cursor>().is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_key_comes_back_from_its_text(
        tenant in ".{0,16}", identifier in ".{1,60}", instance in ".{1,16}",
    ) {
        let key = key(&tenant, &identifier, &instance);
        prop_assert_eq!(CartKey::decode(&key.encode()), Ok(key));
    }

    #[test]
    fn every_text_that_is_a_key_is_the_text_of_that_key(text in "[/%A-Fa-f0-9user]{0,24}") {
        if let Ok(key) = CartKey::decode(&text) {
            prop_assert_eq!(key.encode(), text);
        }
    }

    #[test]
    fn every_version_comes_back_from_its_text(
        sequence in 1..=Version::MAX_SEQUENCE, write_id in any::<u64>(),
    ) {
        let version = Version::new(sequence, write_id).expect("in range");
        prop_assert_eq!(version.to_string().parse(), Ok(version));
        let json = serde_json::to_string(&version).expect("it serialises");
        prop_assert_eq!(serde_json::from_str::<Version>(&json).expect("it reads"), version);
    }
}
