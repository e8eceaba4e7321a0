//! How fast one client may ask: a bucket of requests that fills again, one a client, a bounded number of them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::limits::Limits;

/// How often clients that are back at rest are forgotten.
const SWEEP: Duration = Duration::from_secs(1);

/// The buckets of the clients seen lately.
#[derive(Debug)]
pub(super) struct Rates {
    per_second: f64,
    burst: f64,
    clients: usize,
    loopback: bool,
    table: Mutex<Table>,
}

#[derive(Debug)]
struct Table {
    buckets: HashMap<IpAddr, Bucket>,
    swept: Instant,
    /// Shared by those for whom there is no room: a crowd of addresses does not push out the ones that are known.
    others: Bucket,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Bucket {
    /// Takes one request out; the seconds until there is one where there is none.
    fn take(&mut self, per_second: f64, burst: f64, now: Instant) -> Result<(), u64> {
        self.left = burst.min(self.left + now.saturating_duration_since(self.at).as_secs_f64() * per_second);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            return Ok(());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 3600")]
        Err(((1.0 - self.left) / per_second).ceil().clamp(1.0, 3600.0) as u64)
    }
}

impl Rates {
    pub(super) fn new(limits: &Limits) -> Self {
        let burst = f64::from(limits.burst.max(1));
        let now = Instant::now();
        let others = Bucket { left: burst, at: now };
        Self {
            per_second: f64::from(limits.requests_per_second),
            burst,
            clients: limits.clients.max(1),
            loopback: limits.loopback_limited,
            table: Mutex::new(Table { buckets: HashMap::new(), swept: now, others }),
        }
    }

    /// Lets a request of a client in, or gives the seconds after which to try again.
    pub(super) fn admit(&self, client: IpAddr, now: Instant) -> Result<(), u64> {
        if self.per_second == 0.0 || (client.is_loopback() && !self.loopback) {
            return Ok(());
        }
        let client = household(client);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let table = &mut *table;
        if table.buckets.len() >= self.clients && now.saturating_duration_since(table.swept) >= SWEEP {
            table.swept = now;
            let back = |b: &Bucket| b.left + now.saturating_duration_since(b.at).as_secs_f64() * self.per_second;
            table.buckets.retain(|_, bucket| back(bucket) < self.burst);
        }
        let room = table.buckets.len() < self.clients;
        let bucket = match table.buckets.get_mut(&client) {
            Some(bucket) => bucket,
            None if room => table.buckets.entry(client).or_insert(Bucket { left: self.burst, at: now }),
            None => &mut table.others,
        };
        bucket.take(self.per_second, self.burst, now)
    }
}

/// The address that is counted: of IPv6 the network of 64 bits, which one subscriber has whole.
fn household(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(_) => client,
        IpAddr::V6(a) => Ipv6Addr::from_bits(a.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(clients: usize, loopback: bool) -> Rates {
        let limits =
            Limits { requests_per_second: 2, burst: 4, clients, loopback_limited: loopback, ..Limits::default() };
        Rates::new(&limits)
    }

    fn ip(k: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(0xC633_6400 + k).into()
    }

    #[test]
    fn a_burst_is_let_in_then_as_many_as_come_back_and_each_client_has_its_own() {
        let (rates, start) = (rates(10, false), Instant::now());
        assert!((0..4).all(|_| rates.admit(ip(1), start).is_ok()));
        assert_eq!(rates.admit(ip(1), start), Err(1));
        assert!(rates.admit(ip(2), start).is_ok());
        let later = start + Duration::from_secs(1);
        assert_eq!([0; 3].map(|_| rates.admit(ip(1), later).is_ok()), [true, true, false]);
    }

    #[test]
    fn the_table_is_bounded_and_a_crowd_does_not_push_out_who_is_known() {
        let (rates, start) = (rates(3, false), Instant::now());
        for _ in 0..4 {
            assert!(rates.admit(ip(0), start).is_ok());
        }
        let admitted = (1..1000).filter(|k| rates.admit(ip(*k), start).is_ok()).count();
        assert_eq!(admitted, 2 + 4, "two more clients, and four requests for all the others together");
        assert!(rates.admit(ip(0), start).is_err(), "known, and still out of requests");
        assert_eq!(rates.table.lock().expect("a table").buckets.len(), 3);
        // At rest again, they are forgotten.
        let later = start + Duration::from_secs(10);
        assert!(rates.admit(ip(7), later).is_ok());
        assert_eq!(rates.table.lock().expect("a table").buckets.len(), 1);
    }

    #[test]
    fn this_machine_is_limited_only_where_it_is_said_and_no_limit_is_none() {
        let start = Instant::now();
        let own = "127.0.0.1".parse().expect("an address");
        let (free, held) = (rates(3, false), rates(3, true));
        assert!((0..100).all(|_| free.admit(own, start).is_ok()));
        assert!((0..100).any(|_| held.admit(own, start).is_err()));
        let none = Rates::new(&Limits { requests_per_second: 0, ..Limits::default() });
        assert!((0..10_000).all(|_| none.admit(ip(1), start).is_ok()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one_client() {
        let (rates, start) = (rates(10, false), Instant::now());
        let admitted = (0..100_u16)
            .filter(|k| rates.admit(IpAddr::from([0x2001, 0xdb8, 1, 2, 3, 4, 5, *k]), start).is_ok())
            .count();
        assert_eq!(admitted, 4);
    }
}
