//! Configuration, construction, background work and shutdown.
