-- Comparisons: one question to several models at once, with what each answered and which was found better.
CREATE TABLE compare (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    -- JSON array: who is asked, in the order in which they were added.
    asked TEXT NOT NULL,
    -- 'open', 'blind', or 'revealed' once a blind one was voted on.
    mode TEXT NOT NULL,
    -- What the order of hidden columns is shuffled by.
    seed BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE INDEX compare_by_time ON compare (owner, updated_at, id);

-- What was asked, one after the other.
CREATE TABLE compare_turn (
    id TEXT PRIMARY KEY,
    compare_id TEXT NOT NULL REFERENCES compare (id),
    question TEXT NOT NULL,
    -- JSON array of pictures.
    images TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX compare_turn_by_compare ON compare_turn (compare_id, id);

-- A row appended once and updated only while it is written. The last one of a turn and a column is the one that counts.
CREATE TABLE compare_answer (
    id TEXT PRIMARY KEY,
    compare_id TEXT NOT NULL REFERENCES compare (id),
    turn_id TEXT NOT NULL REFERENCES compare_turn (id),
    column_id TEXT NOT NULL,
    status TEXT NOT NULL,
    text TEXT NOT NULL,
    -- JSON object: thinking, failure, receipt.
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX compare_answer_by_compare ON compare_answer (compare_id, id);
CREATE INDEX compare_answer_by_status ON compare_answer (status);

CREATE TABLE compare_vote (
    compare_id TEXT NOT NULL REFERENCES compare (id),
    left_id TEXT NOT NULL,
    right_id TEXT NOT NULL,
    choice TEXT NOT NULL,
    -- Why it does not count; none where it does.
    void TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (compare_id, left_id, right_id)
);

-- Prompt sets: prompts with what their answers have to be like.
CREATE TABLE compare_set (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    -- JSON array: texts with assertions.
    prompts TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);

CREATE INDEX compare_set_by_time ON compare_set (owner, updated_at, id);

-- A prompt set put to several columns, as it was when it was begun.
CREATE TABLE compare_run (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    set_id TEXT NOT NULL,
    title TEXT NOT NULL,
    prompts TEXT NOT NULL,
    asked TEXT NOT NULL,
    -- The model that judges; empty where nothing is to be judged.
    judge TEXT NOT NULL,
    -- Most that it may cost, in nano-dollars; none where that is not limited.
    cap_nanos BIGINT,
    -- Most that it was expected to cost; none where a price is not known.
    estimate_nanos BIGINT,
    job_id TEXT,
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);

CREATE INDEX compare_run_by_time ON compare_run (owner, id);

-- What a column answered to a prompt. It is written once, when it is over.
CREATE TABLE compare_cell (
    run_id TEXT NOT NULL REFERENCES compare_run (id),
    prompt BIGINT NOT NULL,
    place BIGINT NOT NULL,
    -- 'waiting', 'done', 'failed', or 'capped' where it would have cost too much.
    state TEXT NOT NULL,
    text TEXT NOT NULL,
    -- JSON object: verdicts, failure, receipt.
    body TEXT NOT NULL,
    cost_nanos BIGINT NOT NULL,
    PRIMARY KEY (run_id, prompt, place)
);

-- What models made of the answers to a question; its answer is a row of compare_answer with this id as its column.
CREATE TABLE compare_merge (
    id TEXT PRIMARY KEY,
    compare_id TEXT NOT NULL REFERENCES compare (id),
    turn_id TEXT NOT NULL REFERENCES compare_turn (id),
    kind TEXT NOT NULL,
    model TEXT NOT NULL,
    -- JSON object: the answers it is made of, what was ticked, somebody's own words.
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX compare_merge_by_compare ON compare_merge (compare_id, id);
