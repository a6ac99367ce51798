//! Where the bytes of shared files lie: a local folder, or a store that speaks S3.
//!
//! What comes in is first written to a nameless temporary file, at the pace of whoever sends it; only when it is complete
//! does it go to the store, in one step. So a store never sees half a file, however an upload ends, and a slow client
//! holds disk instead of memory. From there to S3 a file goes through memory, because S3 takes parts of less than 5 MiB
//! only as the last one; how many do so at the same time is bounded.
#![warn(missing_docs)]

mod local;
mod s3;
mod store;

pub use s3::S3Options;
pub use store::{ObjectBlobs, OpenError};
