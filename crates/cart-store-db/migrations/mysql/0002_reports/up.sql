-- Reports read this index alone, and never the carts: it holds every column that they look at.
SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',ANSI_QUOTES');

-- MySQL makes an index only where there is none, and can't be told so: the statement is chosen.
SET @step = (
    SELECT IF(
        count(*) = 0,
        'CREATE INDEX "carts_report" ON "carts" (
            "created_at", "tenant", "class", "instance", "currency", "lines", "total",
            "expires_at", "converted_at", "state"
        )',
        'DO 0'
    )
    FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND CONCAT('"', index_name, '"') = '"carts_report"'
        AND CONCAT('"', table_name, '"') = '"carts"'
);
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

INSERT IGNORE INTO "carts_schema" ("version", "name") VALUES (2, 'reports');
