-- Takes back 0002_reports: no cart is lost.
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

SET @step = (
    SELECT IF(count(*) = 0, 'DO 0', 'DROP INDEX "carts_report" ON "carts"')
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND CONCAT('"', index_name, '"') = '"carts_report"'
        AND CONCAT('"', table_name, '"') = '"carts"'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

DELETE FROM "carts_schema" WHERE "version" = 2;
