-- The versions of carts that were replaced or deleted, one row each, in the order of "id". Nothing
-- writes here until the audit is switched on: see audit/on.sql.
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

CREATE TABLE IF NOT EXISTS "carts_history" (
    "id"            bigint         NOT NULL AUTO_INCREMENT PRIMARY KEY,
    "replaced_at"   bigint         NOT NULL, -- when the next version took its place
    "tenant"        varbinary(64)  NOT NULL,
    "class"         varchar(32)    NOT NULL,
    "identifier"    varbinary(255) NOT NULL,
    "instance"      varbinary(64)  NOT NULL,
    "version"       bigint         NOT NULL,
    "write_id"      bigint         NOT NULL, -- 64 bits, shown with a sign
    "state"         varchar(16)    NOT NULL,
    "format"        bigint         NOT NULL,
    "created_at"    bigint         NOT NULL,
    "updated_at"    bigint         NOT NULL,
    "expires_at"    bigint,
    "marked"        bigint         NOT NULL,
    "currency"      varchar(16),
    "lines"         bigint         NOT NULL,
    "units"         bigint         NOT NULL,
    "subtotal"      bigint         NOT NULL,
    "total"         bigint         NOT NULL,
    "claimed_until" bigint,
    "converted_at"  bigint,
    "ledger"        longtext       NOT NULL,
    "items"         longtext       NOT NULL,
    "conditions"    longtext       NOT NULL,
    "metadata"      longtext       NOT NULL,

    KEY "carts_history_key" ("tenant", "class", "identifier", "instance", "id"),
    KEY "carts_history_replaced" ("replaced_at")
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO "carts_schema" ("version", "name") VALUES (3, 'history');
