//! Wire dialects, the catalogue of vendors and models, discovery, and the endpoints the gateway calls.

pub mod wire;
