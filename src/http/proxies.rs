//! Where a request comes from, told by proxies that are trusted.

use std::net::{IpAddr, SocketAddr};

use ipnet::{IpNet, Ipv4Net};

/// The networks whose word is taken for where a request comes from.
pub(super) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(super) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks.into_iter().map(plain).collect())
    }

    /// The address that a request came from: that of the connection or, as long as it is a proxy's, the one that this
    /// proxy wrote last into `X-Forwarded-For`. What stands before the word of somebody who is not trusted is whatever
    /// they like.
    pub(super) fn source<'h>(&self, peer: IpAddr, told: impl Iterator<Item = &'h str>) -> IpAddr {
        let mut entries: Vec<&str> = told.flat_map(|header| header.split(',')).collect();
        let mut source = peer.to_canonical();
        while self.0.iter().any(|network| network.contains(&source)) {
            let Some(before) = entries.pop().and_then(address) else { break };
            source = before;
        }
        source
    }
}

/// An address as proxies write it: alone or with a port, IPv6 with brackets or without.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let alone = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    alone.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

/// A network of IPv4 addresses that are written as IPv6 is one of IPv4.
fn plain(network: IpNet) -> IpNet {
    let IpNet::V6(mapped) = network else { return network };
    let IpAddr::V4(address) = IpAddr::V6(mapped.addr()).to_canonical() else { return network };
    let length = mapped.prefix_len().checked_sub(96);
    length.and_then(|length| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_walked_from_the_right_as_far_as_it_is_trusted() {
        let networks = ["127.0.0.1/32", "10.1.0.0/16", "fd00::/8", "::ffff:172.16.0.1/128"];
        let proxies = Proxies::new(networks.map(|network| network.parse().unwrap()).to_vec());
        let cases: [(&str, &[&str], &str); 14] = [
            ("198.51.100.7", &["203.0.113.1"], "198.51.100.7"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("127.0.0.1", &["6.6.6.6, 203.0.113.1, 10.1.2.3"], "203.0.113.1"),
            ("127.0.0.1", &["6.6.6.6, 203.0.113.1", "10.1.2.3, 10.1.9.9"], "203.0.113.1"),
            ("127.0.0.1", &["10.1.2.3"], "10.1.2.3"),
            ("::ffff:127.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("172.16.0.1", &["::ffff:203.0.113.1"], "203.0.113.1"),
            ("127.0.0.1", &["203.0.113.1:50123"], "203.0.113.1"),
            ("127.0.0.1", &["[2001:db8::1]:50123"], "2001:db8::1"),
            ("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", &["203.0.113.1, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.1, 10.1.2.3, unknown, 10.1.0.1"], "10.1.0.1"),
        ];
        for (peer, told, source) in cases {
            let found = proxies.source(peer.parse().unwrap(), told.iter().copied());
            assert_eq!(found.to_string(), source, "{peer} {told:?}");
        }
    }
}
