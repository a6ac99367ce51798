//! Where the bytes of shared files lie: a local folder, or a store that speaks S3.
//!
//! Nobody can read half a blob, however an upload ends. A folder takes what comes in under another name, at the pace of
//! whoever sends it, and renames it when it is complete. S3 takes parts of less than 5 MiB only as the last one, so what
//! goes there first waits in a nameless temporary file: a slow client holds disk instead of memory. From there to S3 a blob
//! goes through memory; how many do so at the same time is bounded.
#![warn(missing_docs)]

mod direct;
mod local;
mod reader;
mod s3;
mod spool;
mod store;

pub use s3::S3Options;
pub use store::{ObjectBlobs, OpenError};
