//! A certificate authority of our own, and the files that a server has from it.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::{Home, Launch};

/// Issues certificates for this machine's own address.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        // Not the default name, which what it issues has: that would look self-signed.
        params.distinguished_name.push(DnType::CommonName, "authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// What clients are given to trust, in PEM.
    pub(crate) fn root(&self) -> String {
        self.0.pem()
    }

    /// A new certificate and its key, in PEM.
    pub(crate) fn issue(&self) -> (String, String) {
        let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Where a server's certificate is, and its key.
pub(crate) struct Files {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

impl Files {
    pub(crate) fn of(home: &Home) -> Self {
        Self { chain: home.file("chain.pem"), key: home.file("key.pem") }
    }

    pub(crate) fn write(&self, (chain, key): &(String, String)) {
        fs::write(&self.chain, chain).unwrap();
        fs::write(&self.key, key).unwrap();
    }

    /// With these files for its encryption.
    pub(crate) fn of_launch(&self, launch: Launch) -> Launch {
        launch
            .arg("--tls-certificate", &self.chain.display().to_string())
            .arg("--tls-key", &self.key.display().to_string())
    }
}
