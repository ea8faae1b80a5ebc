-- Pages of the ledger go by the time an exchange began, as reports do: one index serves both.
DROP INDEX exchange_by_owner;
