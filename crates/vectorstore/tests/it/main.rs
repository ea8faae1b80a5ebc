//! The engines as benches ask them.

// `cfg(test)` tells clippy that helpers in here are tests too.
#[cfg(test)]
mod alike;
#[cfg(test)]
mod pgvector;
#[cfg(test)]
mod qdrant;
#[cfg(test)]
mod stage;
