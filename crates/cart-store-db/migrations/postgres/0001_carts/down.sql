-- Takes back 0001_carts: every cart is gone.
DROP TABLE "carts_schema";
DROP TABLE "carts";
