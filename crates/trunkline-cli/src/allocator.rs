//! The allocator, and how what was freed returns to the system.

use std::hint::black_box;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// The system's allocator takes a quarter of a SEND's time in user space; this one a tenth.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The allocator keeps freed pages for a second and looks for those that are due only when another page is freed.
const OCCASIONS: Duration = Duration::from_secs(1);
/// Bytes that get a page of their own. They are never touched, so they cost address space alone.
const PAGE: usize = 1 << 20;

/// Frees a page every second, so that also an idle process returns what it no longer needs: the megabytes of a password
/// hash would otherwise stay until the next burst of work.
pub(crate) async fn give_back(shutdown: CancellationToken) {
    let mut occasions = tokio::time::interval(OCCASIONS);
    while shutdown.run_until_cancelled(occasions.tick()).await.is_some() {
        drop(black_box(Vec::<u8>::with_capacity(PAGE)));
    }
}
