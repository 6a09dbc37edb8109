//! How a private server is started.

/// How a private server is started.
///
/// By default it listens on a socket only, and leaves it to the operating system when it writes to
/// the disk: what it acknowledged survives its death, but no power cut.
///
/// ```
/// use cart_testkit::servers::Options;
///
/// let options = Options::new().durable().setting("synchronous_commit", "off");
/// # let _ = options;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub(super) settings: Vec<(String, String)>,
    pub(super) durable: bool,
    pub(super) tcp: bool,
    pub(super) tls: bool,
    pub(super) replicated: bool,
    pub(super) power_cuts: bool,
    pub(super) disk: Option<u64>,
}

impl Options {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a setting of the server, in the server's own words: `("synchronous_commit", "off")`.
    /// It goes over all others.
    #[must_use]
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Writes to the disk before it acknowledges, as servers do by default.
    #[must_use]
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Listens on a free port of the loopback address too, where it asks for the password.
    #[must_use]
    pub fn tcp(mut self) -> Self {
        self.tcp = true;
        self
    }

    /// Offers TLS over TCP, with a certificate of its own authority.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.tcp = true;
        self.tls = true;
        self
    }

    /// May have replicas.
    #[must_use]
    pub fn replicated(mut self) -> Self {
        self.replicated = true;
        self
    }

    /// Durable, and able to lose its power: [`Server::cut_power`](super::Server::cut_power).
    #[must_use]
    pub fn power_cuts(mut self) -> Self {
        self.durable = true;
        self.power_cuts = true;
        self
    }

    /// Keeps its data on a disk of this many bytes, which
    /// [`Server::fill_disk`](super::Server::fill_disk) fills. Only root can do that.
    #[must_use]
    pub fn disk(mut self, bytes: u64) -> Self {
        self.disk = Some(bytes);
        self
    }
}
