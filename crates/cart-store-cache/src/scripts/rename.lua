-- Writes a tombstone at the source and a cart at the target, or nothing.
-- KEYS: source's value, its index, target's value, its index
-- ARGV: now, expected at the source, expected at the target, dead,
--       tombstone, lifetime, score, member; cart, lifetime, score, member
-- Answers 1, or 2 where an index had lost a cart; the two heads when nothing was written.
local from, to = head_of(KEYS[1]), head_of(KEYS[3])
local function is_fit(head) return head == '' or is_plain(head) end
if not is_fit(from) or not is_fit(to) then return {from, to} end
local at_from, is_from_live = stored(from, ARGV[1])
local at_to, is_to_live = stored(to, ARGV[1])
if not is_from_live or at_from ~= ARGV[2]
  or not may_write(ARGV[3], ARGV[9]:sub(4, 39), at_to, is_to_live) then
  return {from, to}
end
local is_new = put(KEYS[1], KEYS[2], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[4])
local is_lost = put(KEYS[3], KEYS[4], ARGV[9], ARGV[10], ARGV[11], ARGV[12], ARGV[4]) and is_to_live
if is_new or is_lost then return 2 end
return 1
