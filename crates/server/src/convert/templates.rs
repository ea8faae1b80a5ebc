//! Prompt templates, from the chat's types to the API's and back.

use api::templates as dto;
use chat::{
    PromptTemplate,
    templates::{ImportedTemplate, Outcome},
};
use store::{Kept, records::VersionInfo};
use templates::{Form, Problem, Template, Variable};

pub(crate) fn summary(kept: Kept<PromptTemplate>) -> dto::TemplateSummary {
    dto::TemplateSummary {
        id: kept.id.to_string(),
        title: kept.value.title,
        command: kept.value.command,
        category: kept.value.category,
        description: kept.value.description,
        updated_at: kept.updated_at.to_string(),
    }
}

pub(crate) fn kept(kept: Kept<PromptTemplate>) -> dto::KeptTemplate {
    // What is kept was understood when it was written.
    let variables = templates::parse(&kept.value.text).map(|template| template.variables).unwrap_or_default();
    dto::KeptTemplate {
        id: kept.id.to_string(),
        version: kept.version,
        template: template(kept.value),
        variables: variables.into_iter().map(variable).collect(),
        created_at: kept.created_at.to_string(),
        updated_at: kept.updated_at.to_string(),
        deleted: kept.deleted_at.is_some(),
    }
}

pub(crate) fn template(template: PromptTemplate) -> dto::PromptTemplate {
    let PromptTemplate { title, command, category, description, text } = template;
    dto::PromptTemplate { title, command, category, description, text }
}

pub(crate) fn template_in(template: dto::PromptTemplate) -> PromptTemplate {
    let dto::PromptTemplate { title, command, category, description, text } = template;
    PromptTemplate { title, command, category, description, text }
}

fn variable(variable: Variable) -> dto::TemplateVariable {
    dto::TemplateVariable {
        given: variable.is_given(),
        kind: variable.kind.as_str().to_owned(),
        name: variable.name,
        label: variable.label,
        placeholder: variable.placeholder,
        default: variable.default,
        required: variable.required,
        options: variable.options,
        min: variable.min,
        max: variable.max,
        step: variable.step,
    }
}

fn problem(problem: Problem) -> dto::TemplateProblem {
    let whole = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    dto::TemplateProblem {
        line: whole(problem.position.line),
        column: whole(problem.position.column),
        message: problem.message,
        hint: problem.hint.map(str::to_owned),
    }
}

pub(crate) fn rendered(asked: &dto::RenderTemplate) -> dto::RenderedTemplate {
    let nothing = |problems: Vec<Problem>| dto::RenderedTemplate {
        text: None,
        variables: Vec::new(),
        problems: problems.into_iter().map(problem).collect(),
        notes: Vec::new(),
        refused: Vec::new(),
    };
    let read: Template = match templates::parse(&asked.text) {
        Ok(read) => read,
        Err(problems) => return nothing(problems),
    };
    let (text, refused) = match templates::render(&read, &asked.values) {
        Ok(text) => (Some(text), Vec::new()),
        Err(refused) => (None, refused),
    };
    dto::RenderedTemplate {
        text,
        variables: read.variables.into_iter().map(variable).collect(),
        problems: Vec::new(),
        notes: read.notes.into_iter().map(problem).collect(),
        refused: refused
            .into_iter()
            .map(|refused| dto::RefusedValue { name: refused.name, why: refused.why })
            .collect(),
    }
}

pub(crate) fn version(version: VersionInfo) -> dto::TemplateVersion {
    dto::TemplateVersion {
        version: version.version,
        title: version.title,
        created_at: version.created_at.to_string(),
    }
}

pub(crate) fn import((form, all): (Form, Vec<ImportedTemplate>)) -> dto::TemplateImport {
    let form = match form {
        Form::Familiar => "familiar",
        Form::OpenWebUi => "open-webui",
    };
    dto::TemplateImport { form: form.to_owned(), templates: all.into_iter().map(imported).collect() }
}

fn imported(one: ImportedTemplate) -> dto::ImportedTemplate {
    let (outcome, id, why) = match one.outcome {
        Outcome::New(id) => ("new", id.map(|id| id.to_string()), None),
        Outcome::Known => ("known", None, None),
        Outcome::Refused(why) => ("refused", None, Some(why)),
    };
    dto::ImportedTemplate { title: one.title, command: one.command, outcome: outcome.to_owned(), id, why }
}
