-- Takes back 0003_history: the history is gone, and the audit is off.
DELETE FROM "carts_schema" WHERE "version" = 3;
DROP TRIGGER IF EXISTS "carts_audit_delete" ON "carts";
DROP TRIGGER IF EXISTS "carts_audit_erase" ON "carts";
DROP TRIGGER IF EXISTS "carts_audit_update" ON "carts";
DROP FUNCTION IF EXISTS "carts_audit_keep"();
DROP FUNCTION IF EXISTS "carts_audit_forget"();
DROP TABLE "carts_history";
