//! How the connections to servers are encrypted.

use std::path::Path;
use std::sync::Arc;

use cart_core::Error;
use fred::types::config::{TlsConfig, TlsConnector, TlsHostMapping};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::config::invalid;

/// What the client encrypts with: it trusts the certificates in the file, or the system's.
///
/// # Errors
///
/// `Invalid` when the file can't be read, or nobody is trusted.
pub(crate) fn tls_config(root_certificates: Option<&Path>) -> Result<TlsConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted(root_certificates)?);
    if roots.is_empty() {
        return Err(invalid(
            "nobody is trusted to vouch for the server: give tls_ca, or install the system's \
             certificates",
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|source| invalid("TLS can't be set up").with_source(source))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConfig {
        connector: TlsConnector::from(config),
        hostnames: TlsHostMapping::None,
    })
}

fn trusted(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Error> {
    let Some(file) = file else {
        return Ok(rustls_native_certs::load_native_certs().certs);
    };
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|source| {
            invalid("tls_ca: the file can't be read, or holds no PEM certificates")
                .with_source(source.to_string())
        })
}
