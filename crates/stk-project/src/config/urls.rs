//! Addresses in the config, as far as a look at their text can tell.

/// Scheme, host and the rest of `scheme://host[:port]/…`.
pub(super) struct Url<'a> {
    pub scheme: &'a str,
    pub host: &'a str,
    /// Path, query and fragment, with their first character.
    pub rest: &'a str,
}

impl<'a> Url<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Url<'a>> {
        let (scheme, after) = text.split_once("://")?;
        let mut letters = scheme.bytes();
        let scheme_well = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
            && letters.all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b));
        let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        let (host, port) = split_port(authority);
        let host_well =
            !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_[]:*".contains(c));
        let printable = text.chars().all(|c| c.is_ascii_graphic());
        let well = scheme_well && host_well && printable && port.is_none_or(is_port);
        well.then_some(Url { scheme, host, rest })
    }

    /// https anywhere, or http where it does not leave the machine.
    pub(super) fn is_safe(&self) -> bool {
        let local = matches!(self.host, "localhost" | "127.0.0.1" | "[::1]");
        self.scheme == "https" || (self.scheme == "http" && local)
    }
}

/// The host and, where there is one, the port.
pub(super) fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

pub(super) fn is_port(port: &str) -> bool {
    port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
}
