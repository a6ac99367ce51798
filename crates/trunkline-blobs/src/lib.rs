//! Where the bytes of shared files lie: a local folder, or a store that speaks S3.
//!
//! Nobody can read half a blob, however an upload ends. A folder takes what comes in under another name, at the pace of
//! whoever sends it, and renames it when it is complete. S3 wants to know size and digest before the first byte, so what
//! goes there first waits in a nameless temporary file: a slow client holds disk instead of memory. No blob is in memory as
//! a whole, on any of these ways.
#![warn(missing_docs)]

mod complete;
mod direct;
mod local;
mod reader;
mod s3;
mod spool;
mod store;

pub use s3::{S3Options, S3OptionsError};
pub use store::{ObjectBlobs, OpenError};
