//! The queries on the gateway's tables.

mod budgets;
mod experiments;
mod health;
mod keys;
mod opinions;
mod tokens;

pub(crate) use budgets::{KeptBudget, budgets, forget_budget, keep_budget};
pub(crate) use experiments::{
    Outcome, create_experiment, delete_experiment, experiment_by_id, experiments, insert_outcomes, outcomes,
    rate_outcome, samples, update_experiment,
};
pub(crate) use health::{deployment_sums, first_called, forget_spans, insert_spans, provider_spans, roll_up};
pub(crate) use keys::{create_key, keys, keys_with_use, revoke_key, rotate_key, update_key};
pub(crate) use opinions::{
    cast, feedback, feedback_on, forget_feedback, opinionated, put_feedback, usual_costs, votes,
};
pub(crate) use tokens::{calibrations, keep_calibrations};
