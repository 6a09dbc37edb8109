//! The carts of the visitor whose request is being answered.

use async_trait::async_trait;
use cart_core::{Error, ErrorKind, Health, Operation, Owner, RenameSupport, Result, StoreInfo};
use tower_sessions_core::{Session, SessionStore};

use super::classify::{Phase, classify_session};
use super::home::{TowerHome, value_of};
use crate::home::{Listed, SessionHome};
use crate::sessions::{SessionCarts, Sessions};

/// The carts in the visitor's current session, by the handle that the layer of tower-sessions puts
/// into each request.
///
/// Writes go through to the store at once, and the handle is told of them, so that whatever the
/// request still does with the session keeps them. A visitor without a session gets one with the
/// first write. When the session's id is changed ([`Session::cycle_id`]), the carts go along, and
/// nobody finds them by the old id.
///
/// What can't be helped here: a request that changes *other* keys of the session has its layer
/// save the whole session at its end, with the carts as this request last saw them. Another
/// request's write to the cart in between is lost then. Requests that change nothing but carts
/// lose nothing.
///
/// ```
/// use std::sync::Arc;
///
/// use cart_core::{Carts, Currency, Money, NewItem};
/// use cart_store_session::{CurrentSession, SessionCartStore, TowerHome};
/// # use tower_sessions_core::Session;
/// # use tower_sessions_memory_store::MemoryStore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> cart_core::Result<()> {
/// # let (store, session) = {
/// #     let store = Arc::new(MemoryStore::default());
/// #     let session = Session::new(None, Arc::clone(&store), None);
/// #     (store, session)
/// # };
/// let home = TowerHome::new(store); // once; `session` comes with each request
/// let current = CurrentSession::new(home.clone(), session)?;
/// let visitor = current.owner().clone();
/// let cart = Carts::new(SessionCartStore::new(current)).cart(visitor, "default")?;
/// let price = Money::parse("4.99", Currency::parse("USD")?)?;
/// cart.add(NewItem::new("tea", "Green tea", price)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CurrentSession<S> {
    home: TowerHome<S>,
    session: Session,
    owner: Owner,
}

impl<S: SessionStore> CurrentSession<S> {
    /// The carts in `session`, which is in the store of `home`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] never in practice.
    pub fn new(home: TowerHome<S>, session: Session) -> Result<Self> {
        Ok(Self {
            home,
            session,
            owner: Owner::custom("session", "current")?,
        })
    }

    /// The one owner that there is: the visitor, whatever the session's id.
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    fn check(&self, owner: &Owner) -> Result<()> {
        if *owner == self.owner {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Invalid,
            "the visitor's session holds the visitor's carts alone: ask for its owner",
        ))
    }

    /// The session's owner in the home, if the session is in the store.
    async fn visitor(&self) -> Result<Option<Owner>> {
        // A look into the session drops an id that the store doesn't know.
        let looked = self.session.get_value(self.home.key()).await;
        looked.map_err(|failure| classify_session(failure, Phase::Read))?;
        match self.session.id() {
            Some(id) => Ok(Some(Owner::guest(id.to_string())?)),
            None => Ok(None),
        }
    }

    /// The session's owner in the home, after the session was put into the store if need be.
    async fn settled_visitor(&self) -> Result<(Owner, bool)> {
        if let Some(visitor) = self.visitor().await? {
            return Ok((visitor, false));
        }
        let saved = self.session.save().await;
        saved.map_err(|failure| classify_session(failure, Phase::Write))?;
        match self.session.id() {
            Some(id) => Ok((Owner::guest(id.to_string())?, true)),
            None => Err(Error::new(
                ErrorKind::Unexpected,
                "the session was saved and has no id",
            )),
        }
    }

    /// Tells the handle what is stored now.
    async fn tell(&self, visitor: &Owner, is_new: bool) -> Result<()> {
        let failed = |failure| classify_session(failure, Phase::Write);
        if !is_new && !self.session.is_modified() {
            return self.session.load().await.map_err(failed);
        }
        // What the request has changed is still to be saved. A new session counts as changed, too:
        // or else the layer would give the visitor no cookie.
        let value = value_of(&self.home.read(visitor).await?)?;
        let key = self.home.key();
        let told = match value {
            Some(value) => self.session.insert_value(key, value).await,
            None => self.session.remove_value(key).await,
        };
        told.map(drop).map_err(failed)
    }
}

#[async_trait]
impl<S: SessionStore> SessionHome for CurrentSession<S> {
    fn info(&self) -> StoreInfo {
        let mut info = self.home.info();
        info.capabilities.rename = RenameSupport::None;
        info
    }

    async fn read(&self, owner: &Owner) -> Result<SessionCarts> {
        self.check(owner)?;
        match self.visitor().await? {
            Some(visitor) => self.home.read(&visitor).await,
            None => Ok(SessionCarts::default()),
        }
    }

    async fn change<T, F>(&self, owners: Vec<Owner>, decide: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Sessions) -> Result<T> + Send + 'static,
    {
        for owner in &owners {
            self.check(owner)?;
        }
        let (visitor, is_new) = self.settled_visitor().await?;
        let (here, there) = (self.owner.clone(), visitor.clone());
        let answer = self
            .home
            .change(vec![visitor.clone()], move |sessions| {
                sessions.as_owner(&there, &here, decide)
            })
            .await?;
        self.tell(&visitor, is_new).await?;
        Ok(answer)
    }

    async fn list(&self, _place: Option<&[u8]>, _limit: usize) -> Result<Vec<Listed>> {
        Err(Error::unsupported(Operation::Scan))
    }

    async fn ping(&self) -> Result<Health> {
        self.home.ping().await
    }
}

impl<S> Clone for CurrentSession<S> {
    fn clone(&self) -> Self {
        Self {
            home: self.home.clone(),
            session: self.session.clone(),
            owner: self.owner.clone(),
        }
    }
}
