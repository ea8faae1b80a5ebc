//! Conversations and turns against a real database, gateway and library, with a model that says what it is told.

mod conversations;
mod stage;
mod turns;
