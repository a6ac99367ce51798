//! Looking up host names.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{Semaphore, watch};

/// The most addresses of a host that are looked at.
const ADDRESSES: usize = 16;

/// The most hosts that are looked up at the same time.
const LOOKUPS: usize = 64;

/// Looks host names up.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a host, the preferred one first.
    ///
    /// # Errors
    /// When the host is not known or cannot be looked up.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the operating system.
///
/// The system's look-up blocks a thread, cannot be cancelled, and may take much longer than anybody waits for it. So a host
/// is looked up once at a time however many connections want it, and a name server that does not answer holds one thread
/// per host, not one per attempt. Nothing is remembered afterwards: the next connection looks again.
#[derive(Clone)]
pub struct SystemResolver {
    lookups: Arc<Lookups>,
    places: Arc<Semaphore>,
}

/// Look-ups under way, by host.
#[derive(Default)]
struct Lookups(Mutex<HashMap<String, watch::Receiver<Option<Found>>>>);

/// Errors are shared too, as their text: all of those who wait get one.
type Found = Result<Vec<IpAddr>, Arc<str>>;

impl Default for SystemResolver {
    fn default() -> Self {
        Self { lookups: Arc::default(), places: Arc::new(Semaphore::new(LOOKUPS)) }
    }
}

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let mut found = self.begin(host).await?;
        match found.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(Ok(addresses))) => Ok(addresses.clone()),
            Ok(Some(Err(text))) => Err(io::Error::other(&**text)),
            Ok(None) | Err(_) => Err(io::Error::other("the look-up was broken off")),
        }
    }
}

impl SystemResolver {
    /// Joins the look-up of a host that is under way, or begins one.
    async fn begin(&self, host: &str) -> io::Result<watch::Receiver<Option<Found>>> {
        if let Some(found) = self.lookups.lock().get(host) {
            return Ok(found.clone());
        }
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
        let mut lookups = self.lookups.lock();
        // Somebody else may have been quicker while this one waited for a place.
        if let Some(found) = lookups.get(host) {
            return Ok(found.clone());
        }
        let (tell, found) = watch::channel(None);
        lookups.insert(host.to_owned(), found.clone());
        drop(lookups);
        let entry = Entry { lookups: Arc::clone(&self.lookups), host: host.to_owned() };
        tokio::task::spawn_blocking(move || {
            let result = look_up(&entry.host);
            // Whoever asks from now on gets a look-up of their own.
            drop(entry);
            tell.send_replace(Some(result));
            drop(place);
        });
        Ok(found)
    }
}

fn look_up(host: &str) -> Found {
    let addresses = (host, 0).to_socket_addrs().map_err(|error| Arc::from(error.to_string()))?;
    Ok(addresses.map(|address| address.ip()).take(ADDRESSES).collect())
}

/// A look-up in the list, until it is dropped.
struct Entry {
    lookups: Arc<Lookups>,
    host: String,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.lookups.lock().remove(&self.host);
    }
}

impl Lookups {
    /// The list is right even if a holder panicked.
    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Receiver<Option<Found>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SystemResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemResolver")
            .field("under_way", &self.lookups.lock().len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_system_knows_localhost_and_nothing_is_left_behind() {
        let resolver = SystemResolver::default();
        let addresses = resolver.resolve("localhost").await.unwrap();
        assert!(addresses.iter().all(IpAddr::is_loopback), "{addresses:?}");
        assert!(!addresses.is_empty());
        assert!(resolver.lookups.lock().is_empty());
    }

    #[tokio::test]
    async fn hosts_that_do_not_exist_are_errors() {
        // RFC 6761 §6.4: never exists.
        SystemResolver::default().resolve("nowhere.invalid").await.unwrap_err();
    }

    #[tokio::test]
    async fn those_who_want_the_same_host_share_one_lookup() {
        let resolver = SystemResolver::default();
        let (tell, found) = watch::channel(None);
        resolver.lookups.lock().insert("slow.example".to_owned(), found);
        let both = async { tokio::join!(resolver.resolve("slow.example"), resolver.resolve("slow.example")) };
        let answer = async {
            // The list's own, and one for each who waits.
            assert_eq!(tell.receiver_count(), 3);
            tell.send_replace(Some(Ok(vec![IpAddr::from([192, 0, 2, 1])])));
        };
        let ((first, second), ()) = tokio::join!(both, answer);
        assert_eq!(first.unwrap(), second.unwrap());
    }

    #[tokio::test]
    async fn a_lookup_that_breaks_off_is_an_error() {
        let resolver = SystemResolver::default();
        let (tell, found) = watch::channel(None);
        resolver.lookups.lock().insert("broken.example".to_owned(), found);
        drop(tell);
        resolver.resolve("broken.example").await.unwrap_err();
    }
}
