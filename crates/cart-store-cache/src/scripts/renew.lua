-- Moves the expiry of a live cart forward, and answers the value.
-- KEYS: value, index
-- ARGV: now, expiry, lifetime, score, member
local head = head_of(KEYS[1])
if is_plain(head) then
  local _, is_live = stored(head, ARGV[1])
  local expiry = head:sub(40, 59)
  if is_live and (expiry < ARGV[2] or expiry == '99999999999999999999') then
    redis.call('SETRANGE', KEYS[1], 39, ARGV[2])
    if ARGV[3] == '' then
      redis.call('PERSIST', KEYS[1])
    else
      redis.call('PEXPIRE', KEYS[1], ARGV[3])
    end
    redis.call('ZADD', KEYS[2], ARGV[4], ARGV[5])
  end
end
return redis.call('GET', KEYS[1])
