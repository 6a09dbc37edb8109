-- The versions of carts that were replaced or deleted, one row each, in the order of "id". Nothing
-- writes here until the audit is switched on: see audit/on.sql.
CREATE TABLE "carts_history" (
    "id"            INTEGER PRIMARY KEY AUTOINCREMENT,
    "replaced_at"   INTEGER NOT NULL, -- when the next version took its place
    "tenant"        TEXT    NOT NULL COLLATE BINARY,
    "class"         TEXT    NOT NULL COLLATE BINARY,
    "identifier"    TEXT    NOT NULL COLLATE BINARY,
    "instance"      TEXT    NOT NULL COLLATE BINARY,
    "version"       INTEGER NOT NULL,
    "write_id"      INTEGER NOT NULL, -- 64 bits, shown with a sign
    "state"         TEXT    NOT NULL,
    "format"        INTEGER NOT NULL,
    "created_at"    INTEGER NOT NULL,
    "updated_at"    INTEGER NOT NULL,
    "expires_at"    INTEGER,
    "marked"        INTEGER NOT NULL,
    "currency"      TEXT,
    "lines"         INTEGER NOT NULL,
    "units"         INTEGER NOT NULL,
    "subtotal"      INTEGER NOT NULL,
    "total"         INTEGER NOT NULL,
    "claimed_until" INTEGER,
    "converted_at"  INTEGER,
    "ledger"        TEXT    NOT NULL,
    "items"         TEXT    NOT NULL,
    "conditions"    TEXT    NOT NULL,
    "metadata"      TEXT    NOT NULL
) STRICT;

CREATE INDEX "carts_history_key"
    ON "carts_history" ("tenant", "class", "identifier", "instance", "id");
CREATE INDEX "carts_history_replaced" ON "carts_history" ("replaced_at");

INSERT INTO "carts_schema" ("version", "name") VALUES (3, 'history');
