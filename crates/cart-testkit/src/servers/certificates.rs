//! Certificates for servers that offer TLS.

use std::fs;
use std::path::{Path, PathBuf};

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

/// The certificate of a server on loopback, and the authority that vouches for it and nobody else.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes all of it in a folder.
    pub(super) fn make(folder: &Path, kind: Certificate) -> Result<Self> {
        let failed = |error: rcgen::Error| {
            ServerError::process("a certificate")(std::io::Error::other(error))
        };
        // A name of its own: whoever trusts another one doesn't take it for that.
        let name = format!("Private authority {}", folder.display());
        let mut authority = parameters(&name, &[]).map_err(failed)?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().map_err(failed)?;
        let vouching = authority.self_signed(&key).map_err(failed)?;
        let issuer = Issuer::new(authority, key);
        let hosts: &[_] = match kind {
            Certificate::AnotherHost => &["another.example"],
            Certificate::Expired | Certificate::Valid => &["localhost", "127.0.0.1"],
        };
        let mut server = parameters("A server of a test", hosts).map_err(failed)?;
        if kind == Certificate::Expired {
            server.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        let key = KeyPair::generate().map_err(failed)?;
        let server = server.signed_by(&key, &issuer).map_err(failed)?;
        Ok(Self {
            authority: write(folder, "authority.pem", &vouching.pem())?,
            certificate: write(folder, "server.pem", &server.pem())?,
            key: write(folder, "server.key", &key.serialize_pem())?,
        })
    }
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
