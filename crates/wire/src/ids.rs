//! Ids of Familiar's own making: the time that they tell.

/// The Unix time in seconds at which an id of Familiar's own making (any prefix and a UUID v7) was made;
/// `None` for ids of other origin. This is where a codec, which has no clock, takes `created` from.
pub(crate) fn seconds_of_id(id: &str) -> Option<u64> {
    let uuid = id.get(id.len().checked_sub(36)?..)?;
    let groups: Vec<&str> = uuid.split('-').collect();
    let hex = |text: &str| u64::from_str_radix(text, 16).ok();
    match groups.as_slice() {
        [high, low, version, _, _] if version.starts_with('7') && high.len() == 8 && low.len() == 4 => {
            Some(((hex(high)? << 16) | hex(low)?) / 1000)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_our_own_tell_their_time() {
        // 0x018cc251f400 ms is 2024-01-01T00:00:00Z.
        assert_eq!(seconds_of_id("chatcmpl-018cc251-f400-7abc-8def-0123456789ab"), Some(1_704_067_200));
        assert_eq!(seconds_of_id("chatcmpl-018cc251-f400-4abc-8def-0123456789ab"), None);
        assert_eq!(seconds_of_id("msg_01XFDUDYJgAACzvnptvVoYEL"), None);
        assert_eq!(seconds_of_id("ääääääääääääääääääääääääääääääääääää"), None);
    }
}
