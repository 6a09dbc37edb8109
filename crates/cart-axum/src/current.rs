//! The cart of whoever asks.

use std::convert::Infallible;
use std::ops::Deref;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use cart_core::{Cart, CartHandle, DomainError, Edited, IdempotencyKey, Instance, Precondition};
use http::request::Parts;

use crate::preconditions::IfMatch;
use crate::problem::Problem;
use crate::visitor::Visitor;

/// The visitor's cart, the instance `default`: a [`CartHandle`]. Other instances are
/// [`Visitor::cart`].
///
/// An extractor; [`CartLayer`](crate::CartLayer) must be around the handler.
#[derive(Clone, Debug)]
pub struct CurrentCart(pub CartHandle);

impl CurrentCart {
    /// Changes the cart as a request asks for it: if it is at the version that `if_match` demands, and
    /// once for the key `once`. The value is `None` when the edit of that key was made before.
    ///
    /// # Errors
    ///
    /// A [`Problem`]: 412 with the current cart when it has another version than was demanded, 409
    /// with suggestions when others were faster until the deadline, and as for every error.
    ///
    /// # Cancel safety
    ///
    /// As [`CartHandle::edit`]; with a key, repeating the call finds out what became of it.
    pub async fn edit_if<T, F>(
        &self,
        if_match: &IfMatch,
        once: Option<&IdempotencyKey>,
        change: F,
    ) -> Result<Edited<Option<T>>, Problem>
    where
        T: Send,
        F: FnMut(&mut Cart) -> Result<T, DomainError> + Send,
    {
        let IfMatch(demanded) = if_match;
        let precondition = demanded.as_ref().unwrap_or(&Precondition::None);
        let edited = self.0.edit_if(precondition, once, change).await;
        edited.map_err(|error| {
            let problem = Problem::from(error);
            if demanded.is_some() {
                problem.of_a_precondition()
            } else {
                problem
            }
        })
    }
}

impl Deref for CurrentCart {
    type Target = CartHandle;

    fn deref(&self) -> &CartHandle {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for CurrentCart {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let visitor = <Visitor as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        Ok(Self(visitor.cart(Instance::DEFAULT)?))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for CurrentCart {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Infallible> {
        let visitor =
            <Visitor as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        Ok(visitor.and_then(|visitor| visitor.cart(Instance::DEFAULT).ok().map(Self)))
    }
}
