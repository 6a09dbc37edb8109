-- Removes a cart and its member of the index.
-- KEYS: value, index
-- ARGV: member
-- Answers how many carts that were.
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
