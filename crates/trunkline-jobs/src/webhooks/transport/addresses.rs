//! Which addresses may be called: a guard against endpoints that point into the operator's own network, whatever their
//! host name says. Source: issue 3, "Safety"; design §7 and §10.
//!
//! The policy is asked about the very addresses that are connected to, for every new connection, so a name that resolves
//! to something else later (rebinding) gains nothing.

mod reach;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

pub(super) use reach::Reach;

/// Which addresses endpoints may have. Public addresses always may; link-local ones (cloud metadata included),
/// unspecified, broadcast, multicast, documentation and reserved ones never; private and loopback ones if they are in the
/// list. Forms that carry an IPv4 address (mapped, compatible, 6to4, NAT64, Teredo) are judged by it.
#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    allowed: Vec<IpNet>,
}

impl AddressPolicy {
    /// Allows public addresses only.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Allows public addresses and the private and loopback ones in these networks.
    pub fn allowing(networks: impl IntoIterator<Item = IpNet>) -> Self {
        Self { allowed: networks.into_iter().collect() }
    }

    /// Also allows loopback addresses: for development.
    #[must_use]
    pub fn and_loopback(mut self) -> Self {
        self.allowed.extend([
            IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
            IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
        ]);
        self
    }

    /// Checks an address.
    ///
    /// # Errors
    /// Why it is denied.
    pub(super) fn check(&self, address: IpAddr) -> Result<(), Denial> {
        let denial = |allowable| Err(Denial { address, allowable });
        match Reach::of(address) {
            Reach::Public => Ok(()),
            Reach::Local(judged) => {
                if self.allowed.iter().any(|net| net.contains(&judged)) {
                    Ok(())
                } else {
                    denial(true)
                }
            }
            Reach::Never => denial(false),
        }
    }
}

/// An address that may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Denial {
    address: IpAddr,
    allowable: bool,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, allowable } = self;
        if *allowable {
            write!(f, "{address}, which the address policy denies; allow it with webhooks.allow")
        } else {
            write!(f, "{address}, which the address policy always denies")
        }
    }
}

#[cfg(test)]
mod tests;
