//! Prompt templates: texts with typed variables, what they become, and the files they come in and go out as. Pure.
//!
//! The syntax is Open WebUI's, so that what people have keeps working: `{{name}}`, or with a type and properties
//! `{{name | select:options=["Blog","Email"]:default="Email":required}}`. Some names are filled in by the page
//! ([`GIVEN`]). `\{{` stands for braces that are none of this.
//!
//! Reading order: [`variable`], [`mod@parse`], [`mod@render`], [`exchange`].

pub mod exchange;
pub mod parse;
pub mod render;
pub mod variable;

pub use exchange::{Entry, Form, ReadError, read, write};
pub use parse::{Piece, Template, parse};
pub use render::{Refused, render};
pub use variable::{Kind, Position, Problem, Variable};

/// Names that nobody is asked for: the page knows what they stand for.
pub const GIVEN: [&str; 7] = [
    "CLIPBOARD",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_DATETIME",
    "CURRENT_WEEKDAY",
    "CURRENT_TIMEZONE",
    "USER_LANGUAGE",
];
