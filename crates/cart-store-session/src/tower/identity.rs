//! Which session is whose.

use cart_core::{CartKey, Error, ErrorKind, Instance, Owner, OwnerClass, Tenant};
use ring::hmac;
use tower_sessions_core::session::Id;

/// A session that belongs to an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    /// One that a visitor's browser has the id of. The session was begun by others, and is never
    /// made here: an id that a visitor brought along would be taken over otherwise.
    Visitor(Id),
    /// One that is kept for an owner under an id of our own.
    Derived(Id),
}

impl Identity {
    /// The session of `owner`: a guest's token is the session's id, where it has the form of one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] for any other owner without a secret.
    pub(super) fn of(owner: &Owner, secret: Option<&hmac::Key>) -> Result<Self, Error> {
        if let Some(id) = visitor(owner) {
            return Ok(Self::Visitor(id));
        }
        let secret = secret.ok_or_else(|| {
            Error::new(
                ErrorKind::Invalid,
                "only visitors with a session have carts here: give the home a secret, with which \
                 it finds ids for other owners",
            )
        })?;
        let key = CartKey::new(owner.clone(), Instance::default());
        let tag = hmac::sign(secret, key.encode().as_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&tag.as_ref()[..16]);
        Ok(Self::Derived(Id(i128::from_le_bytes(id))))
    }

    pub(super) fn id(self) -> Id {
        match self {
            Self::Visitor(id) | Self::Derived(id) => id,
        }
    }
}

fn visitor(owner: &Owner) -> Option<Id> {
    if *owner.class() != OwnerClass::Guest || *owner.tenant() != Tenant::default() {
        return None;
    }
    let id: Id = owner.identifier().parse().ok()?;
    // One session has one id: no other text may lead to it.
    (id.to_string() == owner.identifier()).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[7; 32])
    }

    #[test]
    fn a_guest_with_the_id_of_a_session_has_that_session() {
        let id = Id(42);
        let guest = Owner::guest(id.to_string()).unwrap();
        assert_eq!(Identity::of(&guest, None).unwrap(), Identity::Visitor(id));
    }

    #[test]
    fn nobody_else_comes_by_that_session() {
        let id = Id(42).to_string();
        let north = Tenant::new("north").unwrap();
        let others = [
            Owner::user(&*id).unwrap(),
            Owner::custom("device", &*id).unwrap(),
            Owner::guest(&*id).unwrap().in_tenant(north),
        ];
        for other in others {
            let identity = Identity::of(&other, Some(&secret())).unwrap();
            assert!(matches!(identity, Identity::Derived(other) if other != Id(42)));
            let error = Identity::of(&other, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn who_does_not_know_the_secret_can_not_compute_an_id() {
        let user = Owner::user("42").unwrap();
        let other = hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]);
        let ids = [secret(), other].map(|key| Identity::of(&user, Some(&key)).unwrap());
        assert_ne!(ids[0], ids[1]);
    }
}
