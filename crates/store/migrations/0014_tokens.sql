-- What was learned of how many tokens models make of a text, as JSON; one line.

CREATE TABLE token_calibration (
    name TEXT PRIMARY KEY,
    learned TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
