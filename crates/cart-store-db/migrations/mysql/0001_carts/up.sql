-- The carts, one row each; a deleted cart's row stays until it expires (state 'deleted').
-- Times are milliseconds since the Unix epoch (UTC); amounts are minor units.
-- Names are bytes, so that case, accents and spaces at the end count: "identifier" = 'user-1' finds
-- them.
-- Written for the table "carts": another name takes the place of every "carts.
-- A step that fails halfway isn't taken back. So each statement may be run again, and the version
-- is recorded last.
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

CREATE TABLE IF NOT EXISTS "carts_schema" (
    "version"    bigint       NOT NULL PRIMARY KEY,
    "name"       varchar(190) NOT NULL,
    "applied_at" bigint       NOT NULL DEFAULT (unix_timestamp() * 1000)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS "carts" (
    "id"            bigint         NOT NULL AUTO_INCREMENT PRIMARY KEY,
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

    UNIQUE KEY "carts_key" ("tenant", "class", "identifier", "instance"),

    -- Retention: what one class of owners has left alone for so long. The row's id closes the order.
    KEY "carts_updated" ("class", "updated_at", "id", "state"),

    -- The sweep of expired carts and of tombstones.
    KEY "carts_expires" ("expires_at"),

    -- Lists of the few rows that are deleted, or that another store still has to hear of.
    KEY "carts_deleted" ("state", "tenant", "class", "identifier", "instance"),
    KEY "carts_marked" ("marked", "tenant", "class", "identifier", "instance")
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What is locked in place of a cart that isn't there yet: a row that stands for many keys.
CREATE TABLE IF NOT EXISTS "carts_locks" (
    "number" bigint NOT NULL PRIMARY KEY
) ENGINE = InnoDB;

INSERT IGNORE INTO "carts_locks" ("number")
    WITH RECURSIVE "numbers" AS (
        SELECT 0 AS "number" UNION ALL SELECT "number" + 1 FROM "numbers" WHERE "number" < 255
    )
    SELECT "number" FROM "numbers";

INSERT IGNORE INTO "carts_schema" ("version", "name") VALUES (1, 'carts');
