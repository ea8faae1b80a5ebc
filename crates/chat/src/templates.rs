//! Prompt templates as they are kept: by title and command, with versions, in and out as files.

use crate::{error::ChatError, service::ChatService};
use base::{Id, OwnerId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{
    InvalidRecord, Kept, Record, Records,
    records::{Deleted, ListRecords, VersionInfo},
};
use templates::{Entry, Form, Problem, exchange::command_of, parse};

/// Templates of an owner, at the most.
const MOST: u32 = 5_000;
/// Characters of a title, a category and a command.
const WORDS: usize = 120;
/// Characters of what a template is for.
const DESCRIPTION: usize = 1_000;

type Result<T> = std::result::Result<T, ChatError>;

/// A prompt template; kept as a record.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PromptTemplate {
    /// What it is called.
    pub title: String,
    /// What is typed behind the slash.
    pub command: String,
    /// What it is listed under; may be empty.
    pub category: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The template itself.
    pub text: String,
}

impl Record for PromptTemplate {
    const KIND: &'static str = "template";

    fn title(&self) -> String {
        self.title.clone()
    }

    fn search_text(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.command, self.category, self.description, self.text)
    }

    fn validate(&self) -> std::result::Result<(), InvalidRecord> {
        let long = |text: &str, most: usize| text.chars().count() > most;
        if self.title.is_empty() || long(&self.title, WORDS) {
            return Err(InvalidRecord::new(format!("a template has a title of 1 to {WORDS} characters")));
        }
        if self.command.is_empty() || command_of(&self.command) != self.command {
            let message =
                format!("`{}` is no command: letters, digits, `-` and `_`, at most 40", self.command);
            return Err(InvalidRecord::new(message));
        }
        if long(&self.category, WORDS) || long(&self.description, DESCRIPTION) {
            let message = format!("a category has at most {WORDS} characters, a description {DESCRIPTION}");
            return Err(InvalidRecord::new(message));
        }
        if self.text.trim().is_empty() {
            return Err(InvalidRecord::new("the template is empty"));
        }
        match parse(&self.text) {
            Ok(_) => Ok(()),
            Err(problems) => Err(invalid(&problems)),
        }
    }
}

fn invalid(problems: &[Problem]) -> InvalidRecord {
    let first = problems.first();
    let message = first.map_or_else(String::new, ToString::to_string);
    InvalidRecord { message, hint: first.and_then(|problem| problem.hint).map(str::to_owned) }
}

/// What came of a template in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedTemplate {
    /// What it is called.
    pub title: String,
    /// The command that it has here, which may differ from the file's.
    pub command: String,
    /// What came, or would come, of it.
    pub outcome: Outcome,
}

/// What came of a template in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is new; with its id once it is kept.
    New(Option<Id>),
    /// It is here already.
    Known,
    /// It cannot be taken in.
    Refused(String),
}

impl ChatService {
    fn template_records(&self) -> Records {
        Records::new(self.parts.db.clone())
    }

    /// The templates in which these words are found, by title; deleted ones where those are wanted.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn templates(
        &self,
        owner: OwnerId,
        words: &str,
        deleted: Deleted,
    ) -> Result<Vec<Kept<PromptTemplate>>> {
        let text = Some(words.trim().to_owned()).filter(|words| !words.is_empty());
        let wanted = ListRecords { text, deleted, limit: MOST, ..ListRecords::of(owner) };
        let mut all = self.template_records().list::<PromptTemplate>(&wanted).await?;
        all.sort_by_cached_key(|kept| kept.value.title.to_lowercase());
        Ok(all)
    }

    /// One template, also a deleted one.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn template(&self, owner: OwnerId, id: Id) -> Result<Kept<PromptTemplate>> {
        Ok(self.template_records().get(owner, id).await?)
    }

    /// Keeps a new template.
    ///
    /// # Errors
    /// What is wrong with it; a command that another one has.
    pub async fn create_template(
        &self,
        owner: OwnerId,
        template: PromptTemplate,
    ) -> Result<Kept<PromptTemplate>> {
        let template = self.tidied(owner, template, None).await?;
        Ok(self.template_records().create(owner, None, template).await?)
    }

    /// Writes a new version over version `expected`. Where nothing changes there is none.
    ///
    /// # Errors
    /// As of [`Self::create_template`]; somebody changed it meanwhile.
    pub async fn update_template(
        &self,
        owner: OwnerId,
        (id, expected): (Id, u64),
        template: PromptTemplate,
    ) -> Result<Kept<PromptTemplate>> {
        let template = self.tidied(owner, template, Some(id)).await?;
        let before = self.template(owner, id).await?;
        if before.value == template && before.version == expected && before.deleted_at.is_none() {
            return Ok(before);
        }
        Ok(self.template_records().update(owner, id, expected, template).await?)
    }

    /// Makes another one like it.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn duplicate_template(&self, owner: OwnerId, id: Id) -> Result<Kept<PromptTemplate>> {
        let mut template = self.template(owner, id).await?.value;
        let mut taken = self.commands(owner, None).await?;
        template.title = format!("{} (copy)", template.title.chars().take(WORDS - 7).collect::<String>());
        template.command = free(&template.command, &mut taken);
        Ok(self.template_records().create(owner, None, template).await?)
    }

    /// Deletes it; [`Self::restore_template`] brings it back.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn delete_template(&self, owner: OwnerId, id: Id) -> Result<()> {
        Ok(self.template_records().delete::<PromptTemplate>(owner, id).await?)
    }

    /// Brings a deleted one back; with another command where its own is taken by now.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn restore_template(&self, owner: OwnerId, id: Id) -> Result<Kept<PromptTemplate>> {
        let mut taken = self.commands(owner, Some(id)).await?;
        self.template_records().undelete::<PromptTemplate>(owner, id).await?;
        let kept = self.template(owner, id).await?;
        if !taken.contains(&kept.value.command) {
            return Ok(kept);
        }
        let command = free(&kept.value.command, &mut taken);
        let value = PromptTemplate { command, ..kept.value };
        Ok(self.template_records().update(owner, id, kept.version, value).await?)
    }

    /// Its versions, the newest first.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn template_history(&self, owner: OwnerId, id: Id) -> Result<Vec<VersionInfo>> {
        Ok(self.template_records().history::<PromptTemplate>(owner, id).await?)
    }

    /// What it was at a version.
    ///
    /// # Errors
    /// Where there is no such version.
    pub async fn template_at(&self, owner: OwnerId, id: Id, version: u64) -> Result<PromptTemplate> {
        Ok(self.template_records().at_version(owner, id, version).await?)
    }

    /// Makes it what it was at `version`, as a new version over `expected`; the command stays where the old one is taken.
    ///
    /// # Errors
    /// Where there is no such version; somebody changed it meanwhile.
    pub async fn roll_back_template(
        &self,
        owner: OwnerId,
        id: Id,
        (version, expected): (u64, u64),
    ) -> Result<Kept<PromptTemplate>> {
        let mut then = self.template_at(owner, id, version).await?;
        if self.commands(owner, Some(id)).await?.contains(&then.command) {
            then.command = self.template(owner, id).await?.value.command;
        }
        Ok(self.template_records().update(owner, id, expected, then).await?)
    }

    /// Takes templates of a file in, or says what would come of it.
    ///
    /// # Errors
    /// A file that is none.
    pub async fn import_templates(
        &self,
        owner: OwnerId,
        bytes: &[u8],
        really: Really,
    ) -> Result<(Form, Vec<ImportedTemplate>)> {
        let (form, entries) = templates::read(bytes).map_err(ChatError::TemplateFile)?;
        let here = self.templates(owner, "", Deleted::Without).await?;
        let mut taken: BTreeSet<String> = here.iter().map(|kept| kept.value.command.clone()).collect();
        let mut known: Vec<PromptTemplate> = here.into_iter().map(|kept| kept.value).collect();
        let mut report = Vec::with_capacity(entries.len());
        for entry in entries {
            let mut template = from_entry(entry);
            let same = |one: &PromptTemplate| one.title == template.title && one.text == template.text;
            if known.iter().any(same) {
                report.push(told(template, Outcome::Known));
                continue;
            }
            if let Err(why) = template.validate() {
                report.push(told(template, Outcome::Refused(why.message)));
                continue;
            }
            template.command = free(&template.command, &mut taken);
            known.push(template.clone());
            let id = match really {
                Really::Yes => Some(self.template_records().create(owner, None, template.clone()).await?.id),
                Really::OnlySay => None,
            };
            report.push(told(template, Outcome::New(id)));
        }
        Ok((form, report))
    }

    /// The templates as a file: those of these ids, or all where there are none.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn export_templates(&self, owner: OwnerId, ids: &[Id], form: Form) -> Result<String> {
        let all = self.templates(owner, "", Deleted::Without).await?;
        let wanted = all.into_iter().filter(|kept| ids.is_empty() || ids.contains(&kept.id));
        let entries: Vec<Entry> = wanted.map(|kept| to_entry(kept.value)).collect();
        Ok(templates::write(&entries, form, self.parts.clock.now().millis() / 1_000))
    }

    /// The template with its words in order, if nobody else has its command.
    async fn tidied(
        &self,
        owner: OwnerId,
        template: PromptTemplate,
        own: Option<Id>,
    ) -> Result<PromptTemplate> {
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let template = PromptTemplate {
            title: words(template.title),
            command: template.command.trim().trim_start_matches('/').to_lowercase(),
            category: words(template.category),
            description: template.description.trim().to_owned(),
            text: template.text,
        };
        if self.commands(owner, own).await?.contains(&template.command) {
            return Err(ChatError::CommandTaken(template.command));
        }
        Ok(template)
    }

    /// The commands that are taken, but for one's own.
    async fn commands(&self, owner: OwnerId, own: Option<Id>) -> Result<BTreeSet<String>> {
        let all = self.templates(owner, "", Deleted::Without).await?;
        Ok(all.into_iter().filter(|kept| Some(kept.id) != own).map(|kept| kept.value.command).collect())
    }
}

/// Whether something is done, or only said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Really {
    /// It is done.
    Yes,
    /// It is only said what would come of it.
    OnlySay,
}

/// The command, or the first like it that is free; it is taken then.
fn free(command: &str, taken: &mut BTreeSet<String>) -> String {
    let short: String = command.chars().take(35).collect();
    let numbered = (2..).map(|number: u32| format!("{short}-{number}"));
    let found = std::iter::once(command.to_owned()).chain(numbered).find(|one| !taken.contains(one));
    let found = found.unwrap_or_default();
    taken.insert(found.clone());
    found
}

fn from_entry(entry: Entry) -> PromptTemplate {
    let words = |text: &str, most: usize| {
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(most).collect::<String>()
    };
    let command = [entry.command.as_str(), entry.title.as_str(), "template"].into_iter().map(command_of);
    PromptTemplate {
        title: words(&entry.title, WORDS),
        command: command.into_iter().find(|command| !command.is_empty()).unwrap_or_default(),
        category: words(&entry.category, WORDS),
        description: entry.description.trim().chars().take(DESCRIPTION).collect(),
        text: entry.text,
    }
}

fn to_entry(template: PromptTemplate) -> Entry {
    let PromptTemplate { title, command, category, description, text } = template;
    Entry { title, command, category, description, text }
}

fn told(template: PromptTemplate, outcome: Outcome) -> ImportedTemplate {
    ImportedTemplate { title: template.title, command: template.command, outcome }
}
