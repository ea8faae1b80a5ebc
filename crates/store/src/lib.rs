//! What is kept: the database, records with versions, jobs, secrets and blobs.
