//! The data transfer objects of the HTTP API: the page, the terminal and the server speak through them.
//!
//! Conventions: times are RFC 3339 in UTC, money is an exact decimal text in US dollars (`"0.000375"`), ids are
//! opaque texts, lists come with a cursor `next` where they have pages. A failed request answers with a
//! [`problem::Problem`].

pub mod alerts;
pub mod batches;
pub mod bookmarks;
pub mod budgets;
pub mod cache;
pub mod chat;
pub mod checks;
pub mod classify;
pub mod compare;
pub mod events;
pub mod exchanges;
pub mod experiments;
pub mod feelings;
pub mod folders;
mod given;
pub mod groups;
pub mod health;
pub mod help;
pub mod jobs;
pub mod keys;
pub mod library;
pub mod mcp;
pub mod memory;
pub mod models;
pub mod money;
pub mod parameters;
pub mod personas;
pub mod problem;
pub mod prompt_sets;
pub mod providers;
pub mod routes;
pub mod settings;
pub mod shares;
pub mod status;
pub mod system;
pub mod tags;
pub mod templates;
pub mod tokens;
pub mod tools;
pub mod transfer;
pub mod usage;
pub mod watched;
