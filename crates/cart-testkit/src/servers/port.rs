//! Ports that no other test has.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};

use super::error::{Result, ServerError};
use super::{folder, lock};

/// Below the ports that the kernel gives to outgoing connections, so none of those is in the way.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port on loopback that is this process's own while this value lives, also between two servers
/// that use it one after the other.
#[derive(Debug)]
pub(super) struct Port {
    number: u16,
    _claim: File,
}

impl Port {
    /// Claims a port that is free.
    pub(super) fn claim() -> Result<Self> {
        let claims = folder::shared("ports")?;
        // Others start elsewhere, so that few look at the same ports.
        let offset = u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start));
        let start = PORTS.start + offset.unwrap_or_default();
        for number in (start..PORTS.end).chain(PORTS.start..start) {
            if let Some(claim) = lock::claim(&claims.join(number.to_string()))?
                && TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_ok()
            {
                return Ok(Self {
                    number,
                    _claim: claim,
                });
            }
        }
        Err(ServerError::Lacking("every port for servers is taken"))
    }

    pub(super) fn number(&self) -> u16 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let ports = [(); 8].map(|()| Port::claim().unwrap());
        let mut numbers = ports.each_ref().map(Port::number).to_vec();
        numbers.dedup();
        assert_eq!(numbers.len(), ports.len());
    }
}
