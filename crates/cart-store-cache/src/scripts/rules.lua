-- What each script knows of a value: its first 60 bytes, the head.
--   1 layout   2 flag of a rename   3 state   4-39 version   40-59 expiry   60 end of line
-- Only digits are compared by order: every locale orders them alike.

-- The head of a value; '' where there is none.
local function head_of(key)
  local head = redis.call('GETRANGE', key, 0, 59)
  if head == '' and redis.call('EXISTS', key) == 1 then return '?' end
  return head
end

-- Whether a head can be made out, and no rename has flagged it.
local function is_plain(head)
  return #head == 60 and head:byte(23) == 45 and head:find('^1%-[LDMV]%d+%-%x+\n') ~= nil
end

-- The version that counts at `now`, '' for none, and whether it is that of a cart.
local function stored(head, now)
  if head == '' or head:sub(40, 59) <= now then return '', false end
  return head:sub(4, 39), head:byte(3) ~= 68
end

-- Whether `version` may be written over `found`; the client tells why not.
local function may_write(expected, version, found, is_live)
  if found == version then return false end
  local is_behind = found ~= '' and found:sub(1, 19) >= version:sub(1, 19)
  if expected == 'absent' then return not is_live and not is_behind end
  if expected == 'older' then return not is_behind end
  return expected == 'any' or expected == found
end

-- Writes a value, and its member into the index; a new member makes room by removing the dead
-- ones. Tells whether the member is new.
local function put(value_key, index_key, value, lifetime, score, member, dead)
  if lifetime == '' then
    redis.call('SET', value_key, value)
  else
    redis.call('SET', value_key, value, 'PX', lifetime)
  end
  if redis.call('ZADD', index_key, score, member) == 0 then return false end
  redis.call('ZREMRANGEBYSCORE', index_key, '-inf', dead)
  return true
end

