-- The versions of carts that were replaced or deleted, one row each, in the order of "id". Nothing
-- writes here until the audit is switched on: see audit/on.sql.
CREATE TABLE "carts_history" (
    "id"            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "replaced_at"   bigint NOT NULL, -- when the next version took its place
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
    EXECUTE 'ALTER TABLE "carts_history"
        ALTER COLUMN "ledger" SET COMPRESSION lz4,
        ALTER COLUMN "items" SET COMPRESSION lz4,
        ALTER COLUMN "conditions" SET COMPRESSION lz4,
        ALTER COLUMN "metadata" SET COMPRESSION lz4';
EXCEPTION
    WHEN feature_not_supported OR invalid_parameter_value OR syntax_error THEN
        NULL;
END
$compression$;

CREATE INDEX "carts_history_key"
    ON "carts_history" ("tenant", "class", "identifier", "instance", "id");
CREATE INDEX "carts_history_replaced" ON "carts_history" ("replaced_at");

INSERT INTO "carts_schema" ("version", "name") VALUES (3, 'history');
