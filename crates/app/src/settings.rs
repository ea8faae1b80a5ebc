//! What a person chooses once.

use crate::{AppError, app::App, offers, providers::Offers, shown::parameters::set_in};
use api::settings::Settings;
use base::Id;
use chat::Preferences;
use http::Uri;
use ledger::retention::MAX_DAYS;
use library::LIBRARIAN_ID;

const NAME: &str = "settings";
const THEMES: [&str; 3] = ["system", "light", "dark"];
const DENSITIES: [&str; 2] = ["comfortable", "compact"];
const TEXT_SIZES: [&str; 3] = ["normal", "large", "larger"];
const MOST_FAVOURITES: usize = 100;
/// The longest name of a model or route that is kept, in bytes.
const LONGEST_NAME: usize = 300;
const LANGUAGES: [&str; 6] = ["", "en", "de", "es", "zh", "ar"];

pub(crate) async fn load(settings: &store::Settings) -> Result<Settings, AppError> {
    let kept = settings.get(Id::FIRST_OWNER, NAME).await;
    Ok(kept.map_err(|error| crate::app::kept(error.kind(), error))?.unwrap_or_default())
}

/// What applies to every conversation. Without a choice, `auto` is asked once there is a language model, and
/// the Librarian before.
pub(crate) fn preferences(settings: &Settings, offers: &Offers) -> Preferences {
    let without_choice = if offers.language_models() > 0 { offers::AUTO } else { LIBRARIAN_ID };
    Preferences {
        default_model: settings.default_model.clone().unwrap_or_else(|| without_choice.to_owned()),
        system_prompt: settings.system_prompt.clone(),
        titles_by_model: settings.titles_by_model,
        memory: settings.memory,
        memory_by_model: settings.memory_by_model,
        tools: settings.tools.clone(),
        parameters: set_in(settings.parameters.clone()),
    }
}

impl App {
    /// What the person chose.
    pub async fn settings(&self) -> Result<Settings, AppError> {
        Ok(self.with_file(load(&self.settings).await?))
    }

    /// The settings with what the configuration file says over them.
    fn with_file(&self, settings: Settings) -> Settings {
        Settings {
            local_only: settings.local_only || self.local_only_in_file,
            local_only_in_file: self.local_only_in_file,
            attachment_days: self.attachment_days_in_file.unwrap_or(settings.attachment_days),
            attachment_days_in_file: self.attachment_days_in_file.is_some(),
            ..settings
        }
    }

    /// Changes what the person chose.
    pub async fn set_settings(&self, settings: Settings) -> Result<Settings, AppError> {
        one_of("theme", &settings.theme, &THEMES)?;
        one_of("density", &settings.density, &DENSITIES)?;
        one_of("text_size", &settings.text_size, &TEXT_SIZES)?;
        one_of("language", &settings.language, &LANGUAGES)?;
        check_favourites(&settings.favourite_models)?;
        for tool in &settings.tools {
            let unknown = |_| AppError::Setting { name: "tools", value: tool.clone() };
            self.chat.check_tools(std::slice::from_ref(tool)).map_err(unknown)?;
        }
        if settings.attachment_days > MAX_DAYS {
            let value = settings.attachment_days.to_string();
            return Err(AppError::Setting { name: "attachment_days", value });
        }
        let own = set_in(settings.parameters.clone());
        own.check().map_err(AppError::Parameters)?;
        if own.system_prompt.is_some() {
            let value = "system_prompt".to_owned();
            return Err(AppError::Setting { name: "parameters", value });
        }
        if self.local_only_in_file && !settings.local_only {
            return Err(AppError::LocalOnlyInFile);
        }
        if let Some(host) = self.redis_elsewhere.clone().filter(|_| settings.local_only) {
            return Err(AppError::RedisElsewhere(host));
        }
        let settings = Settings { local_only_in_file: false, attachment_days_in_file: false, ..settings };
        let kept = self.settings.put(Id::FIRST_OWNER, NAME, &settings).await;
        kept.map_err(|error| crate::app::kept(error.kind(), error))?;
        self.chat.set_preferences(preferences(&settings, &self.offers));
        let reach_changes = self.local_only.is_on() != settings.local_only;
        self.local_only.set(settings.local_only);
        if reach_changes {
            self.mcp.reach_changed();
        }
        self.gateway.set_local_only(settings.local_only);
        Ok(self.with_file(settings))
    }

    /// Lets the default model follow what can be called now.
    pub(crate) async fn settle_preferences(&self) {
        match self.settings().await {
            Ok(settings) => self.chat.set_preferences(preferences(&settings, &self.offers)),
            Err(error) => tracing::warn!(%error, "the settings cannot be read"),
        }
    }
}

/// The machine that Redis is on, if that is not this one. What is no address, others refuse.
pub(crate) fn redis_elsewhere(url: Option<&str>) -> Option<String> {
    let uri: Uri = url?.parse().ok()?;
    let by_network = matches!(uri.scheme_str(), Some("redis" | "rediss"));
    (by_network && !net::is_here(&uri)).then(|| uri.host().unwrap_or_default().to_owned())
}

fn one_of(name: &'static str, value: &str, known: &[&str]) -> Result<(), AppError> {
    if known.contains(&value) { Ok(()) } else { Err(AppError::Setting { name, value: value.to_owned() }) }
}

/// What is gone may stay among them: a provider that is away for the moment comes back with its models.
fn check_favourites(names: &[String]) -> Result<(), AppError> {
    let refuse = |value: String| Err(AppError::Setting { name: "favourite_models", value });
    if names.len() > MOST_FAVOURITES {
        return refuse(format!("{} models", names.len()));
    }
    for (index, name) in names.iter().enumerate() {
        let again = names.iter().take(index).any(|other| other == name);
        if again || name.trim().is_empty() || name.len() > LONGEST_NAME {
            return refuse(name.chars().take(80).collect());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn favourites_are_few_and_each_is_there_once() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        assert!(check_favourites(&[]).is_ok());
        assert!(check_favourites(&names(&["openai/gpt-4o", "auto"])).is_ok());
        assert!(check_favourites(&names(&["auto", "auto"])).is_err());
        assert!(check_favourites(&names(&[" "])).is_err());
        assert!(check_favourites(&["m".repeat(LONGEST_NAME + 1)]).is_err());
        let many: Vec<String> = (0..=MOST_FAVOURITES).map(|number| format!("m{number}")).collect();
        assert!(check_favourites(&many).is_err());
    }

    #[test]
    fn redis_is_here_or_elsewhere() {
        for (url, elsewhere) in [
            (None, None),
            (Some("redis://127.0.0.1:6379"), None),
            (Some("redis://user:secret@localhost/2"), None),
            (Some("redis+unix:///run/redis.sock"), None),
            (Some("redis://[::1]:6379"), None),
            (Some("redis://user:secret@10.0.0.7:6379/1"), Some("10.0.0.7")),
            (Some("rediss://redis.example"), Some("redis.example")),
            (Some("no address at all"), None),
        ] {
            assert_eq!(redis_elsewhere(url).as_deref(), elsewhere, "{url:?}");
        }
    }
}
