//! The embedded store: one SQLite file, one writer thread with group commit.
//!
//! - **Writing.** One thread owns the write connection ([`writer`]). It drains its queue into one transaction, commits
//!   with `synchronous=FULL` and then answers everybody, so that many callers share one `fdatasync`.
//! - **The log** is append-only by ordinal and has no other index ([`log`]). Where each conversation ends is known in
//!   memory ([`log::heads`]) and written to the `conversations` table in bulk, behind a watermark ([`log::index`]). At
//!   start the log after the watermark is read again ([`log::recover`]).
//! - **Following the log.** Its newest entries are also kept in memory ([`log::ring`]).
//! - **Reading** happens on a few read-only connections ([`pool`]) and sees committed data only.
//! - **Checkpoints** run on a thread of their own ([`checkpoint`]), not inside a commit.
#![warn(missing_docs)]
#![expect(rustdoc::private_intra_doc_links, reason = "the map above is for those who work on this crate")]

mod accounts;
mod audit;
mod backup;
mod checkpoint;
mod connection;
mod consumers;
mod deliveries;
mod failure;
mod files;
mod installations;
mod log;
mod migrations;
mod options;
mod pool;
mod queue;
mod remains;
mod row;
mod sessions;
mod settings;
mod signing_keys;
mod skills;
mod store;
mod user_keys;
mod users;
mod vitals;
mod writer;

pub use backup::{Contents, verify};
pub use options::{OpenError, Options};
pub use store::SqliteStorage;
