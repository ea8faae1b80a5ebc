//! What a person chooses once.

use crate::{AppError, app::App, offers, providers::Offers, shown::parameters::set_in};
use api::{
    events::AppEvent,
    settings::{Settings, UpdateSettings},
};
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

    /// Changes what is given of what the person chose, and leaves the rest.
    pub async fn change_settings(&self, change: UpdateSettings) -> Result<Settings, AppError> {
        self.check(&change)?;
        // What was written last is also what holds.
        let _turn = self.settings_turn.lock().await;
        let held = self.settings.hold::<Settings>(Id::FIRST_OWNER, NAME).await;
        let (chosen, held) = held.map_err(|error| crate::app::kept(error.kind(), error))?;
        let settings = changed(chosen.unwrap_or_default(), change);
        held.put(&settings).await.map_err(|error| crate::app::kept(error.kind(), error))?;
        self.chat.set_preferences(preferences(&settings, &self.offers));
        let settings = self.with_file(settings);
        let reach_changes = self.local_only.is_on() != settings.local_only;
        self.local_only.set(settings.local_only);
        if reach_changes {
            self.mcp.reach_changed();
        }
        self.gateway.set_local_only(settings.local_only);
        self.events.publish(AppEvent::SettingsChanged);
        Ok(settings)
    }

    /// Whether all that is given can be chosen.
    fn check(&self, change: &UpdateSettings) -> Result<(), AppError> {
        for (name, value, known) in [
            ("theme", &change.theme, &THEMES[..]),
            ("density", &change.density, &DENSITIES[..]),
            ("text_size", &change.text_size, &TEXT_SIZES[..]),
            ("language", &change.language, &LANGUAGES[..]),
        ] {
            value.as_deref().map_or(Ok(()), |value| one_of(name, value, known))?;
        }
        check_favourites(change.favourite_models.as_deref().unwrap_or_default())?;
        for tool in change.tools.iter().flatten() {
            let unknown = |_| AppError::Setting { name: "tools", value: tool.clone() };
            self.chat.check_tools(std::slice::from_ref(tool)).map_err(unknown)?;
        }
        if let Some(days) = change.attachment_days.filter(|days| *days > MAX_DAYS) {
            return Err(AppError::Setting { name: "attachment_days", value: days.to_string() });
        }
        if let Some(parameters) = &change.parameters {
            let own = set_in(parameters.clone());
            own.check().map_err(AppError::Parameters)?;
            if own.system_prompt.is_some() {
                let value = "system_prompt".to_owned();
                return Err(AppError::Setting { name: "parameters", value });
            }
        }
        if self.local_only_in_file && change.local_only == Some(false) {
            return Err(AppError::LocalOnlyInFile);
        }
        match self.redis_elsewhere.clone().filter(|_| change.local_only == Some(true)) {
            Some(host) => Err(AppError::RedisElsewhere(host)),
            None => Ok(()),
        }
    }

    /// Lets the default model follow what can be called now.
    pub(crate) async fn settle_preferences(&self) {
        let _turn = self.settings_turn.lock().await;
        match self.settings().await {
            Ok(settings) => self.chat.set_preferences(preferences(&settings, &self.offers)),
            Err(error) => tracing::warn!(%error, "the settings cannot be read"),
        }
    }
}

/// The settings with what is given in it.
fn changed(settings: Settings, change: UpdateSettings) -> Settings {
    Settings {
        default_model: change.default_model.unwrap_or(settings.default_model),
        favourite_models: change.favourite_models.unwrap_or(settings.favourite_models),
        system_prompt: change.system_prompt.unwrap_or(settings.system_prompt),
        theme: change.theme.unwrap_or(settings.theme),
        density: change.density.unwrap_or(settings.density),
        text_size: change.text_size.unwrap_or(settings.text_size),
        language: change.language.unwrap_or(settings.language),
        titles_by_model: change.titles_by_model.unwrap_or(settings.titles_by_model),
        memory: change.memory.unwrap_or(settings.memory),
        memory_by_model: change.memory_by_model.unwrap_or(settings.memory_by_model),
        tools: change.tools.unwrap_or(settings.tools),
        parameters: change.parameters.unwrap_or(settings.parameters),
        local_only: change.local_only.unwrap_or(settings.local_only),
        local_only_in_file: settings.local_only_in_file,
        attachment_days: change.attachment_days.unwrap_or(settings.attachment_days),
        attachment_days_in_file: settings.attachment_days_in_file,
        onboarded: change.onboarded.unwrap_or(settings.onboarded),
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
