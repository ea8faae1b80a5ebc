-- What documents say of themselves beside title, author and language. Dates are `1999`, `1999-05` or `1999-05-03`, as
-- exact as they were told. What was read before this migration has none until it is read again.
ALTER TABLE document ADD COLUMN publisher TEXT;
ALTER TABLE document ADD COLUMN published TEXT;
ALTER TABLE document ADD COLUMN made TEXT;

-- What kind of document it is found to be (none: not known), how sure that is (from 0 to 1), and what said so, as a JSON
-- array. It is made with the entries.
ALTER TABLE document ADD COLUMN kind TEXT;
ALTER TABLE document ADD COLUMN kind_share DOUBLE PRECISION;
ALTER TABLE document ADD COLUMN kind_signals TEXT;
-- What a person says that it is; it holds when the document is read again.
ALTER TABLE document ADD COLUMN kind_chosen TEXT;
