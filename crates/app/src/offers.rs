//! What can be called, put together from the providers' models, the Librarian and the configured routes: pure.

use gateway::{Deployment, Route, RoutingTable, Target};
use library::{LIBRARIAN_ID, Librarian};
use llm::{Capability, ChatModel, ModelSpec};
use routing::RouteConfig;
use std::{collections::BTreeMap, sync::Arc};

/// The route that the page and the terminal ask where nothing else is said.
pub(crate) const AUTO: &str = "auto";

/// A provider that can be called now.
pub(crate) struct Offer {
    pub(crate) target: Target,
    pub(crate) models: Vec<ModelSpec>,
}

/// The table: every provider's models in the providers' order, the Librarian last, the configured routes, and
/// `auto` if nobody configured it: the best-known chat model of each provider, then the Librarian.
pub(crate) fn table(
    offers: Vec<Offer>,
    librarian: Arc<dyn ChatModel>,
    routes: &BTreeMap<String, RouteConfig>,
) -> RoutingTable {
    let mut deployments = Vec::new();
    let mut auto = Vec::new();
    for offer in offers {
        auto.extend(preferred(&offer.models).map(ModelSpec::id));
        deployments.extend(offer.models.into_iter().map(|spec| Deployment {
            id: spec.id(),
            target: offer.target.clone(),
            spec,
        }));
    }
    deployments.push(Deployment {
        id: LIBRARIAN_ID.to_owned(),
        spec: Librarian::spec(),
        target: Target::Local(librarian),
    });
    auto.push(LIBRARIAN_ID.to_owned());
    let mut named: Vec<Route> =
        routes.iter().map(|(name, route)| Route { name: name.clone(), config: route.clone() }).collect();
    if !routes.contains_key(AUTO) {
        named.push(Route::ordered(AUTO, auto));
    }
    RoutingTable { deployments, routes: named }
}

/// The model of a provider to ask when the person has no preference: one that holds conversations, rather one
/// whose price is known, rather one that calls tools; otherwise the provider's first.
fn preferred(models: &[ModelSpec]) -> Option<&ModelSpec> {
    let chat = models.iter().filter(|model| model.can(Capability::Chat));
    let worth = |model: &ModelSpec| (model.prices.is_some(), model.can(Capability::Tools));
    // `max_by_key` would take the last of equals; the provider's order counts.
    chat.reduce(|best, next| if worth(next) > worth(best) { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str, capabilities: &[Capability], priced: bool) -> ModelSpec {
        ModelSpec {
            provider: "p".into(),
            name: name.into(),
            display_name: name.into(),
            context_window: None,
            max_output_tokens: None,
            capabilities: capabilities.to_vec(),
            prices: priced.then(llm::Prices::default),
            quality: None,
            cacheable_tokens: None,
        }
    }

    #[test]
    fn the_preferred_model_is_the_best_known_one_that_chats() {
        use Capability::{Chat, Embeddings, Tools};
        let models = [
            model("embed", &[Embeddings], true),
            model("unknown", &[Chat], false),
            model("first", &[Chat, Tools], true),
            model("second", &[Chat, Tools], true),
        ];
        assert_eq!(preferred(&models).unwrap().name, "first");
        assert_eq!(preferred(&models[..2]).unwrap().name, "unknown");
        assert_eq!(preferred(&models[..1]), None);
    }
}
