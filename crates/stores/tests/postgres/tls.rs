//! Encryption, on servers of its own that have certificates.

use std::fs::{Permissions, set_permissions, write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use doorbuster_domain::{HoldId, Timestamp};
use doorbuster_engine::{Lanes, Reader, Store};
use doorbuster_stores::postgres::{Address, OpenError, open};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tempfile::TempDir;
use tokio_postgres::NoTls;
use uuid::Uuid;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, EncodePem};
use x509_cert::{Certificate, Version};

use crate::schema::Schema;

/// What the server is called, in its certificate too. It is there by its address as well.
const NAME: &str = "localhost";
const ADDRESS: &str = "127.0.0.1";

/// Where `scripts` are.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A PostgreSQL that offers TLS, with a directory that certificates are written to.
struct Server {
    directory: TempDir,
    /// With `sslmode=disable`, at [`ADDRESS`].
    plain: String,
}

impl Server {
    fn start(directory: TempDir, certificate: &str, key: &KeyPair) -> Self {
        // The server may run as another user.
        set_permissions(directory.path(), Permissions::from_mode(0o711)).unwrap();
        let at = |name: &str| directory.path().join(name);
        write(at("server.pem"), certificate).unwrap();
        write(at("server.key"), key.serialize_pem()).unwrap();
        let output = script("start", &at("postgres"))
            .args(["fsync=off", "ssl=on"])
            .arg(format!("ssl_cert_file={}", at("server.pem").display()))
            .arg(format!("ssl_key_file={}", at("server.key").display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let plain = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        Self { directory, plain }
    }

    /// A URL with these options.
    fn url(&self, host: &str, options: &str) -> String {
        with(&self.plain.replace(ADDRESS, host), options)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = script("stop", &self.directory.path().join("postgres")).status();
    }
}

fn script(verb: &str, directory: &Path) -> Command {
    let mut command = Command::new(format!("{ROOT}/scripts/postgres"));
    command.arg(verb).arg(directory);
    command
}

fn with(plain: &str, options: &str) -> String {
    plain.replace("sslmode=disable", options)
}

/// An authority that signs servers' certificates, written to `name` for those who trust it.
fn authority(directory: &Path, name: &str) -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    write(directory.join(name), params.self_signed(&key).unwrap().pem()).unwrap();
    Issuer::new(params, key)
}

/// Connects as a server does, with a lane, the reader and the follower's kind of connection, and
/// says whether all that is encrypted. An error is as an operator reads it.
async fn encrypted(url: &str, plain: &str) -> Result<bool, String> {
    let name = format!("test_{}", Uuid::new_v4().simple());
    let (watcher, driver) = tokio_postgres::connect(plain, NoTls).await.unwrap();
    tokio::spawn(driver);
    let url = format!("{url}&application_name={name}&options=-csearch_path%3D{name}");
    let address: Address = url.parse()?;
    watcher.batch_execute(&format!("CREATE SCHEMA {name}")).await.unwrap();
    let opened = open(&address, Lanes::new(1).unwrap()).await;
    let mut opened = opened.map_err(|error: OpenError| error.to_string())?;
    opened.stores[0].load(Timestamp::from_millis(0), &[]).await.unwrap();
    opened.reader.hold(HoldId::new(Uuid::nil())).await.unwrap();
    let sql = "SELECT bool_and(ssl), bool_or(ssl), count(*) FROM pg_stat_ssl
               JOIN pg_stat_activity USING (pid) WHERE application_name = $1";
    let row = watcher.query_one(sql, &[&name]).await.unwrap();
    let (all, any, connections): (bool, bool, i64) = (row.get(0), row.get(1), row.get(2));
    assert!(connections >= 2 && all == any, "{connections} connections, encrypted: {all}, {any}");
    Ok(all)
}

const NO_TLS: Result<bool, &str> = Err("server does not support TLS");
const PLAIN: Result<bool, &str> = Ok(false);
const TLS: Result<bool, &str> = Ok(true);
const UNKNOWN: Result<bool, &str> =
    Err("the server's certificate is not trusted: no root certificate vouches for it");
const OTHER_NAME: Result<bool, &str> =
    Err("the server's certificate is not for this host name: certificate not valid for name");

const VERSION_1: Result<bool, &str> =
    Err("the server's certificate is not trusted: it is of X.509 version 1");

async fn check(url: &str, plain: &str, expected: Result<bool, &str>) {
    match (encrypted(url, plain).await, expected) {
        (Err(error), Err(part)) => {
            assert!(error.contains(part) && error.lines().count() == 1, "{url}: {error}");
            assert!(!error.contains("hush"), "{url}: {error}");
        }
        (found, expected) => assert_eq!(found, expected.map_err(str::to_owned), "{url}"),
    }
}

#[tokio::test]
async fn each_sslmode_verifies_what_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().into();
    let issuer = authority(&path, "right.pem");
    authority(&path, "wrong.pem");
    let twin = tempfile::tempdir().unwrap();
    authority(twin.path(), "right.pem"); // of the same name, with another key
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap();
    let server = Server::start(directory, &certificate.pem(), &key);
    let without = Schema::url();

    // The mode, and what comes of it: the right authority, the wrong one, the wrong host, no TLS.
    for (mode, right, wrong, other_host, no_tls) in [
        ("require", TLS, UNKNOWN, TLS, NO_TLS),
        ("verify-ca", TLS, UNKNOWN, TLS, NO_TLS),
        ("verify-full", TLS, UNKNOWN, OTHER_NAME, NO_TLS),
    ] {
        let options = |roots| format!("sslmode={mode}&sslrootcert={}/{roots}", path.display());
        check(&server.url(NAME, &options("right.pem")), &server.plain, right).await;
        check(&server.url(NAME, &options("wrong.pem")), &server.plain, wrong).await;
        check(&server.url(ADDRESS, &options("right.pem")), &server.plain, other_host).await;
        check(&with(&without, &options("right.pem")), &without, no_tls).await;
    }
    // Without roots: by name, and no TLS.
    for (options, found, no_tls) in [
        ("sslmode=disable", PLAIN, PLAIN),
        ("sslmode=prefer", TLS, PLAIN),
        ("password=hush", TLS, PLAIN),
        ("sslmode=require", TLS, NO_TLS),
        // No authority that everybody trusts has signed it.
        ("sslmode=verify-full", UNKNOWN, NO_TLS),
        ("sslrootcert=system", UNKNOWN, NO_TLS),
    ] {
        check(&server.url(NAME, options), &server.plain, found).await;
        check(&with(&without, options), &without, no_tls).await;
    }
    let options = format!("sslmode=verify-full&sslrootcert={}/right.pem", twin.path().display());
    check(&server.url(NAME, &options), &server.plain, UNKNOWN).await;
    // An address alone has no name to ask for.
    let bare = server.plain.replace(ADDRESS, "").replace("sslmode=disable", "hostaddr=127.0.0.1");
    let port = bare.split(':').nth(2).unwrap().split('/').next().unwrap();
    let bare = format!("{}&port={port}", bare.replace(&format!(":{port}/"), "/"));
    check(&bare, &server.plain, TLS).await;
}

#[tokio::test]
async fn a_certificate_that_signed_itself_is_its_own_root() {
    let not_trusted = Err("the server's certificate is not trusted: CaUsedAsEndEntity");
    let expired = Err("the server's certificate is not trusted: certificate expired");
    for (until, right, other_host, wrong) in
        [(2100, TLS, OTHER_NAME, not_trusted), (2001, expired, expired, expired)]
    {
        let directory = tempfile::tempdir().unwrap();
        let path: PathBuf = directory.path().into();
        // As `openssl req -x509` makes it, which lets it sign others too.
        let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        authority(&path, "wrong.pem");
        let server = Server::start(directory, &certificate, &key);
        for (host, roots, expected) in [
            (NAME, "server.pem", right),
            (ADDRESS, "server.pem", other_host),
            (NAME, "wrong.pem", wrong),
        ] {
            let options = format!("sslmode=verify-full&sslrootcert={}/{roots}", path.display());
            check(&server.url(host, &options), &server.plain, expected).await;
        }
        check(&server.url(NAME, "sslmode=require"), &server.plain, TLS).await;
    }
}

#[tokio::test]
async fn a_certificate_of_version_1_is_good_for_encryption_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path: PathBuf = directory.path().into();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    let mut old = Certificate::from_der(params.self_signed(&key).unwrap().der()).unwrap();
    old.tbs_certificate.version = Version::V1;
    old.tbs_certificate.extensions = None;
    let server = Server::start(directory, &old.to_pem(LineEnding::LF).unwrap(), &key);
    let file = format!("sslrootcert={}/server.pem", path.display());
    for (options, expected) in [
        ("sslmode=prefer".to_owned(), TLS),
        ("sslmode=require".into(), TLS),
        (format!("sslmode=require&{file}"), VERSION_1),
        (format!("sslmode=verify-full&{file}"), VERSION_1),
    ] {
        check(&server.url(NAME, &options), &server.plain, expected).await;
    }
}

#[test]
fn what_cannot_be_verified_is_refused_before_it_is_tried() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        write(directory.path().join(name), text).unwrap();
        format!("{}", directory.path().join(name).display())
    };
    let empty = file("empty.pem", "");
    let begin = "-----BEGIN CERTIFICATE-----\n";
    let damaged = file("damaged.pem", &format!("{begin}AAAA\n-----END CERTIFICATE-----\n"));
    let cut = file("cut.pem", &format!("{begin}AAAA\n"));
    for (options, part) in [
        ("sslmode=verify", "has an unknown sslmode".to_owned()),
        ("sslmode=", "has an unknown sslmode".into()),
        ("sslmode=require&sslrootcert=system", "needs sslmode=verify-full".into()),
        ("sslmode=verify-ca&sslrootcert=system", "needs sslmode=verify-full".into()),
        ("sslmode=verify-ca", "needs sslrootcert=FILE".into()),
        ("sslrootcert=/x", "has an sslrootcert, which only sslmode=require".into()),
        ("sslmode=disable&sslrootcert=/x", "has an sslrootcert, which only".into()),
        ("sslmode=require&sslrootcert=/not%20there", "/not there: No such file".into()),
        (&format!("sslmode=verify-full&sslrootcert={empty}"), format!("{empty}: there is no")),
        (&format!("sslmode=verify-full&sslrootcert={damaged}"), format!("{damaged}: ")),
        (&format!("sslmode=verify-full&sslrootcert={cut}"), format!("{cut}: ")),
        ("sslmode=require&sslcert=/x", "unknown option `sslcert`".into()),
    ] {
        let url = format!("postgres://me:hush?@host/sale?{options}&connect_timeout=1");
        let error = url.parse::<Address>().unwrap_err();
        assert!(error.contains(&part), "{options}: {error}");
        assert!(!error.contains("hush") && error.lines().count() == 1, "{options}: {error}");
    }
}
