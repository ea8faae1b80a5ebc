//! Prompt templates.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The templates, by title.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TemplateList {
    /// The templates.
    pub templates: Vec<TemplateSummary>,
}

/// A template as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TemplateSummary {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What is typed behind the slash.
    pub command: String,
    /// What it is listed under; may be empty.
    pub category: String,
    /// What it is for; may be empty.
    pub description: String,
    /// When it last changed.
    pub updated_at: String,
}

/// A template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeptTemplate {
    /// Its id.
    pub id: String,
    /// Its version, from 1; one more with each change.
    pub version: u64,
    /// What it is.
    pub template: PromptTemplate,
    /// What is asked for when it is used.
    pub variables: Vec<TemplateVariable>,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// Whether it is deleted; then it can be restored.
    pub deleted: bool,
}

/// What a template is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PromptTemplate {
    /// What it is called.
    pub title: String,
    /// What is typed behind the slash: letters, digits, `-` and `_`. No other template has it.
    pub command: String,
    /// What it is listed under; may be empty.
    pub category: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Its text with variables: `{{name}}`, `{{name | type:property=value}}`.
    pub text: String,
}

/// Changes a template as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateTemplate {
    /// The version that was seen.
    pub version: u64,
    /// What it is from now on.
    pub template: PromptTemplate,
}

/// A variable of a template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TemplateVariable {
    /// Its name.
    pub name: String,
    /// `text`, `textarea`, `number`, `select`, `date`, `time`, `datetime-local` or `checkbox`.
    pub kind: String,
    /// Whether the page fills it in, and nobody is asked.
    pub given: bool,
    /// What it is called in a form, where that is not its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What stands in the empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// What it is where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Whether something has to be given.
    pub required: bool,
    /// What can be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The least number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// What numbers go by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
}

/// Asks what a text with variables becomes; nothing is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenderTemplate {
    /// The text.
    pub text: String,
    /// The values of its variables, by their names.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// What a text with variables becomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RenderedTemplate {
    /// The words; missing where something is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its variables.
    pub variables: Vec<TemplateVariable>,
    /// What is wrong with the text.
    pub problems: Vec<TemplateProblem>,
    /// What is worth knowing, though it works.
    pub notes: Vec<TemplateProblem>,
    /// Values that cannot be.
    pub refused: Vec<RefusedValue>,
}

/// Something about a template's text, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateProblem {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What it is.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// A value that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedValue {
    /// Of which variable.
    pub name: String,
    /// Why.
    pub why: String,
}

/// The versions of a template, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateHistory {
    /// The versions.
    pub versions: Vec<TemplateVersion>,
}

/// A version of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateVersion {
    /// Its number.
    pub version: u64,
    /// The title it had.
    pub title: String,
    /// When it was written.
    pub created_at: String,
}

/// Makes a template what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackTemplate {
    /// The version to go back to.
    pub version: u64,
    /// The version that was seen.
    pub expected: u64,
}

/// What came, or would come, of a file of templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TemplateImport {
    /// `familiar` or `open-webui`.
    pub form: String,
    /// Each template in it.
    pub templates: Vec<ImportedTemplate>,
}

/// What came of a template in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportedTemplate {
    /// What it is called.
    pub title: String,
    /// The command that it has here.
    pub command: String,
    /// `new`, `known` (it is here already) or `refused`.
    pub outcome: String,
    /// Its id, once it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
