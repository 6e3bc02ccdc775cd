//! Which addresses are of the public internet. Everything else is refused: what is private, reserved, or stands for an
//! IPv4 address that would have to be judged in its place.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Blocks of IPv4 that are not public, as (network, bits): IANA's special-purpose registry, multicast and class E.
const PRIVATE_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Blocks within the global unicast space of IPv6 that are not public: protocol assignments (Teredo among them),
/// documentation, and 6to4, which holds an IPv4 address.
const PRIVATE_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// The only space of IPv6 that is public: mapped and translated IPv4 addresses, unique local, link-local and multicast
/// ones all lie outside of it.
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Whether logic may connect to it. `loopback`: this machine itself is allowed too.
pub(super) fn may_connect(address: IpAddr, loopback: bool) -> bool {
    if address.is_loopback() {
        return loopback;
    }
    match address {
        IpAddr::V4(address) => {
            let bits = address.to_bits();
            !PRIVATE_V4.iter().any(|(network, length)| (bits ^ network.to_bits()) >> (32 - length) == 0)
        }
        IpAddr::V6(address) => {
            let is_in = |(network, length): &(Ipv6Addr, u32)| {
                (address.to_bits() ^ network.to_bits()) >> (128 - length) == 0
            };
            is_in(&GLOBAL_V6) && !PRIVATE_V6.iter().any(is_in)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &[&str], expected: bool) {
        for text in addresses {
            let address: IpAddr = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(may_connect(address, false), expected, "{text}");
        }
    }

    #[test]
    fn public_addresses_are_allowed() {
        check(&["1.1.1.1", "8.8.8.8", "100.63.255.255", "172.15.0.1", "172.32.0.1", "223.255.255.255"], true);
        check(&["2606:4700:4700::1111", "2a00:1450::1", "2001:4860:4860::8888"], true);
    }

    #[test]
    fn sec_48_private_addresses_are_refused_in_every_spelling() {
        check(
            &["127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255"],
            false,
        );
        check(&["192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.170"], false);
        check(&["224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "198.18.0.1"], false);
        check(&["::1", "::", "fe80::1", "febf::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1"], false);
        check(
            &["::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1"],
            false,
        );
        check(&["2002:7f00:1::", "2001:0:53aa:64c::1", "2001:db8::1", "3fff::1", "100::1"], false);
    }

    #[test]
    fn loopback_is_allowed_where_the_server_says_so_and_nothing_else_is() {
        for (text, expected) in
            [("127.0.0.1", true), ("::1", true), ("10.0.0.1", false), ("::ffff:127.0.0.1", false)]
        {
            assert_eq!(may_connect(text.parse().unwrap(), true), expected, "{text}");
        }
    }
}
