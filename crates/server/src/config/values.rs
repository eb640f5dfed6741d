//! The values of options, checked where they are read. Messages say what is allowed; whether they
//! may repeat what was given is decided in [`super::sources`], because some of it is secret.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use doorbuster_engine::Lanes;
use hyper::header::HeaderValue;
use jiff::{Span, SpanRelativeTo};
use tracing_subscriber::EnvFilter;

use crate::signature::Webhooks;

/// Something nobody may see. It is shown as dots, whoever asks.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = String;

    /// Whatever can stand in a header: a secret with a space or a line end in it was cut out wrong.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("must be visible ASCII characters without spaces".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// A secret that webhooks can be signed with.
pub(crate) fn webhook_secret(text: &str) -> Result<Secret, String> {
    Webhooks::new(&[text.to_owned()], false).map_err(|error| error.to_string())?;
    text.parse()
}

/// An address to listen on: host, or IP address, and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress(String);

impl ListenAddress {
    /// As it was given, for `std::net::TcpListener::bind`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        match parts.map(|(_, port)| port.parse::<u16>()) {
            Some(Ok(_)) => Ok(Self(text.to_owned())),
            Some(Err(_)) | None => Err("must be HOST:PORT, for example 127.0.0.1:8000"),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A web origin (RFC 6454 §6.2) as browsers send it, or `*` for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsOrigin(HeaderValue);

impl CorsOrigin {
    /// As it stands in the header `Origin`.
    #[must_use]
    pub const fn header_value(&self) -> &HeaderValue {
        &self.0
    }
}

impl FromStr for CorsOrigin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "must be an origin such as https://shop.example, or *";
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let is_origin =
            host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#']));
        if !is_origin && text != "*" {
            return Err(WRONG);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| WRONG)
    }
}

/// Which events are logged: a level, or one for each module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter(String);

impl LogFilter {
    /// As the logging library takes it.
    #[must_use]
    pub fn to_filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0) // it was checked when it was read
    }
}

impl FromStr for LogFilter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<EnvFilter>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => {
                Err(format!("is not a log filter such as info or info,hyper=debug: {error}"))
            }
        }
    }
}

/// A number of lanes.
pub(crate) fn lanes(text: &str) -> Result<Lanes, String> {
    text.parse()
        .ok()
        .and_then(|lanes| Lanes::new(lanes).ok())
        .ok_or_else(|| "must be a power of two up to 256".to_owned())
}

/// A length of time with its unit: `500ms`, `10s`, `24h`, `31d`; a day is 24 hours.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    text.parse::<Span>()
        .ok()
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok())
        .and_then(|length| Duration::try_from(length).ok())
        .ok_or_else(|| "must be a time with its unit, such as 500ms, 10s, 24h or 31d".to_owned())
}

/// A length of time that is not below `least`.
pub(crate) fn at_least(
    least: Duration,
) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| match duration(text)? {
        length if length < least => Err(format!("must be at least {least:?}")),
        length => Ok(length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in [
            ("500ms", Some(500)),
            ("10s", Some(10_000)),
            ("1m 30s", Some(90_000)),
            ("24h", Some(86_400_000)),
            ("31d", Some(31 * 86_400_000)),
            ("0s", Some(0)),
            ("10", None),
            ("-1s", None),
            ("soon", None),
            ("", None),
        ] {
            let read = duration(text).ok().map(|length| length.as_millis());
            assert_eq!(read, millis, "{text:?}");
        }
        assert!(at_least(Duration::from_secs(3600))("59m").is_err());
        assert!(at_least(Duration::from_secs(3600))("60m").is_ok());
    }

    #[test]
    fn addresses_and_origins() {
        for good in ["127.0.0.1:0", "[::1]:8000", "localhost:80"] {
            assert!(good.parse::<ListenAddress>().is_ok(), "{good}");
        }
        for bad in ["", "8000", ":8000", "localhost", "localhost:http", "1.2.3.4:65536"] {
            assert!(bad.parse::<ListenAddress>().is_err(), "{bad}");
        }
        for good in ["https://shop.example", "http://localhost:3000", "*"] {
            assert!(good.parse::<CorsOrigin>().is_ok(), "{good}");
        }
        for bad in ["", "shop.example", "https://", "https://shop.example/", "ftp://x"] {
            assert!(bad.parse::<CorsOrigin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_are_never_shown() {
        let secret: Secret = "whsec_c2VjcmV0".parse().unwrap();
        assert_eq!(format!("{secret:?} {:?}", Some(vec![secret.clone()])), "… Some([…])");
        assert!("two words".parse::<Secret>().is_err());
        assert!("".parse::<Secret>().is_err());
    }
}
