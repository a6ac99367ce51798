//! The policy, address by address.

use super::*;

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn policy(networks: &[&str]) -> AddressPolicy {
    AddressPolicy::allowing(networks.iter().map(|net| net.parse().unwrap()))
}

/// Public, also when written as an IPv6 form of a public IPv4 address.
const PUBLIC: [&str; 14] = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
    "2001:0:101:101::fefe:fefe",
];

/// Denied, but may be allowed; with a network that allows it.
const LOCAL: [(&str, &str); 19] = [
    ("10.0.0.1", "10.0.0.0/8"),
    ("127.0.0.1", "127.0.0.0/8"),
    ("127.255.255.254", "127.0.0.0/8"),
    ("172.16.0.1", "172.16.0.0/12"),
    ("172.31.255.255", "172.16.0.0/12"),
    ("192.168.1.1", "192.168.1.1/32"),
    ("100.64.0.1", "100.64.0.0/10"),
    ("100.127.255.255", "100.64.0.0/10"),
    ("198.18.0.1", "198.18.0.0/15"),
    ("::1", "::1/128"),
    ("fc00::1", "fc00::/7"),
    ("fdff::1", "fd00::/8"),
    ("64:ff9b:1::1", "64:ff9b:1::/48"),
    ("::ffff:10.0.0.1", "10.0.0.0/8"),
    ("::ffff:127.0.0.1", "127.0.0.0/8"),
    ("::10.0.0.1", "10.0.0.0/8"),
    ("64:ff9b::a00:1", "10.0.0.0/8"),
    ("2002:a00:1::1", "10.0.0.0/8"),
    // Client 10.0.0.1, inverted.
    ("2001:0:101:101::f5ff:fffe", "10.0.0.0/8"),
];

/// Denied whatever is in the list.
const NEVER: [&str; 40] = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "3fff::1",
    "2001:20::1",
    "100::1",
    "5f00::1",
    "4000::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:0:10.0.0.1",
    "::169.254.169.254",
    "::2",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    // Client 169.254.169.254, inverted; and a server that is not public.
    "2001:0:101:101::5601:5601",
    "2001:0:a00:1::fefe:fefe",
    "::ffff:255.255.255.255",
    "::ffff:100.100.100.200",
];

#[test]
fn public_addresses_are_allowed() {
    for text in PUBLIC {
        assert_eq!(AddressPolicy::public_only().check(address(text)), Ok(()), "{text}");
    }
}

#[test]
fn local_addresses_are_denied_unless_they_are_in_the_list() {
    for (text, network) in LOCAL {
        let denial = AddressPolicy::public_only().check(address(text)).unwrap_err();
        assert!(denial.allowable, "{text}");
        assert_eq!(policy(&[network]).check(address(text)), Ok(()), "{text} in {network}");
        assert!(policy(&["10.99.0.0/16", "fd99::/16"]).check(address(text)).is_err(), "{text}");
    }
}

#[test]
fn some_addresses_are_denied_whatever_the_list_says() {
    let everything = policy(&["0.0.0.0/0", "::/0"]).and_loopback();
    for text in NEVER {
        let denial = everything.check(address(text)).unwrap_err();
        assert!(!denial.allowable, "{text}");
    }
}

#[test]
fn development_allows_loopback_only() {
    let dev = AddressPolicy::public_only().and_loopback();
    for (text, allowed) in [
        ("127.0.0.1", true),
        ("127.8.9.10", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("10.0.0.1", false),
        ("fd00::1", false),
        ("169.254.169.254", false),
    ] {
        assert_eq!(dev.check(address(text)).is_ok(), allowed, "{text}");
    }
}

#[test]
fn a_list_of_ipv6_networks_says_nothing_about_embedded_ipv4_addresses() {
    assert!(policy(&["::/0"]).check(address("::ffff:10.0.0.1")).is_err());
}

#[test]
fn denials_say_what_to_do() {
    let says = |text| AddressPolicy::public_only().check(address(text)).unwrap_err().to_string();
    assert_eq!(says("10.0.0.1"), "10.0.0.1, which the address policy denies; allow it with webhooks.allow");
    assert_eq!(says("169.254.169.254"), "169.254.169.254, which the address policy always denies");
}
