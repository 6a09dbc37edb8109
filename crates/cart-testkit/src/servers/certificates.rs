//! Certificates for servers that offer TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::{Result, ServerError};
use super::program::{self, Program};
use super::account;

const OPENSSL: Program = Program {
    name: "openssl",
    install: "apt-get install openssl",
};

/// The certificate of a server on loopback, and the authority that vouches for it and nobody else.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes all of it in a folder.
    pub(super) fn make(folder: &Path) -> Result<Self> {
        let openssl = OPENSSL.find()?;
        let file = |name: &str| folder.join(name);
        let request = |subject: &str, key: &Path| {
            let mut command = Command::new(&openssl);
            command
                .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
                .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"])
                .args(["-subj", subject, "-keyout"])
                .arg(key);
            command
        };
        let made = Self {
            authority: file("authority.pem"),
            certificate: file("server.pem"),
            key: file("server.key"),
        };
        let authority_key = file("authority.key");
        program::run(
            request("/CN=Private authority of a test", &authority_key)
                .arg("-out")
                .arg(&made.authority),
        )?;
        program::run(
            request("/CN=localhost", &made.key)
                .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
                .args(["-addext", "basicConstraints=critical,CA:FALSE", "-CA"])
                .arg(&made.authority)
                .arg("-CAkey")
                .arg(&authority_key)
                .arg("-out")
                .arg(&made.certificate),
        )?;
        fs::remove_file(&authority_key).map_err(ServerError::file(&authority_key))?;
        // The servers want a key that nobody else may read, which is how OpenSSL writes it.
        account::hand_over(&made.key)?;
        Ok(made)
    }
}
