//! Signature version 4, as a store of objects checks it: the request is put together again in its canonical form and
//! signed with the only key.

use super::FakeS3;
use crate::exchange::Call;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// How many bytes the hash function takes at once.
const BLOCK: usize = 64;

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    NoSignature,
    Malformed,
    UnknownKey,
    WrongRegion,
    WrongSignature,
    OtherContent,
}

impl Flaw {
    /// The status and the word that it is answered with.
    pub(super) fn told(self) -> (u16, &'static str) {
        match self {
            Self::NoSignature => (403, "AccessDenied"),
            Self::UnknownKey => (403, "InvalidAccessKeyId"),
            Self::WrongSignature => (403, "SignatureDoesNotMatch"),
            Self::Malformed | Self::WrongRegion => (400, "AuthorizationHeaderMalformed"),
            Self::OtherContent => (400, "XAmzContentSHA256Mismatch"),
        }
    }
}

/// Checks that the request is signed by the only key, and that its body is the one that was signed.
pub(super) fn check(call: &Call) -> Result<(), Flaw> {
    let signed = call.headers.get("authorization").ok_or(Flaw::NoSignature)?;
    let signed = signed.strip_prefix("AWS4-HMAC-SHA256 ").ok_or(Flaw::Malformed)?;
    let part = |name: &str| {
        let mut parts = signed.split(',').map(str::trim);
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).ok_or(Flaw::Malformed)
    };
    let (credential, names, signature) = (part("Credential")?, part("SignedHeaders")?, part("Signature")?);
    let (key_id, scope) = credential.split_once('/').ok_or(Flaw::Malformed)?;
    if key_id != FakeS3::KEY_ID {
        return Err(Flaw::UnknownKey);
    }
    let [day, region, service, end] = scope.split('/').collect::<Vec<_>>()[..] else {
        return Err(Flaw::Malformed);
    };
    if service != "s3" || end != "aws4_request" {
        return Err(Flaw::Malformed);
    }
    if region != FakeS3::REGION {
        return Err(Flaw::WrongRegion);
    }
    let header = |name: &str| call.headers.get(name).map(String::as_str).ok_or(Flaw::Malformed);
    let (time, hash) = (header("x-amz-date")?, header("x-amz-content-sha256")?);
    let required = ["host", "x-amz-content-sha256", "x-amz-date"];
    if !time.starts_with(day) || !required.iter().all(|name| names.split(';').any(|signed| signed == *name)) {
        return Err(Flaw::Malformed);
    }
    let mut canonical = format!("{}\n{}\n{}\n", call.method, call.path, call.query);
    for name in names.split(';') {
        canonical.push_str(&format!("{name}:{}\n", header(name)?));
    }
    canonical.push_str(&format!("\n{names}\n{hash}"));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(&canonical)));
    let mut key = format!("AWS4{}", FakeS3::SECRET).into_bytes();
    for step in [day, region, service, end] {
        key = hmac(&key, step.as_bytes());
    }
    if hex(&hmac(&key, to_sign.as_bytes())) != signature {
        return Err(Flaw::WrongSignature);
    }
    if hex(&Sha256::digest(&call.bytes)) == hash { Ok(()) } else { Err(Flaw::OtherContent) }
}

/// RFC 2104, over SHA-256.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(BLOCK, 0);
    let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = Sha256::digest([padded(0x36).as_slice(), message].concat());
    Sha256::digest([padded(0x5c).as_slice(), inner.as_slice()].concat()).to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second case of RFC 4231.
    #[test]
    fn the_code_of_a_message_is_the_known_one() {
        assert_eq!(
            hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
