//! The lists that follow subscriptions: of one socket one is sent at a time, each as long as its subscription stands.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use trunkline_wire::agent::SubscriptionId;

/// What follows an answer.
pub(super) type Then = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The lists of one socket that are not sent as a whole. Dropping it ends them.
#[derive(Debug, Default)]
pub(super) struct Lists {
    turn: Arc<tokio::sync::Mutex<()>>,
    unsent: Arc<Unsent>,
}

#[derive(Debug, Default)]
struct Unsent(Mutex<HashMap<SubscriptionId, CancellationToken>>);

impl Lists {
    /// The list of a subscription, to be sent in its turn.
    pub(super) fn begin(
        &self,
        subscription: SubscriptionId,
        list: impl Future<Output = ()> + Send + 'static,
    ) -> Then {
        let (turn, unsent, ended) =
            (Arc::clone(&self.turn), Arc::clone(&self.unsent), CancellationToken::new());
        unsent.lock().insert(subscription, ended.clone());
        Box::pin(async move {
            ended
                .run_until_cancelled(async {
                    let _turn = turn.lock().await;
                    list.await;
                })
                .await;
            unsent.lock().remove(&subscription);
        })
    }

    /// Ends the list of a subscription, and what it keeps.
    pub(super) fn end(&self, subscription: SubscriptionId) {
        if let Some(list) = self.unsent.lock().remove(&subscription) {
            list.cancel();
        }
    }
}

impl Drop for Lists {
    fn drop(&mut self) {
        for list in self.unsent.lock().values() {
            list.cancel();
        }
    }
}

impl Unsent {
    fn lock(&self) -> MutexGuard<'_, HashMap<SubscriptionId, CancellationToken>> {
        // The map is right even if a holder panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use tokio_util::task::TaskTracker;
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> SubscriptionId {
        SubscriptionId::from_uuid(Uuid::from_u128(number))
    }

    /// A list that is never sent as a whole; the receiver hears when it is let go.
    fn endless(lists: &Lists, subscription: u128) -> (tokio::task::JoinHandle<()>, oneshot::Receiver<()>) {
        let (kept, let_go) = oneshot::channel::<()>();
        let list = lists.begin(id(subscription), async move {
            let _kept = kept;
            std::future::pending::<()>().await;
        });
        (TaskTracker::new().spawn(list), let_go)
    }

    #[tokio::test]
    async fn a_list_ends_with_its_subscription_also_while_it_waits() {
        let lists = Lists::default();
        let (first, first_let_go) = endless(&lists, 1);
        let (second, second_let_go) = endless(&lists, 2);
        lists.end(id(2));
        second.await.unwrap();
        assert!(second_let_go.await.is_err());
        let (sent, is_sent) = oneshot::channel();
        let third = TaskTracker::new().spawn(lists.begin(id(3), async move { sent.send(()).unwrap() }));
        lists.end(id(1));
        first.await.unwrap();
        assert!(first_let_go.await.is_err());
        is_sent.await.unwrap();
        third.await.unwrap();
        assert!(lists.unsent.lock().is_empty());
    }

    #[tokio::test]
    async fn lists_end_with_their_socket() {
        let lists = Lists::default();
        let (one, _) = endless(&lists, 1);
        let (other, _) = endless(&lists, 2);
        drop(lists);
        one.await.unwrap();
        other.await.unwrap();
    }
}
