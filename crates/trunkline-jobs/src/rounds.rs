//! Rounds of work, of which the next one is made whatever became of the one before.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Makes a round; `None` when it panicked, which is logged. Rounds leave nothing in memory that the next one relies on.
pub(crate) async fn outlive<T>(what: &'static str, round: impl Future<Output = T>) -> Option<T> {
    let made = AssertUnwindSafe(round).catch_unwind().await;
    made.map_err(|panic| tracing::error!(panic = text(&*panic), "{what} panicked; the next round goes on"))
        .ok()
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic without text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_no_outcome() {
        assert_eq!(outlive("a round", async { 1 }).await, Some(1));
        let number = 1;
        assert_eq!(outlive("a round", async { assert_eq!(number, 2) }).await, None);
        let panic = outlive("a round", async {
            tokio::task::yield_now().await;
            panic!("all of it")
        });
        assert_eq!(panic.await, None::<()>);
    }
}
