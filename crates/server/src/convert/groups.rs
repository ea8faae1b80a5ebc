//! Groups, from the bench's types to the API's and back.

use crate::{extract::parse_id, problem::ApiError};
use api::groups as dto;
use base::ErrorKind;
use chat::{Group, GroupState, Member, Queued};
use persona::group::{Cards, Policy};

pub(crate) fn group_in(given: &dto::Group) -> Result<Group, ApiError> {
    let policy = match given.policy.as_str() {
        "" => Policy::default(),
        name => Policy::from_name(name).ok_or_else(|| {
            ApiError::new(ErrorKind::Invalid, format!("`{name}` is no way of taking turns"))
                .hint("use `natural`, `list`, `pooled`, `random` or `manual`")
        })?,
    };
    let cards = match given.cards.as_str() {
        "" => Cards::default(),
        name => Cards::from_name(name).ok_or_else(|| {
            ApiError::new(ErrorKind::Invalid, format!("`{name}` is no way of telling cards"))
                .hint("use `swap`, `join` or `join_all`")
        })?,
    };
    let members = given.members.iter().map(|member| {
        Ok(Member {
            persona_id: parse_id(&member.persona_id)?,
            muted: member.muted,
            talkativeness: member.talkativeness,
        })
    });
    Ok(Group {
        members: members.collect::<Result<_, ApiError>>()?,
        policy,
        cards,
        answers_itself: given.answers_itself,
        auto_turns: given.auto_turns,
        seed: given.seed,
    })
}

pub(crate) fn state(found: Option<GroupState>) -> dto::GroupState {
    let Some(found) = found else {
        return dto::GroupState {
            group: None,
            people: Vec::new(),
            queue: Vec::new(),
            expected: None,
            auto_left: 0,
        };
    };
    let people: Vec<dto::GroupPerson> = found
        .group
        .members
        .iter()
        .zip(found.people)
        .map(|(member, (name, talkativeness))| dto::GroupPerson {
            persona_id: member.persona_id.to_string(),
            name,
            talkativeness,
            muted: member.muted,
        })
        .collect();
    let next = |queued: Queued| {
        let persona_id = queued.persona_id.to_string();
        let person = people.iter().find(|person| person.persona_id == persona_id);
        dto::NextSpeaker {
            name: person.map(|person| person.name.clone()).unwrap_or_default(),
            why: queued.why.told().to_owned(),
            persona_id,
        }
    };
    let (queue, expected) = (found.queue.into_iter().map(next).collect(), found.expected.map(next));
    let members = found.group.members.iter().map(|member| dto::GroupMember {
        persona_id: member.persona_id.to_string(),
        muted: member.muted,
        talkativeness: member.talkativeness,
    });
    let group = dto::Group {
        members: members.collect(),
        policy: found.group.policy.as_str().to_owned(),
        cards: found.group.cards.as_str().to_owned(),
        answers_itself: found.group.answers_itself,
        auto_turns: found.group.auto_turns,
        seed: found.group.seed,
    };
    dto::GroupState { group: Some(group), people, queue, expected, auto_left: found.auto_left }
}
