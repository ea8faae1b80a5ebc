-- Folders on the server's machine that the library is kept in step with, and what each held when it was last looked at.
CREATE TABLE watched_folder (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES owner (id),
    -- On whose machine the path is: several servers may share a database.
    installation TEXT NOT NULL,
    path TEXT NOT NULL,
    collection TEXT,
    -- Which folder lies at the path, as its file system tells it; none where it does not. Where a disk is not mounted,
    -- another one lies there.
    identity TEXT,
    -- Why it could not be looked at; none while it can.
    problem TEXT,
    detail TEXT,
    -- How many hidden files and folders it has, and how many files wait for the next look.
    hidden BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    -- 1 once it is watched no more and its documents are still being deleted.
    leaving BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    looked_at BIGINT,
    next_look_at BIGINT NOT NULL,
    UNIQUE (owner_id, installation, path)
);

CREATE TABLE watched_file (
    folder_id TEXT NOT NULL REFERENCES watched_folder (id) ON DELETE CASCADE,
    -- Below the folder, with `/` between folders.
    path TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    -- `waiting`, `taken` or `skipped`.
    state TEXT NOT NULL,
    sha256 TEXT,
    -- Without a reference: a document that is gone stays gone until its file changes.
    document_id TEXT,
    -- 1 where the document came by watching; what was there before stays when the file goes.
    brought BIGINT NOT NULL,
    -- Why it is skipped.
    code TEXT,
    detail TEXT,
    -- Since when the file is not there.
    missing_since BIGINT,
    PRIMARY KEY (folder_id, path)
);

CREATE INDEX watched_file_by_content ON watched_file (sha256);
CREATE INDEX watched_file_by_document ON watched_file (document_id);
