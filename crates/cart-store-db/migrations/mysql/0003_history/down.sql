-- Takes back 0003_history: the history is gone, and the audit is off.
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

DROP TRIGGER IF EXISTS "carts_audit_delete";
DROP TRIGGER IF EXISTS "carts_audit_erase";
DROP TRIGGER IF EXISTS "carts_audit_update";
DROP TABLE IF EXISTS "carts_history";
DELETE FROM "carts_schema" WHERE "version" = 3;
