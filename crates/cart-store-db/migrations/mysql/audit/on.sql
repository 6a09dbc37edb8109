-- Switches the audit on: each version that is replaced or deleted is copied to "carts_history",
-- within the statement that does it. A new expiry alone is no new version.
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

DROP TRIGGER IF EXISTS "carts_audit_update";
CREATE TRIGGER "carts_audit_update" AFTER UPDATE ON "carts" FOR EACH ROW
INSERT INTO "carts_history" (
    "replaced_at", "tenant", "class", "identifier", "instance", "version", "write_id",
    "state", "format", "created_at", "updated_at", "expires_at", "marked", "currency", "lines",
    "units", "subtotal", "total", "claimed_until", "converted_at", "ledger", "items",
    "conditions", "metadata"
)
SELECT
    NEW."updated_at", OLD."tenant", OLD."class", OLD."identifier", OLD."instance", OLD."version",
    OLD."write_id", OLD."state", OLD."format", OLD."created_at", OLD."updated_at",
    OLD."expires_at", OLD."marked", OLD."currency", OLD."lines", OLD."units", OLD."subtotal",
    OLD."total", OLD."claimed_until", OLD."converted_at", OLD."ledger", OLD."items",
    OLD."conditions", OLD."metadata"
FROM DUAL
WHERE (OLD."version" <> NEW."version" OR OLD."write_id" <> NEW."write_id")
    AND NOT (NEW."state" = 'deleted' AND COALESCE(NEW."expires_at" <= NEW."updated_at", FALSE));

-- A tombstone that is born expired erases its owner: nothing of them may stay.
DROP TRIGGER IF EXISTS "carts_audit_erase";
CREATE TRIGGER "carts_audit_erase" AFTER UPDATE ON "carts" FOR EACH ROW
DELETE FROM "carts_history"
WHERE NEW."state" = 'deleted' AND NEW."expires_at" <= NEW."updated_at"
    AND "tenant" = NEW."tenant" AND "class" = NEW."class" AND "identifier" = NEW."identifier";

DROP TRIGGER IF EXISTS "carts_audit_delete";
CREATE TRIGGER "carts_audit_delete" AFTER DELETE ON "carts" FOR EACH ROW
INSERT INTO "carts_history" (
    "replaced_at", "tenant", "class", "identifier", "instance", "version", "write_id",
    "state", "format", "created_at", "updated_at", "expires_at", "marked", "currency", "lines",
    "units", "subtotal", "total", "claimed_until", "converted_at", "ledger", "items",
    "conditions", "metadata"
)
SELECT
    FLOOR(UNIX_TIMESTAMP(SYSDATE(3)) * 1000), OLD."tenant", OLD."class", OLD."identifier", OLD."instance", OLD."version",
    OLD."write_id", OLD."state", OLD."format", OLD."created_at", OLD."updated_at",
    OLD."expires_at", OLD."marked", OLD."currency", OLD."lines", OLD."units", OLD."subtotal",
    OLD."total", OLD."claimed_until", OLD."converted_at", OLD."ledger", OLD."items",
    OLD."conditions", OLD."metadata"
FROM DUAL
WHERE NOT (OLD."state" = 'deleted' AND COALESCE(OLD."expires_at" <= OLD."updated_at", FALSE));
