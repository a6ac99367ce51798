//! Health and the end.

use std::sync::Arc;

use super::samples::{account, brand, consumer, opening};
use crate::{Error, Storage};

/// A store that just opened can serve.
pub async fn a_fresh_store_is_healthy(storage: Arc<dyn Storage>) {
    storage.check().await.expect("healthy");
    storage.check().await.expect("healthy");
}

/// After closing every write is refused, and the store is not healthy; closing again is no error.
pub async fn a_closed_store_refuses_writes(storage: Arc<dyn Storage>) {
    storage.commit(opening(&brand(), 1, consumer(1))).await.expect("stored");
    storage.close().await;
    storage.close().await;
    let late = storage.commit(opening(&brand(), 2, consumer(2))).await;
    assert!(matches!(late, Err(Error::Closed)));
    assert!(matches!(storage.create_account(account("a")).await, Err(Error::Closed)));
    assert!(matches!(storage.check().await, Err(Error::Closed)));
}
