-- The tags of a document, as a JSON list of small letters; null for none.
ALTER TABLE document ADD COLUMN tags TEXT;
CREATE INDEX document_by_tags ON document (owner_id) WHERE tags IS NOT NULL;

-- What a person says where the document tells nothing, or something wrong; it holds when the document is read again. Null:
-- what the document tells holds; empty: there is none.
ALTER TABLE document ADD COLUMN title_chosen TEXT;
ALTER TABLE document ADD COLUMN author_chosen TEXT;
ALTER TABLE document ADD COLUMN publisher_chosen TEXT;
ALTER TABLE document ADD COLUMN published_chosen TEXT;
ALTER TABLE document ADD COLUMN language_chosen TEXT;
