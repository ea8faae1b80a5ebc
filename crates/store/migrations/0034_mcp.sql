-- Servers of tools (MCP). What is secret of one (values of its environment, headers) lies in the vault under `mcp:ID`.
CREATE TABLE mcp_server (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- JSON: a command with its arguments and folder, or an address.
    transport TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- When it was removed; a day later it is forgotten.
    deleted_at BIGINT
);

CREATE INDEX mcp_server_by_owner ON mcp_server (owner_id);
