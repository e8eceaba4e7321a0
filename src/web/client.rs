//! Who is at the other end: the machine that connected, or the one that a trusted proxy speaks for.

use std::net::IpAddr;
use std::str::FromStr;

use axum::http::HeaderMap;

/// Hops of a forwarding header that are looked at, the nearest first.
const MOST_HOPS: usize = 16;

/// A range of addresses, `10.0.0.0/8`; an address alone is a range of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: u128,
    bits: u32,
    v4: bool,
}

/// What cannot be read as a range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("« {0} » is no range of addresses: write 127.0.0.1, 10.0.0.0/8 or fd00::/8")]
pub struct BadNetwork(String);

/// The bits of an address, highest first, and how many there are.
fn bits(address: IpAddr) -> (u128, u32, bool) {
    match address.to_canonical() {
        IpAddr::V4(a) => (u128::from(a.to_bits()) << 96, 32, true),
        IpAddr::V6(a) => (a.to_bits(), 128, false),
    }
}

/// The highest bits of a number, the others 0.
fn highest(number: u128, bits: u32) -> u128 {
    if bits == 0 { 0 } else { number & (u128::MAX << (128 - bits.min(128))) }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.chars().take(60).collect());
        let (address, length) = text.split_once('/').map_or((text, None), |(a, l)| (a, Some(l)));
        let (first, all, v4) = bits(address.trim().parse().map_err(|_| bad())?);
        let bits = length.map_or(Ok(all), |l| l.trim().parse().map_err(|_| bad()))?;
        if bits > all {
            return Err(bad());
        }
        Ok(Self { first: highest(first, bits), bits, v4 })
    }
}

impl Network {
    /// Whether an address lies in it.
    pub fn contains(self, address: IpAddr) -> bool {
        let (number, _, v4) = bits(address);
        v4 == self.v4 && highest(number, self.bits) == self.first
    }
}

/// The proxies whose `X-Forwarded-For` is believed; nobody else's is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(pub Vec<Network>);

impl TrustedProxies {
    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|n| n.contains(address))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The client of a connection: read from the nearest hop outwards, the first that is no trusted proxy. What stands further out
    /// was written by that client itself.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let named = headers.get_all("x-forwarded-for").iter().rev();
        let hops = named.filter_map(|v| v.to_str().ok()).flat_map(|v| v.rsplit(','));
        for hop in hops.take(MOST_HOPS) {
            if !self.contains(client) {
                break;
            }
            let Some(address) = address(hop.trim()) else { break };
            client = address.to_canonical();
        }
        client
    }
}

/// An address as proxies write it: alone, with a port, in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let unbracketed = text.strip_prefix('[').and_then(|t| t.split_once(']')).map(|(inside, _)| inside);
    text.parse().ok().or_else(|| unbracketed?.parse().ok()).or_else(|| text.rsplit_once(':')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn client(trusted: &[&str], peer: &str, forwarded: &[&str]) -> IpAddr {
        let proxies = TrustedProxies(trusted.iter().map(|t| t.parse().expect("a network")).collect());
        let mut headers = HeaderMap::new();
        for text in forwarded {
            headers.append("x-forwarded-for", text.parse().expect("a header"));
        }
        proxies.client(ip(peer), &headers)
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_other_family() {
        let net: Network = "10.1.0.0/16".parse().expect("read");
        assert!(net.contains(ip("10.1.255.1")) && !net.contains(ip("10.2.0.1")));
        assert!(net.contains(ip("::ffff:10.1.2.3")), "an IPv4 address written as IPv6 is the same");
        let all: Network = "0.0.0.0/0".parse().expect("read");
        assert!(all.contains(ip("8.8.8.8")) && !all.contains(ip("::1")));
        let one: Network = "fd00::1".parse().expect("read");
        assert!(one.contains(ip("fd00::1")) && !one.contains(ip("fd00::2")));
        for bad in ["", "10.0.0.0/33", "proxy", "10.0.0.0/", "10.0.0.0/-1", "::/129"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_but_a_trusted_proxy_says_who_the_client_is() {
        assert_eq!(client(&[], "198.51.100.7", &["203.0.113.9"]), ip("198.51.100.7"));
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &["203.0.113.9"]), ip("203.0.113.9"));
        // What the client wrote itself stands further out, and is not looked at.
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &["192.0.2.1, 203.0.113.9"]), ip("203.0.113.9"));
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &["192.0.2.1", "203.0.113.9"]), ip("203.0.113.9"));
        assert_eq!(client(&["127.0.0.0/8", "10.0.0.0/8"], "127.0.0.1", &["203.0.113.9, 10.0.0.2"]), ip("203.0.113.9"));
        // Without a readable name, the proxy itself.
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &["unknown"]), ip("127.0.0.1"));
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &[]), ip("127.0.0.1"));
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &["[2001:db8::1]:443"]), ip("2001:db8::1"));
        assert_eq!(client(&["127.0.0.1"], "127.0.0.1", &["203.0.113.9:5000"]), ip("203.0.113.9"));
    }
}
