use proptest::prelude::*;

use super::Json;
use crate::domain::error::DomainError;
use crate::domain::json_map::JsonMap;

fn nested(depth: usize) -> String {
    format!("{}1{}", "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn values_are_kept_as_they_were_written() {
    let texts = [
        "1e400",
        "1.10",
        "-0",
        "18446744073709551616",
        "1E+2",
        r#""\u0000""#,
        r#""\ud800""#,
        r#""\u00e9 é \/""#,
        "\"\u{10ffff}\u{feff}\"",
        r#"{"b":1,"a":[],"b":{}}"#,
        r#"" spaced \" [{ ""#,
        r#""\\""#,
    ];
    for text in texts {
        assert_eq!(Json::parse(text).unwrap().as_str(), text);
        let in_map = format!("{{\"k\":{text}}}");
        let map: JsonMap = serde_json::from_str(&in_map).unwrap();
        assert_eq!(serde_json::to_string(&map).unwrap(), in_map);
        let map: JsonMap = serde_json::from_slice(in_map.as_bytes()).unwrap();
        assert_eq!(serde_json::to_vec(&map).unwrap(), in_map.as_bytes());
    }
}

#[test]
fn space_is_removed_outside_of_strings_only() {
    let spaced = " { \"a b\" :\t[ 1 ,\r\n \" \\\" \" ] } ";
    assert_eq!(
        Json::parse(spaced).unwrap().as_str(),
        r#"{"a b":[1," \" "]}"#
    );
    let escaped = Json::parse(r#"[ "\\" , " \\\" " ]"#).unwrap();
    assert_eq!(escaped.as_str(), r#"["\\"," \\\" "]"#);
    let map: JsonMap = serde_json::from_str(r#"{ "k" : [ 1 , 2 ] }"#).unwrap();
    assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"k":[1,2]}"#);
}

#[test]
fn what_is_not_one_json_value_is_refused() {
    for text in [
        "", " ", "1 2", "{", "[1,]", "NaN", "01", "+1", "'a'", "\"\n\"", "nul", "{1:2}",
    ] {
        let refused = Json::parse(text);
        assert!(
            matches!(refused, Err(DomainError::InvalidJson { .. })),
            "{text:?}"
        );
    }
}

#[test]
fn values_are_nested_at_most_64_deep() {
    assert!(Json::parse(&nested(64)).is_ok());
    assert!(Json::parse(&nested(65)).is_err());
    assert!(Json::parse(&nested(1_000_000)).is_err());
    let side_by_side = format!("[{}]", vec![nested(63); 100].join(","));
    assert!(Json::parse(&side_by_side).is_ok());
    assert!(serde_json::from_str::<JsonMap>(&format!("{{\"k\":{}}}", nested(65))).is_err());
}

#[test]
fn values_are_equal_when_their_texts_are() {
    let json = |text| Json::parse(text).unwrap();
    assert_eq!(json("[1, 2]"), json("[1,2]"));
    assert_ne!(json("1.10"), json("1.1"));
    assert!(json(" null ").is_null() && !json("\"null\"").is_null());
}

#[test]
fn values_come_from_types_and_go_back_into_them() {
    let json = Json::from_serialize(&vec![1_i64, -2]).unwrap();
    assert_eq!(json.as_str(), "[1,-2]");
    assert_eq!(json.deserialize::<Vec<i64>>().unwrap(), [1, -2]);
}

#[test]
fn an_error_does_not_quote_the_value() {
    let json = Json::parse(r#""ann@example.org""#).unwrap();
    let refusal = json.deserialize::<i64>().unwrap_err();
    assert!(!refusal.to_string().contains("ann"), "{refusal}");
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    assert!(serde_json::from_str::<JsonMap>(r#"{"a":1,"a":1}"#).is_err());
    assert!(serde_json::from_str::<JsonMap>(r#"{"a":1,"\u0061":1}"#).is_err());
}

#[test]
fn maps_keep_the_order_of_their_keys() {
    let text = r#"{"z":1,"a":2,"0":3,"":4}"#;
    let mut map: JsonMap = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&map).unwrap(), text);
    map.insert("a", Json::parse("9").unwrap());
    map.remove("z");
    map.insert("z", Json::parse("1").unwrap());
    assert_eq!(
        serde_json::to_string(&map).unwrap(),
        r#"{"a":9,"0":3,"":4,"z":1}"#
    );
    let reversed = serde_json::from_str::<JsonMap>(r#"{"z":1,"":4,"0":3,"a":9}"#).unwrap();
    assert_ne!(map, reversed);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[\\[\\]{}:,\"\\\\ 0-9a-z]{0,40}|\\PC*") {
        if let Ok(json) = Json::parse(&text) {
            prop_assert_eq!(&Json::parse(json.as_str()).unwrap(), &json);
        }
    }

    #[test]
    fn any_text_is_kept_as_a_string(text in any::<String>()) {
        let json = Json::from_serialize(&text).unwrap();
        prop_assert_eq!(json.deserialize::<String>().unwrap(), text);
    }
}
