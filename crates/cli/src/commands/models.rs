//! `familiar models`: what can be asked.

use crate::{Global, client::encoded, error::CliError, output::Output, session::Session};
use api::models::{Model, ModelList};
use clap::Args;

/// List the models and routes that can be asked
#[derive(Debug, Args)]
pub(crate) struct Models {
    /// Only those of this provider
    #[arg(short, long)]
    provider: Option<String>,
    /// Ask the providers anew instead of using what they said within the last day
    #[arg(short, long)]
    refresh: bool,
}

impl Models {
    pub(crate) async fn run(self, global: &Global, output: Output) -> Result<(), CliError> {
        let session = Session::open(global).await?;
        let provider = self.provider.as_deref().map(|name| format!("&provider={}", encoded(name)));
        let path = format!("/api/models?refresh={}{}", self.refresh, provider.unwrap_or_default());
        let list: ModelList = session.client.get(&path).await?;
        session.close().await;
        if output.json {
            return output.value(&list);
        }
        let heading = ["MODEL", "CONTEXT", "IN / OUT PER MILLION", "CAN", "HEALTH"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        rows.extend(list.models.iter().map(row));
        output.table(&rows)?;
        for route in &list.routes {
            output.line(format!("route `{}`: {}", route.name, route.deployments.join(", ")))?;
        }
        for source in list.sources.iter().filter(|source| source.problem.is_some()) {
            let problem = source.problem.as_deref().unwrap_or_default();
            output.remark(format!("{}: shown from the {}: {problem}", source.provider, source.source));
        }
        output.remark(format!("asked when nothing is said: {}", list.default));
        Ok(())
    }
}

fn row(model: &Model) -> Vec<String> {
    let context = model.context_window.map_or("?".into(), |tokens| format!("{}k", tokens / 1_000));
    let price = match &model.prices {
        Some(prices) => format!("{} / {} USD", prices.input_usd, prices.output_usd),
        None if model.local => "free".into(),
        None => "unknown".into(),
    };
    vec![model.id.clone(), context, price, model.capabilities.join(" "), model.health.clone()]
}
