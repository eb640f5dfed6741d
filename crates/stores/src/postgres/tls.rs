//! Encryption: which connections have it, as the URL says.
//!
//! The words are libpq's (PostgreSQL 15 §34.19, and 16 for `sslrootcert=system`). What libpq lets
//! pass though it verifies less than it seems to is refused here.

use std::convert::Infallible;
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use rustls::ClientConfig;
use rustls::crypto::ring;
use tokio_postgres::Socket;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::trust::{Roots, Verifier, untrusted};

/// What a server must choose where the handshake begins without asking (`sslnegotiation=direct`).
const PROTOCOL: &[u8] = b"postgresql";

/// What a URL says about encryption.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Takes what this file is about out of a URL: what is left is for tokio-postgres, which does not
/// know all of it. No error repeats any of the URL but the name of the certificates' file.
pub(super) fn of_url(url: &str) -> Result<(String, SslMode, Connector), String> {
    // As tokio-postgres reads it: whatever comes before the first @ is the user and the password.
    let query = url.find('@').unwrap_or(0);
    let Some(query) = url[query..].find('?').map(|at| query + at) else {
        let connector = Connector::new(Mode::Prefer, None)?;
        return Ok((url.into(), SslMode::Prefer, connector));
    };
    let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
    for option in url[query + 1..].split('&') {
        let (key, value) = option.split_once('=').unwrap_or((option, ""));
        let decoded = percent_decode_str(value).decode_utf8();
        match &*percent_decode_str(key).decode_utf8_lossy() {
            "sslmode" => mode = Some(decoded.map_or(Err(NO_MODE), |mode| parse(&mode))?),
            "sslrootcert" => {
                roots = Some(decoded.map_err(|_| "has an sslrootcert that is not UTF-8")?);
            }
            _ => rest.push(option),
        }
    }
    let system = roots.as_deref() == Some("system");
    let mode = mode.unwrap_or(if system { Mode::VerifyFull } else { Mode::Prefer });
    let connector = Connector::new(mode, roots.as_deref())?;
    let mode = match mode {
        Mode::Disable => SslMode::Disable,
        Mode::Prefer => SslMode::Prefer,
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
    };
    Ok((format!("{}?{}", &url[..query], rest.join("&")), mode, connector))
}

const NO_MODE: &str =
    "has an unknown sslmode: there are disable, prefer, require, verify-ca and verify-full";

fn parse(mode: &str) -> Result<Mode, &'static str> {
    Ok(match mode {
        "disable" => Mode::Disable,
        "prefer" => Mode::Prefer,
        "require" => Mode::Require,
        "verify-ca" => Mode::VerifyCa,
        "verify-full" => Mode::VerifyFull,
        _ => return Err(NO_MODE),
    })
}

/// Encrypts connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Connector(MakeRustlsConnect);

impl Connector {
    fn new(mode: Mode, file: Option<&str>) -> Result<Self, String> {
        let roots = match (mode, file) {
            (Mode::VerifyFull, None | Some("system")) => Some(Roots::platform()?),
            (_, Some("system")) => {
                return Err("needs sslmode=verify-full with \
                 sslrootcert=system: such a root vouches for anybody who asks it to"
                    .into());
            }
            (Mode::VerifyCa, None) => {
                return Err("needs sslrootcert=FILE with sslmode=verify-ca: \
                 the platform's roots vouch for anybody who asks them to"
                    .into());
            }
            (Mode::Disable | Mode::Prefer, Some(_)) => {
                return Err("has an sslrootcert, which only \
                 sslmode=require, verify-ca and verify-full look at"
                    .into());
            }
            (Mode::Require | Mode::VerifyCa | Mode::VerifyFull, Some(file)) => {
                Some(Roots::file(file)?)
            }
            (Mode::Disable | Mode::Prefer | Mode::Require, None) => None,
        };
        let provider = ring::default_provider();
        let verifier = Verifier {
            roots,
            host_name: mode == Mode::VerifyFull,
            algorithms: provider.signature_verification_algorithms,
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("cannot be connected to with TLS: {error}"))?
            .dangerous() // which is to say that Verifier is ours
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        Ok(Self(MakeRustlsConnect::new(config)))
    }
}

type Rustls = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

impl MakeTlsConnect<Socket> for Connector {
    type Stream = Stream;
    type TlsConnect = Handshake;
    type Error = Infallible;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, Infallible> {
        let Ok(handshake) = MakeTlsConnect::<Socket>::make_tls_connect(&mut self.0, host);
        Ok(Handshake(handshake))
    }
}

/// One connection that is about to be encrypted.
pub(super) struct Handshake(Rustls);

impl TlsConnect<Socket> for Handshake {
    type Stream = Stream;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, Self::Error>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            self.0.connect(socket).await.map_err(|error| match untrusted(&error) {
                Some(why) => why.into(),
                None => error.into(),
            })
        })
    }
}
