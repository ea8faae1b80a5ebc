//! Exact search among vectors.
//!
//! A [`Space`] holds the vectors of passages, document by document, each number in sixteen bits, and finds the
//! nearest ones to a vector by looking at all that the question's owner and filter leave: no graph to build, nothing
//! to tune, no passage missed. At 100,000 passages this is a matter of milliseconds; see `docs/library.md` for the
//! figures and `docs/design/0003-vectors.md` for the choice.
//!
//! The port [`Engine`] is what benches ask: [`Embedded`] answers from spaces in memory, the engines of `vectorstore`
//! (Qdrant, pgvector) from beside the program, all with the same meaning. *It does no I/O; who keeps the vectors,
//! `library` and `memory` know.*
//!
//! ```
//! use vectors::{Question, Space, Vector};
//!
//! let mut space = Space::new(3);
//! let vector = |numbers: &[f32]| Vector::new(numbers).unwrap();
//! let (owner, book) = (base::Id::FIRST_OWNER, base::Id::from_u128(7));
//! space.put(book, owner, &[(1, vector(&[1.0, 0.0, 0.0])), (2, vector(&[0.0, 2.0, 0.0]))]);
//! let question = Question { owner, documents: None, passages: None, vector: &vector(&[0.1, 1.0, 0.0]), limit: 1 };
//! assert_eq!(space.nearest(&question)[0].passage, 2);
//! ```

mod collection;
mod embedded;
mod engine;
mod scan;
mod space;
#[cfg(feature = "testing")]
pub mod testing;
mod vector;

pub use collection::{Collection, Noun, UnknownCollection};
pub use embedded::Embedded;
pub use engine::{Engine, EngineError, Known, Passages, Wanted};
pub use space::{Near, Question, Space};
pub use vector::Vector;
