//! Which addresses count as one source: whoever has one IPv6 address has a network of them, at no cost.

use std::net::IpAddr;

use ipnet::IpNet;

/// The addresses that one subscriber has, household or office: an IPv4 address, or the IPv6 /64 around an address. What
/// is no address is a source by itself.
pub(crate) fn network_of(source: &str) -> String {
    match address(source) {
        Some(address) if address.is_ipv6() => network(address, 64),
        Some(address) => address.to_string(),
        None => source.to_owned(),
    }
}

/// The network around one subscriber: an IPv4 /24 or an IPv6 /48; none for what is no address.
pub(crate) fn around(source: &str) -> Option<String> {
    let address = address(source)?;
    Some(network(address, if address.is_ipv4() { 24 } else { 48 }))
}

fn address(source: &str) -> Option<IpAddr> {
    Some(source.parse::<IpAddr>().ok()?.to_canonical())
}

fn network(address: IpAddr, bits: u8) -> String {
    IpNet::new(address, bits).map_or_else(|_| address.to_string(), |network| network.trunc().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_source_however_many_addresses_it_has() {
        let same = |one: &str, other: &str| network_of(one) == network_of(other);
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(same("::ffff:10.0.0.1", "10.0.0.1"));
        assert!(!same("10.0.0.1", "10.0.0.2"));
        assert!(!same("", "10.0.0.2"));
        assert_eq!(network_of("192.0.2.7"), "192.0.2.7");
        assert_eq!(network_of("2001:db8:1:2::1"), "2001:db8:1:2::/64");
    }

    #[test]
    fn around_a_household_are_its_neighbours() {
        assert_eq!(around("2001:db8:1:2::1"), around("2001:db8:1:3::1"));
        assert_eq!(around("::ffff:192.0.2.7").as_deref(), Some("192.0.2.0/24"));
        assert_eq!(around(""), None);
    }
}
