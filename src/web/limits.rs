//! What one request may ask of the service.

/// Limits of the service; each is tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest path and query, bytes; beyond it 414.
    pub uri_bytes: usize,
    /// Most parameters in one query; beyond it 400.
    pub parameters: usize,
    /// Features on a page where `limit` is not given. QGIS asks for pages of max(1000, this).
    pub page_default: usize,
    /// Features on an HTML page where `limit` is not given: a table is read, not loaded.
    pub page_default_html: usize,
    /// Largest `limit`; a larger one gets this many, as the standard has it.
    pub page_maximum: usize,
    /// Largest `offset`; beyond it 400.
    pub offset_maximum: usize,
    /// Finished bodies kept, bytes.
    pub cache_bytes: usize,
    /// A body larger than this is not kept.
    pub cached_body_bytes: usize,
    /// Requests computed at the same time.
    pub workers: usize,
    /// Requests that wait for a worker; beyond it 503.
    pub queue: usize,
    /// Seconds that one of them waits; beyond them 503.
    pub queue_seconds: u64,
    /// Largest file that an import over HTTP may be, bytes; beyond it 413.
    pub upload_bytes: usize,
    /// Seconds in which its body must have come; beyond them 408.
    pub upload_seconds: u64,
    /// Requests that one client may send in a second over time; beyond them 429. 0 = as many as it likes.
    pub requests_per_second: u32,
    /// Requests that it may send at once before that.
    pub burst: u32,
    /// Clients that are told apart; the others share one allowance.
    pub clients: usize,
    /// Whether programs on this machine are held to it too.
    pub loopback_limited: bool,
    /// Connections at the same time; one more is closed.
    pub connections: usize,
    /// Connections of one machine at the same time, but for a trusted proxy; one more is closed.
    pub connections_of_one: usize,
    /// Bytes of a request before its body; beyond them 431. (Header lines: 100, which is HTTP's own limit here.)
    pub header_bytes: usize,
    /// Seconds in which they must have come, and that an idle connection is kept.
    pub header_seconds: u64,
    /// Seconds after which a connection is closed whose other end takes nothing of an answer.
    pub stalled_seconds: u64,
    /// Seconds that requests under way get to finish once the service is told to stop.
    pub drain_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            // A filter too long is still read, to say so; past 64 kB HTTP itself answers 414, without a word.
            uri_bytes: 60 * 1024,
            parameters: 60,
            page_default: 1_000,
            page_default_html: 100,
            page_maximum: 10_000,
            offset_maximum: 10_000_000,
            cache_bytes: 64 << 20,
            cached_body_bytes: 16 << 20,
            workers: cores.max(2),
            queue: 64,
            queue_seconds: 5,
            upload_bytes: 64 << 20,
            upload_seconds: 120,
            // A map of ten layers drawn anew asks for a few hundred tiles at once.
            requests_per_second: 100,
            burst: 1_000,
            clients: 10_000,
            loopback_limited: false,
            connections: 2_048,
            connections_of_one: 256,
            header_bytes: 128 << 10,
            header_seconds: 15,
            stalled_seconds: 60,
            drain_seconds: 10,
        }
    }
}
