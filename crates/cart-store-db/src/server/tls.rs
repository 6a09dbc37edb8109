//! How connections are encrypted, and whom they trust.

use std::path::Path;

use cart_core::{Error, ErrorKind};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

#[cfg(feature = "postgres")]
mod client;

#[cfg(feature = "postgres")]
pub(crate) use client::client_config;

/// How the connections to a server are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TlsMode {
    /// Not at all: only where nobody else can listen.
    Disable,
    /// Encrypted, by whoever answers: it keeps out listeners, and nobody who stands in between.
    Require,
    /// Encrypted, with a certificate for the name of the host by somebody who is trusted.
    VerifyFull,
}

impl TlsMode {
    const ALL: [Self; 3] = [Self::Disable, Self::Require, Self::VerifyFull];

    /// The name, as URLs carry it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Require => "require",
            Self::VerifyFull => "verify-full",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

/// The certificates of those who are trusted to vouch for a server, at least one: those in a file,
/// or the system's.
///
/// # Errors
///
/// `Invalid` when the file can't be read, or nobody is trusted.
pub(crate) fn trusted(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut certificates = match file {
        Some(file) => {
            let unreadable = "sslrootcert: the file can't be read, or holds no PEM certificates";
            CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|source| invalid(unreadable).with_source(source.to_string()))?
        }
        None => rustls_native_certs::load_native_certs().certs,
    };
    certificates.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    if certificates.is_empty() {
        return Err(invalid(
            "nobody is trusted to vouch for the server: give sslrootcert, or install the \
             system's certificates",
        ));
    }
    Ok(certificates)
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
