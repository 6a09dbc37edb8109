//! How connections are encrypted, and whom they trust.

use std::path::Path;
use std::sync::Arc;

use cart_core::{Error, ErrorKind};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

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

/// What a client needs for connections of this mode; nothing for those in the clear.
///
/// # Errors
///
/// `Invalid` when the file of certificates can't be read, or nobody is trusted.
pub(crate) fn client_config(
    mode: TlsMode,
    root_certificates: Option<&Path>,
) -> Result<Option<ClientConfig>, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|source| invalid("TLS can't be set up").with_source(source))?;
    let builder = match mode {
        TlsMode::Disable => return Ok(None),
        TlsMode::Require => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(provider))),
        TlsMode::VerifyFull => builder.with_root_certificates(trusted(root_certificates)?),
    };
    Ok(Some(builder.with_no_client_auth()))
}

fn trusted(file: Option<&Path>) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(file) => {
            let unreadable = "sslrootcert: the file can't be read, or holds no PEM certificates";
            let certificates = CertificateDer::pem_file_iter(file)
                .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                .map_err(|source| invalid(unreadable).with_source(source.to_string()))?;
            roots.add_parsable_certificates(certificates);
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(invalid(
            "nobody is trusted to vouch for the server: give sslrootcert, or install the \
             system's certificates",
        ));
    }
    Ok(roots)
}

/// Takes every certificate; that whoever shows it also holds its key is checked all the same.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::Invalid, message)
}
