//! Ranges of addresses that webhooks may go to although they are private or loopback: `10.0.0.0/8`, `fd00::/8`, or one
//! address.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize as _, Deserializer, Serializer, de};

/// Text that is no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a range of addresses is written 10.0.0.0/8 or fd00::/8; one address needs no prefix")]
pub(super) struct CidrError;

/// What can be allowed at all: everything else is reached without being allowed, or never. Source: design §7.
const ALLOWABLE: [&str; 7] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128"];

/// Reads a range, or one address.
fn parse(text: &str) -> Result<IpNet, CidrError> {
    text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).map_err(|_| CidrError)
}

/// Says what is wrong with a range that cannot have been meant.
pub(super) fn check(range: IpNet) -> Result<(), String> {
    if range.trunc() != range {
        return Err(format!("has {range}, an address inside a range: write {}", range.trunc()));
    }
    if let IpNet::V6(mapped) = range
        && let Some(embedded) = mapped.addr().to_ipv4_mapped()
        && let Some(prefix) = mapped.prefix_len().checked_sub(96)
    {
        return Err(format!("has {range}: write the IPv4 range, {embedded}/{prefix}"));
    }
    let mut allowable = ALLOWABLE.iter().filter_map(|text| text.parse::<IpNet>().ok());
    if allowable.any(|known| known.contains(&range) || range.contains(&known)) {
        return Ok(());
    }
    Err(format!(
        "has {range}, which changes nothing: only private and loopback ranges can be allowed ({}); public addresses are allowed anyway, link-local, multicast and reserved ones never are",
        ALLOWABLE.join(", ")
    ))
}

pub(super) fn serialize<S: Serializer>(ranges: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(ranges.iter().map(ToString::to_string))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| parse(text).map_err(de::Error::custom)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_single_addresses_are_read() {
        for (text, printed) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("192.168.7.0/24", "192.168.7.0/24"),
            ("127.0.0.1", "127.0.0.1/32"),
            ("::1", "::1/128"),
            ("fd12:3456::/32", "fd12:3456::/32"),
            ("100.64.0.0/10", "100.64.0.0/10"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("::/0", "::/0"),
        ] {
            let range = parse(text).unwrap();
            assert_eq!(range.to_string(), printed);
            assert_eq!(check(range), Ok(()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_no_range() {
        for text in
            ["", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "10.0.0.0/-1", "::/129", " 10.0.0.1"]
        {
            assert_eq!(parse(text), Err(CidrError), "{text}");
        }
    }

    #[test]
    fn ranges_that_cannot_be_meant_are_explained() {
        for (text, words) in [
            ("10.0.0.1/8", "write 10.0.0.0/8"),
            ("169.254.169.254", "changes nothing"),
            ("fe80::/10", "never"),
            ("224.0.0.0/4", "changes nothing"),
            ("203.0.113.0/24", "changes nothing"),
            ("93.184.216.34", "public addresses are allowed anyway"),
            ("2001:db8::/32", "changes nothing"),
            ("::ffff:10.0.0.0/104", "write the IPv4 range, 10.0.0.0/8"),
        ] {
            let rule = check(parse(text).unwrap()).unwrap_err();
            assert!(rule.contains(words), "{text}: {rule}");
        }
    }
}
