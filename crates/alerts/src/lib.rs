//! What somebody should know: spending near a limit, days that stand out, providers that are down or miss what is
//! expected of them.
//!
//! This crate hears of things as [`Happening`]s (`app` makes them of the gateway's events), and [`rules`] say which of
//! them are alerts. [`Alerts`] keeps a history in which the same thing is one entry, and tells others: the log,
//! whoever listens to [`Alerts::subscribe`] (the page), and [`webhook`]s, whose deliveries are jobs of the queue and so
//! survive a restart.
//!
//! Reading order: [`model`], [`rules`], [`config`], [`service`], [`webhook`].

pub mod config;
mod db;
pub mod error;
pub mod model;
pub mod rules;
pub mod service;
pub mod webhook;

pub use config::{Config, FileWebhook, Settings, Webhook};
pub use error::AlertError;
pub use model::{Alert, AlertFilter, AlertPage, Delivery, DeliveryState, Kind, News, Severity};
pub use rules::{BudgetMark, Happening, Passed, Verdict};
pub use service::{Alerts, CreatedWebhook, NewWebhook, Parts, WebhookChange, WebhookTest};
