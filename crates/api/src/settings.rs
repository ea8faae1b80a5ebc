//! What a person chooses once.

use crate::{given::given, parameters::ParameterSet};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The settings; they are kept on the server, so that every window has the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The model or route for new conversations; missing leaves the choice to Familiar.
    pub default_model: Option<String>,
    /// Models and routes that stand first where one is chosen, in the order they are offered: 100 at the most, each once.
    pub favourite_models: Vec<String>,
    /// Instructions that precede every conversation.
    pub system_prompt: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `comfortable` or `compact`.
    pub density: String,
    /// How large the page is: `normal`, `large` or `larger`.
    pub text_size: String,
    /// The page's language: `en`, `de`, `es` or `zh`; empty follows the browser.
    pub language: String,
    /// Whether the model that answered also writes a title (a small extra call).
    pub titles_by_model: bool,
    /// Whether anything is recalled and learned at all; each conversation can be left out besides.
    pub memory: bool,
    /// Whether the model that answered is also asked what there is to remember (a small extra call).
    pub memory_by_model: bool,
    /// Names of the tools that models may use where a conversation does not say; `GET /api/tools` lists them.
    pub tools: Vec<String>,
    /// How models are to answer where a conversation, its persona or its preset says nothing; the instructions are
    /// `system_prompt` above.
    pub parameters: ParameterSet,
    /// Whether every request that would leave this machine is refused.
    pub local_only: bool,
    /// Whether the configuration file turns that on, so that it cannot be turned off here.
    pub local_only_in_file: bool,
    /// After how many days the pictures of messages and comparisons are deleted; 0 keeps them for ever.
    pub attachment_days: u32,
    /// Whether the configuration file says that, so that it cannot be changed here.
    pub attachment_days_in_file: bool,
    /// Whether the first steps were taken or put aside.
    pub onboarded: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_model: None,
            favourite_models: Vec::new(),
            system_prompt: String::new(),
            theme: "system".into(),
            density: "comfortable".into(),
            text_size: "normal".into(),
            language: String::new(),
            titles_by_model: false,
            memory: true,
            memory_by_model: false,
            tools: Vec::new(),
            parameters: ParameterSet::default(),
            local_only: false,
            local_only_in_file: false,
            attachment_days: 30,
            attachment_days_in_file: false,
            onboarded: false,
        }
    }
}

/// Changes what is given and leaves the rest; what is chosen at the same time in another window stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UpdateSettings {
    /// Another model or route for new conversations; `null` leaves the choice to Familiar.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub default_model: Option<Option<String>>,
    /// Other models and routes that stand first where one is chosen, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub favourite_models: Option<Vec<String>>,
    /// Other instructions that precede every conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<String>,
    /// `system`, `light` or `dark`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// `comfortable` or `compact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub density: Option<String>,
    /// `normal`, `large` or `larger`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_size: Option<String>,
    /// Another language; empty follows the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Whether the model that answered also writes a title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub titles_by_model: Option<bool>,
    /// Whether anything is recalled and learned at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<bool>,
    /// Whether the model that answered is also asked what there is to remember.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_by_model: Option<bool>,
    /// Names of the tools that models may use where a conversation does not say, all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Vec<String>>,
    /// How models are to answer where nothing else says it, as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<ParameterSet>,
    /// Whether every request that would leave this machine is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_only: Option<bool>,
    /// After how many days the pictures of messages and comparisons are deleted; 0 keeps them for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_days: Option<u32>,
    /// Whether the first steps were taken or put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onboarded: Option<bool>,
}
