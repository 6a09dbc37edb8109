-- Takes back 0003_history: the history is gone, and the audit is off.
DELETE FROM "carts_schema" WHERE "version" = 3;
DROP TRIGGER IF EXISTS "carts_audit_delete";
DROP TRIGGER IF EXISTS "carts_audit_erase";
DROP TRIGGER IF EXISTS "carts_audit_update";
DROP TABLE "carts_history";
