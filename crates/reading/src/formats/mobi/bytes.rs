//! Numbers out of bytes, the most significant byte first; nothing is read beyond the end.

/// What stands in a field that is not used.
const UNUSED: u32 = u32::MAX;

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_be_bytes(*chunk))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_be_bytes(*chunk))
}

/// A number of four bytes as a size, an offset or the number of a record; none where the field is not used.
pub(super) fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    let value = u32_at(bytes, at).filter(|value| *value != UNUSED)?;
    usize::try_from(value).ok()
}

/// Reads a number of seven bits a byte, the last of which has its highest bit set, and goes on behind it.
pub(super) fn take_number(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let mut value = 0u32;
    for _ in 0..5 {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value = (value << 7) | u32::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            return Some(value);
        }
    }
    None
}
