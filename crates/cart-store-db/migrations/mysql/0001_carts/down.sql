-- Takes back 0001_carts: every cart is gone.
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

DELETE FROM "carts_schema" WHERE "version" = 1;
DROP TABLE IF EXISTS "carts_locks";
DROP TABLE IF EXISTS "carts";
DROP TABLE IF EXISTS "carts_schema";
