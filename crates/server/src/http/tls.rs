//! Encryption: the server's certificate, and the next one without a restart.
//!
//! TLS 1.2 and 1.3 as rustls offers them (RFC 5246, RFC 8446), HTTP/1.1 inside (RFC 7301).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The one protocol that is spoken inside.
const PROTOCOL: &[u8] = b"http/1.1";

/// What a client is told that does not encrypt. It cannot know what else is wrong with its request,
/// so there is no problem document.
const NOT_ENCRYPTED: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    Content-Type: text/plain\r\n\
    Content-Length: 44\r\n\
    Connection: close\r\n\r\n\
    This port speaks HTTPS: use https:// instead";

/// The files of a certificate, both in PEM form.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// The server's certificate, then those that lead to a root.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each says for itself")]
pub enum CertificateError {
    #[error("{path}: {error}")]
    File { path: PathBuf, error: io::Error },
    #[error("{0}: there is no certificate in PEM form in it")]
    NoCertificate(PathBuf),
    #[error("{0}: there is no private key in PEM form in it (an encrypted one cannot be used)")]
    NoKey(PathBuf),
    #[error("the key in {key} does not fit the certificate in {chain}: {error}")]
    Unusable { chain: PathBuf, key: PathBuf, error: rustls::Error },
    #[error("TLS: {0}")]
    Tls(rustls::Error),
}

/// What the files of a certificate have in them.
#[derive(PartialEq, Eq)]
struct Contents {
    chain: Vec<u8>,
    key: Vec<u8>,
}

impl CertificateFiles {
    fn read(&self) -> Result<Contents, CertificateError> {
        let read = |path: &Path| {
            fs::read(path).map_err(|error| CertificateError::File { path: path.to_owned(), error })
        };
        Ok(Contents { chain: read(&self.chain)?, key: read(&self.key)? })
    }

    fn parse(&self, contents: &Contents) -> Result<CertifiedKey, CertificateError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&contents.chain)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::NoCertificate(self.chain.clone()))?;
        if chain.is_empty() {
            return Err(CertificateError::NoCertificate(self.chain.clone()));
        }
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|_| CertificateError::NoKey(self.key.clone()))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| {
            let Self { chain, key } = self.clone();
            CertificateError::Unusable { chain, key, error }
        })
    }
}

/// Encrypts connections. Cheap to clone; clones agree.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
}

/// The certificate that the next client gets.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl Tls {
    /// Encryption with the certificate in `files`, and what keeps it up to date.
    ///
    /// # Errors
    /// When the files cannot be read, or do not fit each other.
    pub fn new(files: CertificateFiles) -> Result<(Self, Renewal), CertificateError> {
        let contents = files.read()?;
        let current = Arc::new(Current(ArcSwap::from_pointee(files.parse(&contents)?)));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(CertificateError::Tls)?
            .with_no_client_auth()
            .with_cert_resolver(current.clone());
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        // A client that comes back need not have a whole handshake.
        config.ticketer = ring::Ticketer::new().map_err(CertificateError::Tls)?;
        let tls = Self { acceptor: TlsAcceptor::from(Arc::new(config)), current };
        let renewal = Renewal { tls: tls.clone(), files, seen: contents };
        Ok((tls, renewal))
    }

    /// Encrypts a connection. A client that does not is told so.
    ///
    /// # Errors
    /// When the client breaks off, or does not speak TLS as it should.
    pub(super) async fn accept(
        &self,
        mut stream: TcpStream,
    ) -> io::Result<Box<TlsStream<TcpStream>>> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
            stream.write_all(NOT_ENCRYPTED).await?;
            stream.shutdown().await?;
            // Closed with something unread, the connection would be reset and the answer lost.
            while stream.try_read(&mut [0; 1024]).is_ok_and(|length| length > 0) {}
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not encrypted"));
        }
        Ok(Box::new(self.acceptor.accept(stream).await?))
    }
}

/// Looks after a certificate: programs that renew one write the new one over it.
pub struct Renewal {
    tls: Tls,
    files: CertificateFiles,
    /// What was in the files when the certificate in use was read from them.
    seen: Contents,
}

impl Renewal {
    /// Takes up what is in the files for the connections to come, and says whether that is new. A
    /// pair that cannot be used changes nothing: between one file and the other it may not fit.
    ///
    /// # Errors
    /// When the files cannot be read, or changed and do not fit each other.
    pub fn look(&mut self) -> Result<bool, CertificateError> {
        let contents = self.files.read()?;
        if contents == self.seen {
            return Ok(false);
        }
        self.tls.current.0.store(Arc::new(self.files.parse(&contents)?));
        self.seen = contents;
        Ok(true)
    }
}
