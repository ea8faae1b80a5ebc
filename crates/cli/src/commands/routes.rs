//! `familiar routes`: names that stand for models, and what would happen to a request.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::routes::{
    PutRoute, Route, RouteExplanation, RouteList, RouteQueue, RouteSemanticCache, RouteWeights, TriedRoute,
    TryRoute,
};
use clap::{Args, Subcommand};
use http::Method;
use std::{collections::BTreeMap, io::Read as _, str::FromStr};

/// List routes, make them, and see what would happen to a request
#[derive(Debug, Args)]
pub(crate) struct Routes {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the routes with the standing of what they are made of (the default)
    List,
    /// Say what would happen to a request, and why; nothing is sent
    Try(Try),
    /// Make a route or change one
    Set(Box<Set>),
    /// Remove a route that was made here
    Remove {
        /// The route's name
        name: String,
    },
}

#[derive(Debug, Args)]
struct Try {
    /// A route, a tier (fast, voice, thinker), auto, or a model
    model: String,
    /// What would be asked; `-` reads it from standard input
    prompt: Vec<String>,
    /// As if it came with this virtual key (its id)
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// As if it offered tools
    #[arg(long)]
    tools: bool,
    /// As if it had so many pictures
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    images: u32,
    /// The circumstances: `phase=active; genre=horror; in-combat`
    #[arg(long)]
    context: Option<String>,
    /// The longest answer asked for, in tokens
    #[arg(long, value_name = "TOKENS")]
    max_output_tokens: Option<u64>,
}

#[derive(Debug, Args)]
struct Set {
    /// The name to ask for
    name: String,
    /// What answers, `provider/model`, the preferred one first
    #[arg(required = true, value_name = "DEPLOYMENT")]
    deployments: Vec<String>,
    /// ordered, cost, speed, quality, reliability, load_balanced, adaptive or weighted
    #[arg(long, default_value = "ordered")]
    strategy: String,
    /// What counts how much, such as `cost=2,speed=1`; what is not named counts 0
    #[arg(long, value_name = "NAME=NUMBER,...")]
    weights: Option<String>,
    /// round_robin, least_connections, weighted or fastest
    #[arg(long, default_value = "round_robin")]
    balancer: String,
    /// The share of a deployment, `provider/model=3` (may be given several times)
    #[arg(long, value_name = "DEPLOYMENT=NUMBER")]
    share: Vec<String>,
    /// Asked when none of the first answers (may be given several times)
    #[arg(long, value_name = "DEPLOYMENT")]
    secondary: Vec<String>,
    /// Asked after those
    #[arg(long, value_name = "DEPLOYMENT")]
    tertiary: Vec<String>,
    /// The last resort
    #[arg(long, value_name = "DEPLOYMENT")]
    emergency: Vec<String>,
    /// What may be given up before giving up: smaller_model, fewer_tokens
    #[arg(long, value_name = "WHAT")]
    degrade: Vec<String>,
    /// What happens to a conversation longer than the model's window: whole (refused where it cannot fit) or fit
    #[arg(long, default_value = "whole")]
    context: String,
    /// How long replies are kept for identical requests
    #[arg(long, value_name = "SECONDS")]
    cache_ttl: Option<u64>,
    /// Who says what a text means, so that requests that mean the same are answered from the cache: a model that embeds
    #[arg(long, value_name = "PROVIDER/MODEL")]
    embedder: Option<String>,
    /// From which cosine on two texts mean the same
    #[arg(long, default_value_t = 0.95)]
    threshold: f64,
    /// What is done about providers' prompt caches: off, auto or sticky
    #[arg(long, value_name = "WAY")]
    prompt_caching: Option<String>,
    /// How many requests may wait while everything is busy
    #[arg(long, value_name = "COUNT")]
    queue: Option<u32>,
    /// How long they may wait
    #[arg(long, default_value_t = 30, requires = "queue", value_name = "SECONDS")]
    queue_wait: u64,
}

impl Routes {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let done = match self.verb.unwrap_or(Verb::List) {
            Verb::List => list(&session, output).await,
            Verb::Try(trial) => trial.run(&session, output).await,
            Verb::Set(set) => set.run(&session, output).await,
            Verb::Remove { name } => remove(&session, output, &name).await,
        };
        session.close().await;
        done
    }
}

async fn list(session: &Session, output: Output) -> Result<(), CliError> {
    let list: RouteList = session.client.get("/api/routes").await?;
    if output.json {
        return output.value(&list);
    }
    let mut rows =
        vec![["ROUTE", "FROM", "STRATEGY", "DEPLOYMENT", "TIER", "STANDING"].map(str::to_owned).to_vec()];
    for route in &list.routes {
        let mut head = [route.name.clone(), route.origin.clone(), route.settings.strategy.clone()];
        for member in &route.members {
            let problem = member.problem.as_ref().map(|problem| format!(" ({problem})")).unwrap_or_default();
            let standing = format!("{}{problem}", member.standing);
            let mut row = head.to_vec();
            row.extend([member.deployment.clone(), member.tier.clone(), standing]);
            rows.push(row);
            head = Default::default();
        }
    }
    output.table(&rows)
}

async fn remove(session: &Session, output: Output, name: &str) -> Result<(), CliError> {
    session.client.act(Method::DELETE, &format!("/api/routes/{}", encoded(name))).await?;
    if output.json {
        return output.value(&serde_json::json!({ "removed": name }));
    }
    output.line(format!("removed `{name}`"))
}

impl Try {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let mut prompt = self.prompt.join(" ");
        if prompt == "-" {
            prompt.clear();
            std::io::stdin().lock().read_to_string(&mut prompt)?;
        }
        let trial = TryRoute {
            model: self.model,
            prompt,
            key_id: self.key,
            tools: self.tools,
            images: self.images,
            context: self.context,
            max_output_tokens: self.max_output_tokens,
        };
        let tried: TriedRoute = session.client.send(Method::POST, "/api/routes/try", &trial).await?;
        if output.json {
            output.value(&tried)?;
        } else {
            tell(output, &tried)?;
        }
        // A script that asks whether a request would go through has its answer in the exit code.
        match tried.refusals.first() {
            Some(refusal) if !tried.ok => {
                Err(CliError::failed(refusal.message.clone()).hint(refusal.hint.clone()))
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn tell(output: Output, tried: &TriedRoute) -> Result<(), CliError> {
    // The first refusal is the command's error; here stand the others.
    let told = if tried.ok { 0 } else { 1 };
    for refusal in tried.refusals.iter().skip(told) {
        output.line(format!("refused by {}: {}", refusal.stage, refusal.message))?;
    }
    // Of a name that nobody knows there is nothing to tell.
    if !tried.ok && tried.explanation.candidates.is_empty() {
        return Ok(());
    }
    explanation(output, &tried.explanation)?;
    let cost = tried.worst_case_usd.as_deref().map_or("unknown".to_owned(), |usd| format!("{usd} USD"));
    output.line(format!("costs at most: {cost}; at most {} tokens in", tried.input_tokens_bound))
}

/// Why a request goes where it goes; for `exchanges show` as well.
pub(crate) fn explanation(output: Output, explanation: &RouteExplanation) -> Result<(), CliError> {
    output.line(output.bold(&explanation.sentence))?;
    if let Some(task) = &explanation.task {
        let because = task.because.join(", ");
        output.line(format!(
            "task {} by {}, confidence {:.2}, complexity {:.2}: {because}",
            task.task, task.by, task.confidence, task.complexity
        ))?;
    }
    if explanation.candidates.is_empty() {
        return Ok(());
    }
    let mut rows = vec![
        ["", "DEPLOYMENT", "TIER", "SCORE", "COST", "SPEED", "QUALITY", "RELIABLE", "LOAD", "NOTES"]
            .map(str::to_owned)
            .to_vec(),
    ];
    let number = |value: f64| format!("{value:.2}");
    for candidate in &explanation.candidates {
        let chosen = explanation.chosen.as_ref() == Some(&candidate.deployment);
        let mut row = vec![
            if chosen { "*" } else { "" }.to_owned(),
            candidate.deployment.clone(),
            candidate.tier.clone().unwrap_or_default(),
            candidate.score.map(number).unwrap_or_default(),
        ];
        let factors = candidate.factors.map(|factors| {
            [factors.cost, factors.speed, factors.quality, factors.reliability, factors.load].map(number)
        });
        row.extend(factors.unwrap_or_default());
        row.push(candidate.notes.join("; "));
        rows.push(row);
    }
    output.table(&rows)
}

impl Set {
    async fn run(self, session: &Session, output: Output) -> Result<(), CliError> {
        let path = format!("/api/routes/{}", encoded(&self.name));
        let weights = self.weights.as_deref().map(parse_weights).transpose()?.unwrap_or_default();
        let shares =
            self.share.iter().map(|share| parse_pair(share)).collect::<Result<BTreeMap<_, u32>, _>>()?;
        let route = PutRoute {
            deployments: self.deployments,
            strategy: self.strategy,
            weights,
            balancer: self.balancer,
            shares,
            secondary: self.secondary,
            tertiary: self.tertiary,
            emergency: self.emergency,
            degrade: self.degrade,
            context: self.context,
            cache_ttl_seconds: self.cache_ttl,
            semantic_cache: self.embedder.map(|embedder| RouteSemanticCache {
                embedder,
                threshold: self.threshold,
                patience_ms: 2_000,
            }),
            prompt_caching: self.prompt_caching,
            queue: self.queue.map(|length| RouteQueue { length, wait_seconds: self.queue_wait }),
        };
        let made: Route = session.client.send(Method::PUT, &path, &route).await?;
        if output.json {
            return output.value(&made);
        }
        output.line(format!("`{}`: {}", made.name, made.settings.deployments.join(", ")))?;
        for member in made.members.iter().filter(|member| member.standing == "missing") {
            output.remark(format!("`{}` is not there at the moment", member.deployment));
        }
        Ok(())
    }
}

/// Reads `name=number`.
fn parse_pair<T: FromStr>(text: &str) -> Result<(String, T), CliError> {
    let pair =
        text.rsplit_once('=').and_then(|(name, number)| Some((name.trim(), number.trim().parse().ok()?)));
    pair.map(|(name, number)| (name.to_owned(), number))
        .ok_or_else(|| CliError::usage(format!("`{text}` is not a name and a number")).hint("write `name=2`"))
}

fn parse_weights(text: &str) -> Result<RouteWeights, CliError> {
    let mut weights = RouteWeights { cost: 0.0, speed: 0.0, quality: 0.0, reliability: 0.0 };
    for part in text.split(',').filter(|part| !part.trim().is_empty()) {
        let (name, number) = parse_pair::<f64>(part)?;
        let weight = match name.as_str() {
            "cost" => &mut weights.cost,
            "speed" => &mut weights.speed,
            "quality" => &mut weights.quality,
            "reliability" => &mut weights.reliability,
            _ => {
                return Err(CliError::usage(format!("`{name}` is nothing that counts"))
                    .hint("there are `cost`, `speed`, `quality` and `reliability`"));
            }
        };
        *weight = number;
    }
    Ok(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read() {
        let weights = parse_weights("cost=2, speed=0.5").unwrap();
        assert_eq!((weights.cost, weights.speed, weights.quality), (2.0, 0.5, 0.0));
        for bad in ["cost", "cost=x", "colour=1"] {
            assert!(parse_weights(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_pair::<u32>("a/x=y=3").unwrap(), ("a/x=y".to_owned(), 3));
    }
}
