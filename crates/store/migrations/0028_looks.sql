-- How the two answers of a vote looked, as JSON: words, headings, entries of lists and places in bold of each; none where
-- nobody saw them.
ALTER TABLE vote ADD COLUMN looks TEXT;
