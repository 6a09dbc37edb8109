use std::collections::BTreeSet;

use cart_core::{CartKey, Instance, Owner, Tenant};

use super::{Place, Prefix, Slot, TAGS, crc16, index, members_of};

fn key(tenant: &str, identifier: &str, instance: &str) -> CartKey {
    let owner = Owner::user(identifier).unwrap();
    let owner = owner.in_tenant(Tenant::new(tenant).unwrap());
    CartKey::new(owner, Instance::new(instance).unwrap())
}

#[test]
fn the_checksum_is_the_one_of_the_cluster_specification() {
    assert_eq!(crc16(b"123456789"), 0x31c3);
    assert_eq!(Slot::of_tag("foo").number(), 12_182);
    assert_eq!(Slot::of_tag("user1000").number(), 3_443);
}

#[test]
fn each_slot_has_a_tag_of_its_own_that_lies_in_it() {
    assert_eq!(TAGS.len(), usize::from(Slot::COUNT));
    for slot in Slot::all_from(Slot::FIRST) {
        assert_eq!(Slot::of_tag(&slot.tag().to_string()), slot);
    }
    assert!(Slot::new(Slot::COUNT).is_none());
}

#[test]
fn a_cart_and_its_index_lie_in_one_slot() {
    let prefix = Prefix::default();
    let place = Place::of(&prefix, &key("shop", "a/b{c}", "wish list"));
    assert_eq!(
        place.value,
        "cart:{shop/user/a%2Fb%7Bc%7D}:wish%20list".as_bytes()
    );
    assert_eq!(
        place.member,
        "shop/user/a%2Fb%7Bc%7D/wish%20list".as_bytes()
    );
    assert_eq!(place.index(), index(&prefix, place.slot));
}

#[test]
fn all_carts_of_an_owner_lie_in_one_slot() {
    let prefix = Prefix::default();
    let (slot, start) = members_of(key("shop", "a", "x").owner());
    assert_eq!(start, "shop/user/a/");
    for instance in ["default", "wishlist", "/", "}"] {
        let place = Place::of(&prefix, &key("shop", "a", instance));
        assert_eq!(place.slot, slot);
        assert!(place.member.starts_with(start.as_bytes()));
    }
}

#[test]
fn keys_of_two_prefixes_never_meet() {
    let prefixes = [
        "cart",
        "cart:",
        "cart:index",
        "cart:index:",
        "car",
        "t:cart",
        ":",
    ];
    let names = ["a", "index", "0", ":", "{", "}", "{0}", "/", "a/b"];
    let mut seen = BTreeSet::new();
    let mut made = 0;
    for prefix in prefixes {
        let prefix: Prefix = prefix.parse().unwrap();
        for number in [0, 1, Slot::COUNT - 1] {
            made += 1;
            seen.insert(index(&prefix, Slot::new(number).unwrap()));
        }
        for identifier in names {
            for instance in names {
                made += 1;
                seen.insert(Place::of(&prefix, &key("", identifier, instance)).value);
            }
        }
    }
    assert_eq!(seen.len(), made);
}

#[test]
fn a_prefix_that_could_hide_a_slot_is_refused() {
    for text in ["", "a{b", "a}b", "a b", "a\n", "é", &"x".repeat(65)] {
        assert!(text.parse::<Prefix>().is_err(), "{text:?}");
    }
    for text in ["a", "shop:cart", "a*b", &"x".repeat(64)] {
        assert_eq!(text.parse::<Prefix>().unwrap().as_str(), text);
    }
}
