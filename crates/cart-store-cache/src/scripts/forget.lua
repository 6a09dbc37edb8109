-- Takes what is gone out of the index: members whose time is over, and one whose value is gone.
-- KEYS: value, index
-- ARGV: member, dead
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[2])
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])
