//! What personas feel, from the bench's types to the API's and back.

use api::feelings as dto;
use base::Timestamp;
use chat::{Feelings, Felt, Relation, Temperament};
use persona::feelings::{Axis, Bond, Temper};

pub(crate) fn temperament_in(given: dto::PersonaTemper) -> Temperament {
    Temperament {
        on: given.on,
        by_model: given.by_model,
        model: given.model.filter(|model| !model.trim().is_empty()),
        temper: Temper { fluidity: given.fluidity, drift: given.drift },
    }
}

pub(crate) fn feelings(found: Feelings) -> dto::PersonaFeelings {
    let temper = found.temperament;
    dto::PersonaFeelings {
        temper: dto::PersonaTemper {
            on: temper.on,
            by_model: temper.by_model,
            model: temper.model,
            fluidity: temper.temper.fluidity,
            drift: temper.temper.drift,
        },
        relations: found.relations.into_iter().map(relation).collect(),
        traits: found
            .traits
            .into_iter()
            .map(|(name, card, now)| dto::DriftedTrait { name, card, now })
            .collect(),
        log: found.log.into_iter().map(entry).collect(),
    }
}

fn relation(found: Relation) -> dto::PersonaRelation {
    dto::PersonaRelation {
        toward: found.toward.to_string(),
        name: found.name,
        bond: bond(&found.bond),
        back: found.back.as_ref().map(bond),
    }
}

fn bond(found: &Bond) -> dto::PersonaBond {
    let conflict = found.conflict.as_ref();
    dto::PersonaBond {
        stage: found.stage().as_str().to_owned(),
        values: Axis::ALL.into_iter().map(|axis| (axis.as_str().to_owned(), found.value(axis))).collect(),
        conflict: conflict.map(|conflict| conflict.because.clone()),
        conflict_since: conflict.map(|conflict| Timestamp::from_millis(conflict.since_ms).to_string()),
    }
}

fn entry((felt, moved, name): (Felt, f64, String)) -> dto::PersonaFeeling {
    let proposal = felt.event.proposal;
    dto::PersonaFeeling {
        id: felt.id.to_string(),
        at: Timestamp::from_millis(felt.event.at_ms).to_string(),
        toward: felt.toward.to_string(),
        name,
        what: proposal.what.to_string(),
        asked: proposal.by,
        moved,
        because: proposal.because,
        source: felt.event.source.as_str().to_owned(),
        conversation_id: felt.conversation_id.map(|id| id.to_string()),
        reverted_at: felt.reverted_at.map(|at| at.to_string()),
    }
}
