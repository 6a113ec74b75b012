//! Hands messages to the receivers of webhooks over HTTPS: the only user of their addresses.
//!
//! Whoever registers an address must not reach through this service what stands beside it. What counts is the address that
//! is connected to, so names are resolved here, and what they lead to is looked at, each time.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url, redirect};

use crate::domain::webhook::DeliveryFault;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Networks that are no place of the internet: this machine, private, shared and link-local ones (with what clouds tell
/// their machines), documentation, tests, multicast, reserved. Of IPv6 what is not in [`INTERNET`] is none either.
const CLOSED: [&str; 20] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // Those in which an IPv4 address may hide, and documentation.
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
];
const INTERNET: &str = "2000::/3";

/// What a message is sent with.
pub(crate) struct Parcel<'a> {
    pub(crate) address: &'a str,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature`.
    pub(crate) headers: [(&'static str, String); 3],
    pub(crate) body: String,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) fault: DeliveryFault,
    /// What the receiver answered with.
    pub(crate) status: Option<u16>,
}

/// Hands messages over. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Courier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    networks: Networks,
    patience: Duration,
    client: OnceLock<Client>,
}

/// Closed networks that the operator opens.
#[derive(Clone, Debug, Default)]
struct Networks(Arc<Vec<IpNet>>);

impl Networks {
    /// Whether something may be sent to an address.
    fn are_open_to(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address)) || is_of_the_internet(address)
    }
}

fn is_of_the_internet(address: IpAddr) -> bool {
    let within = |net: &str| net.parse::<IpNet>().is_ok_and(|net| net.contains(&address));
    !CLOSED.iter().any(|net| within(net)) && (address.is_ipv4() || within(INTERNET))
}

impl Resolve for Networks {
    fn resolve(&self, name: Name) -> Resolving {
        let networks = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let open: Vec<SocketAddr> = found.filter(|at| networks.are_open_to(at.ip())).collect();
            if open.is_empty() {
                return Err(Closed.into());
            }
            Ok(Box::new(open.into_iter()) as Addrs)
        })
    }
}

/// That a name leads nowhere but where nothing may be sent.
#[derive(Debug)]
struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the name leads to no address that messages may be sent to")
    }
}

impl std::error::Error for Closed {}

/// The address that stands as host, if it is no name.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

impl Default for Courier {
    /// One that sends to the internet alone.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Courier {
    /// One that sends to these networks too, though they are closed.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self::with_patience(networks, PATIENCE)
    }

    /// One that waits no longer than told.
    pub fn with_patience(networks: Vec<IpNet>, patience: Duration) -> Self {
        let networks = Networks(Arc::new(networks));
        Self(Arc::new(Inner { networks, patience, client: OnceLock::new() }))
    }

    /// An address that something may be sent to, as far as it shows before its name is resolved: https, or http on this
    /// machine where the operator opens it.
    pub(crate) fn address(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let networks = &self.0.networks;
        let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let here = literal(&url)
            .is_some_and(|address| address.to_canonical().is_loopback() && networks.are_open_to(address));
        let safe = url.scheme() == "https" || (url.scheme() == "http" && here);
        let open = literal(&url).is_none_or(|address| networks.are_open_to(address));
        (plain && safe && open && url.has_host()).then_some(url)
    }

    fn client(&self) -> reqwest::Result<Client> {
        if let Some(client) = self.0.client.get() {
            return Ok(client.clone());
        }
        // The cryptography of HTTPS, which is told once a process.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(self.0.patience)
            .redirect(redirect::Policy::none())
            .no_proxy()
            // Each delivery resolves the name anew.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(self.0.networks.clone()))
            .user_agent(concat!("Qianglian/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(self.0.client.get_or_init(|| client).clone())
    }

    /// Hands a message over. Of the answer its status is looked at and no more is read.
    pub(crate) async fn hand_over(&self, parcel: Parcel<'_>) -> Result<u16, Refusal> {
        let failed = |fault| Refusal { fault, status: None };
        let url = self.address(parcel.address).ok_or(failed(DeliveryFault::Address))?;
        let client = self.client().map_err(|_| failed(DeliveryFault::Connection))?;
        let mut request = client.post(url).header(CONTENT_TYPE, "application/json").body(parcel.body);
        for (name, value) in parcel.headers {
            request = request.header(name, value);
        }
        let answer = request.send().await.map_err(|error| failed(fault(&error)))?;
        let status = answer.status();
        let refused = |fault| Err(Refusal { fault, status: Some(status.as_u16()) });
        match status {
            _ if status.is_success() => Ok(status.as_u16()),
            _ if status.is_redirection() => refused(DeliveryFault::Redirect),
            _ => refused(DeliveryFault::Status),
        }
    }
}

fn fault(error: &reqwest::Error) -> DeliveryFault {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<Closed>() {
            return DeliveryFault::Address;
        }
        cause = inner.source();
    }
    if error.is_timeout() { DeliveryFault::Timeout } else { DeliveryFault::Connection }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIVATE: [&str; 22] = [
        "127.0.0.1",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "192.0.0.192",
        "::1",
        "::",
        "fd00::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
    ];

    #[test]
    fn what_is_beside_the_service_is_closed_however_it_is_written() {
        let courier = Courier::default();
        for address in PRIVATE {
            let ip: IpAddr = address.parse().unwrap();
            assert!(!courier.0.networks.are_open_to(ip), "{address}");
            let host = if ip.is_ipv6() { format!("[{address}]") } else { address.to_owned() };
            assert_eq!(courier.address(&format!("https://{host}/")), None, "{address}");
        }
        for written in ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/"] {
            assert_eq!(courier.address(written), None, "{written}");
        }
        for address in
            ["1.1.1.1", "203.0.114.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2400:3200::1"]
        {
            assert!(courier.0.networks.are_open_to(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn the_operator_opens_networks_and_http_on_this_machine_with_them() {
        let courier = Courier::new(vec!["10.1.0.0/16".parse().unwrap(), "127.0.0.0/8".parse().unwrap()]);
        for open in [
            "https://10.1.2.3/",
            "https://[::ffff:10.1.2.3]/",
            "http://127.0.0.1:8000/x",
            "https://receiver.example/",
        ] {
            assert!(courier.address(open).is_some(), "{open}");
        }
        let closed = [
            "https://10.2.2.3/",
            "http://10.1.2.3/",
            "http://receiver.example/",
            "http://localhost/",
            "ftp://receiver.example/",
            "https://name:word@receiver.example/",
            "https://name@receiver.example/",
            "https://receiver.example/#part",
            "receiver.example",
            "https://",
        ];
        for closed in closed {
            assert_eq!(courier.address(closed), None, "{closed}");
        }
        assert_eq!(Courier::default().address("http://127.0.0.1:8000/"), None);
    }

    #[tokio::test]
    async fn what_a_name_leads_to_is_looked_at_before_anything_is_sent() {
        let parcel = || Parcel {
            address: "https://localhost:9/",
            headers: ["webhook-id", "webhook-timestamp", "webhook-signature"]
                .map(|name| (name, "1".to_owned())),
            body: String::new(),
        };
        let refused = Courier::default().hand_over(parcel()).await.unwrap_err();
        assert_eq!(refused, Refusal { fault: DeliveryFault::Address, status: None });
        let open = Courier::new(vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]);
        assert_eq!(open.hand_over(parcel()).await.unwrap_err().fault, DeliveryFault::Connection);
    }
}
