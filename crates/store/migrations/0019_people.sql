-- Several personas in a conversation, what personas feel, and whether they stay themselves. All of it is the chat crate's.

-- Who takes part and how turns are taken, and who is still to speak; both as JSON.
CREATE TABLE conversation_group (
  conversation_id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  settings TEXT NOT NULL,
  queue TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- Whether a persona's feelings are on, and how they go, as JSON. Without a row they are off.
CREATE TABLE persona_temper (
  owner TEXT NOT NULL,
  persona_id TEXT NOT NULL,
  settings TEXT NOT NULL,
  PRIMARY KEY (owner, persona_id)
);

-- The log of what was proposed; what is felt is made of it. `toward` is a persona's id, or `you` for the person as they are.
CREATE TABLE persona_feeling (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  persona_id TEXT NOT NULL,
  toward TEXT NOT NULL,
  at BIGINT NOT NULL,
  source TEXT NOT NULL,
  proposal TEXT NOT NULL,
  conversation_id TEXT,
  message_id TEXT,
  reverted_at BIGINT
);
CREATE INDEX persona_feeling_by_persona ON persona_feeling (owner, persona_id, toward, at);

-- Questions of a person's own for a persona, as JSON; without a row they are made of the card.
CREATE TABLE persona_question (
  owner TEXT NOT NULL,
  persona_id TEXT NOT NULL,
  questions TEXT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (owner, persona_id)
);

-- Runs of a persona's questions: what was asked, answered and marked, as JSON.
CREATE TABLE persona_check (
  id TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  persona_id TEXT NOT NULL,
  persona_version BIGINT NOT NULL,
  state TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX persona_check_by_persona ON persona_check (owner, persona_id, created_at);
