-- Switches the audit off: what was kept stays in "carts_history".
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

DROP TRIGGER IF EXISTS "carts_audit_delete";
DROP TRIGGER IF EXISTS "carts_audit_erase";
DROP TRIGGER IF EXISTS "carts_audit_update";
