//! `familiar persona talk`: something said to several personas, and what they answer.

use super::find;
use crate::{
    client::{Client, encoded},
    error::CliError,
    output::Output,
    session::Session,
};
use api::{
    chat::{
        Cast, Conversation, CreateConversation, Message, MessageList, MessageStatus, StartTurn, TurnStarted,
    },
    groups::{Group, GroupMember, GroupState},
};
use clap::Args;
use http::Method;
use std::time::Duration;

/// How often it is looked whether somebody has spoken.
const LOOK: Duration = Duration::from_millis(120);
/// Times that it is looked without anybody speaking before it counts as over: the next answer begins a moment later.
const QUIET: u32 = 4;

#[derive(Debug, Args)]
pub(crate) struct Talk {
    /// Their ids or names, two or more
    #[arg(required = true, num_args = 2..)]
    personas: Vec<String>,
    /// What is said to them
    #[arg(short = 't', long)]
    say: String,
    /// Who speaks: natural, list, pooled, random or manual (then the first of them)
    #[arg(long, default_value = "natural")]
    policy: String,
    /// Answers that they give by themselves afterwards
    #[arg(long, default_value_t = 0)]
    auto: u32,
    /// What chance goes by
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Who you are: the id or name of a persona of the kind `user`
    #[arg(long = "as", value_name = "PERSONA")]
    as_persona: Option<String>,
    /// The model or route to ask [default: each persona's own, then the one of the settings]
    #[arg(short, long)]
    model: Option<String>,
    /// Keep the conversation instead of deleting it afterwards
    #[arg(short, long)]
    keep: bool,
}

impl Talk {
    pub(super) async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let mut members = Vec::new();
        for persona in &self.personas {
            let persona_id = find(session, persona).await?;
            members.push(GroupMember { persona_id, muted: false, talkativeness: None });
        }
        let user_persona_id = match &self.as_persona {
            Some(name) => Some(find(session, name).await?),
            None => None,
        };
        let client = &session.client;
        let cast = Cast { persona_id: None, user_persona_id };
        let new = CreateConversation { cast, model: self.model.clone(), ..CreateConversation::default() };
        let conversation: Conversation = client.send(Method::POST, "/api/conversations", &new).await?;
        let path = format!("/api/conversations/{}", encoded(&conversation.id));
        let talked = self.talk(client, (&path, members), output).await;
        if !self.keep {
            client.act(Method::DELETE, &path).await?;
        }
        talked
    }

    async fn talk(
        &self,
        client: &Client,
        (path, members): (&str, Vec<GroupMember>),
        output: Output,
    ) -> Result<(), CliError> {
        let first = members.first().map(|member| member.persona_id.clone());
        let group = Group {
            members,
            policy: self.policy.clone(),
            auto_turns: self.auto,
            seed: self.seed,
            ..Group::default()
        };
        let _: GroupState = client.send(Method::PUT, &format!("{path}/group"), &group).await?;
        let before: MessageList = client.get(&format!("{path}/messages")).await?;
        let turn = StartTurn {
            parent_id: before.leaf_id,
            text: self.say.clone(),
            images: Vec::new(),
            model: None,
            grounding: None,
        };
        if self.policy == "manual" {
            let _: Message = client.send(Method::POST, &format!("{path}/group/say"), &turn).await?;
            let chosen = api::groups::LetSpeak { persona_id: first };
            let _: TurnStarted = client.send(Method::POST, &format!("{path}/group/speak"), &chosen).await?;
        } else {
            let _: TurnStarted = client.send(Method::POST, &format!("{path}/turns"), &turn).await?;
        }
        self.follow(client, (path, before.messages.len() + 1), output).await
    }

    /// Prints each answer once it is whole, until nobody is to speak any more. Ctrl-C stops them.
    async fn follow(
        &self,
        client: &Client,
        (path, mut told): (&str, usize),
        output: Output,
    ) -> Result<(), CliError> {
        let mut answers: Vec<Message> = Vec::new();
        let mut quiet = 0;
        while quiet < QUIET {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = tokio::signal::ctrl_c() => {
                    client.act(Method::POST, &format!("{path}/group/stop")).await?;
                    return Err(CliError::stopped());
                }
            }
            let all: MessageList = client.get(&format!("{path}/messages")).await?;
            let fresh: Vec<Message> = all
                .messages
                .into_iter()
                .skip(told)
                .take_while(|message| message.status != MessageStatus::Streaming)
                .collect();
            told += fresh.len();
            for message in fresh {
                if !output.json {
                    let name = message.persona.as_ref().map_or("", |by| by.name.as_str());
                    output.line(format!("{} {}\n", output.bold(&format!("{name}:")), message.text.trim()))?;
                }
                if let Some(error) = message.error.clone() {
                    return Err(CliError::answer(error));
                }
                answers.push(message);
            }
            let now: Conversation = client.get(path).await?;
            quiet = if now.streaming { 0 } else { quiet + 1 };
        }
        if output.json { output.value(&answers) } else { Ok(()) }
    }
}
