//! What may never be dropped, on random conversations; and how often what is needed survives.

mod never;
mod quality;
