-- How a conversation's models are to answer, as JSON: the preset that it uses and its own settings; none where neither was
-- chosen. Presets themselves are records.
ALTER TABLE conversation ADD COLUMN parameters TEXT;
