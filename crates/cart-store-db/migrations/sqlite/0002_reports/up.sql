-- Reports read this index alone, and never the carts: it holds every column that they look at.
CREATE INDEX "carts_report" ON "carts" (
    "created_at", "tenant", "class", "instance", "currency", "lines", "total", "expires_at",
    "converted_at", "state"
) WHERE "state" <> 'deleted';

INSERT INTO "carts_schema" ("version", "name") VALUES (2, 'reports');
