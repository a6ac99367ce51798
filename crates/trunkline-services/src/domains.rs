//! The Domain API: which host serves which service of an account. Source: spec 01.

use std::collections::BTreeMap;
use std::sync::Arc;

use trunkline_wire::AccountId;
use trunkline_wire::domains::{BaseUri, BaseUris, SERVICES};

use crate::Error;
use crate::accounts::Accounts;

/// What is advertised.
#[derive(Debug, Clone, Default)]
pub struct DomainOptions {
    /// `host` or `host:port` of every service not named in `services`. Clients put `https://` before it.
    pub host: String,
    /// Hosts of single services. A name this platform does not publish itself (`faasGW`…) is added to the list.
    pub services: BTreeMap<String, String>,
}

/// Answers look-ups. The login answer and the Domain API take the list from here, so they agree (spec 01 §4).
#[derive(Debug)]
pub struct Domains {
    accounts: Arc<Accounts>,
    hosts: Vec<(String, String)>,
}

impl Domains {
    /// Works out the list once.
    pub fn new(accounts: Arc<Accounts>, options: DomainOptions) -> Self {
        let mut overrides = options.services;
        let mut hosts: Vec<_> = SERVICES
            .iter()
            .map(|&service| {
                let host = overrides.remove(service).unwrap_or_else(|| options.host.clone());
                (service.to_owned(), host)
            })
            .collect();
        hosts.extend(overrides);
        Self { accounts, hosts }
    }

    /// All services of an account that is known to exist.
    pub fn list(&self, account: &AccountId) -> Vec<BaseUri> {
        self.hosts.iter().map(|(service, host)| entry(account, service, host)).collect()
    }

    /// All services of an account.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn all(&self, account: &AccountId) -> Result<BaseUris, Error> {
        self.check(account).await?;
        Ok(BaseUris { base_uris: self.list(account) })
    }

    /// One service of an account; `None` if it is not published. Names are case sensitive.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown account.
    pub async fn one(&self, account: &AccountId, service: &str) -> Result<Option<BaseUri>, Error> {
        self.check(account).await?;
        let found = self.hosts.iter().find(|(name, _)| name == service);
        Ok(found.map(|(service, host)| entry(account, service, host)))
    }

    async fn check(&self, account: &AccountId) -> Result<(), Error> {
        self.accounts.known(account).await?.map(drop).ok_or(Error::NotFound("account"))
    }
}

fn entry(account: &AccountId, service: &str, host: &str) -> BaseUri {
    BaseUri { service: service.to_owned(), account: account.clone(), host: host.to_owned() }
}
