//! KEY: keys that try to meet.

use std::collections::BTreeSet;

use cart_core::{CartKey, CartRecord, Expect, Instance, Owner, SaveRequest, Tenant};

use crate::case::{Case, case};
use crate::check;
use crate::outcome::CaseResult;
use crate::subject::{Subject, key, key_of, load};

pub(super) const CASES: &[Case] = &[
    case!(
        hostile_identifiers_never_meet,
        [Key1],
        ["G2", "G6", "G7", "G9"]
    ),
    case!(hostile_instances_never_meet, [Key1], ["D7", "G5"]),
    case!(hostile_tenants_never_meet, [Key1], ["G12"]),
    case!(joined_parts_never_meet, [Key1], ["G3"]),
    case!(escaped_texts_never_meet, [Key1], ["G13"]),
    case!(letter_case_tells_owners_apart, [Key1], ["G8"]),
    case!(unicode_forms_tell_owners_apart, [Key1], ["G8", "G9"]),
    case!(spaces_tell_owners_apart, [Key1], ["G8"]),
    case!(kinds_tell_owners_apart, [Key1], []),
    case!(longest_keys_come_back, [Key1], ["G11"]),
    case!(long_keys_differ_in_their_last_byte, [Key1], ["G11"]),
    case!(short_strings_never_meet, [Key1], ["G1"]),
    case!(deletion_never_widens, [Key1, Del3], ["G4", "G7"]),
    case!(another_store_sees_nothing, [Key1], ["A13"]),
];

/// Names which separators, patterns, protocols and collations are known to stumble over.
pub(super) const HOSTILE: &[&str] = &[
    ":",
    "::",
    "/",
    "//",
    "../",
    "a:b",
    "a/b",
    "a.b",
    "a%b",
    "%",
    "%25",
    "%2F",
    "*",
    "?",
    "[a-z]",
    "{",
    "}",
    "{a}",
    "{a",
    "a}",
    ".",
    "..",
    "'",
    "\"",
    "`",
    "\\",
    "\0",
    "a\0b",
    "\r\n",
    "\r\n*1\r\n$8\r\nFLUSHALL",
    "\n",
    "\t",
    " ",
    "  ",
    "a ",
    " a",
    "a",
    "A",
    "\u{e4}",
    "a\u{308}",
    "\u{212b}",
    "\u{c5}",
    "\u{feff}a",
    "\u{200b}",
    "\u{202e}abc",
    "\u{1f6d2}",
    "\u{10ffff}",
    "'; DROP TABLE carts; --",
    "\" OR 1=1 --",
    "$1",
    "?1",
    "-",
    "_",
    "a_b",
    "null",
    "0",
    "+",
    "#",
    "&",
    "=",
    "|",
    "<a>",
    "\u{ff21}",
    "ß",
    "ss",
    "ı",
    "i",
    "İ",
];

/// Gives each key a cart of its own, and then asks every key for exactly that cart.
async fn never_meet(subject: &Subject, keys: &[CartKey]) -> CaseResult {
    let mut carts: Vec<(&CartKey, CartRecord)> = Vec::new();
    for (tag, key) in (0..).zip(keys) {
        carts.push((key, subject.record(tag)));
    }
    for batch in carts.chunks(100) {
        let requests: Vec<SaveRequest> = batch
            .iter()
            .map(|(key, record)| SaveRequest::new((*key).clone(), record.clone(), Expect::Absent))
            .collect();
        for answer in subject.store().save_many(&requests).await? {
            answer?;
        }
    }
    for (key, record) in &carts {
        check::live(&subject.load(key).await?, record)?;
    }
    Ok(())
}

fn in_tenant(tenant: &str, name: &str, instance: &str) -> CaseResult<CartKey> {
    let owner = Owner::user(name)?.in_tenant(Tenant::new(tenant)?);
    Ok(CartKey::new(owner, Instance::new(instance)?))
}

fn users<'a>(names: impl IntoIterator<Item = &'a str>) -> CaseResult<Vec<CartKey>> {
    names.into_iter().map(|name| Ok(key(name)?)).collect()
}

async fn hostile_identifiers_never_meet(subject: &Subject) -> CaseResult {
    never_meet(subject, &users(HOSTILE.iter().copied())?).await
}

async fn hostile_instances_never_meet(subject: &Subject) -> CaseResult {
    let keys: CaseResult<Vec<CartKey>> = HOSTILE
        .iter()
        .map(|name| Ok(key_of("ann", name)?))
        .collect();
    never_meet(subject, &keys?).await
}

async fn hostile_tenants_never_meet(subject: &Subject) -> CaseResult {
    let tenants = HOSTILE.iter().copied().chain([""]);
    let keys: CaseResult<Vec<CartKey>> = tenants
        .map(|tenant| in_tenant(tenant, "ann", "default"))
        .collect();
    never_meet(subject, &keys?).await
}

async fn joined_parts_never_meet(subject: &Subject) -> CaseResult {
    let mut keys = Vec::new();
    for glue in [
        ":", "/", ".", "%", "|", "\0", "-", "_", "{", "}", " ", "%2F",
    ] {
        // Two places for the border, in each of the two gaps between three parts.
        keys.push(in_tenant(&format!("a{glue}b"), "c", "d")?);
        keys.push(in_tenant("a", &format!("b{glue}c"), "d")?);
        keys.push(in_tenant("a", "b", &format!("c{glue}d"))?);
        keys.push(in_tenant("", &format!("a{glue}b{glue}c"), "d")?);
        keys.push(in_tenant("", &format!("a{glue}b"), &format!("c{glue}d"))?);
    }
    never_meet(subject, &keys).await
}

async fn escaped_texts_never_meet(subject: &Subject) -> CaseResult {
    let names = [
        "a/b",
        "a%2Fb",
        "a%2fb",
        "a%252Fb",
        "a\\/b",
        "a\\u002fb",
        "a&#47;b",
        "a+b",
        "a b",
        "a%20b",
        "%00",
        "\0",
        "\\0",
        "\\x00",
        "\u{fffd}",
    ];
    never_meet(subject, &users(names)?).await
}

async fn letter_case_tells_owners_apart(subject: &Subject) -> CaseResult {
    let names = [
        "user", "User", "USER", "ß", "ẞ", "SS", "é", "É", "σ", "ς", "Σ", "ı", "I", "i", "ǆ", "ǅ",
    ];
    never_meet(subject, &users(names)?).await
}

async fn unicode_forms_tell_owners_apart(subject: &Subject) -> CaseResult {
    let names = [
        "caf\u{e9}",
        "cafe\u{301}",
        "cafe",
        "\u{fb01}",
        "fi",
        "\u{2126}",
        "\u{3a9}",
        "\u{ff41}",
        "a",
        "\u{1100}\u{1161}",
        "\u{ac00}",
        "a\u{200d}",
        "a\u{200c}",
        "a\u{feff}",
        "a\u{ad}",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{1f468}\u{1f469}",
        "1",
        "\u{661}",
        "\u{b9}",
    ];
    never_meet(subject, &users(names)?).await
}

async fn spaces_tell_owners_apart(subject: &Subject) -> CaseResult {
    let names = [
        "a",
        "a ",
        " a",
        "a  ",
        "a\t",
        "a\n",
        "a\r\n",
        "a\u{a0}",
        "a\u{2003}",
        "a\u{3000}",
        "a\0",
        " ",
        "  ",
        "\u{a0}",
    ];
    never_meet(subject, &users(names)?).await
}

async fn kinds_tell_owners_apart(subject: &Subject) -> CaseResult {
    let owners = [
        Owner::user("42")?,
        Owner::guest("42")?,
        Owner::custom("device", "42")?,
        Owner::custom("device-42", "42")?,
        Owner::user("guest:42")?,
        Owner::guest("user:42")?,
        Owner::custom("guest-user", "42")?,
    ];
    let keys = owners.map(|owner| CartKey::new(owner, Instance::default()));
    never_meet(subject, &keys).await
}

async fn longest_keys_come_back(subject: &Subject) -> CaseResult {
    let mut keys = Vec::new();
    // One byte a character, and four.
    for unit in ["x", "\0", "\u{1f6d2}"] {
        let text = |limit: usize| unit.repeat(limit / unit.len());
        keys.push(in_tenant(
            &text(Tenant::MAX_BYTES),
            &text(Owner::MAX_BYTES),
            &text(Instance::MAX_BYTES),
        )?);
    }
    never_meet(subject, &keys).await
}

async fn long_keys_differ_in_their_last_byte(subject: &Subject) -> CaseResult {
    let start = "x".repeat(Owner::MAX_BYTES - 1);
    let names = ["a", "b", "A", " ", ""].map(|end| format!("{start}{end}"));
    never_meet(subject, &users(names.iter().map(String::as_str))?).await
}

async fn short_strings_never_meet(subject: &Subject) -> CaseResult {
    const ALPHABET: [&str; 20] = [
        ":", "{", "}", "*", "?", "[", "]", "\\", ".", "%", "/", "\0", "'", "\"", " ", "a", "A",
        "é", "_", "0",
    ];
    const KEYS: usize = 300;
    let randomness = subject.randomness();
    let text = |at_least: usize| {
        let length = at_least + randomness.below(3 - at_least + 1);
        (0..length)
            .map(|_| *randomness.pick(&ALPHABET))
            .collect::<String>()
    };
    let mut keys = BTreeSet::new();
    while keys.len() < KEYS {
        keys.insert(in_tenant(&text(0), &text(1), &text(1))?);
    }
    never_meet(subject, &keys.into_iter().collect::<Vec<_>>()).await
}

async fn deletion_never_widens(subject: &Subject) -> CaseResult {
    let bystander = key_of("ann", "default")?;
    let kept = subject.create(&bystander, 1).await?;
    for name in HOSTILE
        .iter()
        .copied()
        .chain(["a*", "ann*", "an_", "a%", "[a]nn"])
    {
        let key = key(name)?;
        let record = subject.create(&key, 2).await?;
        subject.delete(&key, &record).await?;
        check::live(&subject.load(&bystander).await?, &kept)?;
    }
    Ok(())
}

async fn another_store_sees_nothing(subject: &Subject) -> CaseResult {
    let key = key("ann")?;
    let record = subject.create(&key, 1).await?;
    let another = subject.another().await?;
    check::missing(&load(&*another.store(), &key).await?)?;
    another.create(&key, 2).await?;
    check::live(&subject.load(&key).await?, &record)
}
