//! Fields that may be missing, `null` or something.

use serde::{Deserialize, Deserializer};

/// A field that is there, be it `null`.
pub(crate) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    value: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(value).map(Some)
}
