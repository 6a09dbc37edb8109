-- Takes back 0002_reports: no cart is lost.
DELETE FROM "carts_schema" WHERE "version" = 2;
DROP INDEX "carts_report";
