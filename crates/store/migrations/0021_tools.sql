-- Which tools models may use in a conversation, as JSON; null leaves it to the settings. What they did with them stands in
-- the body of the message.
ALTER TABLE conversation ADD COLUMN tools TEXT;

-- A shelf that is open asks at every recall which vectors are new.
CREATE INDEX memory_vector_by_time ON memory_vector (model, made_at);
