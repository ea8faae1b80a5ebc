//! What connections speak to. Calls of models, which are nearly all of a busy server's requests, go straight to their
//! door; everything else goes through the route table, which has the doors as well.

use crate::routes::doors;
use axum::{Router, response::Response};
use futures::future::{BoxFuture, Either, FutureExt as _};
use gateway::Gateway;
use hyper::{body::Incoming, service::Service};
use hyper_util::service::TowerToHyperService;
use llm::Dialect;
use std::{convert::Infallible, panic::AssertUnwindSafe, sync::Arc};

/// The addresses that lead straight to a door, and the format that is spoken there.
const STRAIGHT: [(&str, Dialect); 3] = [
    ("/v1/chat/completions", Dialect::OpenAiChat),
    ("/v1/responses", Dialect::OpenAiResponses),
    ("/anthropic/v1/messages", Dialect::Anthropic),
];

/// What an address is served with.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    /// Whose doors they are; `None` while the program is not there yet.
    gateway: Option<Arc<Gateway>>,
    routes: TowerToHyperService<Router>,
}

impl Front {
    /// With the doors of `gateway`, and `routes` for everything else.
    pub(crate) fn new(gateway: Option<Arc<Gateway>>, routes: Router) -> Self {
        Self { gateway, routes: TowerToHyperService::new(routes) }
    }

    fn door(&self, request: &http::Request<Incoming>) -> Option<(Arc<Gateway>, Dialect)> {
        let gateway = self.gateway.as_ref().filter(|_| request.method() == http::Method::POST)?;
        let path = request.uri().path();
        let (_, dialect) = STRAIGHT.iter().find(|(address, _)| *address == path)?;
        Some((Arc::clone(gateway), *dialect))
    }
}

impl Service<http::Request<Incoming>> for Front {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<
        BoxFuture<'static, Result<Response, Infallible>>,
        <TowerToHyperService<Router> as Service<http::Request<Incoming>>>::Future,
    >;

    fn call(&self, request: http::Request<Incoming>) -> Self::Future {
        // Not what stands behind the `?`: clients of Gemini put their key there.
        tracing::trace!(method = %request.method(), path = request.uri().path(), "a request came in");
        match self.door(&request) {
            Some((gateway, dialect)) => Either::Left(Box::pin(straight(gateway, dialect, request))),
            None => Either::Right(self.routes.call(request)),
        }
    }
}

/// A bug in one call is that call's failure and nobody else's.
async fn straight(
    gateway: Arc<Gateway>,
    dialect: Dialect,
    request: http::Request<Incoming>,
) -> Result<Response, Infallible> {
    let codec = wire::codec(dialect);
    let answered = AssertUnwindSafe(doors::chat(&gateway, codec, request)).catch_unwind().await;
    Ok(answered.unwrap_or_else(|_| doors::broke(codec)))
}
