//! Answers of the Librarian.
