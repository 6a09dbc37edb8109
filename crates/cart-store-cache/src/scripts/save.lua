-- Writes a value if what is stored is what was expected.
-- KEYS: value, index
-- ARGV: value, expected, now, lifetime, score, member, dead
-- Answers 1, or 2 where the index had lost the cart; the head that is stored when nothing was written.
local head = head_of(KEYS[1])
local found, is_live = '', false
if is_plain(head) then
  found, is_live = stored(head, ARGV[3])
elseif head ~= '' and (ARGV[2] ~= 'any' or head:find('^1[oci]') or head:find('^[2-9]')) then
  return head
end
if not may_write(ARGV[2], ARGV[1]:sub(4, 39), found, is_live) then return head end
local is_new = put(KEYS[1], KEYS[2], ARGV[1], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
if is_new and is_live then return 2 end
return 1
