-- The carts, one row each; a deleted cart's row stays until it expires (state 'deleted').
-- Times are milliseconds since the Unix epoch (UTC); amounts are minor units.
-- Names are bytes, since a text of PostgreSQL holds no NUL: "identifier" = 'user-1' finds them, and
-- convert_from("identifier", 'UTF8') shows them.
-- Written for the table "carts": another name takes the place of every "carts.
CREATE TABLE "carts" (
    "id"            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "tenant"        bytea  NOT NULL,
    "class"         text   NOT NULL COLLATE "C",
    "identifier"    bytea  NOT NULL,
    "instance"      bytea  NOT NULL,
    "version"       bigint NOT NULL,
    "write_id"      bigint NOT NULL, -- 64 bits, shown with a sign
    "state"         text   NOT NULL COLLATE "C",
    "format"        bigint NOT NULL,
    "created_at"    bigint NOT NULL,
    "updated_at"    bigint NOT NULL,
    "expires_at"    bigint,
    "marked"        bigint NOT NULL,
    "currency"      text   COLLATE "C",
    "lines"         bigint NOT NULL,
    "units"         bigint NOT NULL,
    "subtotal"      bigint NOT NULL,
    "total"         bigint NOT NULL,
    "claimed_until" bigint,
    "converted_at"  bigint,
    "ledger"        text   NOT NULL COLLATE "C",
    "items"         text   NOT NULL COLLATE "C",
    "conditions"    text   NOT NULL COLLATE "C",
    "metadata"      text   NOT NULL COLLATE "C"
);

-- lz4 packs large carts in a third of the time; where the server doesn't have it, its default does.
DO $compression$
BEGIN
    EXECUTE 'ALTER TABLE "carts"
        ALTER COLUMN "ledger" SET COMPRESSION lz4,
        ALTER COLUMN "items" SET COMPRESSION lz4,
        ALTER COLUMN "conditions" SET COMPRESSION lz4,
        ALTER COLUMN "metadata" SET COMPRESSION lz4';
EXCEPTION
    WHEN feature_not_supported OR invalid_parameter_value OR syntax_error THEN
        NULL;
END
$compression$;

CREATE UNIQUE INDEX "carts_key" ON "carts" ("tenant", "class", "identifier", "instance");

-- Retention: what one class of owners has left alone for so long. The row's id closes the order.
CREATE INDEX "carts_updated" ON "carts" ("class", "updated_at", "id") WHERE "state" <> 'deleted';

-- The sweep of expired carts and of tombstones.
CREATE INDEX "carts_expires" ON "carts" ("expires_at") WHERE "expires_at" IS NOT NULL;

-- Lists of the few rows that are deleted, or that another store still has to hear of.
CREATE INDEX "carts_deleted" ON "carts" ("tenant", "class", "identifier", "instance")
    WHERE "state" = 'deleted';
CREATE INDEX "carts_marked" ON "carts" ("tenant", "class", "identifier", "instance")
    WHERE "marked" = 1;

CREATE TABLE "carts_schema" (
    "version"    bigint PRIMARY KEY,
    "name"       text   NOT NULL,
    "applied_at" bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000)::bigint
);

INSERT INTO "carts_schema" ("version", "name") VALUES (1, 'carts');
