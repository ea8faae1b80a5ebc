//! Which addresses a client may connect to.

use crate::NetError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Which addresses a client may connect to. Checked on the address that is connected to, not on the name,
/// so that a name that points inwards, now or at its second look-up, does not get through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Any: for addresses that the operator configured.
    #[default]
    Any,
    /// Only addresses on the public internet: for addresses that come from elsewhere.
    PublicOnly,
}

/// IPv4 blocks that are not on the public internet (IANA IPv4 Special-Purpose Address Registry, RFC 6890),
/// multicast and reserved space, and the one cloud metadata address that lies outside of them (Azure's).
const INTERNAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([168, 63, 129, 16], 32),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

/// Blocks inside 2000::/3 that are not on the public internet: protocol assignments with Teredo,
/// documentation, 6to4 (IANA IPv6 Special-Purpose Address Registry).
const INTERNAL_V6: [([u16; 2], u32); 4] =
    [([0x2001, 0], 23), ([0x2001, 0xdb8], 32), ([0x2002, 0], 16), ([0x3fff, 0], 20)];

impl Reach {
    /// Whether a client of this reach may connect to `address`.
    pub fn allows(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::PublicOnly => is_public(address),
        }
    }

    /// Those of a host's addresses that may be connected to.
    ///
    /// # Errors
    /// [`NetError::Resolve`] when there is none at all, [`NetError::Blocked`] when none is allowed.
    pub(crate) fn allowed(self, host: &str, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NetError> {
        let first = addresses.first().map(SocketAddr::ip);
        let allowed: Vec<_> = addresses.into_iter().filter(|address| self.allows(address.ip())).collect();
        match first {
            None => Err(NetError::Resolve { host: host.to_owned(), cause: None }),
            Some(address) if allowed.is_empty() => Err(NetError::Blocked { host: host.to_owned(), address }),
            Some(_) => Ok(allowed),
        }
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !INTERNAL_V4.iter().any(|(block, length)| (bits ^ u32::from_be_bytes(*block)) >> (32 - length) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = embedded_v4(address) {
        return is_public_v4(embedded);
    }
    let bits = (address.to_bits() >> 96) as u32;
    let global_unicast = bits >> 29 == 0b001;
    let internal = INTERNAL_V6.iter().any(|([high, low], length)| {
        (bits ^ (u32::from(*high) << 16 | u32::from(*low))) >> (32 - length) == 0
    });
    global_unicast && !internal
}

/// The IPv4 address inside a v4-mapped (`::ffff:0:0/96`) or NAT64 (`64:ff9b::/96`) address.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let nat64 = address.to_bits() >> 32 == 0x0064_ff9b_u128 << 64;
    let low = u32::try_from(address.to_bits() & 0xffff_ffff).unwrap_or_default();
    address.to_ipv4_mapped().or_else(|| nat64.then(|| Ipv4Addr::from_bits(low)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn public(text: &str) -> bool {
        Reach::PublicOnly.allows(text.parse().unwrap())
    }

    #[test]
    fn internal_addresses_are_not_public() {
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.19.255.255",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!public(text), "{text}");
            assert!(Reach::Any.allows(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn the_public_internet_is() {
        for text in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "168.63.129.17",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2001:4860:4860::8888",
            "2606:4700:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(public(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_is_as_public_as_the_one_inside(bits in any::<u32>()) {
            let inner = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(is_public_v6(inner.to_ipv6_mapped()), is_public_v4(inner));
            prop_assert!(!(inner.is_private() || inner.is_loopback() || inner.is_link_local() || inner.is_multicast())
                || !is_public_v4(inner));
        }
    }
}
