//! Which server: an address without TLS.

use std::fmt;
use std::str::FromStr;

use hyper::Uri;

/// `http://HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    host: String,
    port: u16,
}

impl Target {
    /// The host and port, as a `Host` header and a resolver take them.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl FromStr for Target {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be an address such as http://127.0.0.1:8000";
        if text.starts_with("https:") {
            return Err("TLS would be measured too: use the http address behind the proxy");
        }
        let uri: Uri = text.parse().map_err(|_| WRONG)?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or(WRONG)?;
        let plain = uri.scheme_str() == Some("http") && uri.path() == "/" && uri.query().is_none();
        if !plain {
            return Err(WRONG);
        }
        Ok(Self { host: host.to_owned(), port: uri.port_u16().unwrap_or(80) })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
            ("http://shop.example/", "http://shop.example:80"),
            ("http://[::1]:8000", "http://[::1]:8000"),
        ] {
            assert_eq!(text.parse::<Target>().map(|target| target.to_string()), Ok(shown.into()));
        }
        for bad in ["", "127.0.0.1:8000", "https://x", "http://x/api", "ftp://x", "http://x?a"] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
    }
}
