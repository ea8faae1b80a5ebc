//! From a template and values to words.

use crate::{
    parse::{Piece, Template},
    variable::{Kind, Variable},
};
use std::collections::BTreeMap;

/// A value that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}`: {why}")]
pub struct Refused {
    /// Of which variable.
    pub name: String,
    /// Why.
    pub why: String,
}

/// Puts values in. What is not given is the default, or nothing where it may be.
///
/// # Errors
/// Every value that cannot be, in the order of the variables.
pub fn render(template: &Template, values: &BTreeMap<String, String>) -> Result<String, Vec<Refused>> {
    let mut put: BTreeMap<&str, String> = BTreeMap::new();
    let mut refused = Vec::new();
    for variable in &template.variables {
        match value(variable, values.get(&variable.name)) {
            Ok(value) => drop(put.insert(&variable.name, value)),
            Err(why) => refused.push(Refused { name: variable.name.clone(), why }),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let words = template.pieces.iter().map(|piece| match piece {
        Piece::Text(words) => words.as_str(),
        Piece::Variable(name) => put.get(name.as_str()).map(String::as_str).unwrap_or_default(),
    });
    Ok(words.collect())
}

fn value(variable: &Variable, given: Option<&String>) -> Result<String, String> {
    let given = given.map(String::as_str).filter(|given| !given.trim().is_empty());
    let Some(value) = given.or(variable.default.as_deref().filter(|default| !default.is_empty())) else {
        return match variable.kind {
            Kind::Boolean => Ok("false".to_owned()),
            Kind::Text
            | Kind::Paragraph
            | Kind::Number
            | Kind::Choice
            | Kind::Date
            | Kind::Time
            | Kind::DateTime => {
                if variable.required {
                    Err("it has to be given".to_owned())
                } else {
                    Ok(String::new())
                }
            }
        };
    };
    let value = match variable.kind {
        Kind::Text | Kind::Paragraph => value,
        Kind::Number | Kind::Choice | Kind::Date | Kind::Time | Kind::DateTime | Kind::Boolean => {
            value.trim()
        }
    };
    match variable.refuses(value) {
        Some(why) => Err(why),
        None => Ok(value.to_owned()),
    }
}
