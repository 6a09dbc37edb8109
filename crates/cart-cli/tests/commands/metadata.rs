//! `meta set`, `meta get`, `meta remove`.

use crate::support::Shop;

#[test]
fn metadata_comes_back_as_it_was_written() {
    let shop = Shop::new();
    for (key, value) in [
        ("number", "1.10"),
        ("negative", "-5"),
        ("huge", "1e400"),
        ("text", r#""a \u00e9 b""#),
        ("list", r#"[1,{"b":null,"a":[]}]"#),
    ] {
        shop.text(&["meta", "set", "user:1", key, value]);
        assert_eq!(shop.text(&["meta", "get", "user:1", key]).trim_end(), value);
        let json = shop.run(&["--json", "meta", "get", "user:1", key]).done();
        assert_eq!(json.trim_end(), value);
    }
}

#[test]
fn a_removed_key_is_not_found() {
    let shop = Shop::new();
    shop.text(&["meta", "set", "user:1", "note", "1"]);
    shop.text(&["meta", "set", "user:1", "other", "2"]);
    shop.text(&["meta", "remove", "user:1", "note"]);
    shop.error(4, &["meta", "get", "user:1", "note"]);
    shop.error(4, &["meta", "remove", "user:1", "note"]);
    assert_eq!(shop.text(&["meta", "get", "user:1", "other"]), "2\n");

    let removed = shop.text(&["meta", "set", "user:1", "other", "null"]);
    assert!(removed.starts_with("removed other\n"), "{removed}");
    let again = shop.text(&["meta", "set", "user:1", "other", "null"]);
    assert!(again.starts_with("other was not set\n"), "{again}");
    shop.error(4, &["meta", "get", "user:1", "other"]);
}

#[test]
fn a_value_that_is_no_json_is_refused() {
    let shop = Shop::new();
    shop.text(&["schema", "apply"]);
    for value in ["text", "{", "'a'", "1,2", ""] {
        shop.error(2, &["meta", "set", "user:1", "note", value]);
    }
    shop.error(4, &["show", "user:1"]);
}
