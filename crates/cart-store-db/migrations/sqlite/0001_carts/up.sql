-- The carts, one row each; a deleted cart's row stays until it expires (state 'deleted').
-- Times are milliseconds since the Unix epoch (UTC); amounts are minor units.
-- Written for the table "carts": another name takes the place of every "carts.
CREATE TABLE "carts" (
    "id"            INTEGER PRIMARY KEY,
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

CREATE UNIQUE INDEX "carts_key" ON "carts" ("tenant", "class", "identifier", "instance");

-- Retention: what one class of owners has left alone for so long. The row's id closes the order.
CREATE INDEX "carts_updated" ON "carts" ("class", "updated_at") WHERE "state" <> 'deleted';

-- The sweep of expired carts and of tombstones.
CREATE INDEX "carts_expires" ON "carts" ("expires_at") WHERE "expires_at" IS NOT NULL;

-- Lists of the few rows that are deleted, or that another store still has to hear of.
CREATE INDEX "carts_deleted" ON "carts" ("tenant", "class", "identifier", "instance")
    WHERE "state" = 'deleted';
CREATE INDEX "carts_marked" ON "carts" ("tenant", "class", "identifier", "instance")
    WHERE "marked" = 1;

CREATE TABLE "carts_schema" (
    "version"    INTEGER PRIMARY KEY,
    "name"       TEXT    NOT NULL,
    "applied_at" INTEGER NOT NULL DEFAULT (unixepoch() * 1000)
) STRICT;

INSERT INTO "carts_schema" ("version", "name") VALUES (1, 'carts');
