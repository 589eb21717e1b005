//! What every page shares.

use std::sync::Arc;

use api::Desk;

use crate::WebConfig;
use crate::booklet::Booklets;
use crate::brake::Brake;
use crate::standing::Standings;

/// What every page shares. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Site(Arc<Shared>);

/// See [`Site`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) desk: Desk,
    pub(crate) booklets: Booklets,
    pub(crate) standings: Standings,
    /// Slows who guesses passwords.
    pub(crate) brake: Brake,
    /// Slows who makes accounts by the thousand.
    pub(crate) registrations: Brake,
}

impl std::ops::Deref for Site {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Site {
    pub(crate) fn new(config: WebConfig, desk: Desk) -> Self {
        Self(Arc::new(Shared {
            booklets: Booklets::new(config.scratch, desk.store().clone()),
            standings: Standings::new(desk.store().clone()),
            brake: Brake::new(),
            registrations: Brake::new(),
            desk,
        }))
    }
}
