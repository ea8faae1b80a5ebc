//! What a function is listed by, whichever compiler named it.

/// What a function is listed by: FNV-1a of its lasting name.
pub(super) fn key(symbol: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    lasting(symbol).bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// A symbol without what another compiler or another version of a crate changes: in the mangling v0 of Rust (RFC 2603) the
/// disambiguators of crates (`Cs…_`) and back references (`B…_`), whose figures depend on these; and suffixes (`.llvm.…`).
fn lasting(symbol: &str) -> String {
    let symbol = symbol.split(".llvm.").next().unwrap_or(symbol);
    if !symbol.starts_with("_R") {
        return symbol.to_owned();
    }
    let mut name = String::with_capacity(symbol.len());
    let mut rest = symbol;
    while let Some(letter) = rest.chars().next() {
        name.push(letter);
        rest = &rest[letter.len_utf8()..];
        let figure = match letter {
            'C' => rest.strip_prefix('s'),
            'B' => Some(rest),
            _ => None,
        };
        let behind = figure.and_then(|figure| {
            figure.trim_start_matches(|digit: char| digit.is_ascii_alphanumeric()).strip_prefix('_')
        });
        rest = behind.unwrap_or(rest);
    }
    name
}
