//! How long a recording is, from its first bytes or its size.

/// The least that codecs for speech use: Opus goes down to 6 kbit/s (RFC 6716, section 2).
const LEAST_BITS_PER_MS: u64 = 6;
/// What most recordings of speech have.
const USUAL_BITS_PER_MS: u64 = 64;

/// How long a recording is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Length {
    /// Exactly, where its header says so.
    pub(super) exact_ms: Option<u64>,
    /// By its size, as recordings usually are.
    pub(super) usual_ms: u64,
    /// By its size, at the most.
    pub(super) longest_ms: u64,
}

/// Measures a recording.
pub(super) fn length(bytes: &[u8]) -> Length {
    let bits = (bytes.len() as u64).saturating_mul(8);
    let exact_ms = wave_ms(bytes);
    Length {
        exact_ms,
        usual_ms: exact_ms.unwrap_or(bits / USUAL_BITS_PER_MS),
        longest_ms: bits / LEAST_BITS_PER_MS,
    }
}

/// The length of an uncompressed WAVE file (Microsoft's "Multimedia Programming Interface", chapter 2): its
/// data divided by what a second takes.
fn wave_ms(bytes: &[u8]) -> Option<u64> {
    const PCM: u16 = 1;
    const FLOAT: u16 = 3;
    const EXTENSIBLE: u16 = 0xfffe;
    let rest = bytes.strip_prefix(b"RIFF")?.get(4..)?;
    let mut rest = rest.strip_prefix(b"WAVE")?;
    let mut bytes_per_second = None;
    loop {
        let (name, after) = rest.split_at_checked(4)?;
        let (size, after) = after.split_at_checked(4)?;
        let size = u32::from_le_bytes(size.try_into().ok()?) as usize;
        if name == b"data" {
            // What is written while it is recorded has no size yet, or a pretended one.
            let there = after.len().min(size);
            let there = if size == 0 { after.len() } else { there };
            return (there as u64).saturating_mul(1_000).checked_div(bytes_per_second?);
        }
        if name == b"fmt " {
            let half = |at: usize| Some(u16::from_le_bytes(after.get(at..at + 2)?.try_into().ok()?));
            let rate = u32::from_le_bytes(after.get(4..8)?.try_into().ok()?);
            let (format, channels, bits) = (half(0)?, half(2)?, half(14)?);
            if !matches!(format, PCM | FLOAT | EXTENSIBLE) {
                return None;
            }
            bytes_per_second = Some(u64::from(rate) * u64::from(channels) * u64::from(bits).div_ceil(8));
        }
        // Chunks begin at even places.
        rest = after.get(size.checked_add(size % 2)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wave(format: u16, rate: u32, data_size: u32, data: usize) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend_from_slice(&format.to_le_bytes());
        file.extend_from_slice(&1_u16.to_le_bytes());
        file.extend_from_slice(&rate.to_le_bytes());
        file.extend_from_slice(&(rate * 2).to_le_bytes());
        file.extend_from_slice(&2_u16.to_le_bytes());
        file.extend_from_slice(&16_u16.to_le_bytes());
        file.extend_from_slice(b"data");
        file.extend_from_slice(&data_size.to_le_bytes());
        file.resize(file.len() + data, 0);
        file
    }

    #[test]
    fn an_uncompressed_wave_tells_its_length() {
        for (file, expected) in [
            (wave(1, 16_000, 64_000, 64_000), Some(2_000)),
            (wave(0xfffe, 24_000, 48_000, 48_000), Some(1_000)),
            (wave(1, 16_000, u32::MAX, 32_000), Some(1_000)),
            (wave(1, 16_000, 0, 32_000), Some(1_000)),
            (wave(2, 16_000, 64_000, 64_000), None),
            (wave(1, 0, 64_000, 64_000), None),
            (b"RIFFxxxxWAVE".to_vec(), None),
            (b"ID3".to_vec(), None),
        ] {
            assert_eq!(length(&file).exact_ms, expected);
        }
        let unknown = length(&[0; 64_000]);
        assert_eq!((unknown.usual_ms, unknown.longest_ms), (8_000, 85_333));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(cut in 0_usize..80, at in 12_usize..60, byte in any::<u8>()) {
            let mut file = wave(1, 16_000, 20, 20);
            if let Some(place) = file.get_mut(at) {
                *place = byte;
            }
            let _ = length(file.get(..cut).unwrap_or(&file));
        }
    }
}
