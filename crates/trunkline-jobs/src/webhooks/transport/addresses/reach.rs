//! How far an address reaches. Source: the special-purpose address registries of IANA (RFC 6890 and its successors).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Reach {
    /// Anybody's server on the internet.
    Public,
    /// This machine or a network of its operator; the address to look for in the list of allowed networks.
    Local(IpAddr),
    /// No place for a webhook receiver.
    Never,
}

/// Services of cloud providers that tell credentials to whoever asks from inside, outside the link-local range.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(168, 63, 129, 16), Ipv4Addr::new(100, 100, 100, 200)];
const METADATA_V6: [Ipv6Addr; 2] = [
    Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x254),
];

impl Reach {
    /// Judges an address.
    pub(in super::super) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        if METADATA_V4.contains(&address) {
            return Self::Never;
        }
        match address.octets() {
            // RFC 1918; RFC 6598 (shared, behind the provider's NAT); RFC 2544 (test benches); loopback.
            [10 | 127, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            | [100, 64..=127, ..]
            | [198, 18 | 19, ..] => Self::Local(address.into()),
            // "This network"; link-local; protocol assignments; documentation; the retired 6to4 relay; multicast,
            // reserved and broadcast.
            [0 | 224.., ..]
            | [169, 254, ..]
            | [192, 0, 0 | 2, _]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            | [192, 88, 99, _] => Self::Never,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if METADATA_V6.contains(&address) {
            return Self::Never;
        }
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 0] => Self::Never,
            // Loopback; unique local (RFC 4193); NAT64 of the operator's own (RFC 8215), which hides where it leads.
            [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] | [0x64, 0xff9b, 1, ..] => {
                Self::Local(address.into())
            }
            // IPv4-compatible, IPv4-mapped (RFC 4291 §2.5.5) and NAT64 (RFC 6052 §2.1): the last 32 bits.
            [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
                Self::of_v4(v4(high, low))
            }
            // 6to4 (RFC 3056 §2): the 32 bits after the prefix.
            [0x2002, high, low, ..] => Self::of_v4(v4(high, low)),
            // Teredo (RFC 4380 §4): the client, inverted, in the last 32 bits, behind a server that must be public.
            [0x2001, 0, high, low, _, _, client_high, client_low] => match Self::of_v4(v4(high, low)) {
                Self::Public => Self::of_v4(v4(!client_high, !client_low)),
                _ => Self::Never,
            },
            // Documentation (RFC 3849, RFC 9637) and protocol assignments (RFC 2928) inside the public range.
            [0x2001, 0xdb8 | 0..=0x1ff, ..] | [0x3fff, 0..=0xfff, ..] => Self::Never,
            // Global unicast (RFC 4291 §2.4); whatever is outside is link-local, multicast or reserved.
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Never,
        }
    }
}

fn v4(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}
