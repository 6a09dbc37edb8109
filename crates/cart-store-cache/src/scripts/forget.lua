-- Takes a cart that is gone out of the index.
-- KEYS: value, index
-- ARGV: member
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])
