//! How models are to answer, from the chat's types to the API's and back.

use crate::{extract::parse_id, problem::ApiError};
use api::parameters as dto;
pub(crate) use app::shown::parameters::{sent, set_in, set_out};
use chat::{ParameterChoice, Preset};
use store::Kept;

pub(crate) fn choice_in(choice: dto::ParameterChoice) -> Result<ParameterChoice, ApiError> {
    let preset_id = choice.preset_id.as_deref().map(parse_id).transpose()?;
    Ok(ParameterChoice { preset_id, values: set_in(choice.values) })
}

pub(crate) fn choice_out(choice: ParameterChoice) -> dto::ParameterChoice {
    dto::ParameterChoice {
        preset_id: choice.preset_id.map(|id| id.to_string()),
        values: set_out(choice.values),
    }
}

pub(crate) fn preset(kept: Kept<Preset>) -> dto::Preset {
    dto::Preset {
        id: kept.id.to_string(),
        name: kept.value.name,
        values: set_out(kept.value.values),
        updated_at: kept.updated_at.to_string(),
    }
}

pub(crate) fn preset_in(put: dto::PutPreset) -> Preset {
    Preset { name: put.name, values: set_in(put.values) }
}
