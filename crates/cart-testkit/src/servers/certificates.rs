//! Certificates for servers that offer TLS.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use super::account;
use super::error::{Result, ServerError};

/// The certificate that a server shows over TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// Of another host, though of the same authority.
    AnotherHost,
    /// One whose time is over.
    Expired,
    /// One that clients accept who trust its authority.
    #[default]
    Valid,
}

/// Somebody who vouches for servers, and whom nobody trusts who isn't told to.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    pub(super) fn new() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        // A name of its own: whoever trusts another one doesn't take it for that.
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("Private authority {number} of {}", std::process::id());
        let mut authority = parameters(&name, &[]).map_err(failed)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = authority.self_signed(&key).map_err(failed)?.pem();
        Ok(Self {
            issuer: Issuer::new(authority, key),
            certificate,
        })
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Authority").finish_non_exhaustive()
    }
}

/// The certificate of a server on loopback, and that of the authority that vouches for it.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes all of it in a folder.
    pub(super) fn make(folder: &Path, kind: Certificate, authority: &Authority) -> Result<Self> {
        let hosts: &[_] = match kind {
            Certificate::AnotherHost => &["another.example"],
            Certificate::Expired | Certificate::Valid => &["localhost", "127.0.0.1"],
        };
        let mut server = parameters("A server of a test", hosts).map_err(failed)?;
        if kind == Certificate::Expired {
            server.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        let key = KeyPair::generate().map_err(failed)?;
        let server = server.signed_by(&key, &authority.issuer).map_err(failed)?;
        Ok(Self {
            authority: write(folder, "authority.pem", &authority.certificate)?,
            certificate: write(folder, "server.pem", &server.pem())?,
            key: write(folder, "server.key", &key.serialize_pem())?,
        })
    }
}

fn failed(error: rcgen::Error) -> ServerError {
    ServerError::process("a certificate")(io::Error::other(error))
}

/// Who a certificate is of; without further word it is valid for ever.
fn parameters(name: &str, hosts: &[&str]) -> std::result::Result<CertificateParams, rcgen::Error> {
    let hosts: Vec<String> = hosts.iter().copied().map(String::from).collect();
    let mut parameters = CertificateParams::new(hosts)?;
    parameters.distinguished_name.push(DnType::CommonName, name);
    Ok(parameters)
}

/// Writes a file that only the servers' account may read: they refuse any other key.
fn write(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(ServerError::file(&path))?;
    account::hand_over(&path)?;
    account::keep_private(&path)?;
    Ok(path)
}
