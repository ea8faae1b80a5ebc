//! The models of this machine among the providers: what they offer, how they are shown and tried out.

use crate::providers::Offers;
use ::gateway::Target;
use api::{
    models::ModelSource,
    providers::{Provider, ProviderTest, ProviderTimeouts},
};
use base::Clock;
use inference::{OnDevice, PROVIDER, Stock};
use llm::{ChatModel, ModelSpec};
use std::sync::Arc;

impl Offers {
    /// Looks at the models' folder; `true` where something is different. Files are read on a thread for that.
    pub(crate) async fn look_at_files(&self) -> bool {
        let on_device = Arc::clone(&self.on_device);
        tokio::task::spawn_blocking(move || on_device.look()).await.unwrap_or_default()
    }

    pub(crate) fn files_offered(&self) -> crate::offers::Offer {
        let on_device: Arc<OnDevice> = Arc::clone(&self.on_device);
        let target: Arc<dyn ChatModel> = on_device;
        crate::offers::Offer { target: Target::Local(target), models: self.on_device.stock().models }
    }

    /// The models and where they come from; `None` where the folder is empty.
    pub(crate) fn files_listed(&self) -> Option<(Vec<ModelSpec>, ModelSource)> {
        let Stock { models, unusable } = self.on_device.stock();
        if models.is_empty() && unusable.is_empty() {
            return None;
        }
        let problems: Vec<&str> = unusable.iter().map(|one| one.message.as_str()).collect();
        let source = ModelSource {
            provider: PROVIDER.to_owned(),
            source: "files".to_owned(),
            fetched_at: None,
            problem: (!problems.is_empty()).then(|| problems.join("; ")),
        };
        Some((models, source))
    }

    /// How it is shown among the providers, where there is anything in the folder.
    pub(crate) fn files_shown(&self) -> Option<Provider> {
        let (models, _) = self.files_listed()?;
        Some(Provider {
            name: PROVIDER.to_owned(),
            vendor: PROVIDER.to_owned(),
            dialect: PROVIDER.to_owned(),
            base_url: self.on_device.folder().display().to_string(),
            key_source: "none".to_owned(),
            editable: false,
            models: models.len() as u64,
            organisation: None,
            project: None,
            proxy: None,
            headers: Vec::new(),
            timeouts: ProviderTimeouts::default(),
            only_models: Vec::new(),
        })
    }

    /// Reads the headers of all files (PRV-16): the first that cannot be used is what is wrong.
    pub(crate) async fn test_files(&self, clock: &dyn Clock) -> ProviderTest {
        let started = clock.monotonic();
        if self.look_at_files().await {
            self.publish();
        }
        let Stock { models, unusable } = self.on_device.stock();
        let folder = self.on_device.folder().display();
        let took = clock.monotonic().saturating_sub(started);
        let (message, code, hint) = match unusable.into_iter().next() {
            Some(broken) => (broken.message, Some("bad_request".to_owned()), Some(broken.hint.to_owned())),
            None if models.is_empty() => {
                let hint = "put a GGUF file into it, or a folder with safetensors and `tokenizer.json`";
                (
                    format!("there is no model in `{folder}`"),
                    Some("not_found".to_owned()),
                    Some(hint.to_owned()),
                )
            }
            None => (format!("{} models in `{folder}` can be loaded", models.len()), None, None),
        };
        ProviderTest {
            ok: code.is_none(),
            message,
            code,
            hint,
            models: Some(models.len() as u64),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}
