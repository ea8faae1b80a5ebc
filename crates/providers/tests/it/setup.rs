//! Providers from configuration texts, with a clock that is turned by hand.

use base::{ManualClock, Timestamp};
use providers::{Catalogue, ProviderConfig, ProviderError, Providers};
use std::sync::Arc;

/// Providers with these names and `[providers.NAME]` texts.
pub(crate) fn providers(configs: &[(&str, &str)]) -> Providers {
    with_clock(configs).0
}

/// The same, and the clock they go by.
pub(crate) fn with_clock(configs: &[(&str, &str)]) -> (Providers, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_795_229_045_000)));
    let providers = Providers::new(Catalogue::shipped().unwrap(), clock.clone());
    for (name, config) in configs {
        providers.set(name, config_of(config)).unwrap();
    }
    (providers, clock)
}

/// One provider, or why there is none.
pub(crate) fn provider(name: &str, config: &str) -> Result<Providers, ProviderError> {
    let providers = providers(&[]);
    providers.set(name, config_of(config)).map(|()| providers)
}

pub(crate) fn config_of(text: &str) -> ProviderConfig {
    toml::from_str(text).unwrap()
}
