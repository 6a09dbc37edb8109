-- Replaces a value that still begins as it did when the client looked.
-- KEYS: value, index
-- ARGV: beginning ('' for no value), value ('' to remove it), lifetime, score, member, dead
-- Answers 1; 0 when the value has changed.
local begins = head_of(KEYS[1])
if ARGV[1] ~= '' then begins = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) end
if begins ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[5])
else
  put(KEYS[1], KEYS[2], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6])
end
return 1
