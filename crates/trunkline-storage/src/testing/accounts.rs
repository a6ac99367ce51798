//! Accounts.

use std::sync::Arc;

use trunkline_model::PageRequest;

use super::samples::{account, account_id};
use crate::{Error, Storage};

/// What was stored comes back.
pub async fn an_account_is_found_again(storage: Arc<dyn Storage>) {
    storage.create_account(account("10020030")).await.expect("stored");
    assert_eq!(storage.account(&account_id("10020030")).await.expect("read"), Some(account("10020030")));
    assert_eq!(storage.account(&account_id("10020031")).await.expect("read"), None);
}

/// An id belongs to one account.
pub async fn an_account_id_is_taken_once(storage: Arc<dyn Storage>) {
    storage.create_account(account("10020030")).await.expect("stored");
    let mut other = account("10020030");
    other.consumer_secret = account("x").consumer_secret;
    assert!(matches!(storage.create_account(other).await, Err(Error::Duplicate(_))));
    assert_eq!(storage.account(&account_id("10020030")).await.expect("read"), Some(account("10020030")));
}

/// Pages follow one another without gap or overlap, also when entries appear between two.
pub async fn accounts_are_paged_by_id(storage: Arc<dyn Storage>) {
    for id in ["b", "d", "a", "c"] {
        storage.create_account(account(id)).await.expect("stored");
    }
    let page = storage.accounts(PageRequest::first(2)).await.expect("read");
    assert_eq!(page.items, [account("a"), account("b")]);
    assert_eq!(page.next, Some(account_id("b")));
    storage.create_account(account("0")).await.expect("stored");
    let page = storage.accounts(PageRequest { after: page.next, limit: 2 }).await.expect("read");
    assert_eq!(page.items, [account("c"), account("d")]);
    assert_eq!(page.next, None);
}
