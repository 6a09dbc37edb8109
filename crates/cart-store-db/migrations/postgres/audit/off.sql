-- Switches the audit off: what was kept stays in "carts_history".
DROP TRIGGER IF EXISTS "carts_audit_delete" ON "carts";
DROP TRIGGER IF EXISTS "carts_audit_erase" ON "carts";
DROP TRIGGER IF EXISTS "carts_audit_update" ON "carts";
DROP FUNCTION IF EXISTS "carts_audit_keep"();
DROP FUNCTION IF EXISTS "carts_audit_forget"();
