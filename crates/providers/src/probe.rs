//! Looks for model servers on this machine.

use crate::{Vendor, listing};
use futures::future::join_all;
use http::Method;
use net::{Client, NetConfig, Request, TimeOuts};
use std::time::Duration;

/// A model server that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalServer {
    /// The id of its row in the catalogue.
    pub vendor: String,
    /// Where it listens.
    pub base_url: String,
    /// How many models it has.
    pub models: usize,
}

const PATIENCE: Duration = Duration::from_secs(1);

/// Asks each vendor's usual address for its list of models; who does not answer in that way is not there.
pub(crate) async fn probe(vendors: impl Iterator<Item = &Vendor>) -> Vec<LocalServer> {
    let config = NetConfig { connect_time_out: PATIENCE, max_idle_per_host: 0, ..NetConfig::default() };
    let Ok(client) = Client::new(config) else { return Vec::new() };
    let questions = vendors.map(|vendor| ask(&client, vendor));
    join_all(questions).await.into_iter().flatten().collect()
}

async fn ask(client: &Client, vendor: &Vendor) -> Option<LocalServer> {
    let base_url = vendor.base_url.clone()?;
    let uri = format!("{base_url}{}", vendor.list.as_ref()?).parse().ok()?;
    let mut request = Request::new(Method::GET, uri);
    request.time_outs = TimeOuts { first_byte: PATIENCE, stall: PATIENCE, total: PATIENCE };
    request.max_reply_bytes = 4 << 20;
    let reply = client.send(request).await.ok().filter(|reply| reply.status.is_success())?;
    let page = listing::read(vendor.dialect, &reply.body.collect().await.ok()?).ok()?;
    Some(LocalServer { vendor: vendor.id.clone(), base_url, models: page.models.len() })
}
