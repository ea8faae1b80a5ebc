-- Few exchanges are for a project; those that are not need no entry, which every one of them had to pay for.
DROP INDEX exchange_by_project;
CREATE INDEX exchange_by_project ON exchange (project, started_at) WHERE project IS NOT NULL;
