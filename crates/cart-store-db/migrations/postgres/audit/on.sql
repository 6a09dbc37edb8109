-- Switches the audit on: each version that is replaced or deleted is copied to "carts_history",
-- within the statement that does it. A new expiry alone is no new version.
CREATE FUNCTION "carts_audit_keep"() RETURNS trigger LANGUAGE plpgsql AS $keep$
DECLARE
    moment bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        moment := NEW."updated_at";
    ELSE
        moment := floor(extract(epoch FROM clock_timestamp()) * 1000);
    END IF;
    INSERT INTO "carts_history" (
        "replaced_at", "tenant", "class", "identifier", "instance", "version", "write_id",
        "state", "format", "created_at", "updated_at", "expires_at", "marked", "currency",
        "lines", "units", "subtotal", "total", "claimed_until", "converted_at", "ledger",
        "items", "conditions", "metadata"
    ) VALUES (
        moment, OLD."tenant", OLD."class", OLD."identifier", OLD."instance", OLD."version",
        OLD."write_id", OLD."state", OLD."format", OLD."created_at", OLD."updated_at",
        OLD."expires_at", OLD."marked", OLD."currency", OLD."lines", OLD."units", OLD."subtotal",
        OLD."total", OLD."claimed_until", OLD."converted_at", OLD."ledger", OLD."items",
        OLD."conditions", OLD."metadata"
    );
    RETURN NULL;
END
$keep$;

CREATE FUNCTION "carts_audit_forget"() RETURNS trigger LANGUAGE plpgsql AS $forget$
BEGIN
    DELETE FROM "carts_history" WHERE "tenant" = NEW."tenant" AND "class" = NEW."class"
        AND "identifier" = NEW."identifier";
    RETURN NULL;
END
$forget$;

CREATE TRIGGER "carts_audit_update" AFTER UPDATE ON "carts" FOR EACH ROW
WHEN ((OLD."version" <> NEW."version" OR OLD."write_id" <> NEW."write_id")
    AND NOT (NEW."state" = 'deleted' AND coalesce(NEW."expires_at" <= NEW."updated_at", FALSE)))
EXECUTE FUNCTION "carts_audit_keep"();

-- A tombstone that is born expired erases its owner: nothing of them may stay.
CREATE TRIGGER "carts_audit_erase" AFTER UPDATE ON "carts" FOR EACH ROW
WHEN (NEW."state" = 'deleted' AND NEW."expires_at" <= NEW."updated_at")
EXECUTE FUNCTION "carts_audit_forget"();

CREATE TRIGGER "carts_audit_delete" AFTER DELETE ON "carts" FOR EACH ROW
WHEN (NOT (OLD."state" = 'deleted' AND coalesce(OLD."expires_at" <= OLD."updated_at", FALSE)))
EXECUTE FUNCTION "carts_audit_keep"();
