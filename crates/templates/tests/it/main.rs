//! Templates: what is understood, what is refused and where, what they become, and the way through files.

mod exchange;
mod parsing;
mod rendering;
