//! Strings to compare tokenizers with: many scripts, code, emoji, control characters, spaces, what looks broken, and long
//! runs. The same on every machine.

/// Where the numbers begin.
const SEED: u64 = 0x00fa_1117_a41a;

/// Ranges of characters of one script each.
const SCRIPTS: [(u32, u32); 22] = [
    (0x61, 0x7a),
    (0x41, 0x5a),
    (0x20, 0x7e),
    (0xa0, 0x17f),
    (0x370, 0x3ff),
    (0x400, 0x4ff),
    (0x530, 0x58f),
    (0x590, 0x5ff),
    (0x600, 0x6ff),
    (0x900, 0x97f),
    (0xe00, 0xe7f),
    (0x10a0, 0x10ff),
    (0x1100, 0x11ff),
    (0x2000, 0x206f),
    (0x2190, 0x22ff),
    (0x3040, 0x30ff),
    (0x4e00, 0x9fff),
    (0xac00, 0xd7a3),
    (0xfb00, 0xfdff),
    (0xfff0, 0xffff),
    (0x1f300, 0x1f6ff),
    (0x1d400, 0x1d7ff),
];

/// Pieces that patterns treat specially.
const PIECES: [&str; 64] = [
    " ",
    "  ",
    "   ",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "\t\t",
    " \n",
    "\n ",
    "\u{a0}",
    "\u{3000}",
    "\u{85}",
    "\u{2028}",
    "'s",
    "'S",
    "'ll",
    "'LL",
    "'re",
    "'ve",
    "'d",
    "'m",
    "'t",
    "'ſ",
    "\u{2019}s",
    "'",
    "\"",
    "0",
    "12",
    "123",
    "1234",
    "3.14159",
    "½",
    "²",
    "٣",
    "a",
    "A",
    "aB",
    "HTTPServer",
    "camelCase",
    "snake_case",
    "don't",
    "I'M",
    "naïve",
    "e\u{301}",
    "\u{301}",
    "\u{200d}",
    "👩\u{200d}👩\u{200d}👧",
    "🏳\u{fe0f}\u{200d}🌈",
    "<|endoftext|>",
    "<|im_start|>",
    "\0",
    "\u{7f}",
    "\u{feff}",
    "\u{fffd}",
    "//",
    "/",
    "!!\n/",
    "};\n",
    "=>",
    "====",
    "\\u00e9",
    "&nbsp;",
    "ǅ",
];

const WORDS: [&str; 24] = [
    "the",
    "Gateway",
    "of",
    "tokens",
    "International",
    "supercalifragilistic",
    "fn",
    "return",
    "let",
    "Straße",
    "für",
    "être",
    "año",
    "слово",
    "Москва",
    "λόγος",
    "日本語",
    "中文",
    "한국어",
    "العربية",
    "हिन्दी",
    "ไทย",
    "שלום",
    "Ünïcödé",
];

/// Numbers that look like chance (SplitMix64).
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    /// Beginning with a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// One of several.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::try_from(self.below(all.len() as u64)).unwrap_or(0)).copied()
    }

    fn character(&mut self, (first, last): (u32, u32)) -> char {
        let code = u64::from(first) + self.below(u64::from(last - first) + 1);
        u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('?')
    }
}

/// That many strings.
pub fn corpus(count: usize) -> Vec<String> {
    let mut chance = Chance::new(SEED);
    (0..count).map(|_| string(&mut chance)).collect()
}

fn string(chance: &mut Chance) -> String {
    let mut text = String::new();
    // Some are one thing throughout, most a mixture.
    let kind = chance.below(10);
    for _ in 0..=chance.below(24) {
        match if kind < 7 { kind } else { chance.below(7) } {
            0 => prose(chance, &mut text),
            1 => script(chance, &mut text),
            2 => text.push_str(chance.of(&PIECES).unwrap_or_default()),
            3 => code(chance, &mut text),
            4 => anything(chance, &mut text),
            5 => spaces(chance, &mut text),
            _ => run(chance, &mut text),
        }
    }
    text
}

fn prose(chance: &mut Chance, text: &mut String) {
    for _ in 0..=chance.below(8) {
        text.push_str(chance.of(&WORDS).unwrap_or_default());
        text.push_str(chance.of(&[" ", " ", " ", ", ", ". ", "\n", "-", "'s "]).unwrap_or_default());
    }
}

fn script(chance: &mut Chance, text: &mut String) {
    let script = chance.of(&SCRIPTS).unwrap_or_default();
    for _ in 0..=chance.below(16) {
        let character = chance.character(script);
        text.push(character);
        if chance.below(8) == 0 {
            text.push(' ');
        }
    }
}

fn code(chance: &mut Chance, text: &mut String) {
    let indent = usize::try_from(chance.below(6)).unwrap_or(0);
    text.push_str(&"    ".repeat(indent));
    let (one, other) = (chance.below(100_000), chance.below(1_000));
    text.push_str(&format!(
        "let value_{other} = call(&self, {one}, \"{}\");\n",
        chance.of(&WORDS).unwrap_or_default()
    ));
}

/// Any character that there is; those for private use and those that no Unicode has yet too.
fn anything(chance: &mut Chance, text: &mut String) {
    for _ in 0..=chance.below(10) {
        let plane = if chance.below(3) == 0 { 0x10_ffff } else { 0xffff };
        let character = chance.character((0, plane));
        text.push(character);
    }
}

fn spaces(chance: &mut Chance, text: &mut String) {
    let space = chance.of(&[' ', ' ', ' ', '\t', '\n', '\r', '\u{b}', '\u{a0}', '\u{2003}']).unwrap_or(' ');
    let times = usize::try_from(chance.below(40)).unwrap_or(0);
    text.extend(std::iter::repeat_n(space, times));
    if chance.below(2) == 0 {
        text.push_str(chance.of(&PIECES).unwrap_or_default());
    }
}

fn run(chance: &mut Chance, text: &mut String) {
    let piece = chance
        .of(&["a", "=", "-", "0", "é", "字", "aA", "ab", "🦀", "!", "\u{301}", "\u{200b}"])
        .unwrap_or_default();
    let most = chance.of(&[8, 80, 800]).unwrap_or(8);
    text.push_str(&piece.repeat(usize::try_from(chance.below(most)).unwrap_or(0)));
}

/// A hash of numbers (FNV-1a), to keep what many strings came to in a small file.
pub fn digest(numbers: impl IntoIterator<Item = u32>) -> u64 {
    numbers
        .into_iter()
        .flat_map(u32::to_le_bytes)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
