//! Which carts are meant.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use cart_core::{CartKey, Instance, Owner, Tenant};
use siphasher::sip::SipHasher24;

/// Which carts a route is for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Those of these instances.
    Instances(BTreeSet<Instance>),
    /// Those of these owners.
    Owners(BTreeSet<Owner>),
    /// Those of so many owners of a hundred: the same ones in every process, and all of them again
    /// when the number grows.
    Percent(u8),
    /// Those of these tenants.
    Tenants(BTreeSet<Tenant>),
}

impl Rule {
    /// Whether a cart is meant.
    pub fn fits(&self, key: &CartKey) -> bool {
        match self {
            Self::Instances(instances) => instances.contains(key.instance()),
            Self::Owners(owners) => owners.contains(key.owner()),
            Self::Percent(percent) => percentile(key.owner()) < u64::from(*percent),
            Self::Tenants(tenants) => tenants.contains(key.owner().tenant()),
        }
    }
}

/// The hundredth of all owners to which one belongs.
fn percentile(owner: &Owner) -> u64 {
    let mut hasher = SipHasher24::new_with_key(b"cart route share");
    let parts = [
        owner.tenant().as_str(),
        owner.class().as_str(),
        owner.identifier(),
    ];
    for part in parts {
        part.as_bytes().hash(&mut hasher);
    }
    hasher.finish() % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> CartKey {
        CartKey::new(Owner::user(name).expect("an owner"), Instance::default())
    }

    #[test]
    fn a_share_is_about_as_large_as_it_says_and_only_grows() {
        let keys: Vec<CartKey> = (0..10_000).map(|number| key(&number.to_string())).collect();
        let chosen = |percent| -> Vec<bool> {
            keys.iter()
                .map(|key| Rule::Percent(percent).fits(key))
                .collect()
        };
        let count = |chosen: &[bool]| chosen.iter().filter(|chosen| **chosen).count();
        let (few, more) = (chosen(10), chosen(30));
        assert!((900..1_100).contains(&count(&few)), "{}", count(&few));
        assert!((2_800..3_200).contains(&count(&more)), "{}", count(&more));
        assert!(few.iter().zip(&more).all(|(few, more)| !few || *more));
        assert_eq!((count(&chosen(0)), count(&chosen(100))), (0, 10_000));
    }

    #[test]
    fn the_same_owners_are_chosen_in_every_release() {
        let chosen = |name: &str| percentile(key(name).owner());
        assert_eq!(
            [chosen("ann"), chosen("bob")],
            [chosen("ann"), chosen("bob")]
        );
        let other = key("ann")
            .owner()
            .clone()
            .in_tenant(Tenant::new("north").expect("a tenant"));
        assert_ne!(percentile(&other), chosen("ann"));
    }
}
