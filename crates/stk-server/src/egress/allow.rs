//! The hosts of `config/egress.yaml`.

use reqwest::Url;

/// Hosts that logic may fetch from: `api.example.com`, `*.example.com` for any below one, and either with a port.
#[derive(Debug, Default)]
pub(crate) struct AllowList(Box<[Entry]>);

#[derive(Debug)]
struct Entry {
    /// In lower case; of a wildcard what follows the `*`, with its dot.
    host: Box<str>,
    is_wildcard: bool,
    /// Absent: the port that the scheme stands for.
    port: Option<u16>,
}

impl AllowList {
    pub(crate) fn new(hosts: &[String]) -> AllowList {
        AllowList(hosts.iter().map(|host| Entry::new(host)).collect())
    }

    pub(super) fn allows(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        // A name may end in the dot of the root.
        let host = host.strip_suffix('.').unwrap_or(host);
        self.0.iter().any(|entry| entry.allows(host, url.port()))
    }
}

impl Entry {
    fn new(text: &str) -> Entry {
        let text = text.to_ascii_lowercase();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') => match port.parse() {
                Ok(port) => (host, Some(port)),
                Err(_) => (&*text, None),
            },
            _ => (&*text, None),
        };
        match host.strip_prefix('*') {
            Some(rest) => Entry { host: rest.into(), is_wildcard: true, port },
            None => Entry { host: host.into(), is_wildcard: false, port },
        }
    }

    fn allows(&self, host: &str, port: Option<u16>) -> bool {
        let is_host = if self.is_wildcard {
            host.len() > self.host.len() && host.ends_with(&*self.host)
        } else {
            *host == *self.host
        };
        is_host && self.port == port
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_exact_or_below_a_wildcard() {
        let hosts = ["api.stripe.com", "*.example.com", "localhost:8080", "[2606::1]"].map(str::to_owned);
        let list = AllowList::new(&hosts);
        for url in [
            "https://api.stripe.com/v1",
            "http://API.Stripe.com./",
            "https://a.example.com",
            "https://a.b.example.com:443",
            "http://localhost:8080/x",
            "https://[2606::1]/",
        ] {
            assert!(list.allows(&Url::parse(url).unwrap()), "{url}");
        }
        for url in [
            "https://example.com",
            "https://badexample.com",
            "https://api.stripe.com.evil.net",
            "https://api.stripe.com:8443",
            "https://evil.net/?api.stripe.com",
            "https://api.stripe.com@evil.net",
            "http://localhost",
            "data:text/plain,x",
        ] {
            assert!(!list.allows(&Url::parse(url).unwrap()), "{url}");
        }
    }
}
