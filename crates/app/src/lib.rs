//! Configuration, construction, background work and shutdown.
//!
//! [`config::Config`] is read from file, environment and flags; [`App::start`] builds every bench from it and
//! keeps them running; the edges take the benches they need from it. What has no bench of its own (providers,
//! settings, status, jobs) is answered here.
//!
//! Reading order: [`app`], [`config`], `providers` (what can be called), `handbook`, [`lock`], [`doctor`].

pub mod app;
pub mod config;
pub mod doctor;
pub mod handbook;
pub mod lock;
pub mod log;
pub mod shown;
pub mod telemetry;

mod alerts;
mod attachments;
mod casting;
mod error;
mod events;
mod figures;
mod health;
mod jobs;
mod mcp;
mod meaning;
mod model_test;
mod money;
mod offers;
mod on_device;
mod prices;
mod providers;
mod pull;
mod retention;
mod routes;
mod settings;
mod watching;

pub use figures::{Figures, ProcessFigures};
pub use telemetry::TelemetryFigures;

pub use ::mcp::Begin;
pub use app::App;
pub use config::{Config, ConfigErrors, Environment, Overrides};
pub use error::AppError;
