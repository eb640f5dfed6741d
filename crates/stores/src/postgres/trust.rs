//! Whose certificates are trusted.

use std::{fmt, io};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature};
use rustls::crypto::{verify_tls13_signature, verify_tls13_signature_with_raw_key};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

/// What is wrong with a server's certificate, in an operator's words.
#[expect(clippy::wildcard_enum_match_arm, reason = "of another crate, which may add to it")]
pub(super) fn untrusted(error: &io::Error) -> Option<String> {
    let Error::InvalidCertificate(error) = error.get_ref()?.downcast_ref()? else { return None };
    let reason = match error {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            return Some(format!("the server's certificate is not for this host name: {error}"));
        }
        // The others come of a root that has the issuer's name, and another key.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "no root certificate vouches for it".into()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
            "the algorithm of its signature is not supported".into()
        }
        // Some of webpki's own reasons come this way, with nothing but their names.
        CertificateError::Other(reason) if reason.to_string() == "UnsupportedCertVersion" => {
            "it is of X.509 version 1, and must be of version 3 and have a subjectAltName".into()
        }
        CertificateError::Other(reason) => reason.to_string(),
        error => error.to_string(),
    };
    Some(format!("the server's certificate is not trusted: {reason}"))
}

/// The certificates that others are trusted for.
pub(super) struct Roots {
    anchors: RootCertStore,
    /// Those of a file: a server may have one of them itself, as if it had signed it.
    own: Vec<CertificateDer<'static>>,
}

impl Roots {
    pub(super) fn platform() -> Result<Self, String> {
        let mut anchors = RootCertStore::empty();
        anchors.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if anchors.is_empty() {
            return Err("cannot be verified, because this machine has no root certificates: \
                        install them (Debian: apt-get install ca-certificates) or give an \
                        sslrootcert"
                .into());
        }
        Ok(Self { anchors, own: Vec::new() })
    }

    pub(super) fn file(path: &str) -> Result<Self, String> {
        let bad = |error: &dyn fmt::Display| {
            format!("has an sslrootcert that cannot be used: {path}: {error}")
        };
        let text = std::fs::read(path).map_err(|error| bad(&error))?;
        let own: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&text).collect();
        let own = own.map_err(|error| bad(&error))?;
        if own.is_empty() {
            return Err(bad(&"there is no certificate in it"));
        }
        let mut anchors = RootCertStore::empty();
        for certificate in &own {
            anchors.add(certificate.clone()).map_err(|error| bad(&error))?;
        }
        Ok(Self { anchors, own })
    }
}

/// Judges servers' certificates.
pub(super) struct Verifier {
    /// `None`: any certificate will do.
    pub(super) roots: Option<Roots>,
    /// Whether it must be the certificate of the host that was asked for.
    pub(super) host_name: bool,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("host_name", &self.host_name).finish_non_exhaustive()
    }
}

impl Verifier {
    /// Whether a root vouches for `certificate`, now.
    fn trusts(
        &self,
        roots: &Roots,
        server: &CertificateDer<'_>,
        parsed: &ParsedCertificate<'_>,
        between: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
        let algorithms = self.algorithms.all;
        let anchors = &roots.anchors;
        verify_server_cert_signed_by_trust_anchor(parsed, anchors, between, now, algorithms)
            .or_else(|error| {
                // A certificate that signed itself may well be one that could sign others, which
                // webpki, having looked at its dates, does not take from a server.
                let of_its_dates = matches!(
                    error,
                    Error::InvalidCertificate(
                        Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }
                    )
                );
                let known = roots.own.iter().any(|own| own == server);
                if known && !of_its_dates { Ok(()) } else { Err(error) }
            })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        server: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        host: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(roots) = &self.roots {
            let parsed = ParsedCertificate::try_from(server)?;
            self.trusts(roots, server, &parsed, between, now)?;
            if self.host_name {
                verify_server_name(&parsed, host)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    // Whoever shows a certificate must have its key, whether or not the certificate is trusted: a
    // password that is bound to the connection (SCRAM-SHA-256-PLUS) relies on it.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms).or_else(|error| {
            // webpki reads no certificate of version 1, which `openssl x509 -req` makes unless told
            // otherwise. Where any certificate will do, its key is all that counts.
            match public_key(certificate) {
                Some(key) if self.roots.is_none() => {
                    verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
                }
                _ => Err(error),
            }
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn public_key(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let certificate = Certificate::from_der(certificate).ok()?;
    Some(certificate.tbs_certificate.subject_public_key_info.to_der().ok()?.into())
}
