//! The order that a person gives to providers: models are listed in it, and `auto` asks the providers in it.

use super::{Offers, unknown};
use crate::{AppError, app::App};
use api::providers::{ProviderList, ProviderOrder};
use base::Id;
use store::Settings;

/// The setting that holds the names in their order.
const SETTING: &str = "provider_order";

/// The names in the order that was chosen; none where nobody chose.
pub(super) async fn kept(settings: &Settings) -> Result<Vec<String>, AppError> {
    let kept = settings.get(Id::FIRST_OWNER, SETTING).await;
    let kept: Option<Vec<String>> =
        kept.map_err(|error| AppError::Kept { kind: error.kind(), source: error.into() })?;
    Ok(kept.unwrap_or_default())
}

impl Offers {
    async fn put_in_order(&self, wanted: Vec<String>) -> Result<(), AppError> {
        let known = self.in_order();
        if let Some(name) = wanted.iter().find(|name| !known.contains(name)) {
            return Err(unknown(name));
        }
        let before = self.order.lock().clone();
        let mut names: Vec<String> = Vec::new();
        // One that is away for the moment keeps a place, behind those that are named.
        for name in wanted.into_iter().chain(before) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let written = self.settings.put(Id::FIRST_OWNER, SETTING, &names).await;
        written.map_err(|error| AppError::Kept { kind: error.kind(), source: error.into() })?;
        *self.order.lock() = names;
        self.publish();
        Ok(())
    }
}

impl App {
    /// Puts providers into an order. Those that are not named come behind, as they were.
    pub async fn order_providers(&self, order: ProviderOrder) -> Result<ProviderList, AppError> {
        let _turn = self.offers.changing.lock().await;
        self.offers.put_in_order(order.names).await?;
        Ok(self.providers())
    }
}
